"""What changes of a MySQL database do, each on both sides of its boundary."""

from __future__ import annotations

import pytest

from compiler import consequences
from compiler.changes import ABSENT, Change, Known, Op, PropertyChange, Side
from compiler.effects import Data, Effect, Feasibility, Gravity, Service, When, gravity
from compiler.graph import Options, Ref, Resource, Value

_REPLICA: dict[str, Value] = {"replicate_source_db": Ref("instance", "identifier")}


def _effect(
    before: dict[str, Value],
    after: dict[str, Value],
    type: str = "aws:rds:Instance",
    options: Options | None = None,
) -> Effect:
    """The effect of the one input in which the two differ."""
    was, becomes = (Resource("instance", type, each, "", options or Options()) for each in (before, after))
    [name] = [each for each in before.keys() | after.keys() if before.get(each) != after.get(each)]
    was_side, side = (Side(Known.KNOWN, each[name]) if name in each else ABSENT for each in (before, after))
    change = Change("s", "instance", type, Op.UPDATE, (PropertyChange((name,), was_side, side),))
    [(_, effect)] = consequences.of(change, was, becomes)
    return effect


def _of(name: str, before: Value, after: Value, **beside: Value) -> Effect:
    return _effect({**beside, name: before}, {**beside, name: after})


def test_another_class_is_a_failover_with_a_standby_and_an_outage_without() -> None:
    classes = ("instance_class", "db.r7g.large", "db.r7g.xlarge")

    assert _of(*classes, multi_az=True).service is Service.FAILOVER
    assert _of(*classes, multi_az=False).service is Service.OUTAGE
    assert _of(*classes).service is Service.OUTAGE


def test_what_interrupts_waits_for_the_window_unless_it_is_to_happen_at_once() -> None:
    classes = ("instance_class", "db.r7g.large", "db.r7g.xlarge")

    assert _of(*classes, apply_immediately=False).when is When.WINDOW
    assert _of(*classes, apply_immediately=True).when is When.NOW
    assert _of("port", 3306, 3307, apply_immediately=False).when is When.NOW
    assert _of("tags", {}, {"a": "1"}, apply_immediately=False).when is When.NOW


def test_storage_grows_and_never_shrinks() -> None:
    growing = _of("allocated_storage", 100, 200)
    shrinking = _of("allocated_storage", 200, 100)

    assert (growing.feasibility, growing.reversible) == (Feasibility.OK, False)
    assert shrinking.feasibility is Feasibility.REFUSED
    assert "200" in shrinking.fix
    assert not shrinking.replaces


def test_storage_that_grows_by_less_than_a_tenth_would_differ_for_ever() -> None:
    little = _of("allocated_storage", 100, 109)

    assert little.feasibility is Feasibility.REFUSED
    assert "110" in little.fix
    assert _of("allocated_storage", 100, 110).feasibility is Feasibility.OK


@pytest.mark.parametrize(
    ("before", "after", "service"),
    [
        ("standard", "gp3", Service.OUTAGE),
        ("gp3", "standard", Service.OUTAGE),
        ("gp3", "io2", Service.OUTAGE),
        ("io1", "gp3", Service.OUTAGE),
        ("gp2", "gp3", Service.DEGRADED),
        ("io1", "io2", Service.DEGRADED),
    ],
)
def test_another_storage_type_restarts_a_single_instance_where_the_kind_of_volume_changes(
    before: str, after: str, service: Service
) -> None:
    assert _of("storage_type", before, after).service is service


def test_with_a_standby_only_magnetic_storage_restarts() -> None:
    assert _of("storage_type", "gp3", "io2", multi_az=True).service is Service.DEGRADED
    assert _of("storage_type", "standard", "gp3", multi_az=True).service is Service.OUTAGE


@pytest.mark.parametrize(
    ("before", "after"), [("8.4.9", "8.4.5"), ("8.4", "8.0.46"), ("8.4.9", "8.0"), ("8.10.2", "8.9.9")]
)
def test_no_version_goes_back(before: str, after: str) -> None:
    effect = _of("engine_version", before, after, allow_major_version_upgrade=True)

    assert effect.feasibility is Feasibility.REFUSED
    assert before in effect.fix


def test_a_major_upgrade_needs_to_be_allowed() -> None:
    major = ("engine_version", "8.0.46", "8.4")
    allowed = _of(*major, allow_major_version_upgrade=True, apply_immediately=True)
    forbidden = _of(*major, allow_major_version_upgrade=False, apply_immediately=True)

    assert (allowed.feasibility, allowed.service, allowed.reversible) == (
        Feasibility.OK,
        Service.OUTAGE,
        False,
    )
    assert (forbidden.feasibility, "allow_major" in forbidden.fix) == (Feasibility.REFUSED, True)


