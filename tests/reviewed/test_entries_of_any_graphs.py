"""What holds for any chain of graphs of a stack, each step reviewed or not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import route
from compiler.changes import Op
from compiler.comparison import compare
from compiler.entries import entries, is_order, review
from compiler.graph import Options, Stack
from compiler.reviewed import Reviewed
from compiler.unreviewed import shown, unreviewed
from tests.comparison.test_comparison_of_any_graphs import stacks

chains = st.lists(stacks(), min_size=2, max_size=5)
plain = st.lists(stacks(references=False), min_size=2, max_size=5)

FEW = settings(max_examples=30)


def reviews(chain: Sequence[Stack], left_out: int = -1) -> Reviewed:
    """Every step reviewed against the first graph, but for one."""
    found = Reviewed()
    for index, (base, head) in enumerate(itertools.pairwise(chain)):
        if index != left_out:
            found = found.then(review(chain[0], base, head))
    return found


def _without_options(stack: Stack) -> Stack:
    return replace(stack, resources=tuple(replace(each, options=Options()) for each in stack.resources))


@settings(max_examples=60)
@given(chains)
def test_what_a_chain_of_reviewed_steps_comes_to_is_explained(chain: list[Stack]) -> None:
    found = compare(chain[0], chain[-1])

    assert unreviewed(found, reviews(chain), chain[0], chain[-1]) == ()


@FEW
@given(chains)
def test_reviews_from_before_the_last_apply_do_no_harm(chain: list[Stack]) -> None:
    for converged in chain[1:]:
        found = compare(converged, chain[-1])
        since = reviews(chain).then(entries(converged, chain[-1]))
        assert unreviewed(found, since, converged, chain[-1]) == ()


@FEW
@given(plain)
def test_whatever_a_dead_run_has_made_of_it_what_remains_is_explained(chain: list[Stack]) -> None:
    # What was to be let go of is not deleted, whoever began to make it otherwise.
    chain = [_without_options(each) for each in chain]
    for reached in chain:
        found = compare(reached, chain[-1])
        assert unreviewed(found, reviews(chain), chain[0], chain[-1]) == ()


@settings(max_examples=60)
@given(plain, st.data())
def test_a_step_that_nobody_reviewed_is_found_where_nothing_later_was_reviewed(
    chain: list[Stack], data: st.DataObject
) -> None:
    left_out = data.draw(st.integers(0, len(chain) - 2))
    found = compare(chain[0], chain[-1])

    answer = unreviewed(found, reviews(chain, left_out), chain[0], chain[-1])

    steps = [entries(base, head) for base, head in itertools.pairwise(chain)]
    later = {each[:2] for step in steps[left_out + 1 :] for each in step}
    before = Reviewed()
    for step in steps[:left_out]:
        before = before.then(step)
    guilty = {each.resource for each in steps[left_out]}
    certain = {
        each.resource
        for each in entries(chain[0], chain[-1]) & steps[left_out]
        if each[:2] not in later and not is_order(route.parse(each.path))
        if before.values.get(each[:2]) != each.value
    }
    assert certain <= {each.resource for each in answer} <= guilty
    assert {(each.resource, each.op) for each in answer} <= {(each.resource, each.op) for each in found}


@FEW
@given(chains)
def test_what_is_reviewed_twice_is_reviewed_once(chain: list[Stack]) -> None:
    step = entries(chain[0], chain[1])
    once = Reviewed.of(step)

    assert once.then(step) == once
    assert Reviewed.of(sorted(step)) == Reviewed.of(sorted(step, reverse=True)) == once


@FEW
@given(chains, chains)
def test_touching_a_stack_reviews_all_that_is_pending_whatever_came_before(
    chain: list[Stack], others: list[Stack]
) -> None:
    converged, base, head = chain[0], chain[-2], chain[-1]

    touched = reviews(others).as_in(converged, base, None).then(review(converged, base, head))

    assert unreviewed(compare(converged, head), touched, converged, head) == ()


@FEW
@given(chains)
def test_what_nobody_reviewed_is_all_in_the_answer(chain: list[Stack]) -> None:
    found = compare(chain[0], chain[-1])

    answer = unreviewed(found, Reviewed(), chain[0], chain[-1])

    assert {(each.resource, each.op) for each in answer} == {(each.resource, each.op) for each in found}
    assert not any(each.reverts_drift for each in answer)


@FEW
@given(stacks(), stacks())
def test_a_step_that_no_graph_explains_is_drift_until_a_preview_has_shown_it(
    stack: Stack, account: Stack
) -> None:
    found = compare(account, stack)

    answer = unreviewed(found, Reviewed(), stack, stack)

    # Nothing puts back what the account alone has: the graphs know nothing of it.
    assert all(each.reverts_drift == (each.op not in (Op.DELETE, Op.FORGET)) for each in answer)
    seen = Reviewed().showing(shown(found, stack, stack, {}))
    assert unreviewed(found, seen, stack, stack) == ()
