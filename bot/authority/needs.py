"""Every approval that a change needs, and those that nobody could give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from bot.authority.databases import of_databases
from bot.authority.environments import of_environments
from bot.authority.grants import of_people
from bot.authority.need import Need, Scope
from compiler.catalog import Catalog
from compiler.diagnostics import Diagnostic, Place, Severity, ordered
from compiler.people import People

# What every change is: reports show it already.
_PLAIN = ("authority/change", "authority/new")


def needs(base: Catalog, head: Catalog, today: date, touched: Collection[str] = ()) -> tuple[Need, ...]:
    """The approvals without which the step from base to head must not be taken, by place.

    `touched` are ids of databases and environments that come out differently though no file of theirs changed: where
    the compiler itself did. Where base and head both ask for no approval there is no need.
    """
    counts = _counts(base, head)
    found = [
        *of_databases(base, head, today, touched, counts),
        *of_environments(base, head, today, touched, counts),
        *of_people(base, head, counts),
    ]
    return tuple(sorted(set(found), key=lambda each: (each.at or Place("", 0, 0), each.rule, each.reason)))


def problems(needs: Iterable[Need], base: People, head: People) -> tuple[Diagnostic, ...]:
    """A warning for whatever a change takes for itself, and an error for what nobody can approve."""
    holders: dict[Scope, int] = {}
    found: list[Diagnostic] = []
    for need in needs:
        scope = need.right.scope
        if scope not in holders:
            holders[scope] = len(need.right.holders(base, head))
        found += _problems(need, holders[scope], base)
    return ordered(found)


def _problems(need: Need, holders: int, base: People) -> Iterator[Diagnostic]:
    words = need.right.words(base, need.count)
    if holders < need.count:
        yield Diagnostic(
            "authority/nobody",
            f"{need.reason}, which needs {words}",
            "let people.yaml grant it to somebody with a GitHub account first, in a change of its own; the very first "
            "grants are merged by an administrator of the repository",
            need.at,
        )
    elif need.rule not in _PLAIN:
        yield Diagnostic(need.rule, need.reason, f"it needs {words}", need.at, severity=Severity.WARNING)


def _counts(base: Catalog, head: Catalog) -> dict[str, int]:
    """How many have to approve, by environment: the more of base and head, one where an environment is unreadable."""
    counts: dict[str, int] = {}
    for catalog in (base, head):
        for name, environment in catalog.environments.items():
            counts[name] = max(counts.get(name, 0), environment.spec.approvers)
        for name in catalog.unread:
            if "/" not in name:
                counts[name] = max(counts.get(name, 0), 1)
    return counts
