"""A forge in a folder, a chat that keeps what it is told, and an office between them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.approval import Approval
from bot.chat.card import Card, plain
from bot.chat.chat import ChatError, GoneError, Posted
from bot.forge.forge import CheckState, Conclusion, Forge, ForgeError, NewCheck, Pull, Pulls
from bot.forge.local.forge import LocalForge
from bot.jobs import conclude
from bot.jobs.applied import Applied, check_data, check_name
from bot.jobs.event import Event
from bot.jobs.result import Phase, Result, to_data
from bot.jobs.straying import check_name as drift_check
from bot.requests.clone import Clone
from bot.requests.ledger import Ledger
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.requests.reconciler import Reconciler
from bot.requests.request import Intent, Request
from bot.requests.request import to_data as request_data
from bot.requests.transaction import engine
from bot.requests.workflow import carry
from compiler.report import Report

BOT = "dbspec[bot]"
NAMES = ("ada", "grace", "lin")
ENVIRONMENT = """\
tier: {tier}
edition: '2026.11'
region: ap-northeast-2
target: sandbox
approvals: {approvals}
clients: {{api: {{security_group: sg-0c0ffee0000000003}}}}
"""
ORDERS = """\
# Orders of the shop.
kind: mysql
project: shop
owner: checkout # a team
database_name: orders
"""
PEOPLE = """\
teams:
  checkout: {{channel: '#checkout', members: [ada, grace]}}
  platform: {{channel: '#platform', members: [lin]}}
users:
  ada: {{slack: UADA, github: {{id: {ada}, login: ada}}}}
  grace: {{slack: UGRACE, github: {{id: {grace}, login: grace}}}}
  lin: {{slack: ULIN, github: {{id: {lin}, login: lin}}}}
  kim: {{slack: UKIM}}
grants:
  '*':
    request: [owner, platform]
    change: [owner, platform]
    remove: [owner, platform]
    retry: [owner, platform]
"""


class Killed(BaseException):
    """The process is gone; nothing catches it."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@dataclass
class Message:
    channel: str
    key: str
    card: Card
    thread: str = ""
    deleted: bool = False


@dataclass
class FakeChat:
    """`lose` are the methods whose next answer is lost, `refuse` the channels in which the bot may not write, `ids`
    those of channels that are called otherwise."""

    messages: list[Message] = field(default_factory=list)
    lose: list[str] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    away: bool = False
    ids: dict[str, str] = field(default_factory=dict)

    def post(self, channel: str, key: str, card: Card) -> Posted:
        return self._written("post", channel, key, card)

    def reply(self, posted: Posted, key: str, card: Card) -> Posted:
        return self._written("reply", posted.channel, key, card, posted.id)

    def update(self, posted: Posted, card: Card) -> None:
        self._there()
        message = self.messages[int(posted.id)]
        if message.deleted:
            raise GoneError("message_not_found")
        message.card = card
        self._answer("update")

    def find(self, channel: str, key: str, thread: Posted | None = None) -> Posted | None:
        self._there()
        for number, each in enumerate(self.messages):
            if (each.channel, each.key, each.thread) == (channel, key, thread.id if thread else ""):
                return Posted(channel, str(number))
        return None

    def where(self, channel: str) -> str:
        self._there()
        return self.ids.get(channel, channel)

    def of(self, key: str) -> list[Message]:
        return [each for each in self.messages if each.key == key]

    def _written(self, method: str, channel: str, key: str, card: Card, thread: str = "") -> Posted:
        self._there()
        if channel in self.refuse:
            raise ChatError("not_in_channel")
        self.messages.append(Message(channel, key, card, thread))
        self._answer(method)
        return Posted(channel, str(len(self.messages) - 1))

    def _there(self) -> None:
        if self.away:
            raise ChatError("the chat is away", again=True)

    def _answer(self, method: str) -> None:
        if method in self.lose:
            self.lose.remove(method)
            raise ChatError("the connection was cut", again=True)


