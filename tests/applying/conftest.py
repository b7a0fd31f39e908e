"""A repository on a local forge whose main is applied to a simulated account, by an engine as small as can be."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.forge.forge import Comment, Forge, Pull
from bot.forge.local.contributor import Contributor
from bot.forge.local.forge import LocalForge
from bot.forge.local.merging import Method
from bot.jobs import apply as job
from bot.jobs import result as results
from bot.jobs.applied import Applied
from bot.jobs.conclude import Attempt
from bot.jobs.main import Main
from bot.jobs.run import Order, run
from compiler.engine import schedule
from compiler.engine.attempt import Attempted
from compiler.engine.cli import Found, Source
from compiler.engine.halt import Halt
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.engine.store import lock, open_store, record
from compiler.progress import Step
from compiler.report import Ending, Failure, Outcome, Phase, Report
from compiler.sandbox.account import Account, FaultError
from tests.conftest import LittleEngine

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

PEOPLE = """\
teams: {checkout: {members: [ada, grace]}}
users:
  ada: {github: {id: 2, login: ada}}
  grace: {github: {id: 3, login: grace}}
grants:
  "*": {change: [owner], remove: [owner], emergency: [grace]}
"""
ENVIRONMENT = """\
tier: development
edition: "2026.11"
region: ap-northeast-2
target: sandbox
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""
PRODUCTION = ENVIRONMENT.replace("development", "production")
TABLE = """\
kind: dynamodb
project: shop
owner: checkout
attributes: {id: S}
hash_key: id
"""
SPECS: Mapping[str, str | bytes | None] = {
    "specs/people.yaml": PEOPLE,
    "specs/dev/environment.yaml": ENVIRONMENT,
    "specs/dev/carts.yaml": TABLE,
    "specs/prod/environment.yaml": PRODUCTION,
    "specs/prod/orders.yaml": TABLE,
    "specs/prod/sessions.yaml": TABLE,
}


class Quiet:
    """Hears how a run goes, and says nothing."""

    def begun(self, stack: str, phase: Phase) -> None: ...
    def step(self, stack: str, step: Step) -> None: ...
    def waiting(self, stack: str, reason: str) -> None: ...
    def ended(self, report: Report) -> None: ...


@dataclass
class Engine:
    """What stands in for Pulumi, with its state in memory: it locks, asks for the job anew, and writes records."""

    account: Callable[[], Account]
    stacks: dict[str, LittleEngine] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    meanwhile: Callable[[Job], None] = lambda job: None  # once the lock is held

    def apply(self, session: Session, given: Job, anew: Callable[[Job], Job]) -> Report:
        if given.held:
            return Report(given.stack.id, Phase.APPLY, Outcome(Ending.HELD), spec=given.spec, held=given.held)
        with self._locked(session, given):
            self.meanwhile(given)
            job = anew(given)
            self.jobs[job.stack.id] = job
            if job.held:
                return Report(job.stack.id, Phase.APPLY, Outcome(Ending.HELD), spec=job.spec, held=job.held)
            attempt = Attempted.on(session, job)
            if job.lifecycle.leaving:
                return self._gone(job, attempt)
            engine = self.stacks.setdefault(job.stack.id, LittleEngine(self.account()))
            attempt.ends(record.Outcome.STARTED)
            try:
                done = engine.apply(job.stack)
            except FaultError as error:
                attempt.ends(record.Outcome.FAILED, str(error))
                outcome = Outcome(Ending.FAILED, (Failure(str(error)),))
            else:
                attempt.ends(record.Outcome.APPLIED)
                outcome = Outcome(Ending.APPLIED if done else Ending.UNCHANGED, done=tuple(sorted(done)))
                self.did.append(job.stack.id)
                self.changed += [job.stack.id] if done else []
        return Report(job.stack.id, Phase.APPLY, outcome, spec=job.spec)

    def destroy(self, session: Session, given: Job, phase: Phase, anew: Callable[[Job], Job]) -> Report:
        with self._locked(session, given):
            job = anew(given)
            self.jobs[job.stack.id] = job
            return self._gone(job, Attempted.on(session, job))

    def _gone(self, job: Job, attempt: Attempted) -> Report:
        if job.stack.id in self.stacks:
            engine = self.stacks.pop(job.stack.id)
            if job.lifecycle.leaving and attempt.converged:
                engine.apply(job.lifecycle.leaving.prepared(attempt.converged))
            engine.destroy()
        attempt.ends(record.Outcome.DESTROYED)
        self.did.append(f"-{job.stack.id}")
        return Report(job.stack.id, Phase.APPLY, Outcome(Ending.DESTROYED), spec=job.spec)

    def _locked(self, session: Session, job: Job) -> lock.Lock:
        return lock.acquire(
            session.store(job.target), job.stack.id, "apply", wait=session.wait, on_wait=lambda _: None
        )


