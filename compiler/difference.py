"""Two revisions of the specs compared: which stacks differ, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compiler import document, edition, gates
from compiler.catalog import Catalog, Database, Environment
from compiler.causes import Compiled, Written, caused, compiled
from compiler.comparison import compare
from compiler.consequences import Cause, consequences
from compiler.cost import bills
from compiler.diagnostics import Diagnostic, Exit, Place, fail, ordered
from compiler.graph import Stack, value_to_data
from compiler.lifecycle import said
from compiler.lifecycle.naming import renaming
from compiler.lifecycle.said import Lifecycle
from compiler.report import Ending, Failure, Outcome, Phase, Report
from compiler.suggest import closest

BASE, HEAD = "base", "head"


@dataclass(frozen=True, slots=True)
class Difference:
    """A report for each stack that differs, and how many do not; `wrong` is what only compiling shows, by side."""

    reports: tuple[Report, ...]
    unchanged: int
    wrong: Mapping[str, tuple[Diagnostic, ...]]


def difference(
    base: Catalog, head: Catalog, only: Sequence[str] = (), was: Mapping[str, Stack] | None = None
) -> Difference:
    """Compares every environment and database, or those that `only` names: `prod/orders`, or `prod` with all of it.

    What could not be read on one side is reported as that, and all else compared. `was` are the stacks of base as other
    code compiled them: what that alone changes is a difference too. Raises UserError (usage) where neither side has
    what `only` names.
    """
    return _Difference(base, head, _chosen(base, head, only), was).all()


def _chosen(base: Catalog, head: Catalog, only: Sequence[str]) -> Callable[[str], bool]:
    known = {
        each
        for catalog in (base, head)
        for each in (*catalog.environments, *catalog.databases, *catalog.unread)
    }
    for name in only:
        if name not in known:
            near = closest(name, known)
            raise fail(
                "usage/selection",
                f"neither revision has a database or environment {name!r}"
                + (f"; did you mean {near!r}?" if near else ""),
                "write environment/name, or an environment",
                exit_code=Exit.USAGE,
            )
    return lambda id_: not only or id_ in only or id_.partition("/")[0] in only


class _Difference:
    def __init__(
        self,
        base: Catalog,
        head: Catalog,
        chosen: Callable[[str], bool],
        was: Mapping[str, Stack] | None,
    ) -> None:
        self.base = base
        self.head = head
        self.chosen = chosen
        self.was = was
        self.wrong: dict[str, list[Diagnostic]] = {BASE: [], HEAD: []}
        # Environments that say the same on both sides: a database of theirs whose text is the same is the same.
        self.alike = {
            name
            for name, each in base.environments.items()
            if name in head.environments
            and document.plain(each.node) == document.plain(head.environments[name].node)
        }

    def all(self) -> Difference:
        reports: list[Report] = []
        unchanged = 0
        former = self._former()
        for id_ in sorted(filter(self.chosen, self._ids() - set(former.values()))):
            before, after = _written(self.base, former.get(id_, id_)), _written(self.head, id_)
            same = before is not None and after is not None and self._is_same(before, after)
            if same and self.was is None:
                unchanged += 1
                continue
            base, head = self._base(former.get(id_, id_), before, after), self._compiled(HEAD, after)
            unread = [
                side
                for side, catalog, written, found in (
                    (BASE, self.base, before, base),
                    (HEAD, self.head, after, head),
                )
                if found is None and (written is not None or id_ in catalog.unread)
            ]
            report = _uncompared(id_, unread, after or before) if unread else compared(base, head)
            if report and same:
                notes = (*report.outcome.notes, "no line of it changed: what compiles it did")
                report = replace(report, outcome=replace(report.outcome, notes=notes))
            unchanged += report is None
            reports += [report] if report else []
        reports.sort(key=lambda each: each.stack)
        return Difference(
            tuple(reports), unchanged, {side: ordered(found) for side, found in self.wrong.items()}
        )

    def _base(self, id_: str, before: Written | None, after: Written | None) -> Compiled | None:
        """How it stood; what this code cannot read, other code may have compiled all the same."""
        if self.was is None:
            return self._compiled(BASE, before)
        stack, written = self.was.get(_stack_id(id_)), before or after
        return Compiled(written, stack) if stack and written else None

    def _compiled(self, side: str, written: Written | None) -> Compiled | None:
        if written is None:
            return None
        found, wrong = compiled(written)
        self.wrong[side] += wrong
        return None if wrong else found

    def _former(self) -> dict[str, str]:
        """What each database that is renamed was called before."""
        return {
            id_: former
            for id_, each in self.head.databases.items()
            if (former := each.spec.formerly)
            and former in self.base.databases
            and former not in self.head.databases
            and id_ not in self.base.databases
        }

    def _ids(self) -> set[str]:
        return {
            each
            for catalog in (self.base, self.head)
            for each in (*catalog.environments, *catalog.databases, *catalog.unread)
        }

    def _is_same(self, before: Written, after: Written) -> bool:
        if isinstance(before, Environment) or isinstance(after, Environment):
            return before.name in self.alike
        same = self.base.texts[before.path] == self.head.texts[after.path]
        return same and before.environment.name in self.alike


def _uncompared(id_: str, unread: Sequence[str], there: Written | None) -> Report:
    what = f"what {' and '.join(unread)} {'say' if len(unread) > 1 else 'says'} of it is wrong"
    outcome = Outcome(Ending.UNCOMPARED, (Failure(what),))
    return Report(_stack_id(id_), Phase.DIFF, outcome, spec=Place(there.path) if there else None)


def _written(catalog: Catalog, id_: str) -> Written | None:
    return catalog.databases.get(id_) or catalog.environments.get(id_)


def _stack_id(id_: str) -> str:
    environment, _, name = id_.partition("/")
    return f"{environment}.{name or 'environment'}"


def compared(base: Compiled | None, head: Compiled | None) -> Report | None:
    """The report on one stack, of which one side at least is there; None where nothing differs."""
    there = head or base
    assert there is not None
    old, new = (each.stack if each else None for each in (base, head))
    written, before = (said.of(each.written) if each else Lifecycle() for each in (head, base))
    changes = compare(old, new)
    # What goes by being decommissioned goes without its protection, and into a snapshot.
    known = written.leaving.prepared(old) if written.leaving and old else old
    effects = consequences(changes, known, new)
    if head and written.leaving:
        at = document.locate(there.written.node, ("decommission",), key=True)
        effects = tuple(replace(each, causes=(Cause("decommission", at),)) for each in effects)
    else:
        effects = caused(effects, base, head)
    outputs = tuple(_outputs(old, new)) if old and new else ()
    if old and new and not changes and not effects and not outputs:
        return None
    place = Place(there.written.path)
    ending = Ending.CHANGES if old and new else Ending.ADDED if new else Ending.REMOVED
    # Whoever lowers a tier gains nothing by it in the same change.
    tier = edition.stricter(*(_tier(each.written) for each in (base, head) if each))
    verdict = gates.judge(
        there.stack.id,
        effects,
        tier,
        place,
        written,
        before.entries,
        renaming=renaming(old, new),
        changes=changes,
    )
    refusals, notes = verdict.refusals, (*verdict.notes, *outputs)
    if head is None and isinstance(there.written, Database) and not before.leaving:
        refusals = gates.vanished(there.stack.id, tier, place)
        if not refusals:
            notes = (*notes, f"nothing destroys it unasked: `dbspec destroy {there.written.id}` does")
    if base and head and base.stack.id != head.stack.id:
        notes = (f"renamed from {base.stack.id}", *notes)
    if head and before.leaving and not written.leaving:
        refusals = gates.empty(there.stack.id, tier, place, written)
    return Report(
        there.stack.id,
        Phase.DIFF,
        Outcome(ending, notes=notes),
        changes,
        effects=effects,
        cost=bills.change(base, head),
        refusals=refusals,
        spec=place,
        overridden=new.overridden if new else {},
        acknowledged=verdict.acknowledged,
    )


def _tier(written: Written) -> str:
    return (written if isinstance(written, Environment) else written.environment).spec.tier


def _outputs(old: Stack, new: Stack) -> Iterator[str]:
    """What the stack tells others, where that differs: no resource need change for it."""
    before, after = _plain(old), _plain(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"the output {name} goes"
        elif before.get(name) != after[name]:
            yield f"the output {name} {'changes' if name in before else 'comes'}"


def _plain(stack: Stack) -> Mapping[str, Any]:
    return {name: value_to_data(value) for name, value in stack.outputs.items()}
