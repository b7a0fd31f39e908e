"""A desk that compiles for real and only notes what it was asked to carry out."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.chat.card import Card
from bot.requests.draft import Draft, Main, draft
from bot.requests.office import Files
from bot.requests.request import Intent, Request, derived
from compiler.catalog import Catalog
from compiler.catalog.loading import load
from compiler.diagnostics import Exit, fail
from compiler.source import WorkTree

SPECS = Path(__file__).parents[2] / "specs"
TODAY = date(2026, 11, 23)


USERS = "users: {ada: {slack: U0ADA}, grace: {slack: U0GRACE}}\n"


def main() -> Main:
    """The shipped specs, with two people."""
    files = [
        replace(each, data=each.data + USERS.encode()) if each.path == "people.yaml" else each
        for each in WorkTree(SPECS).files()
    ]
    folder = SPECS.as_posix()
    return Main("a" * 40, folder, files, load(Files(folder, files)).checked())


@dataclass
class NotingDesk:
    """`slow` is how long it takes to compile, in seconds; `broken` what is raised instead of writing anything down."""

    main: Main
    slow: float = 0
    broken: Exception | None = None
    taken: dict[str, Request] = field(default_factory=dict)
    submitted: int = 0
    pressed: list[tuple[str, str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        self.slow, self.broken, self.submitted = 0, None, 0
        self.taken.clear()
        self.pressed.clear()

    def catalog(self) -> Catalog:
        time.sleep(self.slow)
        return self.main.catalog

    def identify(
        self, action: Intent, target: str, kind: str = "", answers: Mapping[str, Any] | None = None
    ) -> str:
        return derived(action, target, kind, answers or {}, "", 0)

    def draft(self, request: Request) -> Draft:
        time.sleep(self.slow)
        return draft(request, self.main, TODAY)

    def submit(self, request: Request) -> bool:
        if self.broken:
            raise self.broken
        with self._lock:
            self.submitted += 1
            new = request.id not in self.taken
            self.taken.setdefault(request.id, request)
            return new

    def status(self, target: str, by: str) -> Card:
        time.sleep(self.slow)
        return Card(text=f"{target} stands", title=target, lines=((f"asked by {by}",),))

    def listing(self, environment: str = "") -> Card:
        names = [each for each in self.main.catalog.databases if each.startswith(environment)]
        return Card(text="all", title="Databases", lines=tuple((each,) for each in names))

    def why(self, target: str, by: str) -> Card:
        return Card(text="why", title=f"why {target}")

    def cost(self, environment: str = "") -> Card:
        return Card(text="cost", title=f"cost {environment}")

    def press(self, action: str, value: str, by: str) -> Card | None:
        if by != "U0ADA":
            raise fail(
                "permission/retry",
                "nobody granted you retry",
                "ask the team platform",
                exit_code=Exit.REFUSED,
            )
        with self._lock:
            self.pressed.append((action, value, by))
        return Card(text="over", title="That request has ended") if value == "ended" else None
