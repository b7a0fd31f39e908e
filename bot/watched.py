"""The desk and the forge with somebody who watches: what is asked and done is written down, and timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.audit import Trail
from bot.chat.card import Card
from bot.forge.forge import Forge, Pulls
from bot.metrics import Metrics
from bot.redactor import Redactor
from bot.requests.desk import Desk
from bot.requests.draft import Draft
from bot.requests.request import Intent, Request, to_data
from bot.requests.transaction import BusyError
from compiler.catalog import Catalog
from compiler.diagnostics import Exit, fail


@dataclass(frozen=True, slots=True)
class WatchedDesk:
    """A desk; what it cannot write down it does not do."""

    desk: Desk
    trail: Trail
    metrics: Metrics
    redactor: Redactor

    def catalog(self) -> Catalog:
        with self.metrics.timed("desk", "catalog"):
            return self.desk.catalog()

    def identify(
        self, action: Intent, target: str, kind: str = "", answers: Mapping[str, Any] | None = None
    ) -> str:
        with self.metrics.timed("desk", "identify"):
            return self.desk.identify(action, target, kind, answers)

    def draft(self, request: Request) -> Draft:
        with self.metrics.timed("desk", "draft"):
            return self.desk.draft(request)

    def submit(self, request: Request) -> bool:
        with self.metrics.timed("desk", "submit"):
            self._write("submit", request.by, request.target, to_data(request))
            return self.desk.submit(request)

    def status(self, target: str, by: str) -> Card:
        with self.metrics.timed("desk", "status"):
            return self.desk.status(target, by)

    def listing(self, environment: str = "") -> Card:
        with self.metrics.timed("desk", "listing"):
            return self.desk.listing(environment)

    def why(self, target: str, by: str) -> Card:
        with self.metrics.timed("desk", "why"):
            return self.desk.why(target, by)

    def cost(self, environment: str = "") -> Card:
        with self.metrics.timed("desk", "cost"):
            return self.desk.cost(environment)

    def press(self, action: str, value: str, by: str) -> Card | None:
        with self.metrics.timed("desk", "press"):
            self._write("press", by, value, {"action": action})
            return self.desk.press(action, value, by)

    def _write(self, event: str, by: str, about: str, data: Mapping[str, Any]) -> None:
        try:
            self.trail.add(event, by, about, self.redactor.clean_data(data))
        except BusyError as error:
            raise fail(
                "desk/audit",
                f"it could not be written down: {error}",
                "try again in a minute",
                exit_code=Exit.ENGINE,
            ) from None


def watched(forge: Forge, trail: Trail, metrics: Metrics) -> Forge:
    """The forge, with what the bot does to pull requests written down after it was done."""
    return Forge(cast("Pulls", _Watched(forge.pulls, trail, metrics)), forge.checks)


@dataclass(frozen=True, slots=True)
class _Watched:
    pulls: Pulls
    trail: Trail
    metrics: Metrics

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.pulls, name)
        return self._timed(name, found) if callable(found) else found

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            with self.metrics.timed("forge", name):
                done = call(*args, **named)
            if name == "open_pull":
                self._write(name, f"#{done.number}", {"branch": done.head_branch, "sha": done.head_sha})
            elif name == "update_pull":
                self._write(name, f"#{done.number}", {"state": done.state.value, "fields": sorted(named)})
            return done

        return timed

    def _write(self, event: str, about: str, data: Mapping[str, Any]) -> None:
        self.trail.add(event, self.pulls.me().login, about, data)
