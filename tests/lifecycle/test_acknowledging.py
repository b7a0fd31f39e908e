"""An acknowledgement lets through what it names, for as long as that has not been applied, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compiler import gates, route
from compiler.changes import Op
from compiler.comparison import compare
from compiler.consequences import UNPROTECT, Consequence, consequences
from compiler.diagnostics import Place
from compiler.effects import Data, Effect, Feasibility
from compiler.graph import Options, Resource, Stack, Value
from compiler.lifecycle.said import Acknowledged, Entry, Lifecycle

SPEC = Place("specs/prod/orders.yaml")
LINE = Place("specs/prod/orders.yaml", 7, 5)


def _instance(options: Options | None = None, /, **inputs: Value) -> Stack:
    return Stack("prod.orders", (Resource("instance", "aws:rds:Instance", inputs, "", options or Options()),))


def _saying(*entries: tuple[str, str]) -> Lifecycle:
    return Lifecycle(tuple(Acknowledged(Entry(*each, "it is empty"), LINE) for each in entries))


def _judged(
    before: Stack, after: Stack, lifecycle: Lifecycle, spent: frozenset[Entry] = frozenset()
) -> gates.Verdict:
    found = consequences(compare(before, after), before, after)
    return gates.judge("prod.orders", found, "production", SPEC, lifecycle, spent)


RENAMED = (_instance(db_name="orders"), _instance(db_name="other"))


def test_an_acknowledged_loss_is_let_through_and_shown() -> None:
    said = _saying(("instance", "db_name"))

    verdict = _judged(*RENAMED, said)

    assert verdict.refusals == ()
    assert verdict.acknowledged == said.acknowledged
    assert verdict.notes == ()


def test_an_acknowledgement_of_something_else_lets_nothing_through() -> None:
    for entry in (("instance", "engine"), ("replica-1", "db_name"), ("instance", "")):
        verdict = _judged(*RENAMED, _saying(entry))

        assert [each.rule for each in verdict.refusals] == ["gate/replace"]
        assert verdict.acknowledged == ()
        assert "lets nothing through: it can go" in verdict.notes[0]


def test_the_refusal_says_the_line_that_would_let_it_through() -> None:
    [refused] = _judged(*RENAMED, Lifecycle()).refusals

    assert refused.fix.endswith(
        "write `acknowledge: [{resource: instance, property: db_name, data_loss: WHY}]`"
    )


def test_what_an_acknowledgement_was_for_has_been_applied_and_it_counts_no_more() -> None:
    said = _saying(("instance", "db_name"))

    verdict = _judged(*RENAMED, said, said.entries)

    assert [each.rule for each in verdict.refusals] == ["gate/replace"]
    assert "was for what has been applied: it can go" in verdict.notes[0]


def test_a_resource_that_goes_is_acknowledged_without_a_property() -> None:
    before = Stack(
        "prod.orders", (*_instance().resources, Resource("log", "aws:cloudwatch:LogGroup", {}, ""))
    )

    verdict = _judged(before, _instance(), _saying(("log", "")))

    assert verdict.refusals == ()
    assert len(verdict.acknowledged) == 1


def test_what_aws_refuses_is_not_acknowledged_away() -> None:
    before, after = _instance(allocated_storage=200), _instance(allocated_storage=100)

    verdict = _judged(before, after, _saying(("instance", "allocated_storage")))

    assert [each.rule for each in verdict.refusals] == ["gate/refused"]
    assert verdict.acknowledged == ()


def test_what_is_protected_stays_so_until_that_is_taken_back() -> None:
    before = _instance(Options(protect=True), db_name="orders")
    after = _instance(Options(protect=True), db_name="other")

    verdict = _judged(before, after, _saying(("instance", "db_name")))

    [refused] = verdict.refusals
    assert refused.rule == "gate/two-steps"
    assert "while it is protected" in refused.message
    assert refused.fix == UNPROTECT


_NAMES = st.sampled_from(["a", "b", "c"])
_ROUTES = st.lists(_NAMES, min_size=1, max_size=2).map(tuple)
_LOSSES = st.builds(
    lambda resource, op, routes, data: Consequence(
        resource,
        "aws:rds:Instance",
        op,
        tuple(routes) if op is not Op.DELETE else (),
        Effect("", "", data=data),
    ),
    _NAMES,
    st.sampled_from([Op.REPLACE, Op.DELETE, Op.UPDATE]),
    st.lists(_ROUTES, max_size=2, unique=True),
    st.sampled_from(list(Data)),
)


@given(
    st.lists(_LOSSES, max_size=4),
    st.lists(st.tuples(_NAMES, st.one_of(st.just(""), _ROUTES.map(route.text))), max_size=3),
)
def test_nothing_is_lost_that_is_neither_refused_nor_acknowledged(
    found: list[Consequence], entries: list[tuple[str, str]]
) -> None:
    said = _saying(*entries)

    verdict = gates.judge("prod.orders", found, "production", SPEC, said)

    for each in found:
        assert each.effect.feasibility is Feasibility.OK
        if each.effect.data is Data.LOST and not any(one.covers(each) for one in verdict.acknowledged):
            assert any(f"{each.resource} " in refused.message for refused in verdict.refusals) or any(
                f"resource: {each.resource}" in refused.fix for refused in verdict.refusals
            )
    # One whole resource acknowledged says nothing of a property, and one property nothing of another.
    for one in verdict.acknowledged:
        assert any(
            each.resource == one.entry.resource and bool(each.routes) == bool(one.entry.property)
            for each in found
        )
