"""The two roles of an environment: who may take them, what they may do, and what they may not."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler import catalog
from compiler.aws import iam, types
from compiler.commands.app import run
from compiler.roles.policies import LONGEST, MOST, size
from compiler.roles.repository import ISSUER, PREVIEWING, Repository
from compiler.roles.roles import Role, both
from compiler.sandbox.services import TYPES
from compiler.source import WorkTree

_spec = importlib.util.spec_from_file_location("simulation", Path(__file__).with_name("simulation.py"))
assert _spec is not None
assert _spec.loader is not None
iam_says = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(iam_says)

ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state:
  backend: s3://acme-dbspec/states?region=ap-northeast-2
  secrets: awskms:///alias/dbspec-prod?region=ap-northeast-2
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
TABLE = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {id: S}
hash_key: id
backup_plan: null
identifier: sessions
"""
REPOSITORY = Repository("acme/databases", "main", 11, 22, PREVIEWING)
RDS = "arn:aws:rds:ap-northeast-2:123456789012"
OURS, THEIRS = (
    {"aws:ResourceTag/dbspec:stack": "prod.orders"},
    {"aws:ResourceTag/dbspec:stack": "staging.orders"},
)
GIVING = {"aws:RequestTag/dbspec:stack": "prod.orders"}


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    (folder / "prod").mkdir(parents=True)
    (folder / "people.yaml").write_text("teams: {checkout: {}}\n")
    (folder / "prod" / "environment.yaml").write_text(ENVIRONMENT)
    return folder


@pytest.fixture
def made(specs: Path) -> tuple[Role, Role]:
    return _made(specs)


def _made(specs: Path, repository: Repository = REPOSITORY, **more: Any) -> tuple[Role, Role]:
    found = catalog.load(WorkTree(specs)).checked()
    return both(found.environments["prod"], found.databases.values(), repository, **more)


def _may(role: Role, action: str, resource: str, **context: str) -> bool:
    return bool(iam_says.allows(role.policies.values(), action, resource, context.get("context", {})))


def test_every_type_that_dbspec_emits_says_what_it_needs() -> None:
    assert set(iam.NEEDS) == set(types.known())
    assert set(TYPES) <= set(iam.NEEDS)


@pytest.mark.parametrize("type", [each for each in iam.NEEDS if not each.startswith("random:")])
def test_a_type_can_be_read_made_and_taken_away(type: str) -> None:
    needs = iam.NEEDS[type]
    read = [each for grant in needs.read for each in grant.actions]
    write = [each for grant in needs.write for each in grant.actions]
    assert read
    makes = "Create|Put|Register|Start|Authorize|Attach|Subscribe|Set|Update|Rotate"
    takes = "Delete|Deregister|Revoke|Detach|Unsubscribe|Stop|ScheduleKey|Cancel|Remove|Update|Set|Put"
    assert any(re.search(f":({makes})", each) for each in write)
    assert any(re.search(f":({takes})", each) for each in write)


def _operations() -> dict[str, set[str]]:
    import botocore.session

    session = botocore.session.Session()
    names = {"application-autoscaling": "application-autoscaling", "tag": "resourcegroupstaggingapi"}
    services = {each.partition(":")[0] for each in _actions()} - {"backup-storage"}
    return {
        each: set(session.get_service_model(names.get(each, each)).operation_names)
        for each in sorted(services)
    }


def _actions() -> set[str]:
    return {
        action
        for needs in (*iam.NEEDS.values(), iam.ACCOUNT)
        for grant in (*needs.read, *needs.write)
        for action in grant.actions
    }


def test_every_action_is_an_operation_of_the_api_or_says_where_it_is_from() -> None:
    operations = _operations()
    unknown = {
        each
        for each in _actions()
        if each.partition(":")[2] not in operations.get(each.partition(":")[0], set())
    }
    assert unknown == set(iam.PERMISSION_ONLY)


