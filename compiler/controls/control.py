"""What a control is: what it wants of a graph, how much it matters in each tier, and the way to meet it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from compiler import graph
from compiler.graph import Ref, Resource, Stack, Value


class Level(StrEnum):
    """What it is not to meet a control."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Fault(NamedTuple):
    """One thing that does not meet a control: `input` is what decides it, `says` goes on after the resource's name.

    `cure` is the line of the spec that meets it, where that is another than the control's.
    """

    resource: Resource
    input: str
    says: str
    cure: str = ""


def together(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """The names of resources by what is said of them."""
    found: dict[str, list[str]] = {}
    for each in faults:
        found.setdefault(each.says, []).append(each.resource.name)
    return found


class Scene:
    """A stack as controls look at it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._of: dict[str, list[Resource]] = {}
        for each in stack.resources:
            self._of.setdefault(each.type, []).append(each)

    def of(self, *types: str) -> list[Resource]:
        """The stack's resources of these types."""
        if len(types) == 1:
            return self._of.get(types[0], [])
        return [each for type_ in types for each in self._of.get(type_, ())]

    def target(self, value: Value) -> Resource | None:
        """The resource of the stack that a value refers to; None where it refers to none."""
        if not isinstance(value, Ref):
            return None
        return next((each for each in self.stack.resources if each.name == value.resource), None)


Judge: TypeAlias = Callable[[Resource, Scene], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Control:
    """One control: `judge` looks at each resource of the types `on`; without any, the control says nothing.

    `title` says what is wanted, `severity` is Security Hub's. `cures` are lines of a spec that meet it, by kind, and
    their keys the ones to blame; `fix` is the way out where there is none. What is not met is an error, but for what
    `tiers` says by tier, with the reason. `final` ones cannot be waived.
    """

    id: str
    title: str
    severity: str
    on: tuple[str, ...]
    judge: Judge
    cures: Mapping[str, str] = field(default_factory=dict)
    fix: str = "take the override out"
    tiers: Mapping[str, tuple[Level, str]] = field(default_factory=dict)
    final: bool = False

    def level(self, tier: str) -> tuple[Level, str]:
        """How much it matters in a tier, and why not more."""
        return self.tiers.get(tier, (Level.ERROR, ""))


def must(input: str, says: str, test: Callable[[Value], bool] = bool) -> Judge:
    """Wants an input to pass a test, being true if nothing else; `{}` in `says` stands for the value."""

    def judge(resource: Resource, scene: Scene) -> Iterator[Fault]:
        del scene
        value = resource.inputs.get(input)
        if not test(value):
            shown = "nothing" if value is None else graph.text(value)
            yield Fault(resource, input, says.replace("{}", shown))

    return judge


def primary(judge: Judge) -> Judge:
    """The same, of instances that replicate no other: a replica has what its primary gives it."""

    def judged(resource: Resource, scene: Scene) -> Iterable[Fault]:
        return () if resource.inputs.get("replicate_source_db") else judge(resource, scene)

    return judged


def at_least(least: int) -> Callable[[Value], bool]:
    """Whether a value is a number no less than that."""
    return lambda value: isinstance(value, int) and value >= least
