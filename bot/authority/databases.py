"""What changes in databases, and what of that is more than a change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.authority.need import Need, Right
from bot.permissions import Action, Subject, subject
from compiler import document
from compiler.catalog import Catalog, Database
from compiler.diagnostics import Place


def of_databases(
    base: Catalog, head: Catalog, today: date, touched: Collection[str], counts: Mapping[str, int]
) -> Iterator[Need]:
    """The needs of every database that is new, changed, renamed or gone."""
    former = {
        each.id: each.spec.formerly
        for each in head.databases.values()
        if each.spec.formerly and each.id not in base.databases and each.spec.formerly not in head.databases
    }
    there = base.databases.keys() | {id for id in base.unread if "/" in id}
    for id in sorted(there - head.databases.keys() - set(former.values()) - head.unread):
        path = base.databases[id].path if id in base.databases else None
        yield from _gone(path, subject(id, base, head), counts)
    for id, after in head.databases.items():
        before = base.databases.get(former.get(id, id))
        about = subject(former.get(id, id), base, head, after.spec.owner)
        moved = _Step(base, head, before, after, replace(about, id=id), counts, today)
        if before is None and id not in base.unread:
            yield from moved.new()
        else:
            yield from moved.changed(id in touched)


def _gone(path: str | None, about: Subject, counts: Mapping[str, int]) -> Iterator[Need]:
    count = counts.get(about.environment, 1)
    if count:
        reason = f"{about.id} is taken out of the specs"
        at = Place(path) if path else None
        yield Need("authority/remove", Right((Action.REMOVE,), (about,)), count, reason, at)


class _Step:
    """One database from base to head; `before` is None where it is new, or cannot be read."""

    def __init__(
        self,
        base: Catalog,
        head: Catalog,
        before: Database[Any] | None,
        after: Database[Any],
        about: Subject,
        counts: Mapping[str, int],
        today: date,
    ) -> None:
        self.base = base
        self.head = head
        self.before = before
        self.after = after
        self.about = about
        self.count = counts.get(about.environment, 1)
        self.today = today

    def new(self) -> Iterator[Need]:
        yield from self._need("new", Action.CHANGE, "is new")
        yield from self._waived()

    def changed(self, touched: bool) -> Iterator[Need]:
        before, after = self.before, self.after
        if before is None or touched or self._text(self.base, before) != self._text(self.head, after):
            yield from self._need("change", Action.CHANGE, "is changed")
        if before is not None:
            yield from self._owned(before)
            yield from self._held(before)
        yield from self._leaving()
        yield from self._waived()

    def _owned(self, before: Database[Any]) -> Iterator[Need]:
        old, new = before.spec.owner, self.after.spec.owner
        if old != new:
            yield from self._need("owner", Action.CHANGE, f"goes from team {old} to team {new}", "owner")

    def _held(self, before: Database[Any]) -> Iterator[Need]:
        hold, now = before.spec.hold, self.after.spec.hold
        if hold and hold.until >= self.today and (now is None or now.until < hold.until):
            said = f"would be held no longer until {hold.until} ({hold.reason})"
            yield from self._need("hold", Action.CHANGE, said, "hold")

    def _leaving(self) -> Iterator[Need]:
        said, spec = self.before.spec if self.before else None, self.after.spec
        if spec.decommission and (said is None or said.decommission != spec.decommission):
            end = "without a snapshot" if spec.decommission.final_snapshot is False else "into a snapshot"
            yield from self._need("decommission", Action.REMOVE, f"goes, {end}", "decommission")
        for index, each in enumerate(spec.acknowledge):
            if said is None or each not in said.acknowledge:
                what = f"{each.resource}.{each.property}" if each.property else each.resource
                text = f"may lose data of {what}: {each.data_loss}"
                yield from self._need("acknowledge", Action.REMOVE, text, "acknowledge", index)

    def _waived(self) -> Iterator[Need]:
        environment = self.base.environments.get(self.about.environment)
        known = {key: each.until for key, each in environment.spec.waive.items()} if environment else {}
        for key, each in self.before.spec.waive.items() if self.before else ():
            known[key] = max(each.until, known.get(key, date.min))
        for control, waiver in self.after.spec.waive.items():
            if waiver.until < self.today or waiver.until <= known.get(control, date.min):
                continue
            if document.locate(self.after.node, ("waive", control), key=True).path == self.after.path:
                said = f"waives {control} until {waiver.until} ({waiver.reason})"
                yield from self._need("waive", Action.WAIVE, said, "waive", control)

    def _need(self, rule: str, action: Action, said: str, *route: str | int) -> Iterator[Need]:
        if self.count:
            at = document.locate(self.after.node, route, key=True) if route else Place(self.after.path)
            at = at if at.path in self.head.texts else Place(self.after.path)
            reason = f"{self.after.id} {said}"
            yield Need(f"authority/{rule}", Right((action,), (self.about,)), self.count, reason, at)

    def _text(self, catalog: Catalog, database: Database[Any]) -> tuple[str, bytes]:
        """Where a file lies counts too: what touches it reviews all that is pending for it."""
        return database.path, catalog.texts[database.path]