@dataclass
class Memory:
    """Steps as durable work remembers them, that can be killed before one of them is written down."""

    clock: Clock
    known: dict[int, dict[str, Any]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    kill_after: int = -1
    at: int = 0

    def step(self, name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        number, self.at = self.at, self.at + 1
        if number in self.known:
            return self.known[number]
        answer = function()
        if number == self.kill_after:
            raise Killed(name)
        self.known[number] = answer
        self.names.append(name)
        return answer

    def pause(self, seconds: float) -> None:
        self.clock.pass_(seconds=seconds)


class _Losing:
    """Pulls whose answer to the next pull request that is opened is lost."""

    def __init__(self, world: World, pulls: Pulls) -> None:
        self.world = world
        self.pulls = pulls

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pulls, name)

    def open_pull(self, *arguments: Any, **options: Any) -> Pull:
        pull = self.pulls.open_pull(*arguments, **options)
        if self.world.losing:
            self.world.losing = False
            raise ForgeError("the connection was cut", again=True)
        return pull


@cache
def _template(approvals: int) -> Path:
    """A forge with the first specs, to be copied."""
    root = Path(tempfile.mkdtemp(prefix="dbspec-tests-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    forge = LocalForge.create(root / "forge", clock=Clock())
    ids = {name: forge.contributor(name).account.id for name in NAMES}
    files = {"specs/people.yaml": PEOPLE.format(**ids)}
    for name, tier in {"dev": "development", "prod": "production"}.items():
        files[f"specs/{name}/environment.yaml"] = ENVIRONMENT.format(tier=tier, approvals=approvals)
        files[f"specs/{name}/orders.yaml"] = ORDERS
    forge.contributor("lin").commit("main", files, "The first specs")
    return forge.root


class World:
    def __init__(self, root: Path, approvals: int = 1, database: str = "") -> None:
        self.clock = Clock()
        self.root = root
        template = _template(approvals)
        shutil.copytree(template, root / "forge")
        self.forge = LocalForge.at(root / "forge", clock=self.clock)
        self.ada, self.grace, self.lin = map(self.forge.contributor, NAMES)
        self.hub = self.forge.connect(BOT)
        self.losing = False
        self.hub = Forge(_Losing(self, self.hub.pulls), self.hub.checks)
        self.chat = FakeChat()
        self.database = database or f"sqlite:///{root / 'bot.sqlite'}"
        self.office = self.opened()
        self.memories: dict[str, Memory] = {}

    def opened(self) -> Office:
        """An office as a new process has it."""
        made = engine(self.database)
        clone = Clone(self.root / "clone.git", self.forge.url)
        clone.create()
        ledger = Ledger(made)
        ledger.create()
        self.marks = Marks(made)
        self.marks.create()
        return Office(self.hub, self.chat, clone, ledger, self.clock)

    def request(
        self,
        action: Intent = Intent.CHANGE,
        target: str = "prod/orders",
        answers: Mapping[str, Any] | None = None,
        *,
        id: str = "a1",
        kind: str = "",
        reason: str = "",
        by: str = "UADA",
    ) -> Request:
        if answers is None:
            answers = {"instance_class": "db.r6g.xlarge"} if action is Intent.CHANGE else {}
        return Request(id, action, target, by, "C1", self.clock(), kind, answers, reason)

    def new(self, name: str = "dev/billing", **more: Any) -> Request:
        answers = {"project": "shop", "owner": "checkout", "database_name": "billing"}
        return self.request(Intent.REQUEST, name, answers, kind="mysql", **more)

    def carry(self, request: Request, after: int = -1) -> Memory:
        """Carried on from where its memory ends, as after a restart; killed after this step, where one is named."""
        self.office.ledger.add(request, self.clock())
        memory = self.memories.setdefault(request.id, Memory(self.clock))
        memory.at = 0
        memory.kill_after = after
        carry(self.office, request_data(request), memory)
        return memory

    def reconciler(self) -> Reconciler:
        return Reconciler(self.office, self.marks)

    def look(self, minutes: float = 15) -> None:
        """The next round, by which all is due."""
        self.clock.pass_(minutes=minutes)
        self.reconciler().round()

    def pulls(self) -> tuple[Pull, ...]:
        return self.hub.pulls.open_pulls("main")

    def branches(self) -> list[str]:
        said = self.forge.repository._run("for-each-ref", "--format=%(refname:short)", "refs/heads/dbspec/")
        return said.split()

    def card(self, id: str = "a1") -> Card:
        (message,) = self.chat.of(f"request/{id}")
        return message.card

    def thread(self, id: str = "a1") -> list[str]:
        """The names of what was said in the thread."""
        prefix = f"request/{id}/"
        return [each.key.removeprefix(prefix) for each in self.chat.messages if each.key.startswith(prefix)]

    def says(self, id: str = "a1") -> str:
        return plain(self.card(id).lines[0])

    def lines_of(self, words: str, id: str = "a1") -> list[str]:
        """The lines of the message that have these words."""
        return [said for each in self.card(id).lines if words in (said := plain(each))]

    def check(self, pull: Pull, **found: Any) -> None:
        """What the preview's job leaves."""
        result = Result(pull.number, pull.head_sha, pull.base_sha, Phase.DONE, **found)
        event = Event(pull.number, pull.head_sha, pull.base_sha)
        conclude.tell(self.hub, event, result, Approval(False, missing=("one",)), conclude.Attempt(self.key))

    def apply(self, sha: str, *reports: Report, conclusion: Conclusion = Conclusion.SUCCESS) -> None:
        """What the apply's job leaves."""
        self._put(sha, check_name("prod"), conclusion, check_data(Applied("prod", sha, reports), sha))

    @property
    def key(self) -> str:
        """Of a run that begins now."""
        return f"{self.clock()}"

    def drift(self, sha: str, *reports: Report) -> None:
        """What the job leaves that looks at the account."""
        found = Result(0, sha, sha, Phase.DONE, reports=reports)
        self._put(sha, drift_check("prod"), Conclusion.SUCCESS, to_data(found))

    def _put(self, sha: str, name: str, conclusion: Conclusion, data: Mapping[str, Any]) -> None:
        self.hub.checks.put_check(
            NewCheck(sha, name, CheckState.DONE, "fine", "", conclusion, data=data, key=self.key)
        )