def test_a_major_upgrade_cannot_wait_since_the_old_parameter_group_goes_at_once() -> None:
    major = ("engine_version", "8.0.46", "8.4")

    waiting = _of(*major, allow_major_version_upgrade=True)
    replica = _of(*major, allow_major_version_upgrade=True, **_REPLICA)
    copied = _of(*major, allow_major_version_upgrade=True, blue_green_update={"enabled": True})

    assert (waiting.feasibility, "apply_immediately" in waiting.fix) == (Feasibility.REFUSED, True)
    assert {replica.feasibility, copied.feasibility} == {Feasibility.OK}


def test_a_minor_upgrade_is_an_outage_and_a_switch_where_a_copy_is_upgraded() -> None:
    assert _of("engine_version", "8.4.5", "8.4.9").service is Service.OUTAGE
    assert _of("engine_version", "8.4.9", "8.4").service is Service.OUTAGE
    green = _of("engine_version", "8.4.5", "8.4.9", blue_green_update={"enabled": True})
    assert (green.service, green.when) == (Service.FAILOVER, When.NOW)


def test_retention_is_changed_at_once_and_turned_on_or_off_in_the_window() -> None:
    assert _of("backup_retention_period", 7, 14).reversible
    assert not _of("backup_retention_period", 14, 7).reversible
    began, ended = _of("backup_retention_period", 0, 7), _of("backup_retention_period", 7, 0)
    assert (began.service, began.when, began.data) == (Service.OUTAGE, When.WINDOW, Data.KEPT)
    assert (ended.service, ended.when, ended.data) == (Service.OUTAGE, When.WINDOW, Data.LOST)


@pytest.mark.parametrize(
    ("name", "fix"), [("db_name", "database_name"), ("username", "username"), ("kms_key_id", "kms_key")]
)
def test_what_is_fixed_when_a_database_is_made_means_another_database_without_the_data(
    name: str, fix: str
) -> None:
    effect = _of(name, "one", "two")

    assert (effect.replaces, effect.data, effect.reversible) == (True, Data.LOST, False)
    assert fix in effect.fix


def test_a_name_that_is_taken_away_stays_since_aws_keeps_it() -> None:
    effect = _effect({"db_name": "orders"}, {})

    assert not effect.replaces
    assert gravity(effect) is Gravity.HARMLESS
    assert _effect({"iops": 16000}, {}).service is not Service.DEGRADED


def test_another_subnet_group_is_refused() -> None:
    assert _of("db_subnet_group_name", "a", "b").feasibility is Feasibility.REFUSED


def test_a_rename_restarts() -> None:
    effect = _of("identifier", "orders", "shop-orders", apply_immediately=True)

    assert (effect.service, effect.when, effect.replaces) == (Service.OUTAGE, When.NOW, False)


def test_static_parameters_wait_for_a_reboot_and_dynamic_ones_do_not() -> None:
    def group(**parameters: tuple[str, str]) -> dict[str, Value]:
        return {
            "parameters": [
                {"name": name, "value": value, "apply_method": method}
                for name, (value, method) in parameters.items()
            ]
        }

    def effect(before: dict[str, Value], after: dict[str, Value]) -> Effect:
        return _effect(before, after, "aws:rds:ParameterGroup")

    dynamic = effect(group(long_query_time=("1", "immediate")), group(long_query_time=("2", "immediate")))
    static = effect(group(), group(performance_schema=("1", "pending-reboot")))
    both = effect(
        group(),
        group(performance_schema=("1", "pending-reboot"), long_query_time=("2", "immediate")),
    )

    assert dynamic.when is When.NOW
    assert (static.when, "performance_schema" in static.says) == (When.REBOOT, True)
    assert (both.when, "the others hold at once" in both.says) == (When.REBOOT, True)
    assert effect(group(back_log=("1", "immediate")), group()).when is When.REBOOT


def test_another_parameter_group_waits_for_a_reboot_unless_the_version_changes_with_it() -> None:
    assert _of("parameter_group_name", "a", "b").when is When.REBOOT
    before: dict[str, Value] = {"parameter_group_name": "a", "engine_version": "8.0.46"}
    after: dict[str, Value] = {"parameter_group_name": "b", "engine_version": "8.4"}
    was, becomes = (Resource("instance", "aws:rds:Instance", each, "") for each in (before, after))
    group = PropertyChange(("parameter_group_name",), Side(Known.KNOWN, "a"), Side(Known.KNOWN, "b"))
    [(_, effect)] = consequences.of(
        Change("s", "instance", "aws:rds:Instance", Op.UPDATE, (group,)), was, becomes
    )
    assert effect.when is When.WINDOW


def test_replicas_go_to_a_major_version_before_their_primary() -> None:
    groups = (Ref("parameters-mysql80", "name"), Ref("parameters-mysql84", "name"))

    behind = _of("parameter_group_name", *groups, **_REPLICA)

    assert behind.feasibility is Feasibility.TWO_STEPS
    assert "engine_version: 8.4" in behind.fix


