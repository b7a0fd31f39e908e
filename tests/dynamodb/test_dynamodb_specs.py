"""What DynamoDB specs mean: short forms, what follows without being written, what an application is given."""

from __future__ import annotations

from typing import Any

import pytest

from compiler import graph, kinds, settings
from compiler.graph import Json, Ref

KEYS = "attributes: {id: S}\nhash_key: id\n"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("ttl: expires_at\n", "ttl: {attribute: expires_at}\n"),
        ("replicas: [us-east-1, eu-west-1]\n", "replicas: {us-east-1: {}, eu-west-1: {}}\n"),
        ("pitr: 14\n", "pitr: {enabled: true, days: 14}\n"),
        ("pitr: true\n", "pitr: {enabled: true, days: 35}\n"),
        ("pitr: false\n", "pitr: {enabled: false}\n"),
        ("encryption: aws_owned\n", "encryption: {mode: aws_owned}\n"),
        (
            "billing_mode: PROVISIONED\ncapacity: {read: 5, write: 6}\n",
            "billing_mode: PROVISIONED\ncapacity: {read: {min: 5, max: 5}, write: {min: 6, max: 6}}\n",
        ),
    ],
)
def test_a_short_form_means_the_same_as_the_long_one(short: str, long: str, compile_spec: Any) -> None:
    one, other = (graph.canonical(compile_spec(KEYS + text)) for text in (short, long))
    assert one == other


def test_the_order_of_replicas_and_attributes_means_nothing(compile_spec: Any) -> None:
    one = compile_spec(
        "attributes: {id: S, at: N}\nhash_key: id\nrange_key: at\nreplicas: [us-east-1, eu-west-1]\n"
    )
    other = compile_spec(
        "attributes: {at: N, id: S}\nrange_key: at\nhash_key: id\nreplicas: [eu-west-1, us-east-1]\n"
    )
    assert graph.canonical(one) == graph.canonical(other)


def test_replicas_need_a_stream_and_get_one(load: Any) -> None:
    _, (database,) = load(KEYS + "replicas: [us-east-1]\n").checked().select([])
    found = {".".join(map(str, each.route)): each for each in settings.settings(database)}
    assert found["streams"].value == "NEW_AND_OLD_IMAGES"
    assert found["streams"].origin == "derived: what replicas need"


def test_a_replica_is_backed_up_and_protected_as_the_table_is(compile_spec: Any) -> None:
    stack = compile_spec(
        KEYS + "replicas: {us-east-1: {}, eu-west-1: {pitr: false, deletion_protection: false}}\n"
    )
    told = {
        name: (
            stack.resource(name).inputs["point_in_time_recovery"],
            stack.resource(name).inputs["deletion_protection_enabled"],
            stack.resource(name).options.protect,
        )
        for name in ("replica-us-east-1", "replica-eu-west-1")
    }
    assert told == {"replica-us-east-1": (True, True, True), "replica-eu-west-1": (False, False, False)}


def test_every_replica_of_an_encrypted_table_has_a_kept_key_in_its_region(compile_spec: Any) -> None:
    stack = compile_spec(KEYS + "replicas: [us-east-1]\n")
    key = stack.resource("key-us-east-1")
    assert key.inputs["region"] == "us-east-1"
    assert key.options.retain_on_delete
    assert stack.resource("replica-us-east-1").inputs["kms_key_arn"] == Ref("key-us-east-1", "arn")


def test_a_replica_waits_for_write_capacity_to_scale(compile_spec: Any) -> None:
    stack = compile_spec(
        KEYS
        + "billing_mode: PROVISIONED\ncapacity: {read: 5, write: {min: 5, max: 10}}\nreplicas: [us-east-1]\n"
    )
    assert stack.resource("replica-us-east-1").options.depends_on == ("table-write-policy",)