def test_what_previews_ask_changes_nothing(made: tuple[Role, Role]) -> None:
    preview, _ = made
    actions = {
        action
        for policy in preview.policies.values()
        for statement in policy["Statement"]
        for action in iam_says._many(statement["Action"])
    }
    reading = {each for each in actions if re.search(":(Describe|Get|List)", each)}
    # A state's secrets, and a secret's value, are decrypted; the job takes its role again for the engine.
    assert actions - reading == {"kms:Decrypt", "sts:AssumeRole"}


@pytest.mark.parametrize("case", sorted((Path(__file__).parents[1] / "environment" / "cases").glob("*.yaml")))
def test_policies_are_as_long_as_aws_takes_them(specs: Path, case: Path) -> None:
    rest = "" if "windows:" in case.read_text() else ENVIRONMENT.splitlines()[-1]
    (specs / "prod" / "environment.yaml").write_text(case.read_text() + rest)
    for number in range(40):
        (specs / "prod" / f"t{number}.yaml").write_text(TABLE.replace("sessions", f"an-old-table-{number}"))
    for role in _made(specs, readers=["arn:aws:iam::123456789012:role/developers"]):
        assert size(role.trust) <= 2048
        assert len(role.policies) <= MOST
        for policy in role.policies.values():
            assert size(policy) <= LONGEST