def test_a_password_that_rds_keeps_moves_to_another_secret_and_back() -> None:
    entering = _effect({}, {"manage_master_user_password": True})
    leaving = _effect({"manage_master_user_password": True}, {})

    assert {entering.service, leaving.service} == {Service.OUTAGE}
    assert "secret" in entering.says
    assert "secret" in leaving.says


def test_the_key_of_a_managed_secret_changes_in_two_steps() -> None:
    kept = _of("master_user_secret_kms_key_id", "a", "b", manage_master_user_password=True)

    assert kept.feasibility is Feasibility.TWO_STEPS


def test_the_key_of_insights_never_changes() -> None:
    assert _of("performance_insights_kms_key_id", "a", "b").feasibility is Feasibility.REFUSED
    assert _effect({}, {"performance_insights_kms_key_id": "a"}).feasibility is Feasibility.OK


def test_a_replica_is_promoted_follows_nobody_else_and_goes_without_loss() -> None:
    promoted = _effect(_REPLICA, {})
    moved = _of("replicate_source_db", "orders", "users")
    change = Change("s", "instance", "aws:rds:Instance", Op.DELETE)
    [(_, gone)] = consequences.of(change, Resource("instance", "aws:rds:Instance", _REPLICA, ""), None)
    [(_, primary)] = consequences.of(change, Resource("instance", "aws:rds:Instance", {}, ""), None)

    assert (promoted.reversible, promoted.service) == (False, Service.OUTAGE)
    assert moved.feasibility is Feasibility.REFUSED
    assert (gone.data, primary.data) == (Data.KEPT, Data.LOST)


def test_what_is_protected_goes_in_two_steps() -> None:
    change = Change("s", "instance", "aws:rds:Instance", Op.DELETE)
    protected = Resource("instance", "aws:rds:Instance", _REPLICA, "", Options(protect=True))

    [(_, effect)] = consequences.of(change, protected, None)

    assert effect.feasibility is Feasibility.TWO_STEPS
    assert "deletion_protection: false" in effect.fix


def test_what_a_key_encrypted_stays_readable_where_the_key_is_retained() -> None:
    def effect(options: Options) -> Effect:
        properties = (
            PropertyChange(("multi_region",), Side(Known.KNOWN, False), Side(Known.KNOWN, True), True),
        )
        change = Change("s", "key", "aws:kms:Key", Op.REPLACE, properties)
        key = Resource("key", "aws:kms:Key", {"multi_region": False}, "", options)
        [(_, found)] = consequences.of(change, key, key)
        return found

    assert effect(Options(retain_on_delete=True)).data is Data.KEPT
    assert effect(Options()).data is Data.LOST


def test_a_replacement_has_only_the_effects_of_what_replaces() -> None:
    properties = (
        PropertyChange(("db_name",), Side(Known.KNOWN, "a"), Side(Known.KNOWN, "b"), True),
        PropertyChange(("allocated_storage",), Side(Known.KNOWN, 200), Side(Known.KNOWN, 100)),
    )
    change = Change("s", "instance", "aws:rds:Instance", Op.REPLACE, properties)
    was, becomes = (
        Resource("instance", "aws:rds:Instance", {"db_name": name, "allocated_storage": size}, "")
        for name, size in (("a", 200), ("b", 100))
    )

    assert [each.route for each, _ in consequences.of(change, was, becomes) if each] == [("db_name",)]


def test_what_the_account_has_stands_over_what_the_graph_said() -> None:
    """Somebody has grown the volume by hand: going back to what the spec says is to shrink it."""
    properties = (PropertyChange(("allocated_storage",), Side(Known.KNOWN, 500), Side(Known.KNOWN, 100)),)
    change = Change("s", "instance", "aws:rds:Instance", Op.UPDATE, properties, reverts_drift=True)
    same = Resource("instance", "aws:rds:Instance", {"allocated_storage": 100}, "")

    for before in (same, None):
        [(_, effect)] = consequences.of(change, before, same)
        assert effect.feasibility is Feasibility.REFUSED


def test_a_parameter_that_was_changed_by_hand_is_judged_by_what_it_is() -> None:
    route = ("parameters", 0, "value")
    properties = (PropertyChange(route, Side(Known.KNOWN, "1"), Side(Known.KNOWN, "2")),)
    parameter: Value = {"name": "performance_schema", "value": "2", "apply_method": "pending-reboot"}
    same = Resource("parameters", "aws:rds:ParameterGroup", {"parameters": [parameter]}, "")
    change = Change("s", "parameters", "aws:rds:ParameterGroup", Op.UPDATE, properties, reverts_drift=True)

    [(_, effect)] = consequences.of(change, same, same)

    assert effect.when is When.REBOOT