def test_what_scales_is_ignored_and_nothing_else(compile_spec: Any) -> None:
    stack = compile_spec(
        "attributes: {id: S, a: S, b: S}\nhash_key: id\nbilling_mode: PROVISIONED\n"
        "capacity: {read: {min: 1, max: 9}, write: 5}\n"
        "indexes:\n"
        "  b-index: {hash_key: b, projection: ALL, capacity: {read: 1, write: {min: 1, max: 9}}}\n"
        "  a-index: {hash_key: a, projection: ALL, capacity: {read: 1, write: 1}}\n"
    )
    table = stack.resource("table")
    assert [each["name"] for each in table.inputs["global_secondary_indexes"]] == ["a-index", "b-index"]
    scaled = [each for each in table.options.ignore_changes if not each.startswith("restore_")]
    assert scaled == [
        "read_capacity",
        "global_secondary_indexes[1].write_capacity",
        "replicas",
    ]


def test_what_is_off_is_said_to_be_off(compile_spec: Any) -> None:
    """Left out, AWS would keep what it had: items would go on to expire."""
    inputs = compile_spec(KEYS, tier="development").resource("table").inputs
    off = {"enabled": False}
    assert (inputs["ttl"], inputs["point_in_time_recovery"], inputs["server_side_encryption"]) == (
        off,
        off,
        off,
    )
    assert inputs["stream_enabled"] is False
    assert inputs["deletion_protection_enabled"] is False


def test_a_name_that_is_too_long_for_its_plan_is_cut_and_stays_its_own(compile_spec: Any) -> None:
    plans = {
        compile_spec(KEYS + f"identifier: {'orders-' * 10}{end}\n").resource("backup-plan").inputs["name"]
        for end in "ab"
    }
    assert len(plans) == 2
    assert all(len(name) == 50 for name in plans)


def test_a_daily_backup_starts_in_the_environments_window(compile_spec: Any) -> None:
    rule = compile_spec(KEYS).resource("backup-plan").inputs["rules"][0]
    assert rule["schedule"] == "cron(0 18 * * ? *)"  # 03:00 in Seoul


def test_who_reads_may_not_write(compile_spec: Any) -> None:
    outputs = compile_spec(KEYS + "streams: NEW_IMAGE\n").outputs
    assert (
        _actions(outputs["read_policy"]) & {"dynamodb:PutItem", "dynamodb:DeleteItem", "kms:Encrypt"} == set()
    )
    assert _actions(outputs["read_policy"]) >= {"dynamodb:GetItem", "dynamodb:GetRecords", "kms:Decrypt"}
    assert _actions(outputs["read_write_policy"]) >= _actions(outputs["read_policy"]) | {"dynamodb:PutItem"}
    assert outputs["stream_arn"] == Ref("table", "stream_arn")


def test_no_policy_allows_everything_or_anything_about_the_table_itself(compile_spec: Any) -> None:
    outputs = compile_spec(KEYS + "replicas: [us-east-1]\n").outputs
    for name in ("read_policy", "read_write_policy"):
        actions = _actions(outputs[name])
        assert not any(each.endswith((":*", "Table")) for each in actions - {"dynamodb:DescribeTable"})
        for statement in outputs[name].value["Statement"]:
            assert "*" not in statement["Resource"]


def test_a_policy_covers_every_region(compile_spec: Any) -> None:
    policy = compile_spec(KEYS + "replicas: [us-east-1]\n").outputs["read_policy"]
    resources = policy.value["Statement"][0]["Resource"]
    assert "arn:aws:dynamodb:us-east-1:000000000000:table/ecommerce-prod-orders" in resources
    assert Ref("table", "arn") in resources


def test_a_table_claims_its_name_alone(load: Any) -> None:
    _, (database,) = load(KEYS + "replicas: [us-east-1]\n").checked().select([])
    assert list(kinds.named("dynamodb").claims(database)) == ["ecommerce-prod-orders"]


def test_a_table_in_china_is_replicated_in_china(load: Any) -> None:
    text = KEYS + "encryption: aws_managed\nreplicas: [REGION]\n"
    assert not load(text.replace("REGION", "cn-northwest-1"), region="cn-north-1").diagnostics
    (found,) = load(text.replace("REGION", "us-east-1"), region="cn-north-1").diagnostics
    assert found.rule == "dynamodb/replica-region"
    assert found.fix == "choose among cn-northwest-1"


def _actions(policy: Any) -> set[str]:
    assert isinstance(policy, Json)
    statements: Any = policy.value
    return {action for statement in statements["Statement"] for action in statement["Action"]}
