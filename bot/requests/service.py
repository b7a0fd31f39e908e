"""Requests as a whole: the desk in front, durable work, and the reconciler that follows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.chat.chat import Chat
from bot.forge.forge import Commits, Forge
from bot.redactor import Redactor
from bot.requests import pressing
from bot.requests.clone import Clone
from bot.requests.desk import Desk
from bot.requests.durable import Durable
from bot.requests.front import FrontDesk
from bot.requests.ledger import Ledger
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.requests.reconciler import Reconciler
from bot.requests.transaction import engine
from bot.telling import endings, findings
from bot.telling.book import Book
from bot.telling.changes import Changes
from bot.telling.teller import Teller


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is: `url` is what is cloned and pushed to, `token` gives its password whenever it is asked.

    `database` is a URL with its password in it, `folder` holds the clone. `executor` names this process among replicas,
    and keeps its name over a restart. `channel` is told what belongs to no team that has one.
    """

    url: str
    database: str
    folder: Path
    token: Callable[[], str] = lambda: ""
    branch: str = "main"
    specs: str = "specs"
    executor: str = "local"
    poll: timedelta = timedelta(seconds=30)
    sweep: timedelta = timedelta(hours=1)
    channel: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


class Service:
    """`apply` starts the apply of an environment again, where the retry button is to work.

    `commits` makes commits through the forge, which signs them. `answering` is the forge for what people wait for: it
    gives up soon.
    """

    def __init__(
        self,
        place: Place,
        forge: Forge,
        chat: Chat,
        redactor: Redactor,
        *,
        apply: Callable[[str], None] | None = None,
        commits: Commits | None = None,
        answering: Forge | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        made = engine(place.database)
        clone = Clone(place.folder / "clone.git", place.url, place.token)
        self.office = Office(
            forge,
            chat,
            clone,
            Ledger(made, place.executor),
            clock,
            branch=place.branch,
            specs=place.specs,
            redactor=redactor,
            apply=apply,
            commits=commits,
        )
        self.marks = Marks(made)
        self.book = Book(made)
        self.durable = Durable(self.office, self.marks, place.database, executor=place.executor)
        self.reconciler = Reconciler(
            self.office,
            self.marks,
            name=place.executor,
            poll=place.poll,
            sweep=place.sweep,
            also=(
                self.durable.sweep,
                partial(pressing.done, self.office, self.marks),
                self._teller(place.channel).round,
            ),
            sweeps=(self.durable.forget,),
        )
        desk = replace(self.office, forge=answering) if answering else self.office
        self.desk: Desk = FrontDesk(desk, self.marks, self.durable.submit, self.reconciler.nudge)
        self._thread = threading.Thread(target=self.reconciler.run, name="reconciler", daemon=True)

    def start(self) -> None:
        """Begins to work; what an earlier process left goes on. Raises BusyError and ForgeError."""
        self.office.clone.create()
        self.office.ledger.create()
        self.office.ledger.free_all()
        self.marks.create()
        self.book.create()
        self.office.clone.fetch()
        self.durable.start()
        self._thread.start()

    def _teller(self, channel: str) -> Teller:
        office = self.office
        sources = (
            Changes(office, self.marks, channel).items,
            partial(findings.items, office, channel),
            partial(endings.items, office, channel),
        )
        return Teller(office, self.book, sources, (findings.PREFIX, endings.PREFIX), channel)

    def stop(self, patience: float = 10.0) -> None:
        """Ends within so many seconds; what is under way goes on with the next start."""
        self.reconciler.stop()
        self._thread.join(patience)
        self.durable.stop(patience)
        self.office.ledger.engine.dispose()
