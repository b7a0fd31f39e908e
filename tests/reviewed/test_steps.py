"""Which of the engine's steps are explained: by the graphs, whatever its events show of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from compiler import graph
from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.comparison import compare
from compiler.entries import entries
from compiler.graph import Concat, Json, Options, Ref, Resource, Shared, Stack, Value
from compiler.reviewed import Reviewed, Shown, from_data, to_data
from compiler.route import parse
from compiler.unreviewed import shown, unreviewed
from tests.reviewed.conftest import told

STACK = "prod.orders"
TYPES = {
    "key": "aws:kms:Key",
    "instance": "aws:rds:Instance",
    "parameters": "aws:rds:ParameterGroup",
    "password": "random:RandomPassword",
    "secret-content": "aws:secretsmanager:SecretVersion",
    "topic": "aws:sns:Topic",
    "policy": "aws:sns:TopicPolicy",
    "subnets": "aws:rds:SubnetGroup",
}


def stack(**resources: Mapping[str, Value]) -> Stack:
    """Resources by name, `_` for a hyphen."""
    named = {name.replace("_", "-"): inputs for name, inputs in resources.items()}
    return Stack(STACK, tuple(Resource(name, TYPES[name], inputs, "") for name, inputs in named.items()))


def step(resource: str, op: Op, **properties: tuple[Side, Side]) -> Change:
    sides = tuple(PropertyChange(parse(at.replace("__", ".")), *each) for at, each in properties.items())
    return Change(STACK, resource, TYPES[resource], op, sides)


def known(value: object) -> Side:
    return Side(Known.KNOWN, value)


def with_options(found: Stack, resource: str, options: Options) -> Stack:
    changed = (replace(each, options=options) if each.name == resource else each for each in found.resources)
    return replace(found, resources=tuple(changed))


def policy(action: str) -> Stack:
    said = Json({"Statement": [{"Action": action, "Resource": Ref("topic", "arn")}]})
    return stack(topic={"name": "alerts"}, policy={"arn": Ref("topic", "arn"), "policy": said})


def test_a_policy_text_around_an_unknown_is_told_from_another_by_its_graph() -> None:
    before, shown_to_reviewers, merged = policy("sns:Publish"), policy("sns:Subscribe"), policy("sns:*")
    # What the events say of either is the same.
    update = step("policy", Op.UPDATE, policy=(known("{}"), UNKNOWN))
    reviewed = Reviewed.of(entries(before, shown_to_reviewers))

    assert unreviewed([update], reviewed, before, shown_to_reviewers) == ()
    assert told(unreviewed([update], reviewed, before, merged)) == ["update policy: policy"]


def test_a_rotated_secret_is_told_by_the_graph() -> None:
    def rotated(day: str) -> Stack:
        return stack(
            password={"length": 32, "keepers": {"rotated": day}},
            instance={"identifier": "orders", "password": Ref("password", "result")},
            secret_content={"secret_string": Json({"password": Ref("password", "result")})},
        )

    before, after = rotated("2026-01-01"), rotated("2026-11-23")
    steps = [
        step("password", Op.REPLACE, keepers__rotated=(known("2026-01-01"), known("2026-11-23"))),
        step("instance", Op.UPDATE, password=(SECRET, SECRET)),
        step("secret-content", Op.REPLACE, secret_string=(SECRET, SECRET)),
    ]

    assert unreviewed(steps, Reviewed.of(entries(before, after)), before, after) == ()
    # Another rotation is another, though all that is seen of it is a secret.
    other = Reviewed.of(entries(before, rotated("2026-06-01")))
    assert told(unreviewed(steps, other, before, after)) == ["replace password: keepers"]
    assert told(unreviewed(steps, Reviewed(), before, after)) == [
        "update instance: password",
        "replace password: keepers",
        "replace secret-content: secret_string",
    ]


def test_a_secret_that_somebody_changed_in_the_account_is_drift() -> None:
    found = stack(instance={"password": Ref("password", "result")}, password={"length": 32})

    answer = unreviewed([step("instance", Op.UPDATE, password=(SECRET, SECRET))], Reviewed(), found, found)

    assert told(answer) == ["update instance?: password"]


def test_drift_before_the_review_is_in_it_and_drift_after_it_is_not() -> None:
    found = stack(instance={"instance_class": "db.r7g.large"})
    large, huge = known("db.r7g.large"), known("db.r7g.16xlarge")
    before = step("instance", Op.UPDATE, instance_class=(known("db.r7g.xlarge"), large))
    after = step("instance", Op.UPDATE, instance_class=(huge, large))
    seen = Reviewed().showing(shown([before], found, found, {}))

    assert unreviewed([before], seen, found, found) == ()
    assert told(unreviewed([after], seen, found, found)) == ["update instance?: instance_class"]
    assert told(unreviewed([before], Reviewed(), found, found)) == ["update instance?: instance_class"]


def test_a_console_change_just_before_the_merge_stops_what_was_reviewed_beside_it() -> None:
    before = stack(
        instance={"instance_class": "db.r7g.large", "allocated_storage": 20, "tags": {"Team": "a"}}
    )
    after = stack(instance={"instance_class": "db.r7g.large", "allocated_storage": 50, "tags": {"Team": "b"}})
    steps = [
        step(
            "instance",
            Op.UPDATE,
            instance_class=(known("db.r7g.xlarge"), known("db.r7g.large")),
            allocated_storage=(known(20), known(50)),
            tags__Team=(known("a"), known("b")),
            tags__Extra=(known("by hand"), ABSENT),
        )
    ]

    answer = unreviewed(steps, Reviewed.of(entries(before, after)), before, after)

    assert told(answer) == ["update instance?: instance_class, tags"]
    assert [each.route for each in answer[0].properties] == [("instance_class",), ("tags", "Extra")]


def test_what_vanished_from_the_account_is_made_again_where_a_preview_showed_it() -> None:
    found = stack(topic={"name": "alerts"})
    again = step("topic", Op.CREATE, name=(ABSENT, known("alerts")))

    assert told(unreviewed([again], Reviewed(), found, found)) == ["create topic?: name"]
    assert unreviewed([again], Reviewed().unseeing(), found, found) == ()
    seen = Reviewed().showing(shown([again], found, found, {}))
    assert unreviewed([again], seen, found, found) == ()


def test_the_value_of_what_others_built_is_the_one_that_was_shown() -> None:
    found = stack(subnets={"name": "orders", "subnet_ids": Shared("private_subnet_ids")})
    create = step(
        "subnets", Op.CREATE, name=(ABSENT, known("orders")), subnet_ids=(ABSENT, known(["a", "b"]))
    )
    shared = {"${shared.private_subnet_ids}": "sha256:one"}
    review = Reviewed.of(entries(None, found)).showing(shown([create], None, found, shared))

    assert unreviewed([create], review, None, found, shared) == ()
    moved = {"${shared.private_subnet_ids}": "sha256:two"}
    assert told(unreviewed([create], review, None, found, moved)) == ["create subnets?: subnet_ids"]
    other = Shown(shared={"${shared.vpc_id}": "sha256:one"})
    unseen = Reviewed.of(entries(None, found)).showing(other)
    assert told(unreviewed([create], unseen, None, found, shared)) == ["create subnets?: subnet_ids"]
    # Of a sandbox no preview is made.
    assert unreviewed([create], unseen.unseeing(), None, found, shared) == ()
    # Where the account could not be asked, as in a new environment, it is taken as it is.
    assert unreviewed([create], Reviewed.of(entries(None, found)), None, found, shared) == ()


def test_what_others_built_and_changed_since_the_last_apply_is_drift() -> None:
    found = stack(subnets={"name": "orders", "subnet_ids": Shared("private_subnet_ids")})
    update = step("subnets", Op.UPDATE, subnet_ids=(known(["a", "b"]), known(["a", "c"])))
    shared = {"${shared.private_subnet_ids}": "sha256:two"}

    assert told(unreviewed([update], Reviewed(), found, found, shared)) == ["update subnets?: subnet_ids"]
    seen = Reviewed().showing(shown([update], found, found, shared))
    assert unreviewed([update], seen, found, found, shared) == ()


@pytest.mark.parametrize("op", [Op.CREATE, Op.IMPORT, Op.UPDATE])
def test_a_reviewed_create_covers_whatever_a_dead_run_left_of_it(op: Op) -> None:
    head = stack(instance={"identifier": "orders", "allocated_storage": 20})
    remaining = step("instance", op, allocated_storage=(known(10), known(20)), status=(known("x"), ABSENT))

    assert unreviewed([remaining], Reviewed.of(entries(None, head)), None, head) == ()


@pytest.mark.parametrize("op", [Op.CREATE, Op.REPLACE])
def test_a_reviewed_replacement_covers_either_half_of_it(op: Op) -> None:
    before = stack(instance={"kms_key_id": "one", "allocated_storage": 20})
    head = stack(instance={"kms_key_id": "two", "allocated_storage": 20})
    remaining = step("instance", op, kms_key_id=(known("one"), known("two")))

    assert unreviewed([remaining], Reviewed.of(entries(before, head)), before, head) == ()
    assert told(unreviewed([remaining], Reviewed(), before, head)) == [f"{op} instance: kms_key_id"]


def test_a_subset_of_what_was_reviewed_is_fine() -> None:
    before = stack(instance={"allocated_storage": 20}, topic={"name": "one"})
    head = stack(instance={"allocated_storage": 50}, topic={"name": "two"})
    reviewed = Reviewed.of(entries(before, head))

    for each in compare(before, head):
        assert unreviewed([each], reviewed, before, head) == ()


def test_a_reviewed_deletion_is_no_deletion_of_anything_else() -> None:
    before = stack(topic={"name": "one"}, key={"description": "a"})
    head = stack(key={"description": "a"})
    reviewed = Reviewed.of(entries(before, head))

    found = [step("topic", Op.DELETE), step("key", Op.DELETE)]
    assert told(unreviewed(found, reviewed, before, head)) == ["delete key"]


def test_what_refers_to_something_replaced_is_an_entry_again_and_replaces_where_that_does() -> None:
    def named(key: str) -> Stack:
        return stack(
            key={"multi_region": key == "two", "description": "a"},
            instance={"identifier": "orders", "kms_key_id": Ref("key", "arn")},
        )

    before, head = named("one"), named("two")
    found = entries(before, head)

    assert {(each.resource, each.path, each.value) for each in found if each.path == ""} == {
        ("key", "", "replace"),
        ("instance", "", "replace"),
    }
    again = {each.path: each.value for each in found if each.resource == "instance"}
    assert again["kms_key_id"] == graph.value_digest(Ref("key", "arn"))
    assert "identifier" not in again


def test_what_is_unknown_because_something_else_changes_follows_from_that() -> None:
    before = stack(
        topic={"name": "a", "display_name": "x"}, policy={"policy": Concat(("to ", Ref("topic", "arn")))}
    )
    head = stack(
        topic={"name": "a", "display_name": "y"}, policy={"policy": Concat(("to ", Ref("topic", "arn")))}
    )
    update = step("topic", Op.UPDATE, display_name=(known("x"), known("y")))
    follows = step("policy", Op.UPDATE, policy=(known("to arn"), UNKNOWN))

    assert unreviewed([update, follows], Reviewed.of(entries(before, head)), before, head) == ()
    assert told(unreviewed([follows], Reviewed(), head, head)) == ["update policy?: policy"]
    assert told(unreviewed([update, follows], Reviewed(), before, head)) == [
        "update policy?: policy",
        "update topic: display_name",
    ]


def test_a_replacement_that_no_graph_knows_of_has_to_be_shown() -> None:
    before = stack(instance={"allocated_storage": 50})
    head = stack(instance={"allocated_storage": 20})
    found = step("instance", Op.REPLACE, allocated_storage=(known(50), known(20)))
    reviewed = Reviewed.of(entries(before, head))

    assert told(unreviewed([found], reviewed, before, head)) == ["replace instance?: allocated_storage"]
    assert unreviewed([found], reviewed.showing(shown([found], before, head, {})), before, head) == ()


def test_items_that_have_names_are_known_by_them_wherever_the_engine_sees_them() -> None:
    def group(**values: str) -> Stack:
        items: list[Value] = [{"name": name, "value": value} for name, value in values.items()]
        return stack(parameters={"name": "orders", "parameters": items})

    before, head = group(a="1", b="1"), group(a="1", b="1", c="1")
    reviewed = Reviewed.of(entries(before, head))
    added = PropertyChange(("parameters", 2), ABSENT, known({"name": "c", "value": "1"}))
    drifted = PropertyChange(("parameters", 1, "value"), known("9"), known("1"))
    change = Change(STACK, "parameters", TYPES["parameters"], Op.UPDATE, (added, drifted))

    answer = unreviewed([change], reviewed, before, head)

    assert [each.properties for each in answer] == [(drifted,)]
    # Two pull requests that each added one come to both.
    both = Reviewed.of(entries(before, group(a="1", b="1", d="1"))).then(entries(before, head))
    merged = group(a="1", b="1", c="1", d="1")
    assert unreviewed(compare(before, merged), both, before, merged) == ()
    # Where one goes, those after it move up, and the engine tells each of those.
    fewer = group(b="1", c="1")
    shifted = PropertyChange(("parameters", 1), known({"name": "b"}), known({"name": "c"}))
    last = PropertyChange(("parameters", 2), known({"name": "c"}), ABSENT)
    change = replace(change, properties=(shifted, last))
    assert unreviewed([change], Reviewed.of(entries(head, fewer)), head, fewer) == ()
    assert told(unreviewed([change], Reviewed(), head, fewer)) == ["update parameters: parameters"]
    assert told(unreviewed([change], Reviewed(), head, head)) == ["update parameters?: parameters"]
    # In another order they are the same to AWS, and a step to the engine.
    moved = group(b="1", a="1")
    swapped = PropertyChange(("parameters", 0, "name"), known("a"), known("b"))
    change = replace(change, properties=(swapped,))
    assert unreviewed([change], Reviewed.of(entries(before, moved)), before, moved) == ()
    assert told(unreviewed([change], Reviewed(), before, moved)) == ["update parameters: parameters"]


def test_no_key_that_people_choose_is_taken_for_anything_else() -> None:
    keys = ("(order)", "(type)", "options", "0", "", 'a"b', "tags")
    before = stack(instance={"tags": {"Team": "a"}})
    for key in keys:
        head = stack(instance={"tags": {"Team": "a", key: "x"}})
        change = Change(
            STACK,
            "instance",
            TYPES["instance"],
            Op.UPDATE,
            (PropertyChange(("tags", key), ABSENT, known("x")),),
        )
        assert told(unreviewed([change], Reviewed(), before, head)) == ["update instance: tags"], key
        assert unreviewed([change], Reviewed.of(entries(before, head)), before, head) == ()
        # Nor is a review of one key one of another.
        other = Reviewed.of(entries(before, stack(instance={"tags": {"Team": "a", f"{key}-": "x"}})))
        assert told(unreviewed([change], other, before, head)) == ["update instance: tags"]


def test_options_are_entries_too() -> None:
    before = stack(instance={"allocated_storage": 20})
    head = with_options(before, "instance", Options(protect=True))
    found = compare(before, head)

    assert told(unreviewed(found, Reviewed(), before, head)) == ["update instance: options"]
    assert unreviewed(found, Reviewed.of(entries(before, head)), before, head) == ()


def test_what_is_no_longer_left_to_the_account_is_explained_by_that() -> None:
    head = stack(instance={"allocated_storage": 20})
    before = with_options(head, "instance", Options(ignore_changes=("allocated_storage",)))
    found = [step("instance", Op.UPDATE, allocated_storage=(known(50), known(20)))]

    assert unreviewed(found, Reviewed.of(entries(before, head)), before, head) == ()
    assert told(unreviewed(found, Reviewed(), before, head)) == ["update instance?: allocated_storage"]


def test_what_a_check_keeps_is_read_back_and_anything_else_is_nothing() -> None:
    seen = Shown(frozenset({"sha256:b", "sha256:a"}), {"${shared.vpc_id}": "sha256:c"})

    assert from_data(to_data(seen)) == seen
    for wrong in (
        None,
        [],
        "x",
        {"steps": {"a": 1}, "shared": ["b"]},
        {"steps": [1, None], "shared": {"a": 1}},
    ):
        assert from_data(wrong) == Shown()


def test_no_secret_is_in_what_a_check_keeps() -> None:
    found = stack(instance={"password": Ref("password", "result")}, password={"length": 32})
    change = step("instance", Op.UPDATE, password=(SECRET, SECRET))

    one = shown([change], found, found, {})

    assert len(one.steps) == 1
    assert all(each.startswith("sha256:") for each in one.steps)
