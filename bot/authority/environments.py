"""What changes in environments, and what of that is more than a change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from bot.authority.need import Need, Right
from bot.permissions import Action, Subject
from compiler import document, edition
from compiler.catalog import Catalog, Environment
from compiler.diagnostics import Place
from compiler.limits import Limits
from compiler.route import Route


def of_environments(
    base: Catalog, head: Catalog, today: date, touched: Collection[str], counts: Mapping[str, int]
) -> Iterator[Need]:
    """The needs of every environment that is new, changed or gone."""
    for name, before in base.environments.items():
        if name not in head.environments and name not in head.unread and counts[name]:
            about = Right((Action.REMOVE,), (Subject(name, True),))
            reason = f"environment {name} is taken out of the specs"
            yield Need("authority/remove", about, counts[name], reason, Place(before.path))
    for name, after in head.environments.items():
        if counts[name]:
            step = _Step(base.environments.get(name), after, counts[name], today)
            yield from step.needs(name in touched or step.differs(base, head), name in base.unread)


class _Step:
    """One environment from base to head; `before` is None where it is new, or cannot be read."""

    def __init__(self, before: Environment | None, after: Environment, count: int, today: date) -> None:
        self.before = before
        self.after = after
        self.count = count
        self.today = today

    def differs(self, base: Catalog, head: Catalog) -> bool:
        """Whether its file, or anything that it extends, says something else."""
        before, after = self.before, self.after
        if before is None or base.texts[before.path] != head.texts[after.path]:
            return True
        return bool(document.plain(before.node) != document.plain(after.node))

    def needs(self, differs: bool, unread: bool) -> Iterator[Need]:
        before, after = self.before, self.after
        if before is None and not unread:
            yield self._need("new", f"{after.name} is a new environment")
        elif differs:
            yield self._need("change", f"environment {after.name} is changed")
        if before is not None and differs:
            yield from self._taken(before)
        yield from self._waived()

    def _taken(self, before: Environment) -> Iterator[Need]:
        old, new, name = before.spec, self.after.spec, self.after.name
        if edition.TIERS.index(new.tier) < edition.TIERS.index(old.tier):
            said = (
                f"{name} goes from tier {old.tier} to {new.tier}: this change is still judged by {old.tier}"
            )
            yield self._need("tier", said, "tier")
        if old.target != new.target:
            said = (
                f"{name} goes from {_account(before)} to {_account(self.after)}: all of it is made anew there"
            )
            yield self._need("target", said, "target")
        if old.state != new.state:
            yield self._need("state", f"the state of {name} is looked for elsewhere", "state")
        if new.approvers < old.approvers:
            said = f"{name} would ask for {_number(new.approvers)} instead of {_number(old.approvers)}"
            yield self._need("approvals", said, "approvals")
        if old.hold and old.hold.until >= self.today and (not new.hold or new.hold.until < old.hold.until):
            said = f"{name} would be held no longer until {old.hold.until} ({old.hold.reason})"
            yield self._need("hold", said, "hold")
        for control in sorted(set(old.require) - set(new.require)):
            said = f"{name} would require {control} no longer"
            yield self._need("require", said, "require", action=Action.WAIVE)
        for key in _loosened(old.limits, new.limits):
            yield self._need("limits", f"{name} would limit {key} less than before", "limits", key)

    def _waived(self) -> Iterator[Need]:
        known = self.before.spec.waive if self.before else {}
        for control, waiver in self.after.spec.waive.items():
            if waiver.until < self.today or (control in known and waiver.until <= known[control].until):
                continue
            said = f"{self.after.name} waives {control} until {waiver.until} ({waiver.reason})"
            yield self._need("waive", said, "waive", control, action=Action.WAIVE)
        for kind, defaults in self.after.spec.defaults.items():
            there = _waived(self.before.spec.defaults.get(kind, {})) if self.before else {}
            for control, said_of_it in _waived(defaults).items():
                if said_of_it != there.get(control):
                    said = f"{self.after.name} waives {control} for every {kind}"
                    route = ("defaults", kind, "waive", control)
                    yield self._need("waive", said, *route, action=Action.WAIVE)

    def _need(self, rule: str, reason: str, *route: str, action: Action = Action.CHANGE) -> Need:
        at = _place(self.after, route)
        right = Right((action,), (Subject(self.after.name, True),))
        return Need(f"authority/{rule}", right, self.count, reason, at)


def _place(environment: Environment, route: Route) -> Place:
    at = document.locate(environment.node, route, key=True) if route else Place(environment.path)
    return Place(environment.path) if edition.holds(at) else at


def _account(environment: Environment) -> str:
    return "the sandbox" if environment.spec.simulated else f"account {environment.spec.account}"


def _number(count: int) -> str:
    return {0: "no approval", 1: "one approval"}.get(count, f"{count} approvals")


def _waived(defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = defaults.get("waive") or {}
    return found


def _loosened(old: Limits, new: Limits) -> Iterator[str]:
    """The limits that let more through than before."""
    for key in Limits.model_fields:
        was, now = getattr(old, key), getattr(new, key)
        if was is None or was == now:
            continue
        if (
            now is None
            or (isinstance(was, list) and set(now) - set(was))
            or (not isinstance(was, list) and now > was)
        ):
            yield key
