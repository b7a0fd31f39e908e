"""What the desk answers, and what its buttons do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.card import Card, plain
from bot.forge.forge import ForgeError
from bot.requests import pressing
from bot.requests.front import FrontDesk
from bot.requests.request import Intent
from compiler.changes import Known, Side
from compiler.diagnostics import UserError
from compiler.report import Ending, Failure, Outcome, Phase, Report
from tests.requests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def desk(world: World) -> FrontDesk:
    return FrontDesk(world.office, world.marks, lambda request: bool(world.carry(request)), lambda: None)


def text(card: Card) -> str:
    fields = [f"{each.name}: {plain(each.value)}" for each in card.fields]
    return "\n".join([*map(plain, card.lines), *fields])


CHANGE = {"port": 3399}


def test_there_and_back_and_there_again_are_three_requests_and_a_retry_is_none(
    world: World, desk: FrontDesk
) -> None:
    ids = []
    for port in (3399, 3398, 3399):
        answers = {"port": port}
        id = desk.identify(Intent.CHANGE, "prod/orders", answers=answers)
        assert desk.identify(Intent.CHANGE, "prod/orders", answers=answers) == id
        world.carry(world.request(answers=answers, id=id))
        assert desk.identify(Intent.CHANGE, "prod/orders", answers=answers) == id
        (pull,) = world.pulls()
        sha = world.grace.merge(pull.number)
        world.apply(sha, Report("prod.orders", Phase.APPLY, Outcome(Ending.APPLIED)))
        world.look()
        ids.append(id)
    assert len(set(ids)) == 3


def test_a_closed_request_can_be_asked_for_again(world: World, desk: FrontDesk) -> None:
    first = desk.identify(Intent.CHANGE, "prod/orders", answers=CHANGE)
    world.carry(world.request(answers=CHANGE, id=first))
    world.grace.close(world.pulls()[0].number)
    world.look()
    assert desk.identify(Intent.CHANGE, "prod/orders", answers=CHANGE) != first


def test_a_refused_one_can_be_asked_for_again_after_a_minute(world: World, desk: FrontDesk) -> None:
    answers = {"storage.allocated_gib": "many"}
    first = desk.identify(Intent.CHANGE, "prod/orders", answers=answers)
    world.carry(world.request(answers=answers, id=first))
    assert desk.identify(Intent.CHANGE, "prod/orders", answers=answers) == first
    world.clock.pass_(minutes=2)
    assert desk.identify(Intent.CHANGE, "prod/orders", answers=answers) != first


def test_a_draft_says_first_that_somebody_may_not(world: World, desk: FrontDesk) -> None:
    found = desk.draft(world.request(by="UKIM"))
    assert found.problems[0].message.startswith("kim may not change prod/orders")
    assert desk.draft(world.request()).problems == ()
    assert desk.draft(world.request()).approvers == ("grace", "lin")


def test_how_a_database_stands(world: World, desk: FrontDesk) -> None:
    assert "nothing is under way" in text(desk.status("prod/orders", "UADA"))
    assert "not known to be applied" in text(desk.status("prod/orders", "UADA"))
    sha = world.forge.repository.tip("refs/heads/main") or ""
    failed = Report(
        "prod.orders",
        Phase.APPLY,
        Outcome(Ending.FAILED, (Failure("the quota is full", "instance"),)),
        outputs={"endpoint": Side(Known.KNOWN, "orders.example")},
    )
    world.apply(sha, failed)
    world.carry(world.request())
    said = text(desk.status("prod/orders", "UADA"))
    assert "instance: the quota is full" in said
    assert "endpoint: orders.example" in said
    assert "Change of prod/orders" in said
    assert "Change of prod/orders" in text(desk.status("mine", "UADA"))
    assert "nothing is under way" in text(desk.status("mine", "UGRACE"))
    with pytest.raises(UserError, match="did you mean 'prod/orders'"):
        desk.status("prod/order", "UADA")


def test_what_there_is_and_what_it_costs(desk: FrontDesk) -> None:
    assert text(desk.listing()).splitlines() == [
        "dev/orders mysql, of checkout",
        "prod/orders mysql, of checkout",
    ]
    assert text(desk.listing("dev")).splitlines() == ["dev/orders mysql, of checkout"]
    assert "prod $" in text(desk.cost())
    assert "prod/orders $" in text(desk.cost("prod"))


def test_why_something_may_be_done_and_what_it_waits_for(world: World, desk: FrontDesk) -> None:
    world.carry(world.request())
    world.check(world.pulls()[0])
    said = text(desk.why("prod/orders", "UADA"))
    assert "change: yes, ada may change prod/orders: team checkout owns it" in said
    assert "emergency: no, ada may not" in said
    assert "it waits to be approved" in said
    assert "approvals: 1 for a change" in said
    assert "change: no, people.yaml does not know the Slack user UEVE" in text(
        desk.why("prod/orders", "UEVE")
    )


def test_withdrawing_closes_the_pull_request_for_whoever_asked(world: World, desk: FrontDesk) -> None:
    world.carry(world.request())
    with pytest.raises(UserError, match="kim may not change"):
        desk.press("close", "a1", "UKIM")
    for _ in range(2):
        desk.press("close", "a1", "UADA")
        pressing.done(world.office, world.marks)
    world.look()
    assert not world.pulls()
    assert world.says() == "closed without being merged"
    with pytest.raises(UserError, match="has ended"):
        desk.press("close", "a1", "UADA")


@pytest.mark.parametrize(("action", "value"), [("close", "nothing"), ("drop table", "a1")])
def test_a_button_of_nothing_does_nothing(world: World, desk: FrontDesk, action: str, value: str) -> None:
    world.carry(world.request())
    with pytest.raises(UserError, match="belongs to nothing"):
        desk.press(action, value, "UADA")


def test_retrying_starts_the_apply_for_those_who_may_then_and_still(world: World, desk: FrontDesk) -> None:
    started: list[str] = []
    world.office.apply = started.append
    world.carry(world.request())
    sha = world.grace.merge(world.pulls()[0].number)
    world.apply(sha, Report("prod.orders", Phase.APPLY, Outcome(Ending.FAILED, (Failure("no"),))))
    world.look()
    with pytest.raises(UserError, match="kim may not retry"):
        desk.press("retry", "a1", "UKIM")
    desk.press("retry", "a1", "UGRACE")
    pressing.done(world.office, world.marks)
    pressing.done(world.office, world.marks)
    assert started == ["prod"]
    desk.press("retry", "a1", "UGRACE")
    world.lin.commit(
        "main", {"specs/people.yaml": "teams: {checkout: {}}\nusers: {}\n"}, "Nobody may anything"
    )
    world.office.clone.fetch()
    pressing.done(world.office, world.marks)
    assert started == ["prod"]


def test_what_a_click_could_not_do_is_said_in_the_message_and_tried_no_more(
    world: World, desk: FrontDesk
) -> None:
    asked: list[str] = []

    def denied(environment: str) -> None:
        asked.append(environment)
        raise ForgeError("Resource not accessible by integration")

    world.office.apply = denied
    world.carry(world.request())
    sha = world.grace.merge(world.pulls()[0].number)
    world.apply(sha, Report("prod.orders", Phase.APPLY, Outcome(Ending.FAILED, (Failure("no"),))))
    world.look()
    desk.press("retry", "a1", "UGRACE")
    for _ in range(2):
        pressing.done(world.office, world.marks)
    world.look()
    assert asked == ["prod"]
    assert world.lines_of("retry was not possible: Resource not accessible")


def test_a_secret_in_a_reason_is_not_even_written_down(world: World, desk: FrontDesk) -> None:
    desk.submit(world.request(reason="AKIAIOSFODNN7EXAMPLE is slow"))
    entry = world.office.ledger.entry("a1")
    assert entry is not None
    assert entry.request.reason == "[secret] is slow"
