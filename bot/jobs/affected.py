"""Which stacks a pull request is about, and how they are shared out among jobs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.jobs.graphs import Graphs, compiled
from bot.jobs.preview import Sides
from compiler import graph
from compiler.catalog import Environment
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.difference import difference
from compiler.parts import names
from compiler.report import Ending

MOST_JOBS = 256
"""Of one matrix, says GitHub."""

_ASKED = (Ending.CHANGES, Ending.ADDED)


@dataclass(frozen=True, slots=True)
class Shard:
    """The `index`th of `of` parts, from 1, of what is asked about an environment; of all of it where that is empty."""

    environment: str
    index: int
    of: int

    @property
    def name(self) -> str:
        """What tells its result from that of another."""
        return "-".join(
            filter(None, ("account" if self.environment else "sandbox", self.environment, str(self.index)))
        )

    def part(self, stacks: Collection[str]) -> list[str]:
        """What this one asks about, of all stacks."""
        own = [
            each for each in sorted(stacks) if not self.environment or _environment(each) == self.environment
        ]
        return own[self.index - 1 :: self.of]

    def data(self, environments: Mapping[str, Environment]) -> dict[str, Any]:
        """What its job is told, as an entry of a matrix."""
        told = {"shard": f"{self.index}/{self.of}", "name": self.name}
        if not self.environment:
            return told
        spec = environments[self.environment].spec
        assert spec.target is not None
        return told | {
            "environment": self.environment,
            "region": spec.region,
            "role": spec.target.preview_role,
        }


def affected(found: Sides, head: Graphs | None = None) -> frozenset[str]:
    """The stacks by id that merging would change or add, and those whose file it touches.

    `head` are its stacks as its own code compiles them, where that is another than this one. What goes is not among
    them: nothing destroys it.
    """
    touched = {names.stack_id(each) for each in found.head.databases.values() if _touched(found, each.path)}
    touched |= {
        names.environment_stack_id(each)
        for each in found.head.environments.values()
        if _touched(found, each.path)
    }
    if head is None:
        reports = difference(found.base, found.head, was=found.graphs).reports
        return frozenset(touched | {each.stack for each in reports if each.outcome.ending in _ASKED})
    before = {stack: graph.digest(each) for stack, each in compiled(found.base, "").stacks.items()}
    differing = {stack for stack, each in head.stacks.items() if graph.digest(each) != before.get(stack)}
    return frozenset((touched | differing) & head.stacks.keys())


def rehearsals(stacks: Collection[str], most: int) -> list[Shard]:
    """Everything on the sandbox, about `most` a job."""
    of = min(MOST_JOBS, -(-len(stacks) // most))
    return [Shard("", index, of) for index in range(1, of + 1)]


def previews(found: Sides, stacks: Collection[str], most: int) -> list[Shard]:
    """Every environment that has an account, as main says it, about `most` a job and never more jobs than may be."""
    accounts = _accounts(found)
    counts = {name: sum(_environment(each) == name for each in stacks) for name in sorted(accounts)}
    counts = {name: count for name, count in counts.items() if count}
    while sum(-(-count // most) for count in counts.values()) > MOST_JOBS:
        most *= 2
    parts = {name: -(-count // most) for name, count in counts.items()}
    return [Shard(name, index, of) for name, of in parts.items() for index in range(1, of + 1)]


def unasked(found: Sides, stacks: Collection[str]) -> Iterator[Diagnostic]:
    """Why no account is asked about an environment that has one: whoever writes a target must not choose whose."""
    known = _accounts(found)
    for name, each in found.head.environments.items():
        if each.spec.target and name not in known and any(_environment(stack) == name for stack in stacks):
            yield Diagnostic(
                "preview/target",
                f"{name} gets its account, roles or state here, so its account is asked only once this is merged",
                at=Place(each.path),
                severity=Severity.NOTE,
            )


def _accounts(found: Sides) -> Mapping[str, Environment]:
    """The environments that are in an account and stay there."""
    return {
        name: each
        for name, each in found.head.environments.items()
        if each.spec.target is not None
        and (before := found.base.environments.get(name))
        and (before.spec.target, before.spec.state) == (each.spec.target, each.spec.state)
    }


def _touched(found: Sides, path: str) -> bool:
    return found.base.texts.get(path) != found.head.texts[path]


def _environment(stack: str) -> str:
    return stack.partition(".")[0]