def test_what_is_printed_is_as_it_was_reviewed(
    specs: Path, golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (specs / "prod" / "sessions.yaml").write_text(TABLE)
    ids = ("--owner-id", "11", "--repository-id", "22")
    assert run(["roles", "prod", "--repository", "acme/databases", *ids, "--specs", str(specs)]) == 0
    golden(Path(__file__).with_name("prod.json"), capsys.readouterr().out)


def test_each_policy_goes_into_a_file_of_its_name(specs: Path, tmp_path: Path) -> None:
    out = tmp_path / "roles"
    arguments = ["roles", "prod", "--repository", "acme/databases", "--specs", str(specs), "--out", str(out)]
    (out / "dbspec-apply").mkdir(parents=True)
    (out / "dbspec-apply" / "dbspec-prod-apply-99.json").write_text("{}")
    assert run(arguments) == 0
    found = {str(each.relative_to(out)): json.loads(each.read_text()) for each in sorted(out.rglob("*.json"))}
    preview, apply = _made(specs, Repository("acme/databases", workflows=PREVIEWING))
    assert found == {
        "dbspec-preview.trust.json": preview.trust,
        "dbspec-apply.trust.json": apply.trust,
        **{f"dbspec-preview/{name}.json": each for name, each in preview.policies.items()},
        **{f"dbspec-apply/{name}.json": each for name, each in apply.policies.items()},
    }


def test_roles_are_printed_without_anything_heavy(specs: Path) -> None:
    probe = (
        "import sys\nfrom compiler.commands.app import run\ncode = run(sys.argv[1:])\n"
        "print(sorted({'pulumi', 'boto3', 'botocore', 'grpc', 'git'} & set(sys.modules)), file=sys.stderr)"
    )
    arguments = ["roles", "prod", "--repository", "acme/databases", "--specs", str(specs)]
    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prod", "--repository", "acme"], "'acme' is no repository"),
        (["prod", "--repository", "a/b", "--owner-id", "1"], "only one of the two ids"),
        (["prod", "--repository", "a/b", "--reader", "ada"], "'ada' is no role"),
        (["prdo", "--repository", "a/b"], "did you mean 'prod'?"),
        (["dev", "--repository", "a/b"], "dev/environment.yaml:4:9: dev lives in the sandbox"),
        (["prod/sessions", "--repository", "a/b"], "prod/sessions is a database"),
    ],
)
def test_what_cannot_be_printed_is_said(
    specs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (specs / "prod" / "sessions.yaml").write_text(TABLE)
    (specs / "dev").mkdir()
    sandbox = re.sub(
        r"target:\n.*?shared_infrastructure:\n.*?\n", "target: sandbox\n", ENVIRONMENT, flags=re.DOTALL
    )
    (specs / "dev" / "environment.yaml").write_text(sandbox)
    assert run(["roles", *arguments, "--specs", str(specs)]) == 2
    assert said in capsys.readouterr().err


def test_an_apply_changes_what_carries_the_tag_of_its_environment_and_nothing_else(
    made: tuple[Role, Role],
) -> None:
    _, apply = made
    for action in ("rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:RemoveTagsFromResource"):
        assert _may(apply, action, f"{RDS}:db:shop-prod-orders", context=OURS)
        assert not _may(apply, action, f"{RDS}:db:shop-staging-orders", context=THEIRS)
        assert not _may(apply, action, f"{RDS}:db:somebody-elses", context={})


def test_an_apply_makes_what_gets_its_tag_and_takes_over_nothing_of_another_environment(
    made: tuple[Role, Role],
) -> None:
    _, apply = made
    assert _may(apply, "rds:CreateDBInstance", f"{RDS}:db:shop-prod-orders", context=GIVING)
    assert not _may(apply, "rds:CreateDBInstance", f"{RDS}:db:shop-prod-orders", context={})
    assert not _may(apply, "rds:AddTagsToResource", f"{RDS}:db:shop-staging-orders", context=GIVING | THEIRS)
    elsewhere = {"aws:RequestTag/dbspec:stack": "staging.orders"}
    assert not _may(apply, "rds:CreateDBInstance", f"{RDS}:db:x", context=elsewhere)


def test_tables_go_by_their_names(specs: Path) -> None:
    (specs / "prod" / "sessions.yaml").write_text(TABLE)
    _, apply = _made(specs)
    tables = "arn:aws:dynamodb:ap-northeast-2:123456789012:table/"
    for name in ("shop-prod-users", "shop-prod-users/index/by-email", "sessions", "sessions/backup/0123"):
        assert _may(apply, "dynamodb:UpdateTable", tables + name), name
    for name in ("shop-staging-users", "sessions-of-others"):
        assert not _may(apply, "dynamodb:UpdateTable", tables + name), name


def test_an_apply_hands_on_and_changes_no_role_but_the_environments(made: tuple[Role, Role]) -> None:
    _, apply = made
    roles = "arn:aws:iam::123456789012:role/"
    own, itself = f"{roles}dbspec-prod-ap-northeast-2-backup", f"{roles}dbspec-apply"
    to = {"iam:PassedToService": "backup.amazonaws.com"}
    assert _may(apply, "iam:PassRole", own, context=to)
    assert not _may(apply, "iam:PassRole", own, context={"iam:PassedToService": "ec2.amazonaws.com"})
    for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"):
        assert not _may(
            apply, action, itself, context={"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
        )
    assert not _may(
        apply,
        "iam:AttachRolePolicy",
        own,
        context={"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"},
    )


def test_each_reaches_the_state_of_its_own_environment(made: tuple[Role, Role]) -> None:
    preview, apply = made
    top = "arn:aws:s3:::acme-dbspec/states/"
    for key in (
        ".pulumi/stacks/dbspec/prod.orders.json",
        ".pulumi/locks/organization/dbspec/prod.orders/1.json",
        ".dbspec/applied/prod.orders.json",
        ".dbspec/locks/prod.orders.json",
    ):
        assert _may(preview, "s3:GetObject", top + key), key
        assert _may(apply, "s3:PutObject", top + key), key
        assert not _may(preview, "s3:PutObject", top + key), key
        for role in made:
            others = top + key.replace("prod.", "staging.")
            # Pulumi reads all stacks to say which there are.
            assert _may(role, "s3:GetObject", others) == (".pulumi/stacks" in key), key
            assert not _may(role, "s3:PutObject", others), key
    assert _may(preview, "s3:GetObject", f"{top}.pulumi/meta.yaml")
    assert _may(preview, "s3:GetObject", "arn:aws:s3:::acme-terraform/shared.tfstate")
    key = "arn:aws:kms:ap-northeast-2:123456789012:key/1234"
    alias: Any = {"kms:ResourceAliases": ["alias/dbspec-prod"]}
    assert _may(preview, "kms:Decrypt", key, context=alias)
    assert not _may(preview, "kms:Encrypt", key, context=alias)
    assert _may(apply, "kms:Encrypt", key, context=alias)
    assert not _may(apply, "kms:Encrypt", key, context={"kms:ResourceAliases": ["alias/others"]})


# -- who may take them

TOKEN = {
    f"{ISSUER}:aud": "sts.amazonaws.com",
    f"{ISSUER}:repository_id": "22",
    f"{ISSUER}:sub": "repo:acme@11/databases@22:pull_request",
    f"{ISSUER}:job_workflow_ref": "acme/databases/.github/workflows/accounts.yaml@refs/heads/main",
    f"{ISSUER}:ref": "refs/pull/7/merge",
}
APPLYING = TOKEN | {
    f"{ISSUER}:sub": "repo:acme@11/databases@22:environment:prod",
    f"{ISSUER}:job_workflow_ref": "acme/databases/.github/workflows/apply.yaml@refs/heads/main",
    f"{ISSUER}:ref": "refs/heads/main",
}
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"


def _taken(role: Role, token: dict[str, str]) -> bool:
    return bool(iam_says.trusts(role.trust, "sts:AssumeRoleWithWebIdentity", PROVIDER, token))


def test_a_job_of_the_named_workflow_takes_the_preview_role_for_any_event(made: tuple[Role, Role]) -> None:
    preview, _ = made
    for context in ("pull_request", "ref:refs/heads/main", "ref:refs/heads/gh-readonly-queue/main/pr-7-0a1b"):
        for repository in ("acme/databases", "acme@11/databases@22"):
            assert _taken(preview, TOKEN | {f"{ISSUER}:sub": f"repo:{repository}:{context}"})


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "repo:grace/databases:pull_request"},
        {"sub": "repo:acme@11/databases@22:ref:refs/heads/feature"},
        {"job_workflow_ref": "acme/databases/.github/workflows/accounts.yaml@refs/heads/feature"},
        {"job_workflow_ref": "acme/databases/.github/workflows/preview.yaml@refs/heads/main"},
        {"job_workflow_ref": "grace/databases/.github/workflows/accounts.yaml@refs/heads/main"},
        {"repository_id": "23"},
        {"aud": "https://github.com/acme"},
    ],
)
def test_no_other_job_takes_the_preview_role(made: tuple[Role, Role], changed: dict[str, str]) -> None:
    preview, _ = made
    assert not _taken(preview, TOKEN | {f"{ISSUER}:{name}": value for name, value in changed.items()})


