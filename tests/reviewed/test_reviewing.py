"""What the refusals say: which entries nobody reviewed, and how to go on."""

from __future__ import annotations

from dataclasses import replace

from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.diagnostics import Place
from compiler.entries import entries
from compiler.graph import Options, Ref, Resource, Shared, Stack
from compiler.lifecycle.said import Acknowledged, Entry, Lifecycle
from compiler.reviewed import Reviewed, Shown
from compiler.reviewing import judge, removed

SPEC = Place("specs/prod/orders.yaml")
GROUP = Resource("firewall", "aws:ec2:SecurityGroup", {"name": "orders", "vpc_id": Shared("vpc_id")}, "")
HEAD = Stack("prod.orders", (GROUP,), {"id": Ref("firewall", "id")})


def change(op: Op, **properties: tuple[Side, Side]) -> Change:
    sides = tuple(PropertyChange((at,), *each) for at, each in properties.items())
    return Change("prod.orders", "firewall", "aws:ec2:SecurityGroup", op, sides)


def test_a_refusal_names_what_nobody_reviewed_and_both_ways_on() -> None:
    long = Side(Known.KNOWN, ["x" * 100])
    found = change(Op.REPLACE, name=(long, SECRET), vpc_id=(UNKNOWN, ABSENT))

    (refusal,) = judge([found], Reviewed(), Stack("prod.orders", (), HEAD.outputs), HEAD, SPEC)

    assert refusal.rule == "review/unreviewed"
    assert refusal.message == (
        "prod.orders: nobody reviewed that firewall (aws:ec2:SecurityGroup) is replaced: "
        f'name from ["{"x" * 55}... to a secret; vpc_id from what is not known yet to nothing'
    )
    assert refusal.fix == (
        "open a pull request that touches specs/prod/orders.yaml (a comment suffices): it shows all that is pending, "
        "and whoever approves it has reviewed that; where it cannot wait: dbspec-bot ci apply ENVIRONMENT "
        "--emergency REASON"
    )
    assert refusal.at == SPEC


def test_what_others_built_is_named_where_it_is_not_what_was_shown() -> None:
    found = change(Op.CREATE, name=(ABSENT, UNKNOWN), vpc_id=(ABSENT, UNKNOWN))
    reviewed = Reviewed.of(entries(None, HEAD)).showing(Shown(shared={"${shared.vpc_id}": "sha256:b"}))

    (refusal,) = judge([found], reviewed, None, HEAD, SPEC, resolved={"${shared.vpc_id}": "sha256:a"})

    assert (refusal.rule, refusal.message) == (
        "review/drift",
        "prod.orders: firewall (aws:ec2:SecurityGroup) would be created with vpc_id, and what others built "
        "(${shared.vpc_id}) is not as any review showed it",
    )


def test_what_is_new_is_told_with_a_few_of_its_properties() -> None:
    sides = (ABSENT, UNKNOWN)
    found = change(Op.CREATE, name=sides, description=sides, vpc_id=sides, tags=sides, region=sides)

    (refusal,) = judge([found], Reviewed(), None, HEAD, SPEC)

    assert "is created with name, description, vpc_id and 2 more" in refusal.message


def test_an_output_is_an_entry_too() -> None:
    other = replace(HEAD, outputs={"id": "fixed", "arn": Ref("firewall", "arn")})

    found = judge([], Reviewed(), HEAD, other, SPEC)

    assert [each.message for each in found] == [
        "prod.orders: nobody reviewed that the output arn changes",
        "prod.orders: nobody reviewed that the output id changes",
    ]
    assert judge([], Reviewed.of(entries(HEAD, other)), HEAD, other, SPEC) == ()
    assert (
        "the output id goes" in judge([], Reviewed(), HEAD, Stack("prod.orders", (GROUP,)), SPEC)[0].message
    )


def test_an_option_that_no_step_shows_is_an_entry_too() -> None:
    other = replace(HEAD, resources=(replace(GROUP, options=Options(ignore_changes=("name",))),))

    (refusal,) = judge([], Reviewed(), HEAD, other, SPEC)

    assert refusal.message == "prod.orders: nobody reviewed that ignore_changes of firewall changes"
    assert judge([], Reviewed.of(entries(HEAD, other)), HEAD, other, SPEC) == ()


def test_an_acknowledgement_counts_once_somebody_reviewed_that_very_line() -> None:
    line = Acknowledged(Entry("firewall", "vpc_id", "nobody uses it"), SPEC)
    other = Acknowledged(Entry("firewall", "vpc_id", "who cares"), SPEC)
    reviewed = Reviewed.of(entries(HEAD, HEAD, None, Lifecycle((line,))))

    assert judge([], reviewed, HEAD, HEAD, SPEC, acknowledged=[line]) == ()
    for unsaid in (
        judge([], reviewed, HEAD, HEAD, SPEC, acknowledged=[other]),
        judge([], Reviewed(), HEAD, HEAD, SPEC, acknowledged=[line]),
    ):
        assert [each.rule for each in unsaid] == ["review/acknowledge"]


def test_a_stack_whose_file_is_removed_goes_where_each_thing_was_seen_to_go() -> None:
    seen = Reviewed.of(entries(HEAD, None))
    more = Stack(HEAD.id, (*HEAD.resources, replace(GROUP, name="another")))

    assert removed(HEAD.id, HEAD, seen, None) == ()
    assert removed(HEAD.id, None, seen, None) == ()
    for converged, reviewed in ((more, seen), (HEAD, Reviewed()), (None, Reviewed())):
        (refusal,) = removed(HEAD.id, converged, reviewed, None)
        assert refusal.rule == "review/removed"
