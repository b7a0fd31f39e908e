"""What is in flight compared with the forge, again and again: the forge is the truth, and messages only show it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.chat.chat import ChatError
from bot.forge.forge import ForgeError
from bot.involved import OURS
from bot.logs import about
from bot.requests import rebasing
from bot.requests.ledger import Entry
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.requests.showing import show
from bot.requests.state import Stage, Standing
from bot.requests.transaction import BusyError
from compiler.diagnostics import UserError

_LOG = logging.getLogger(__name__)
_SLOWEST = timedelta(minutes=10)  # between two looks at what does not move
_LEASE = timedelta(minutes=5)  # longer than any one look
_SWIFT = (Stage.ASKED, Stage.CHECKING, Stage.APPLYING, Stage.WAITING)


class Reconciler:
    """Of several replicas one at a time does it. `also` are other rounds that go with it: telling, sweeping."""

    def __init__(
        self,
        office: Office,
        marks: Marks,
        *,
        name: str = "local",
        poll: timedelta = timedelta(seconds=30),
        sweep: timedelta = timedelta(hours=1),
        also: tuple[Callable[[], None], ...] = (),
        sweeps: tuple[Callable[[], None], ...] = (),
    ) -> None:
        self.office = office
        self.marks = marks
        self.name = name
        self.poll = poll
        self.sweep_every = sweep
        self.also = also
        self.sweeps = sweeps
        self._wake = threading.Event()
        self._stopped = False
        self._swept: datetime | None = None

    def run(self) -> None:
        """Until `stop`; nothing that goes wrong in one round ends it."""
        while not self._stopped:
            self._wake.clear()
            self.guarded(self.round)
            self._wake.wait(self.poll.total_seconds())

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    def wake(self, number: int = 0) -> None:
        """Something happened to this pull request, or to any: the next round is now, and looks at it."""
        self.office.ledger.wake(self.office.clock(), number)
        self.nudge()

    def nudge(self) -> None:
        """The next round is now."""
        self._wake.set()

    def round(self) -> None:
        """Looks at whatever is due, and from time to time at what may have been missed."""
        now = self.office.clock()
        if not self._mine():
            return
        if self._swept is None or now - self._swept >= self.sweep_every:
            self._swept = now
            self.sweep()
        self.office.clone.fetch()
        for entry in self.office.ledger.due(now):
            # Whoever took so long that another replica has taken over leaves the rest to it.
            if self._stopped or not self._mine():
                return
            with about(entry.request.id):
                self.guarded(lambda each=entry: self.look(each))  # type: ignore[misc]
        for each in self.also:
            if self._mine():
                self.guarded(each)

    def _mine(self) -> bool:
        """Whether this replica is the one that does it; for as long as it says so."""
        return self.marks.take("reconciler", self.name, self.office.clock(), max(self.poll * 4, _LEASE))

    def look(self, entry: Entry) -> None:
        """One request: its branch, its message, and when to look again."""
        # Set first: whatever goes wrong with this one, the others have their turn before it comes again.
        office, now = self.office, self.office.clock()
        office.ledger.note(entry.request.id, due=now + self._pause(entry, None, now))
        rebasing.rebase(office, entry)
        found = show(office, entry.request.id)
        if found is None:
            return
        if found.ended:
            office.ledger.end(entry.request.id, now)
            return
        moved = found.stage != entry.stage
        if moved:
            office.ledger.note(entry.request.id, moved=now.isoformat())
        office.ledger.note(entry.request.id, due=now + self._pause(entry, None if moved else found, now))

    def sweep(self) -> None:
        """What nobody would look at again: pull requests of ours that were opened again, work that was never begun."""
        for each in self.sweeps:
            self.guarded(each)
        self.guarded(self._reopened)

    def _reopened(self) -> None:
        office = self.office
        for pull in office.forge.pulls.open_pulls(office.branch):
            if not pull.head_branch.startswith(OURS) or pull.from_fork:
                continue
            for entry in office.ledger.entries(number=pull.number, open=False):
                if entry.ended:
                    office.ledger.note(entry.request.id, ended=None, due=office.clock())

    def _pause(self, entry: Entry, found: Standing | None, now: datetime) -> timedelta:
        """The longer nothing has moved, the longer until the next look; checks and applies end soon."""
        if found is None or found.stage in _SWIFT:
            return self.poll
        since = datetime.fromisoformat(entry.more.get("moved") or entry.request.at.isoformat())
        return max(self.poll, min((now - since) / 10, _SLOWEST))

    def guarded(self, function: Callable[[], None]) -> None:
        """What fails now is tried again when its turn comes."""
        try:
            function()
        except (ForgeError, ChatError, BusyError, UserError) as error:
            _LOG.warning("a look at the forge failed: %s", self.office.redactor.clean(str(error)))
        except Exception:  # noqa: BLE001 - one request that nobody foresaw must not stop all others
            _LOG.exception("a look at the forge failed in a way that nobody foresaw")