def test_only_a_job_on_main_in_the_environment_takes_the_apply_role(made: tuple[Role, Role]) -> None:
    _, apply = made
    assert _taken(apply, APPLYING)
    assert not _taken(apply, TOKEN)
    assert not _taken(apply, APPLYING | {f"{ISSUER}:ref": "refs/heads/feature"})
    assert not _taken(apply, APPLYING | {f"{ISSUER}:sub": "repo:acme@11/databases@22:environment:staging"})
    assert not _taken(apply, APPLYING | {f"{ISSUER}:repository_id": "23"})


def test_without_ids_the_name_decides(specs: Path) -> None:
    preview, apply = _made(specs, Repository("acme/databases", workflows=PREVIEWING))
    by_name = {f"{ISSUER}:repository_id": "99"}
    assert _taken(preview, TOKEN | by_name | {f"{ISSUER}:sub": "repo:acme/databases:pull_request"})
    assert not _taken(preview, TOKEN | by_name)
    assert _taken(apply, APPLYING | by_name | {f"{ISSUER}:sub": "repo:acme/databases:environment:prod"})


def test_a_role_takes_itself_again_and_readers_the_preview_role(specs: Path) -> None:
    developers = "arn:aws:iam::210987654321:role/aws-reserved/sso.amazonaws.com/developers"
    preview, apply = _made(specs, readers=[developers])

    def takes(role: Role, who: str) -> bool:
        account = f"arn:aws:iam::{who.split(':')[4]}:root"
        return bool(iam_says.trusts(role.trust, "sts:AssumeRole", account, {"aws:PrincipalArn": who}))

    for role, other in ((preview, apply), (apply, preview)):
        assert takes(role, role.arn)
        assert _may(role, "sts:AssumeRole", role.arn)
        assert not takes(role, other.arn)
    assert takes(preview, developers)
    assert not takes(apply, developers)
