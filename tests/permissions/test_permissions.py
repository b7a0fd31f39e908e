"""Who may do what, as people.yaml says it at base and at head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forge.forge import Account
from bot.permissions import Action, Principal, Subject, allowed, subject, who_may
from compiler.catalog import Catalog
from compiler.people import Grants, People

Specs = Callable[..., Catalog]

ADA = Principal(slack="U0ADA")
GRACE = Principal(slack="U0GRACE")
BARBARA = Principal(github=Account(4, "barbara"))
ORDERS = Subject("prod/orders", True, "checkout")


@pytest.fixture
def people(specs: Specs) -> People:
    return specs().people


def test_every_action_is_a_key_of_grants() -> None:
    assert [each.value for each in Action] == list(Grants.model_fields)


def test_the_owners_team_may_what_is_granted_to_the_owner(people: People) -> None:
    assert allowed(ADA, Action.CHANGE, ORDERS, people, people).allowed
    assert not allowed(GRACE, Action.CHANGE, ORDERS, people, people).allowed


def test_who_is_granted_it_by_name_may_in_that_environment_only(people: People) -> None:
    assert allowed(BARBARA, Action.EMERGENCY, ORDERS, people, people).allowed
    there = Subject("dev/orders", True, "checkout")
    assert not allowed(BARBARA, Action.EMERGENCY, there, people, people).allowed


def test_an_environment_has_no_owner(people: People) -> None:
    prod = Subject("prod", True)
    assert not allowed(ADA, Action.CHANGE, prod, people, people).allowed
    assert allowed(BARBARA, Action.CHANGE, prod, people, people).allowed


def test_the_id_counts_and_never_the_login(people: People) -> None:
    renamed = Principal(github=Account(4, "somebody-else"))
    taken_over = Principal(github=Account(99, "barbara"))
    assert allowed(renamed, Action.CHANGE, ORDERS, people, people).allowed
    assert not allowed(taken_over, Action.CHANGE, ORDERS, people, people).allowed


def test_whoever_is_not_in_the_file_is_told_how_to_get_in(people: People) -> None:
    verdict = allowed(Principal(slack="U0NEW"), Action.REQUEST, ORDERS, people, people)
    assert not verdict.allowed
    assert "/database join" in verdict.reason


def test_an_id_that_two_users_have_is_nobodys(specs: Specs) -> None:
    impostor = "users:\n  impostor: {github: {id: 4, login: impostor}}\n"
    twice = specs({"people.yaml": ("users:\n", impostor)}, wrong=True).people
    verdict = allowed(BARBARA, Action.CHANGE, ORDERS, twice, twice)
    assert not verdict.allowed
    assert "impostor and barbara" in verdict.reason


def test_nobody_is_nobody(people: People) -> None:
    assert not allowed(Principal(), Action.CHANGE, ORDERS, people, people).allowed


def test_an_environment_that_there_is_not_is_nobodys(specs: Specs) -> None:
    found = specs()
    about = subject("prd/orders", found, found, "checkout")
    verdict = allowed(BARBARA, Action.REQUEST, about, found.people, found.people)
    assert verdict == (False, "there is no environment 'prd'")


def test_everywhere_is_no_environment(specs: Specs) -> None:
    found = specs()
    about = subject("*/orders", found, found, "checkout")
    assert not allowed(BARBARA, Action.REQUEST, about, found.people, found.people).allowed


def test_a_database_is_owned_by_whom_base_says(specs: Specs) -> None:
    base = specs()
    head = specs({"prod/orders.yaml": _orders("identity")})
    about = subject("prod/orders", base, head)
    assert allowed(ADA, Action.CHANGE, about, base.people, head.people).allowed
    assert not allowed(GRACE, Action.CHANGE, about, base.people, head.people).allowed


def test_a_new_database_is_owned_by_whom_head_says(specs: Specs) -> None:
    base, head = specs(), specs({"prod/new.yaml": _orders("identity")})
    about = subject("prod/new", base, head)
    assert allowed(GRACE, Action.REQUEST, about, base.people, head.people).allowed
    assert not allowed(ADA, Action.REQUEST, about, base.people, head.people).allowed


def test_a_database_that_is_unreadable_at_base_is_nobodys_own(specs: Specs) -> None:
    base, head = specs({"prod/orders.yaml": "kind: mysql\n"}, wrong=True), specs()
    about = subject("prod/orders", base, head)
    assert not allowed(ADA, Action.CHANGE, about, base.people, head.people).allowed
    assert allowed(BARBARA, Action.CHANGE, about, base.people, head.people).allowed


def _orders(owner: str) -> str:
    return f"kind: mysql\nproject: ecommerce\nowner: {owner}\ndatabase_name: new\n"


@pytest.mark.parametrize(
    "change",
    [
        ("platform: {members: [barbara, edsger]}", "platform: {members: [barbara, edsger, grace]}"),
        ("waive: [platform]", "waive: [platform, grace]"),
        ("waive: [platform]", "waive: [platform, identity]"),
        ("U0GRACE, github: {id: 3", "U0GRACE, github: {id: 30"),
    ],
    ids=["team", "user", "grant", "account"],
)
def test_nobody_gains_a_right_in_the_change_that_uses_it(specs: Specs, change: tuple[str, str]) -> None:
    base = specs().people
    head = specs({"people.yaml": change}).people
    for principal in (GRACE, Principal(github=Account(3, "grace")), Principal(github=Account(30, "grace"))):
        assert not allowed(principal, Action.WAIVE, ORDERS, base, head).allowed


def test_a_right_that_the_change_takes_away_is_gone_for_it(specs: Specs) -> None:
    head = specs({"people.yaml": ("members: [ada, alan]", "members: [alan]")}).people
    assert not allowed(ADA, Action.CHANGE, ORDERS, specs().people, head).allowed


def test_who_may_is_who_is_allowed(people: People) -> None:
    assert who_may(Action.CHANGE, ORDERS, people, people) == ("ada", "alan", "barbara", "edsger")
    assert who_may(Action.WAIVE, ORDERS, people, people) == ("barbara", "edsger")
    assert who_may(Action.CHANGE, Subject("prod", True), people, people) == ("barbara", "edsger")
    assert who_may(Action.CHANGE, Subject("prod", False), people, people) == ()


def test_the_reasons_are_for_people(specs: Specs, golden: Callable[[Path, str], None]) -> None:
    base = specs()
    more = specs({"people.yaml": ("members: [grace]", "members: [grace, ada]")}).people
    fewer = specs({"people.yaml": ("members: [grace]", "members: [ada]")}).people
    sessions = Subject("prod/sessions", True, "identity")
    nothing = People(users=base.people.users)
    asked = [
        (ADA, Action.CHANGE, ORDERS, base.people, base.people),
        (BARBARA, Action.REMOVE, ORDERS, base.people, base.people),
        (BARBARA, Action.EMERGENCY, ORDERS, base.people, base.people),
        (GRACE, Action.CHANGE, ORDERS, base.people, base.people),
        (GRACE, Action.WAIVE, ORDERS, base.people, base.people),
        (ADA, Action.CHANGE, sessions, base.people, more),
        (GRACE, Action.CHANGE, sessions, base.people, fewer),
        (ADA, Action.CHANGE, ORDERS, nothing, nothing),
        (Principal(slack="U0NEW"), Action.CHANGE, ORDERS, base.people, base.people),
        (Principal(github=Account(77, "newcomer")), Action.CHANGE, ORDERS, base.people, base.people),
        (ADA, Action.REQUEST, Subject("prd/orders", False), base.people, base.people),
    ]
    said = "".join(f"{verdict.allowed}: {verdict.reason}\n" for verdict in (allowed(*each) for each in asked))
    golden(Path(__file__).parent / "reasons.txt", said)


NAMES = ["ada", "grace", "barbara"]
TEAMS = ["checkout", "identity"]
ENVIRONMENTS = ["*", "dev", "prod"]


def _peoples() -> st.SearchStrategy[People]:
    users = {
        name: {"slack": f"U{index}", "github": {"id": index + 1, "login": name}}
        for index, name in enumerate(NAMES)
    }
    names = st.lists(st.sampled_from([*NAMES, *TEAMS, "owner"]), max_size=3)
    grants = st.dictionaries(
        st.sampled_from(ENVIRONMENTS),
        st.fixed_dictionaries({}, optional={each.value: names for each in Action}),
    )
    members = st.lists(st.sampled_from(NAMES), max_size=3)
    teams = st.fixed_dictionaries(
        {}, optional={each: st.fixed_dictionaries({"members": members}) for each in TEAMS}
    )
    return st.builds(
        lambda teams, grants: People.model_validate({"teams": teams, "users": users, "grants": grants}),
        teams,
        grants,
    )


PRINCIPALS = [*(Principal(slack=f"U{index}") for index in range(4)), Principal(github=Account(1, "x"))]
SUBJECTS = [
    Subject(id, known, owner)
    for id, owner in (
        ("prod", ""),
        ("prod/orders", "checkout"),
        ("dev/orders", "identity"),
        ("prod/x", "nobody"),
    )
    for known in (True, False)
]
ANYBODY = st.sampled_from(PRINCIPALS)
ANYTHING = st.sampled_from(SUBJECTS)
ANY_ACTION = st.sampled_from(list(Action))


@given(_peoples(), _peoples(), ANYBODY, ANY_ACTION, ANYTHING)
@settings(max_examples=300, deadline=None)
def test_more_grants_never_take_a_right_away(
    people: People, more: People, principal: Principal, action: Action, about: Subject
) -> None:
    sections = {
        name: Grants(
            **{
                each.value: [
                    *getattr(people.grants.get(name, Grants()), each),
                    *getattr(more.grants.get(name, Grants()), each),
                ]
                for each in Action
            }
        )
        for name in ENVIRONMENTS
    }
    widened = people.model_copy(update={"grants": sections})
    if allowed(principal, action, about, people, people).allowed:
        assert allowed(principal, action, about, widened, widened).allowed


@given(_peoples(), _peoples(), ANYBODY, ANY_ACTION, ANYTHING)
@settings(max_examples=300, deadline=None)
def test_base_and_head_give_what_both_give_alone(
    base: People, head: People, principal: Principal, action: Action, about: Subject
) -> None:
    both = allowed(principal, action, about, base, head).allowed
    alone = [allowed(principal, action, about, each, each).allowed for each in (base, head)]
    assert both is all(alone)


@given(_peoples(), _peoples(), ANYBODY, ANY_ACTION, ANYTHING)
@settings(max_examples=200, deadline=None)
def test_what_is_not_known_is_refused(
    base: People, head: People, principal: Principal, action: Action, about: Subject
) -> None:
    verdict = allowed(principal, action, about, base, head)
    if principal.slack == "U3" or not about.known:
        assert not verdict.allowed
    assert verdict.reason
