"""What `dbspec drift` finds in the account, what of that is meant to be, and what has no spec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compiler import benign, mirrored, readback
from compiler.changes import Known, Side
from compiler.commands.app import run
from compiler.graph import Options, Resource
from compiler.report import Ending, Outcome, Phase, Report, exit_code, to_data
from compiler.route import Route
from compiler.sandbox.account import Account

INSTANCE = Resource(
    "instance",
    "aws:rds:Instance",
    {"allocated_storage": 20, "max_allocated_storage": 100, "auto_minor_version_upgrade": True},
    "",
)
TABLE = Resource(
    "table", "aws:dynamodb:Table", {"read_capacity": 5}, "", Options(ignore_changes=("read_capacity",))
)
ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
CARTS = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {id: S}
hash_key: id
billing_mode: PROVISIONED
capacity: {read: {min: 5, max: 50}, write: 5}
"""


@pytest.mark.parametrize(
    ("resource", "at", "applied", "found", "said"),
    [
        (INSTANCE, ("allocated_storage",), 20, 40, "storage autoscaling, up to 100 GiB"),
        (INSTANCE, ("allocated_storage",), 20, 101, ""),
        (INSTANCE, ("allocated_storage",), 40, 20, ""),
        (
            INSTANCE,
            ("engine_version_actual",),
            "8.4.6",
            "8.4.8",
            "a minor version that AWS installs by itself",
        ),
        (INSTANCE, ("engine_version_actual",), "8.0.40", "8.4.8", ""),
        (INSTANCE, ("engine_version_actual",), "8.4.8", "8.4.6", ""),
        (INSTANCE, ("multi_az",), True, False, ""),
        (TABLE, ("read_capacity",), 5, 25, "scaling decides it"),
        (TABLE, ("write_capacity",), 5, 25, ""),
    ],
)
def test_a_difference_is_benign_by_a_rule_and_only_by_one(
    resource: Resource, at: Route, applied: object, found: object, said: str
) -> None:
    reason = benign.reason(resource, at, Side(Known.KNOWN, applied), Side(Known.KNOWN, found))

    assert said in reason
    assert bool(said) == bool(reason)


def test_a_minor_version_is_benign_only_where_the_spec_lets_aws_install_it() -> None:
    kept = Resource("instance", "aws:rds:Instance", {"auto_minor_version_upgrade": False}, "")

    assert not benign.reason(
        kept, ("engine_version_actual",), Side(Known.KNOWN, "8.4.6"), Side(Known.KNOWN, "8.4.8")
    )


def test_what_others_let_in_is_told_apart_from_the_rules_of_the_stack() -> None:
    rule = {"from_port": 3306.0, "to_port": 3306.0, "protocol": "tcp", "self": False, "description": ""}
    group = {
        "id": "sg-1",
        "ingress": [{**rule, "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"], "security_groups": ["sg-2"]}],
        "egress": [{"protocol": "-1", "from_port": 0, "to_port": 0, "ipv6_cidr_blocks": ["::/0"]}],
    }
    own = {"ip_protocol": "tcp", "from_port": 3306, "to_port": 3306, "security_group_id": "sg-1"}
    others = [
        ("aws:vpc:SecurityGroupIngressRule", {**own, "cidr_ipv4": "10.0.0.0/8"}),
        ("aws:vpc:SecurityGroupIngressRule", {**own, "referenced_security_group_id": "sg-2"}),
        ("aws:vpc:SecurityGroupIngressRule", {**own, "security_group_id": "sg-9", "cidr_ipv4": "0.0.0.0/0"}),
    ]

    assert mirrored.foreign("aws:ec2:SecurityGroup", "ingress", group, others) == ["tcp 3306-3306 0.0.0.0/0"]
    assert mirrored.foreign("aws:ec2:SecurityGroup", "egress", group, others) == ["everything ::/0"]


def test_what_others_let_a_role_do_is_told_apart_from_the_policies_of_the_stack() -> None:
    role = {
        "name": "monitoring",
        "managed_policy_arns": ["arn:a", "arn:b"],
        "inline_policies": [{"name": "x"}],
    }
    others = [("aws:iam:RolePolicyAttachment", {"role": "monitoring", "policy_arn": "arn:a"})]

    assert mirrored.foreign("aws:iam:Role", "managed_policy_arns", role, others) == ["arn:b"]
    assert mirrored.foreign("aws:iam:Role", "inline_policies", role, others) == ["x"]


def test_drift_is_told_by_property_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    specs = tmp_path / "specs"
    (specs / "dev").mkdir(parents=True)
    (specs / "people.yaml").write_text("teams: {checkout: {}}\n")
    (specs / "dev" / "environment.yaml").write_text(ENVIRONMENT)
    (specs / "dev" / "carts.yaml").write_text(CARTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))

    def dbspec(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run([*arguments, "--quiet"])
        told = capfd.readouterr()
        assert code in (0, 10), told.err
        return code, told.out

    assert "it was never applied" in dbspec("drift", "dev/carts", "--detailed-exitcode")[1]
    assert dbspec("apply", "--all")[0] == 0
    assert dbspec("drift", "dev", "--detailed-exitcode")[0] == 0
    account = Account(tmp_path / ".dbspec" / "sandbox.db")
    (table,) = (each for each in account.owned("dev.carts") if each.type == "aws:dynamodb:Table")
    account.drift(table, ("read_capacity",), 25)
    account.drift(table, ("write_capacity",), 7)

    first, again = (dbspec("drift", "dev", "--detailed-exitcode", "--format", "json") for _ in range(2))

    assert first == again
    assert first[0] == 10
    (report,) = [
        readback.report(each) for each in json.loads(first[1])["reports"] if each["stack"] == "dev.carts"
    ]
    (change,) = report.changes
    assert [(each.route, each.before.value, each.after.value) for each in change.properties] == [
        (("write_capacity",), 7, 5)
    ]
    assert [
        (each.property.route, each.property.after.value, bool(each.reason)) for each in report.strayed
    ] == [(("read_capacity",), 25, True)]
    assert readback.report(to_data([report])["reports"][0]) == report
    shown = dbspec("drift", "dev/carts")
    assert shown[0] == 0
    assert "dev.carts: drifted, ~1" in shown[1]
    assert "write_capacity: was 5, is 7\n" in shown[1]
    assert "read_capacity was 5, is 25: the spec leaves it to the account: scaling decides it" in shown[1]

    # Only what scaling did is left: that is no drift.
    account.drift(table, ("write_capacity",), 5)
    assert dbspec("drift", "dev", "--detailed-exitcode")[0] == 0
    (specs / "dev" / "carts.yaml").unlink()
    code, told = dbspec("drift", "dev", "--detailed-exitcode")
    assert code == 10
    assert "dev.carts: has no spec" in told
    assert "no spec has it any more: it stays as it is until somebody decides" in told


@pytest.mark.parametrize(
    ("ending", "code"), [(Ending.DRIFTED, 10), (Ending.ORPHANED, 10), (Ending.UNCHANGED, 0)]
)
def test_what_differs_counts_for_the_detailed_exit_code(ending: Ending, code: int) -> None:
    report = Report("dev.carts", Phase.DRIFT, Outcome(ending))

    assert exit_code([report], detailed=True) == code
    assert exit_code([report]) == 0
