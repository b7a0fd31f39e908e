"""What has been done and not told yet, kept beside the state: a forge that is down loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from compiler import readback
from compiler.diagnostics import UserError
from compiler.engine.store import Store
from compiler.report import Ending, Report, to_data

_FORMAT = 1
_DONE = (Ending.APPLIED, Ending.DESTROYED)


class Left(NamedTuple):
    """A report that nobody was told of; `since` is the commit that its stack had converged on before, if any."""

    report: Report
    since: str | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """That of one environment. All methods raise UserError where the store is not to be had."""

    store: Store
    environment: str

    def put(self, report: Report, since: str | None) -> None:
        """Keeps what came of a stack, over what was left of it before, unless that did something and this nothing."""
        before = self._read(self._key(report.stack))
        left = _left(before) if before else None
        if left:
            since = left.since
            if report.outcome.ending is Ending.UNCHANGED and left.report.outcome.ending in _DONE:
                report = left.report
        data = {"report": to_data([report])["reports"][0], "since": since}
        self._write(self._key(report.stack), data)

    def left(self) -> dict[str, Left]:
        """What is left, by stack."""
        found = {}
        for key in self.store.keys(f"untold/{self.environment}."):
            data = self._read(key)
            if data and (left := _left(data)):
                found[left.report.stack] = left
        return found

    def clear(self) -> None:
        """Everything has been told."""
        for key in self.store.keys(f"untold/{self.environment}."):
            self._delete(key)

    @property
    def told(self) -> str | None:
        """The commit of main up to which everything has been told."""
        data = self._read(f"told/{self.environment}.json")
        commit = data.get("commit") if data else None
        return commit if isinstance(commit, str) else None

    def tell(self, commit: str) -> None:
        """Says that everything has been told up to that commit."""
        self._write(f"told/{self.environment}.json", {"commit": commit})

    def declare(self, run: str, issue: Mapping[str, str]) -> None:
        """Keeps what the issue of an emergency says."""
        self._write(f"{self._emergencies}{_plain(run)}.json", {"issue": dict(issue)})

    def declared(self) -> dict[str, Mapping[str, str]]:
        """The issues of emergencies that have not been written as they are now, by name."""
        found = {key: self._read(key) for key in self.store.keys(self._emergencies)}
        return {key: data["issue"] for key, data in found.items() if data}

    def declared_to_all(self, name: str) -> None:
        """That one has been written."""
        self._delete(name)

    @property
    def _emergencies(self) -> str:
        return f"emergencies/{self.environment}."

    def _key(self, stack: str) -> str:
        return f"untold/{stack}.json"

    def _read(self, key: str) -> Mapping[str, Any] | None:
        """What nobody can read any more counts as told: it is only words."""
        found = self.store.read(key)
        try:
            data = json.loads(found[0]) if found else None
        except ValueError:
            return None
        return data if isinstance(data, dict) and data.get("format") == _FORMAT else None

    def _write(self, key: str, data: Mapping[str, Any]) -> None:
        text = json.dumps({"format": _FORMAT, **data}, ensure_ascii=False).encode()
        found = self.store.read(key)
        if found is None:
            self.store.create(key, text)
        else:
            self.store.replace(key, text, found[1])

    def _delete(self, key: str) -> None:
        if found := self.store.read(key):
            self.store.delete(key, found[1])


def _plain(run: str) -> str:
    return "".join(each if each.isalnum() else "-" for each in run)


def _left(data: Mapping[str, Any]) -> Left | None:
    try:
        return Left(readback.report(data["report"]), data["since"])
    except (KeyError, TypeError, ValueError, UserError):
        return None
