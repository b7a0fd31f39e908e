"""Tables on the simulated account, without the engine: made, changed, found unchanged, and gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compiler import graph
from compiler.aws import replacement
from compiler.changes import Op
from compiler.comparison import compare
from compiler.consequences import consequences, of
from compiler.effects import Data, Effect, Feasibility
from compiler.graph import Stack
from compiler.sandbox.refusal import AwsError

ANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = "attributes: {id: S}\nhash_key: id\n"
TYPES = ("S", "N", "B")


@st.composite
def _units(draw: st.DrawFn, scaled: bool = False) -> Any:
    least = draw(st.integers(1, 50))
    if scaled or draw(st.booleans()):
        return {
            "min": least,
            "max": least + draw(st.integers(1, 50)),
            "target": draw(st.sampled_from([None, 20, 90])),
        }
    return least


@st.composite
def _projection(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["ALL", "KEYS_ONLY", "INCLUDE"]))
    if kind != "INCLUDE":
        return {"projection": kind}
    names = draw(st.lists(st.sampled_from(["name", "city", "zip"]), min_size=1, unique=True))
    return {"projection": kind, "non_key_attributes": names}


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Valid specs of every shape."""
    range_key = draw(st.sampled_from([None, "at"]))
    used = {"id"} | ({"at"} if range_key else set())
    consistency = draw(st.sampled_from(["EVENTUAL"] * 5 + ["STRONG"]))
    provisioned = draw(st.booleans())
    replicas = draw(st.lists(st.sampled_from(["us-east-1", "eu-west-1"]), max_size=2, unique=True))
    if consistency == "STRONG":
        replicas = ["ap-northeast-1", "ap-northeast-3"]
    spec: dict[str, Any] = {
        "hash_key": "id",
        "consistency": consistency,
        "replicas": replicas,
        "table_class": draw(st.sampled_from(["STANDARD", "STANDARD_INFREQUENT_ACCESS"])),
        "pitr": draw(st.sampled_from([False, True, 7])),
        "encryption": draw(st.sampled_from(["aws_owned", "aws_managed", "cmk"])),
        "contributor_insights": draw(st.booleans()),
        "deletion_protection": draw(st.booleans()),
        "backup_plan": draw(st.sampled_from([None, {"delete_after_days": 100, "cold_after_days": 10}])),
        "billing_mode": "PROVISIONED" if provisioned else "PAY_PER_REQUEST",
    }
    if range_key:
        spec["range_key"] = range_key
    if not replicas or consistency == "STRONG":
        spec["streams"] = draw(st.sampled_from([None, "KEYS_ONLY", "NEW_AND_OLD_IMAGES"]))
    if consistency == "EVENTUAL":
        spec["ttl"] = draw(st.sampled_from([None, "expires_at", "gone_at"]))
    if draw(st.booleans()):
        spec["warm_throughput"] = {"read": draw(st.sampled_from([12000, 20000])), "write": 4000}
    scaled = provisioned and bool(replicas)
    if provisioned:
        spec["capacity"] = {"read": draw(_units()), "write": draw(_units(scaled))}
    elif draw(st.booleans()):
        spec["on_demand"] = {"read": draw(st.sampled_from([-1, 100])), "write": 50}
    indexes = {}
    for name in draw(st.lists(st.sampled_from(["by-email", "by.city", "by_total"]), max_size=3, unique=True)):
        hash_key = draw(st.sampled_from(["email", "city", "total"]))
        index = {"hash_key": hash_key, **draw(_projection())}
        used.add(hash_key)
        if draw(st.booleans()):
            index["range_key"] = draw(st.sampled_from(sorted({"at", "email", "total"} - {hash_key})))
            used.add(index["range_key"])
        if provisioned:
            index["capacity"] = {"read": draw(_units()), "write": draw(_units(scaled))}
        indexes[name] = index
    spec["indexes"] = indexes
    if range_key and consistency == "EVENTUAL":
        local = {}
        for name in draw(st.lists(st.sampled_from(["local-a", "local-b"]), max_size=2, unique=True)):
            local[name] = {"range_key": draw(st.sampled_from(["total", "at"])), **draw(_projection())}
            used.add(local[name]["range_key"])
        spec["local_indexes"] = local
    spec["attributes"] = {name: draw(st.sampled_from(TYPES)) for name in sorted(used)}
    return {key: value for key, value in spec.items() if value is not None}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A valid spec, and one like it in all but a few keys, which nearly always is valid too."""
    before, other = draw(specs()), draw(specs())
    keys = draw(st.sets(st.sampled_from(sorted(before.keys() | other.keys() - {"attributes"})), max_size=3))
    after = {key: value for key, value in before.items() if key not in keys}
    after |= {key: other[key] for key in keys if key in other}
    holders = [after, *after["indexes"].values(), *after.get("local_indexes", {}).values()]
    used = {each[key] for each in holders for key in ("hash_key", "range_key") if key in each}
    types = {**other["attributes"], **before["attributes"]}
    if draw(st.sampled_from([False] * 9 + [True])):
        types = {**before["attributes"], **other["attributes"]}
    after["attributes"] = {name: types.get(name, "S") for name in sorted(used)}
    return before, after


def _text(spec: dict[str, Any]) -> str:
    lines = {**spec, "backup_plan": spec.get("backup_plan")}  # production has one
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items())


@given(spec=specs())
@ANY
def test_any_valid_spec_is_made_found_unchanged_and_gone(
    spec: dict[str, Any], load: Any, compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    assert load(_text(spec)).diagnostics == ()
    stack = compile_spec(_text(spec))
    assert graph.canonical(compile_spec(_text(spec))) == graph.canonical(stack)
    life = new_life()
    assert set(life.apply(stack).values()) == {"create"}
    assert life.apply(stack) == {}
    life.destroy()
    left = {each["type"] for each in life.account.show()["things"] if each["stack"] == "prod.orders"}
    assert left <= {"aws:kms:Key", "aws:kms:Alias"}
    assert ("aws:kms:Key" in left) == (spec["encryption"] == "cmk")


@given(pair=pairs())
@ANY
def test_what_is_said_to_replace_is_what_the_account_replaces(
    pair: tuple[dict[str, Any], dict[str, Any]], load: Any, compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    before, after = pair
    assume(not load(_text(after)).diagnostics)
    old, new = compile_spec(_text(before)), compile_spec(_text(after))
    life = new_life()
    life.apply(old)
    said = {each.resource: each for each in compare(old, new)}
    renewed = {name for name, each in said.items() if each.op in (Op.REPLACE, Op.CREATE)}
    for resource in new.resources:
        if resource.name not in life.state or not resource.type.startswith(("aws:dynamodb:", "aws:backup:")):
            continue
        if renewed & _needs(resource):
            continue  # what follows from another replacement is not known before that has happened
        change = said.get(resource.name)
        effects = (
            [effect for _, effect in of(change, old.resource(resource.name), resource)] if change else []
        )
        if any(each.feasibility is Feasibility.REFUSED for each in effects):
            continue  # neither replaced nor changed: AWS does not do it
        _, found = life.differences(resource)
        replaced = any(each.replaces for each in found)
        assert replaced == bool(change and change.op is Op.REPLACE), (resource.name, found)
        assert replaced == any(each.replaces for each in effects), (resource.name, found)


@given(pair=pairs() | st.tuples(specs(), specs()))
@ANY
def test_any_change_that_is_possible_is_made_and_then_found_unchanged(
    pair: tuple[dict[str, Any], dict[str, Any]], load: Any, compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    # Protection is taken off in a step of its own.
    before, after = ({**spec, "deletion_protection": False} for spec in pair)
    assume(not load(_text(after)).diagnostics)
    old, new = compile_spec(_text(before)), compile_spec(_text(after))
    assume(_possible(old, new))
    life = new_life()
    life.apply(old)
    life.apply(new)
    assert life.apply(new) == {}


def _possible(old: Stack, new: Stack) -> bool:
    """Whether no effect says that AWS refuses it, or takes it in two steps only."""
    return not _refused(old, new)


def _refused(old: Stack, new: Stack) -> list[Effect]:
    found = [each.effect for each in consequences(compare(old, new), old, new)]
    return [each for each in found if each.feasibility is not Feasibility.OK]


def _needs(resource: graph.Resource) -> set[str]:
    refs = [each for value in resource.inputs.values() for each in graph.parts(value)]
    return {each.resource for each in refs if isinstance(each, graph.Ref)}


AT = "attributes: {id: S, at: N}\nhash_key: id\nrange_key: at\n"
LOCAL = AT + "local_indexes: {again: {range_key: at, projection: ALL}}\n"


@pytest.mark.parametrize(
    ("resource", "before", "after"),
    [
        ("table", KEYS, "attributes: {key: S}\nhash_key: key\n"),
        ("table", KEYS, AT),
        ("table", AT, KEYS),
        ("table", AT, LOCAL),
        ("table", LOCAL, AT),
        (
            "table",
            KEYS + "warm_throughput: {read: 20000, write: 4000}\n",
            KEYS + "warm_throughput: {read: 12000, write: 4000}\n",
        ),
        ("table", KEYS, KEYS + "identifier: other\n"),
        (
            "replica-us-east-1",
            KEYS + "replicas: [us-east-1]\nencryption: aws_owned\n",
            KEYS + "replicas: [us-east-1]\n",
        ),
        ("backup-plan", KEYS, KEYS + "identifier: other\n"),
    ],
)
def test_what_replaces(resource: str, before: str, after: str, compile_spec: Any, new_life: Any) -> None:
    old, new = compile_spec(before), compile_spec(after)
    (change,) = [each for each in compare(old, new) if each.resource == resource]
    assert change.op is Op.REPLACE
    effects = [effect for _, effect in of(change, old.resource(resource), new.resource(resource))]
    assert all(each.replaces for each in effects)
    if replacement.holds_data(change.type):
        assert all(each.data is Data.LOST and not each.reversible for each in effects)
    life = new_life()
    life.apply(old)
    if needed := [
        each for each in new.resources if each.name not in life.state and each.type == "aws:kms:Key"
    ]:
        life.apply(Stack(old.id, (*old.resources, *needed)))
    assert any(each.replaces for each in life.differences(new.resource(resource))[1])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEYS, KEYS + "ttl: expires_at\n"),
        (KEYS + "ttl: expires_at\n", KEYS),
        (KEYS, KEYS + "streams: KEYS_ONLY\n"),
        (KEYS + "streams: KEYS_ONLY\n", KEYS + "streams: NEW_IMAGE\n"),
        (KEYS, KEYS + "pitr: false\n"),
        (KEYS + "encryption: aws_owned\n", KEYS + "encryption: aws_managed\n"),
        (KEYS, KEYS + "billing_mode: PROVISIONED\ncapacity: {read: 5, write: 5}\n"),
        (KEYS, KEYS + "on_demand: {read: 100}\n"),
        (KEYS + "on_demand: {read: 100}\n", KEYS + "on_demand: {read: -1}\n"),
        (KEYS, KEYS + "table_class: STANDARD_INFREQUENT_ACCESS\n"),
        (KEYS, KEYS + "warm_throughput: {read: 20000, write: 4000}\n"),
        (KEYS + "warm_throughput: {read: 20000, write: 4000}\n", KEYS),
        (KEYS, "attributes: {id: S, a: S}\nhash_key: id\nindexes: {by-a: {hash_key: a, projection: ALL}}\n"),
        ("attributes: {id: S, a: S}\nhash_key: id\nindexes: {by-a: {hash_key: a, projection: ALL}}\n", KEYS),
        (KEYS, KEYS + "deletion_protection: false\n"),
    ],
)
def test_what_is_done_in_place(before: str, after: str, compile_spec: Any, new_life: Any) -> None:
    old, new = compile_spec(before), compile_spec(after)
    life = new_life()
    life.apply(old)
    changes = {each.resource: each for each in compare(old, new)}
    done = life.apply(new)
    if "table" in done:  # what is left out and stays as it was is no change to anybody but us
        assert done["table"] == "update"
    assert changes["table"].op is Op.UPDATE
    assert all(
        not effect.replaces
        for _, effect in of(changes["table"], old.resource("table"), new.resource("table"))
    )
    assert life.apply(new) == {}


def test_replicas_go_before_their_table(compile_spec: Any, new_life: Callable[[], Any]) -> None:
    life = new_life()
    life.apply(compile_spec(KEYS + "deletion_protection: false\nreplicas: [us-east-1]\n"))
    table = life.state["table"]
    with pytest.raises(AwsError, match="cannot be deleted while it has replicas"):
        life.account.delete("aws:dynamodb:Table", table.id, {}, "ap-northeast-2")
    life.destroy()
    assert life.account.read("aws:dynamodb:Table", table.id, "ap-northeast-2") is None


def test_a_replica_shows_up_in_its_table_and_is_no_difference(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    life = new_life()
    stack = compile_spec(KEYS + "replicas: [us-east-1]\n")
    life.apply(stack)
    read = life.account.read("aws:dynamodb:Table", life.state["table"].id, "ap-northeast-2")
    assert [each["region_name"] for each in read.outputs["replicas"]] == ["us-east-1"]
    assert life.apply(stack) == {}


def test_capacity_that_scaled_behind_our_back_is_no_drift(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    text = (
        "attributes: {id: S, a: S, b: S}\nhash_key: id\nbilling_mode: PROVISIONED\n"
        "capacity: {read: {min: 5, max: 50}, write: 5}\n"
        "indexes:\n"
        "  a-index: {hash_key: a, projection: ALL, capacity: {read: 5, write: 5}}\n"
        "  b-index: {hash_key: b, projection: ALL, capacity: {read: {min: 5, max: 50}, write: 5}}\n"
    )
    life = new_life()
    stack = compile_spec(text)
    life.apply(stack)
    (table,) = [each for each in life.account.owned("prod.orders") if each.type == "aws:dynamodb:Table"]
    life.account.drift(table, ("read_capacity",), 40)
    (table,) = [each for each in life.account.owned("prod.orders") if each.type == "aws:dynamodb:Table"]
    life.account.drift(table, ("global_secondary_indexes", 1, "read_capacity"), 30)
    assert life.apply(stack) == {}
    (table,) = [each for each in life.account.owned("prod.orders") if each.type == "aws:dynamodb:Table"]
    life.account.drift(table, ("global_secondary_indexes", 0, "read_capacity"), 30)
    assert life.apply(stack) == {"table": "update"}
    assert life.state["table"].outputs["read_capacity"] == 40


def test_limits_of_scaling_hold_at_once(compile_spec: Any, new_life: Callable[[], Any]) -> None:
    text = KEYS + "billing_mode: PROVISIONED\ncapacity: {read: {min: LEAST, max: 50}, write: 5}\n"
    life = new_life()
    life.apply(compile_spec(text.replace("LEAST", "5")))
    done = life.apply(compile_spec(text.replace("LEAST", "20")))
    assert done == {"table-read-scaling": "update"}
    read = life.account.read("aws:dynamodb:Table", life.state["table"].id, "ap-northeast-2")
    assert read.outputs["read_capacity"] == 20


@pytest.mark.parametrize(
    ("before", "after", "refusal"),
    [
        (KEYS, "attributes: {id: N}\nhash_key: id\n", "type of the key attribute id cannot change: S to N"),
        (
            "attributes: {id: S, at: N}\nhash_key: id\nrange_key: at\n"
            "local_indexes: {again: {range_key: at, projection: ALL}}\n",
            "attributes: {id: S, at: N}\nhash_key: id\nrange_key: at\n"
            "local_indexes: {again: {range_key: at, projection: KEYS_ONLY}}\n",
            "local secondary index again cannot change",
        ),
        (
            KEYS + "ttl: expires_at\n",
            KEYS + "ttl: gone_at\n",
            "TimeToLive is active on a different AttributeName",
        ),
        (
            KEYS,
            KEYS + "consistency: STRONG\nreplicas: [ap-northeast-1, ap-northeast-3]\n",
            "cannot be changed after its creation",
        ),
        (
            KEYS + "consistency: STRONG\nreplicas: [ap-northeast-1, ap-northeast-3]\n",
            KEYS + "consistency: STRONG\nreplicas: [ap-northeast-1]\nwitness: ap-northeast-3\n",
            None,
        ),
    ],
)
def test_what_aws_refuses_is_refused_before_it_is_asked(
    before: str, after: str, refusal: str | None, compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    old, new = compile_spec(before), compile_spec(after)
    assert not _possible(old, new)
    life = new_life()
    life.apply(old)
    if refusal:
        with pytest.raises(AwsError, match=refusal):
            life.apply(new)


def test_an_edited_index_would_be_built_anew_so_it_is_refused(compile_spec: Any) -> None:
    index = "attributes: {id: S, email: S}\nhash_key: id\nindexes: {by-email: {hash_key: email, projection: ALL}}\n"
    old, new = compile_spec(index), compile_spec(index.replace("ALL", "KEYS_ONLY"))
    (change,) = compare(old, new)
    ((_, effect),) = of(change, old.resource("table"), new.resource("table"))
    assert effect.feasibility is Feasibility.REFUSED
    assert "under a new name" in effect.fix


def test_an_index_under_a_new_name_is_built_beside_the_old_one(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    text = "attributes: {id: S, email: N}\nhash_key: id\nindexes: {by-mail: {hash_key: email, projection: ALL}}\n"
    old = compile_spec(text.replace("email: N", "email: S").replace("by-mail", "by-email"))
    new = compile_spec(text)
    life = new_life()
    life.apply(old)
    assert _possible(old, new)
    assert life.apply(new)["table"] == "update"


def test_what_holds_data_is_known_to_hold_it() -> None:
    assert {
        "aws:dynamodb:Table",
        "aws:dynamodb:TableReplica",
        "aws:backup:Vault",
    } <= replacement.HOLDING.keys()


INDEXED = "attributes: {id: S, email: S}\nhash_key: id\n"
INDEX = "indexes: {by-email: {hash_key: email, projection: ALL%s}}\n"
ON_DEMAND = INDEXED + INDEX % ""
SCALED = (
    INDEXED
    + "billing_mode: PROVISIONED\ncapacity: {read: {min: 5, max: 50}, write: 5}\n"
    + INDEX % ", capacity: {read: {min: 5, max: 50}, write: 7}"
)


def test_a_table_whose_indexes_are_to_scale_becomes_provisioned_in_the_two_steps_that_it_is_told(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    old, new = compile_spec(ON_DEMAND), compile_spec(SCALED)
    life = new_life()
    life.apply(old)
    with pytest.raises(AwsError, match="read_capacity of by-email must be at least 1"):
        life.apply(new)
    [refused] = _refused(old, new)
    assert refused.feasibility is Feasibility.TWO_STEPS
    assert "indexes: {by-email: {capacity: {read: 5, write: 7}}}" in refused.fix

    between = compile_spec(SCALED.replace("{read: {min: 5, max: 50}, write: 7}", "{read: 5, write: 7}"))
    assert _possible(old, between)
    assert _possible(between, new)
    life = new_life()
    for each in (old, between, new):
        life.apply(each)
    assert life.apply(new) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # What scales is told by its place in the list: this one has that of the index that was there.
        (ON_DEMAND, SCALED.replace("by-email", "by-mail")),
        # A table that is made anew is sent what the old one had.
        (
            KEYS,
            KEYS.replace("id", "key") + "billing_mode: PROVISIONED\n"
            "capacity: {read: {min: 5, max: 50}, write: 5}\n",
        ),
    ],
)
def test_what_is_made_anew_where_something_was_on_demand_has_no_capacity_to_begin_with(
    before: str, after: str, compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    free = "deletion_protection: false\n"
    old, new = compile_spec(before + free), compile_spec(after + free)
    assert [each.feasibility for each in _refused(old, new)] == [Feasibility.TWO_STEPS]
    life = new_life()
    life.apply(old)
    with pytest.raises(AwsError, match="must be at least 1"):
        life.apply(new)
    between = compile_spec(after.replace("{min: 5, max: 50}", "5") + free)
    life = new_life()
    for each in (old, between, new):
        life.apply(each)
    assert life.apply(new) == {}


def test_a_table_that_scales_by_itself_becomes_provisioned_in_one_step(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    old = compile_spec(KEYS)
    new = compile_spec(KEYS + "billing_mode: PROVISIONED\ncapacity: {read: {min: 5, max: 50}, write: 5}\n")
    assert _possible(old, new)
    life = new_life()
    life.apply(old)
    life.apply(new)
    read = life.account.read("aws:dynamodb:Table", life.state["table"].id, "ap-northeast-2")
    assert (read.outputs["read_capacity"], read.outputs["write_capacity"]) == (5, 5)


def test_a_replicated_table_whose_indexes_are_to_scale_stays_on_demand(compile_spec: Any) -> None:
    there = "replicas: [us-east-1]\n"
    scaled = SCALED.replace("write: 5", "write: {min: 5, max: 50}").replace(
        "write: 7", "write: {min: 7, max: 50}"
    )
    [refused] = _refused(compile_spec(ON_DEMAND + there), compile_spec(scaled + there))
    assert refused.feasibility is Feasibility.REFUSED
    assert "let the replicas go first, with `streams: NEW_AND_OLD_IMAGES`" in refused.fix


@pytest.mark.parametrize("after", ["", "replicas: [us-east-1]\n"])
def test_strong_consistency_never_ends(after: str, compile_spec: Any, new_life: Callable[[], Any]) -> None:
    # The table ignores replicas that are resources of their own, so nothing else would say a word of it.
    strong = compile_spec(KEYS + "consistency: STRONG\nreplicas: [ap-northeast-1, ap-northeast-3]\n")
    weak = compile_spec(KEYS + after)
    [refused] = [each for each in _refused(strong, weak) if "consistent" in each.says]
    assert refused.feasibility is Feasibility.REFUSED
    assert "keep consistency: STRONG" in refused.fix
    life = new_life()
    life.apply(strong)
    if after:
        with pytest.raises(AwsError, match="different consistency modes"):
            life.apply(weak)
    else:
        life.apply(weak)
        assert len(life.state["table"].outputs["replicas"]) == 2


def test_the_stream_of_the_last_replica_goes_in_a_step_after_it(
    compile_spec: Any, new_life: Callable[[], Any]
) -> None:
    free = KEYS + "deletion_protection: false\n"
    old, new = compile_spec(free + "replicas: [us-east-1]\n"), compile_spec(free)
    life = new_life()
    life.apply(old)
    with pytest.raises(AwsError, match="Table Stream must be enabled"):
        life.apply(new)
    [refused] = _refused(old, new)
    assert refused.feasibility is Feasibility.TWO_STEPS
    assert refused.fix.startswith("write `streams: NEW_AND_OLD_IMAGES` with this change, apply that")

    between = compile_spec(free + "streams: NEW_AND_OLD_IMAGES\n")
    assert _possible(old, between)
    life = new_life()
    for each in (old, between, new):
        life.apply(each)
    assert life.apply(new) == {}


def test_a_capacity_that_scales_is_no_change_of_the_table(compile_spec: Any) -> None:
    before, after = (compile_spec(SCALED.replace("min: 5", f"min: {least}")) for least in (5, 9))
    assert {each.resource for each in compare(before, after)} == {
        "table-read-scaling",
        "index-by-email-read-scaling",
    }
    fixed = compile_spec(SCALED.replace("write: 7", "write: 9"))
    [change] = compare(before, fixed)
    assert [each.route for each in change.properties] == [
        ("global_secondary_indexes", "by-email", "write_capacity")
    ]
