"""Approvals of pull requests on a forge: whoever pushes, reviews and merges, the forge tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.approval import Approval, of_pull
from bot.forge.forge import Pulls
from bot.forge.github.connect import connect
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.forge.local.merging import Method
from bot.involved import trailers
from compiler import catalog
from compiler.catalog import Catalog
from compiler.people import GitHubUser, User
from compiler.source import Revision
from tests.forge.github_server import GithubServer

TODAY = date(2026, 11, 23)
ORDERS = "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: orders\n"
DESCRIBED = {"specs/prod/orders.yaml": f"description: the shop\n{ORDERS}"}
PEOPLE = """\
teams:
  checkout: {{members: [ada, alan]}}
  platform: {{members: [barbara]}}
users:
  ada: {{github: {{id: {ada}, login: ada}}}}
  alan: {{github: {{id: {alan}, login: alan}}}}
  barbara: {{github: {{id: {barbara}, login: barbara}}}}
  grace: {{github: {{id: {grace}, login: grace}}}}
grants:
  "*": {{change: [owner, platform], remove: [platform], waive: [platform]}}
"""
ENVIRONMENT = (
    'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\napprovals: 1\n'
    "waive: {RDS.23: {reason: it is compiled in, until: 2027-03-31}}\n"
)


@dataclass
class World:
    """A repository with specs on a local forge, and people who work in it."""

    local: LocalForge
    pulls: Pulls
    ada: Contributor
    alan: Contributor
    barbara: Contributor
    grace: Contributor
    bot: Contributor

    @property
    def top(self) -> Path:
        return self.local.repository.folder

    @property
    def people(self) -> str:
        """The file as main has it."""
        return self.at("main").texts["specs/people.yaml"].decode()

    def at(self, revision: str) -> Catalog:
        return catalog.load(Revision(self.top, revision, "specs")).checked()

    def approval(self, number: int, onto: str = "main") -> Approval:
        """As it is now; of one that was merged with the commit of main just before it."""
        pull = self.pulls.pull(number)
        return of_pull(self.pulls, pull, self.at(onto), self.at(pull.head_sha), TODAY)


@pytest.fixture(params=["local", "github"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    local = LocalForge.create(tmp_path / "forge")
    names = ("ada", "alan", "barbara", "grace")
    people = {name: local.contributor(name) for name in names}
    text = PEOPLE.format(**{name: people[name].account.id for name in names})
    files = {
        "specs/people.yaml": text,
        "specs/prod/environment.yaml": ENVIRONMENT,
        "specs/prod/orders.yaml": ORDERS,
    }
    people["barbara"].commit("main", files, "Begin")
    bot = local.contributor("dbspec[bot]")
    if request.param == "local":
        yield World(local, local.connect("dbspec[bot]").pulls, **people, bot=bot)
        return
    with GithubServer(local) as server:
        server.largest_page = 2
        yield World(local, connect(server.environ("good")).pulls, **people, bot=bot)
    assert server.problems == []


def asked(world: World, changes: Mapping[str, str | None] = DESCRIBED, branch: str = "orders") -> int:
    world.ada.commit(branch, changes, "Say what orders are for")
    return world.ada.open(branch, "Orders").number


def test_a_colleagues_review_approves_until_something_is_pushed(world: World) -> None:
    number = asked(world)
    assert world.approval(number).who_may == ("alan", "barbara")
    world.alan.review(number)
    assert world.approval(number).by == ("alan",)
    world.ada.commit("orders", {"specs/prod/orders.yaml": f"description: the whole shop\n{ORDERS}"}, "More")
    assert not world.approval(number).approved
    world.alan.review(number)
    assert world.approval(number).approved


def test_a_force_push_voids_a_review(world: World) -> None:
    number = asked(world)
    world.alan.review(number)
    world.ada.force("orders", {"specs/prod/orders.yaml": f"description: another\n{ORDERS}"}, "Another")
    assert not world.approval(number).approved


def test_whoever_pushed_to_it_cannot_approve_it(world: World) -> None:
    number = asked(world)
    world.alan.commit("orders", {"specs/prod/orders.yaml": f"description: better\n{ORDERS}"}, "Better")
    world.alan.review(number)
    found = world.approval(number)
    assert found.notes == ("the approval by alan does not count, who wrote a commit",)
    assert found.who_may == ("barbara",)


def test_whoever_asked_the_bot_cannot_approve_what_it_opened(world: World) -> None:
    user = User(github=GitHubUser(id=world.alan.account.id, login="alan"))
    branch = "dbspec/change-prod-orders-1"
    world.bot.commit(branch, DESCRIBED, f"Say what orders are for\n\n{trailers('alan', user)}")
    number = world.bot.open(branch, "Orders").number
    world.alan.review(number)
    assert world.approval(number).notes == ("the approval by alan does not count, who asked for it",)
    world.ada.review(number)
    assert world.approval(number).by == ("ada",)


def test_a_bots_branch_that_was_forced_to_forget_who_asked_is_approved_by_nobody(world: World) -> None:
    branch = "dbspec/change-prod-orders-1"
    world.bot.commit(branch, DESCRIBED, "Say what orders are for\n\nRequested-by: alan (github:2)")
    number = world.bot.open(branch, "Orders").number
    world.ada.force(branch, DESCRIBED, "Say what orders are for")
    world.barbara.review(number)
    found = world.approval(number)
    assert not found.approved
    assert "ask anew" in found.reason
    assert found.who_may == ()


def test_a_branch_that_is_older_than_main_takes_nothing_back(world: World) -> None:
    number = asked(world)
    world.barbara.commit("main", {"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")}, "Carts")
    joined = world.people.replace("members: [ada, alan]", "members: [ada, alan, grace]")
    world.barbara.commit("main", {"specs/people.yaml": joined}, "Grace joins")
    world.grace.review(number)
    assert world.approval(number) == Approval(True, by=("grace",))


def test_what_a_branch_and_main_both_change_is_judged_by_both(world: World) -> None:
    people = world.people
    number = asked(
        world, DESCRIBED | {"specs/people.yaml": people.replace("waive: [platform]", "waive: [owner]")}
    )
    world.barbara.commit(
        "main", {"specs/people.yaml": people.replace("[ada, alan]", "[ada, alan, grace]")}, "Grace joins"
    )
    world.grace.review(number)
    assert not world.approval(number).approved


@pytest.mark.parametrize("method", list(Method))
def test_what_was_merged_is_judged_by_main_just_before(world: World, method: Method) -> None:
    number, unapproved = asked(world), asked(world, {"specs/prod/carts.yaml": ORDERS}, "carts")
    world.alan.review(number)
    onto = world.local.repository.tip("refs/heads/main") or ""
    world.ada.merge(number, method)
    between = world.local.repository.tip("refs/heads/main") or ""
    world.ada.merge(unapproved, method)
    people = world.people
    world.barbara.commit("main", {"specs/people.yaml": people.replace("[ada, alan]", "[ada]")}, "Alan leaves")
    assert world.approval(number, onto).approved
    found = world.approval(unapproved, between)
    assert not found.approved
    assert "prod/carts is new" in found.reason
    world.alan.review(unapproved)
    assert world.approval(unapproved, between).approved


def test_what_was_unreadable_cannot_be_taken_out_by_anybody(world: World) -> None:
    world.barbara.commit("main", {"specs/prod/broken.yaml": "kind: mysql\n"}, "Break it")
    world.ada.commit("mend", {"specs/prod/broken.yaml": None}, "Mend it")
    number = world.ada.open("mend", "Mend it").number
    base = catalog.load(Revision(world.top, "main", "specs"))
    pull = world.pulls.pull(number)
    found = of_pull(world.pulls, pull, base, world.at(pull.head_sha), TODAY)
    assert found.missing == (
        "an approval by somebody who may `remove` in prod: team platform (prod/broken is taken out of the specs)",
    )
