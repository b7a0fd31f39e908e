"""What the gates refuse, in which tier, and in whose words."""

from __future__ import annotations

import pytest

from compiler import gates
from compiler.changes import Change, Known, Op, PropertyChange, Side
from compiler.comparison import compare
from compiler.consequences import Cause, Consequence, consequences
from compiler.diagnostics import Diagnostic, Place
from compiler.effects import Data, Effect, Feasibility
from compiler.graph import Options, Resource, Stack, Value

SPEC = Place("specs/prod/orders.yaml")


def _instance(options: Options | None = None, /, **inputs: Value) -> Stack:
    return Stack("prod.orders", (Resource("instance", "aws:rds:Instance", inputs, "", options or Options()),))


def _refused(before: Stack, after: Stack, tier: str = "production") -> tuple[Diagnostic, ...]:
    found = consequences(compare(before, after), before, after)
    return gates.refusals("prod.orders", found, tier, SPEC)


def test_a_loss_of_data_is_refused_outside_development() -> None:
    before, after = _instance(db_name="orders"), _instance(db_name="other")

    for tier in ("production", "staging"):
        [refused] = _refused(before, after, tier)
        assert refused.rule == "gate/replace"
        assert refused.at == SPEC
        assert "would be replaced, because db_name changes: the name of the first database" in refused.message
        assert refused.message.endswith(f"the tier is {tier}")
        assert refused.fix.startswith(
            "keep database_name, and make the other one with SQL; where the data may go"
        )
    assert _refused(before, after, "development") == ()


def test_what_aws_refuses_is_refused_in_every_tier() -> None:
    before, after = _instance(allocated_storage=200), _instance(allocated_storage=100)

    for tier in ("production", "staging", "development"):
        [refused] = _refused(before, after, tier)
        assert refused.rule == "gate/refused"
        assert (
            "cannot be changed like that, because allocated_storage changes: a volume never shrinks"
            in refused.message
        )
        assert refused.fix


def test_what_takes_two_steps_is_refused_with_the_first() -> None:
    key = "master_user_secret_kms_key_id"
    before, after = (_instance(**{"manage_master_user_password": True, key: each}) for each in ("a", "b"))

    [refused] = _refused(before, after)

    assert refused.rule == "gate/two-steps"
    assert "self_managed first" in refused.fix


def test_a_deletion_is_refused_once_for_all_that_it_takes() -> None:
    logs = [
        Resource(f"log-{each}", "aws:cloudwatch:LogGroup", {"name": each}, "") for each in ("error", "slow")
    ]
    before = Stack("prod.orders", (*_instance().resources, *logs))

    [refused] = _refused(before, Stack("prod.orders", ()))

    assert refused.rule == "gate/delete"
    assert "instance (aws:rds:Instance) would be deleted: the database is deleted" in refused.message
    assert "and log-error, log-slow too" in refused.message
    assert refused.fix == (
        "put it back into the spec; where the data may go, write `acknowledge: ["
        "{resource: instance, data_loss: WHY}, {resource: log-error, data_loss: WHY}, "
        "{resource: log-slow, data_loss: WHY}]`"
    )


def test_what_is_protected_is_refused_in_development_too() -> None:
    before = _instance(Options(protect=True))

    [refused] = _refused(before, Stack("prod.orders", ()), "development")

    assert (refused.rule, "deletion_protection: false" in refused.fix) == ("gate/two-steps", True)
    assert "cannot be deleted while it is protected" in refused.message


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(("was", "becomes"), [(True, True), (True, False), (False, True), (False, False)])
def test_what_is_protected_is_not_replaced_in_development_either(
    recorded: bool, was: bool, becomes: bool
) -> None:
    """Nothing is recorded where no run has ended well yet; the engine says what of the options changes."""
    before = _instance(Options(protect=was), db_name="orders")
    after = _instance(Options(protect=becomes), db_name="other")
    changes = compare(before, after)

    found = consequences(changes, before if recorded else None, after)

    refused = gates.refusals("prod.orders", found, "development", SPEC)
    assert [each.rule for each in refused] == (["gate/two-steps"] if was else [])
    assert all("cannot be replaced while it is protected" in each.message for each in refused)
    assert all(each.fix == "write deletion_protection: false and apply that first" for each in refused)


@pytest.mark.parametrize("tier", ["production", "development"])
def test_a_restore_that_comes_out_of_a_spec_replaces_nothing(tier: str) -> None:
    """What is restored keeps its user's name, whatever the spec says; while `restore` stands there, that is ignored."""
    restored = Options(ignore_changes=("snapshot_identifier", "username"))
    before = _instance(restored, snapshot_identifier="orders-2026", username="dbadmin")
    after = _instance(Options(ignore_changes=("snapshot_identifier",)), username="dbadmin")
    sides = [Side(Known.KNOWN, each) for each in ("shop", "dbadmin")]
    found = Change(
        "prod.orders",
        "instance",
        "aws:rds:Instance",
        Op.REPLACE,
        (PropertyChange(("username",), *sides, replaces=True),),
    )

    refused = gates.refusals("prod.orders", consequences([found], before, after), tier, SPEC)

    [kept] = [each for each in refused if each.rule == "gate/refused"]
    assert "it was made with another username than the spec says" in kept.message
    assert kept.fix.startswith("put back what came out of the spec, such as `restore:`")
    assert _refused(before, after, tier) == ()


def test_nobody_is_told_to_disarm_what_they_should_not_delete() -> None:
    [refused] = _refused(_instance(Options(protect=True)), Stack("prod.orders", ()))

    assert refused.rule == "gate/delete"
    assert refused.fix.startswith("put it back into the spec;")


def test_what_is_retained_goes_without_a_word() -> None:
    key = Resource("key", "aws:kms:Key", {}, "", Options(retain_on_delete=True))

    assert _refused(Stack("prod.orders", (key,)), Stack("prod.orders", ())) == ()


def test_a_loss_in_place_is_refused_by_its_own_rule() -> None:
    [refused] = _refused(_instance(backup_retention_period=7), _instance(backup_retention_period=0))

    assert refused.rule == "gate/data-loss"
    assert refused.fix.startswith("keep backup.retention_days at 1 at least;")


def test_a_restore_into_a_database_that_exists_is_refused() -> None:
    ignoring = Options(ignore_changes=("snapshot_identifier",))
    before, after = _instance(ignoring), _instance(ignoring, snapshot_identifier="orders-2026")

    [refused] = _refused(before, after, "development")

    assert refused.rule == "gate/refused"
    assert "counts when it is made" in refused.message
    assert _refused(after, before) == ()


@pytest.mark.parametrize("more", [(), (Cause("storage.iops", Place("specs/prod/orders.yaml", 9, 3)),)])
def test_a_refusal_stands_at_what_caused_it(more: tuple[Cause, ...]) -> None:
    cause = Cause("storage.type", Place("specs/prod/orders.yaml", 8, 3))
    effect = Effect("no", "nowhere", data=Data.LOST, feasibility=Feasibility.OK)
    found = Consequence("instance", "aws:rds:Instance", Op.UPDATE, (("iops",),), effect, (cause, *more))

    [refused] = gates.refusals("prod.orders", [found], "production", SPEC)

    assert refused.at == cause.at
    assert [each.at for each in refused.also] == [each.at for each in more]