@dataclass
class Town:
    """`forge` acts as the jobs do, `clone` is where they run; ada writes, grace reviews and merges."""

    local: LocalForge
    forge: Forge
    clone: Path
    engine: Engine
    environ: dict[str, str]
    said: list[str] = field(default_factory=list)
    runs: int = 0
    opened: int = 0

    @property
    def ada(self) -> Contributor:
        return self.local.contributor("ada")

    @property
    def grace(self) -> Contributor:
        return self.local.contributor("grace")

    @property
    def main(self) -> str:
        return self.local.repository.tip("refs/heads/main") or ""

    @property
    def account(self) -> Account:
        return Account(self.clone / ".dbspec" / "sandbox.db")

    def open(self, changes: Mapping[str, str | bytes | None], title: str = "Change it") -> Pull:
        branch = (
            f"change-{len(self.local.repository.between('refs/heads/main~0', 'refs/heads/main'))}-{title}"
        )
        self.ada.commit(branch.replace(" ", "-"), changes, title)
        return self.ada.open(branch.replace(" ", "-"), title)

    def merge(
        self,
        changes: Mapping[str, str | bytes | None],
        title: str = "Change it",
        method: Method = Method.MERGE,
        approve: bool = True,
    ) -> Pull:
        """Opened by ada, approved and merged by grace."""
        pull = self.open(changes, title)
        if approve:
            self.grace.review(pull.number)
        self.grace.merge(pull.number, method)
        return self.forge.pulls.pull(pull.number)

    def session(self, **said: Any) -> Session:
        found = Found(Path("/nowhere/pulumi"), "3.259.0", Source.PATH, "")
        return Session(found, self.environ, Halt(), Quiet(), lambda: NOW, "1.2.3", **said)

    def apply(
        self,
        *names: str,
        forge: Forge | None = None,
        emergency: str | None = None,
        today: date = TODAY,
        **said: Any,
    ) -> dict[str, Applied]:
        """A run of the job; what came of each environment."""
        self.runs += 1
        order = Order(
            today, names, emergency, 2, Attempt(f"{self.runs}/1", f"https://forge.example/runs/{self.runs}")
        )
        main = Main(self.clone)
        found = run(main, forge or self.forge, self.session(**said), order, self.environ, self.said.append)
        return {each.environment: each for each in found}

    def comments(self, pull: Pull) -> list[Comment]:
        return list(self.forge.pulls.comments(pull.number))

    def told(self, sha: str, forge: Forge | None = None) -> dict[str, str]:
        """How each stack ended, by the checks of a commit."""
        checks = [
            each for each in (forge or self.forge).checks.checks(sha) if each.name.startswith("dbspec/apply")
        ]
        reports = [report for each in checks for report in results.from_data(each.data).reports]
        return {each.stack: each.outcome.ending.value for each in reports}

    def record(self, stack: str) -> record.Applied | None:
        found = record.read(open_store((self.clone / ".dbspec" / "state").as_uri()), stack)
        return found and found[0]


def endings(applied: Applied) -> dict[str, str]:
    """How each stack ended that there is anything to tell of."""
    return {each.stack: each.outcome.ending.value for each in applied.reports}


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the forge and a clone, nothing being applied; tests get copies."""
    folder = tmp_path_factory.mktemp("begun") / "town"
    local = LocalForge.create(folder / "the forge")
    for login in ("dbspec[bot]", "ada", "grace"):
        local.contributor(login)
    local.contributor("ada").commit("main", SPECS, "Begin")
    subprocess.run(["git", "clone", "--quiet", local.url, str(folder / "a clone")], check=True)
    return folder


@pytest.fixture(scope="session")
def applied(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The same with everything applied."""
    with pytest.MonkeyPatch.context() as patched:
        found = _town(begun, tmp_path_factory.mktemp("applied") / "town", patched)
        found.apply()
    found.engine.did.clear()
    found.engine.changed.clear()
    return found


@pytest.fixture
def new_town(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town in which nothing is applied yet."""
    return _town(begun, tmp_path / "town", monkeypatch)


@pytest.fixture
def town(applied: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town in which everything is applied."""
    found = _town(applied.clone.parent, tmp_path / "town", monkeypatch)
    found.runs = applied.runs
    found.engine.stacks = {
        stack: LittleEngine(found.account, {name: replace(kept) for name, kept in each.state.items()})
        for stack, each in applied.engine.stacks.items()
    }
    return found


def _town(begun: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A copy of another, in which an engine stands in for Pulumi."""
    shutil.copytree(begun, folder)
    local, clone = LocalForge.at(folder / "the forge"), folder / "a clone"
    subprocess.run(["git", "-C", str(clone), "remote", "set-url", "origin", local.url], check=True)
    engine = Engine(lambda: Account(clone / ".dbspec" / "sandbox.db"))
    monkeypatch.setattr(job, "apply_stack", engine.apply)
    monkeypatch.setattr(job, "destroy", engine.destroy)
    # Nothing here speaks to an engine: its classes would be imported for nothing.
    monkeypatch.setattr(schedule, "touch", lambda stacks: None)
    monkeypatch.setattr(Session, "simulating", lambda session, targets: nullcontext())
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return Town(local, local.connect("dbspec[bot]"), clone, engine, environ)
