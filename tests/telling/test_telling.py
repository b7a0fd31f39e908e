"""What a team's channel is told, once, in one message a change that is kept up to date."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.chat.card import Card, Mention, Tone, plain
from bot.forge.forge import Conclusion
from bot.telling import endings, findings
from bot.telling.book import Book
from bot.telling.changes import Changes
from bot.telling.teller import Teller
from compiler.diagnostics import fail
from compiler.report import Ending, Failure, Outcome, Phase, Report
from tests.requests.world import ENVIRONMENT, ORDERS, Message, World


class Telling(World):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.begin()

    def begin(self) -> None:
        """As a new process does it."""
        self.office = self.opened()
        book = Book(self.office.ledger.engine)
        book.create()
        sources = [
            Changes(self.office, self.marks, "#platform").items,
            partial(findings.items, self.office, "#platform"),
            partial(endings.items, self.office, "#platform"),
        ]
        self.teller = Teller(self.office, book, sources, (findings.PREFIX, endings.PREFIX), "#platform")
        self.round()

    def round(self) -> None:
        self.office.clone.fetch()
        self.teller.round()

    def stories(self, channel: str = "#checkout") -> list[Message]:
        return [
            each
            for each in self.chat.messages
            if each.key.startswith("story/") and each.channel == channel and not each.thread
        ]

    def story(self, channel: str = "#checkout") -> Card:
        (message,) = self.stories(channel)
        return message.card

    def said(self, channel: str = "#checkout") -> str:
        return "\n".join(map(plain, self.story(channel).lines))

    def merged(self, text: str, path: str = "specs/prod/orders.yaml", branch: str = "b") -> str:
        self.ada.commit(branch, {path: text}, "Larger")
        return self.grace.merge(self.ada.open(branch, "Larger orders").number)


@pytest.fixture
def world(tmp_path: Path) -> Telling:
    return Telling(tmp_path)


def report(ending: Ending, stack: str = "prod.orders", *words: str) -> Report:
    return Report(stack, Phase.APPLY, Outcome(ending, tuple(Failure(each) for each in words)))


def test_a_bot_that_is_set_up_tells_nothing_old(world: Telling) -> None:
    world.round()
    assert not world.chat.messages


def test_a_merge_is_told_and_its_apply_updates_the_message(world: Telling) -> None:
    sha = world.merged(ORDERS + "port: 3399\n")
    world.round()
    assert "#1 Larger orders" in world.said()
    assert "by ada · prod/orders merged, not applied yet" in world.said()
    world.apply(sha, report(Ending.APPLIED))
    world.round()
    assert world.said().endswith("prod/orders applied")
    assert world.story().tone is Tone.GOOD
    before = world.story()
    world.round()
    assert world.story() is before


def test_an_apply_that_fails_calls_its_author_once_in_aws_words(world: Telling) -> None:
    sha = world.merged(ORDERS + "port: 3399\n")
    world.apply(sha, report(Ending.FAILED, "prod.orders", "the quota is full"), conclusion=Conclusion.FAILURE)
    for _ in range(3):
        world.round()
    assert "the quota is full" in world.story().details
    (call,) = [each for each in world.chat.messages if each.thread]
    assert Mention("UADA") in call.card.lines[0]
    world.apply(sha, report(Ending.APPLIED))
    world.round()
    assert world.said().endswith("prod/orders applied")
    assert not world.story().details


def test_a_refusal_names_its_stack_once(world: Telling) -> None:
    sha = world.merged(ORDERS + "port: 3399\n")
    unreviewed = fail(
        "review/unreviewed", "prod.orders: nobody reviewed that instance is created"
    ).diagnostics
    refused = replace(report(Ending.REFUSED), refusals=unreviewed)
    world.apply(sha, refused, conclusion=Conclusion.FAILURE)
    world.round()
    assert world.story().details == "prod.orders: nobody reviewed that instance is created"


def test_a_push_without_a_pull_request_is_told_too(world: Telling) -> None:
    world.lin.commit("main", {"specs/prod/orders.yaml": ORDERS + "port: 3399\n"}, "Quickly")
    world.round()
    assert "pushed to main: Quickly" in world.said()


def test_what_concerns_no_database_is_not_told(world: Telling) -> None:
    world.lin.commit("main", {"README.md": "x", "specs/notes.yaml": "x: 1\n"}, "Words")
    world.round()
    assert not world.chat.messages


def test_many_at_once_are_one_message_which_each_of_them_updates(world: Telling) -> None:
    shas = [world.merged(ORDERS + f"port: {3390 + each}\n", branch=f"b{each}") for each in range(3)]
    world.round()
    assert world.story().title == "3 changes"
    assert len(world.story().lines) == 3
    world.apply(shas[1], report(Ending.APPLIED))
    world.round()
    assert world.said().count("not applied yet") == 2
    world.merged(ORDERS, branch="later")
    world.round()
    assert len(world.stories()) == 2


def test_an_environment_is_told_to_the_channel_of_all(world: Telling) -> None:
    text = ENVIRONMENT.format(tier="production", approvals=2)
    sha = world.merged(text, "specs/prod/environment.yaml")
    world.apply(sha, report(Ending.APPLIED, "prod.environment"))
    world.round()
    assert world.said("#platform").endswith("prod applied")
    assert not world.stories()


def test_a_database_that_goes_is_told_to_whoever_had_it(world: Telling) -> None:
    world.lin.commit("main", {"specs/dev/orders.yaml": None}, "Away")
    world.round()
    assert "dev/orders" in world.said()


def test_a_request_that_was_made_in_the_channel_is_not_told_twice(world: Telling) -> None:
    world.chat.ids["#checkout"] = "C0CHECKOUT"
    for id, channel in (("a1", "#checkout"), ("a2", "C0CHECKOUT"), ("a3", "C1")):
        request = world.request(id=id, answers={"port": 3390 + int(id[1])})
        world.carry(
            request.__class__(**{**{f: getattr(request, f) for f in request.__slots__}, "channel": channel})
        )
        world.grace.merge(world.pulls()[0].number)
        world.round()
    assert len(world.stories()) == 1
    assert "#3 Change prod/orders" in world.said()


def test_drift_is_told_until_it_is_gone(world: Telling) -> None:
    world.hub.checks.put_issue("drift/prod.orders", "prod.orders is not as it was applied", "x")
    world.hub.checks.put_issue("drift/prod.old", "prod.old has no spec", "x")
    world.round()
    world.round()
    assert "prod.orders is not as it was applied" in world.said()
    assert "prod.old has no spec" in world.said("#platform")
    world.hub.checks.close_issue("drift/prod.orders", "gone")
    world.round()
    assert world.said() == "prod.orders is not as it was applied: over"
    assert world.story().tone is Tone.OVER
    world.round()
    assert len(world.stories()) == 1


def test_an_issue_of_somebody_else_is_not_told(world: Telling) -> None:
    world.forge.connect("eve").checks.put_issue("drift/prod.orders", "Trust me", "x")
    world.round()
    assert not world.chat.messages


def test_what_ends_soon_is_told_once_and_when_it_was_prolonged(world: Telling) -> None:
    line = "waive: {{RDS.23: {{reason: compiled in, until: {until}}}}}\n"
    world.lin.commit("main", {"specs/prod/orders.yaml": ORDERS + line.format(until="2026-12-24")}, "Waive")
    world.begin()
    assert not [each for each in world.stories() if "ends" in each.card.title]
    world.clock.pass_(days=20)
    for _ in range(2):
        world.round()
    told = [each for each in world.stories() if "ends" in each.card.title]
    assert [plain(each.card.lines[0]) for each in told] == [
        "the waiver of RDS.23 ends on 2026-12-24 for prod/orders: compiled in"
    ]
    world.lin.commit("main", {"specs/prod/orders.yaml": ORDERS + line.format(until="2027-12-24")}, "Longer")
    world.round()
    assert told[0].card.tone is Tone.OVER


def test_killed_and_unheard_it_tells_everything_once(world: Telling) -> None:
    world.chat.lose = ["post", "update", "reply"]
    sha = world.merged(ORDERS + "port: 3399\n")
    world.apply(sha, report(Ending.FAILED, "prod.orders", "the quota is full"))
    for _ in range(4):
        world.begin()
    assert len(world.stories()) == 1
    assert len([each for each in world.chat.messages if each.thread]) == 1
    assert "the quota is full" in world.story().details


def test_what_cannot_be_told_where_it_belongs_is_told_to_all(world: Telling) -> None:
    world.chat.refuse = {"#checkout"}
    sha = world.merged(ORDERS + "port: 3399\n")
    world.round()
    assert "prod/orders merged, not applied yet" in world.said("#platform")
    assert "for #checkout, where the bot could not write: not_in_channel" in world.said("#platform")
    world.chat.refuse = set()
    world.apply(sha, report(Ending.APPLIED))
    world.round()
    assert "prod/orders applied" in world.said("#platform")
    assert not world.stories()


def test_a_channel_that_cannot_be_written_to_keeps_no_other_from_being_told(world: Telling) -> None:
    world.chat.refuse = {"#platform"}
    world.hub.checks.put_issue("drift/prod.old", "prod.old has no spec", "x")
    world.merged(ORDERS + "port: 3399\n")
    world.round()
    assert "prod/orders" in world.said()
    world.chat.refuse = set()
    world.round()
    assert "prod.old has no spec" in world.said("#platform")
