"""What CI would run for the local forge, run here: a preview of each pull request, and an apply of what was merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.chat.console.scratch import Scratch
from bot.forge.forge import Forge, Pull
from bot.jobs import conclude, preview
from bot.jobs.conclude import Attempt
from bot.jobs.event import Event
from bot.jobs.main import Main
from bot.jobs.result import Result
from bot.jobs.revisions import Revisions, revisions
from bot.jobs.run import Order, run
from compiler.online.run import session
from compiler.sandbox import SETTING

_BRANCH = "main"


@dataclass(slots=True)
class Ci:
    """`forge` is as CI reaches it, `say` tells what is run. `environ` is what the engine is given, besides the place of
    the simulated account.
    """

    scratch: Scratch
    forge: Forge
    environ: Mapping[str, str]
    today: Callable[[], date]
    say: Callable[[str], None]
    main: Main = field(init=False)
    _checked: dict[int, tuple[str, int]] = field(default_factory=dict)
    _applied: str = ""

    def __post_init__(self) -> None:
        self.main = Main(self.scratch.clone)
        self._applied = self.main.fetch()

    def work(self) -> bool:
        """Runs whatever has come up since; False where nothing has."""
        worked = False
        for pull in self.forge.pulls.open_pulls(_BRANCH):
            worked = self._pull(pull) or worked
        tip = self.main.fetch()
        if tip != self._applied:
            self._applied = tip
            self.apply()
            worked = True
        return worked

    def retry(self) -> None:
        """The next round applies again; any thread may ask for that."""
        self._applied = ""

    def apply(self) -> None:
        """Brings what was merged to the simulated account."""
        self.say(
            "CI: applying with the real engine on the simulated account; the first time, all there is ..."
        )
        environ = {**self.environ, SETTING: str(self.scratch.root / "sandbox.db")}
        with session(environ, quiet=True) as engine:
            run(self.main, self.forge, engine, Order(self.today()), environ, self.say)

    def _pull(self, pull: Pull) -> bool:
        known = (pull.head_sha, len(self.forge.pulls.reviews(pull.number)))
        before = self._checked.get(pull.number)
        if before == known:
            return False
        self._checked[pull.number] = known
        event = Event(pull.number, pull.head_sha, pull.base_sha)
        found = self._revisions(event)
        result = conclude.last(self.forge, event) if before and before[0] == pull.head_sha else None
        if result is None:
            self.say(f"CI: checking pull request #{pull.number} ...")
            conclude.begin(self.forge, event, Attempt())
            result = preview.preview(event, found, self.today())
        self._tell(event, found, result)
        return True

    def _tell(self, event: Event, found: Revisions, result: Result) -> None:
        result, approval = conclude.approved(self.forge, event, found, result, self.today())
        conclude.tell(self.forge, event, result, approval, Attempt())

    def _revisions(self, event: Event) -> Revisions:
        from git import Repo

        with Repo(self.scratch.clone) as repo:
            repo.git.fetch("--quiet", "origin", event.head, event.base)
        return revisions(self.scratch.clone / "specs", event.base, event.head)
