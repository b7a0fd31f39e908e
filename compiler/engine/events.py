"""What the engine tells while it works, and the changes that follow from it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pulumi.automation.events import (
    DiagnosticEvent,
    DiffKind,
    EngineEvent,
    OpType,
    StepEventMetadata,
)

from compiler import changes
from compiler.aws import types
from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.progress import Stage, Step
from compiler.route import Route

# How the engine writes a value that is only known later, and one that is secret.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105

_REPLACING = {
    OpType.REPLACE,
    OpType.CREATE_REPLACEMENT,
    OpType.DELETE_REPLACED,
    OpType.IMPORT_REPLACEMENT,
    OpType.REMOVE_PENDING_REPLACE,
}
_REPLACES = {DiffKind.ADD_REPLACE, DiffKind.DELETE_REPLACE, DiffKind.UPDATE_REPLACE}
_OPTIONS = ("protect", "retain_on_delete")

# Not the program's doing: AWS's own view of all tags, and what the provider keeps for itself.
_DERIVED = ("tags_all",)


@dataclass(slots=True)
class Events:
    """Collects what one run of the CLI tells; called by the threads that read it, which must not fail.

    `told` hears of every step that does something.
    """

    told: Callable[[Step], None] = lambda _: None
    steps: list[StepEventMetadata] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    diagnostics: list[DiagnosticEvent] = field(default_factory=list)
    outputs: dict[str, Side] = field(default_factory=dict)
    refreshed: list[StepEventMetadata] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, event: EngineEvent) -> None:
        with self._guard:
            if event.diagnostic_event and event.diagnostic_event.severity in ("warning", "error"):
                self.diagnostics.append(event.diagnostic_event)
            if event.resource_pre_event:
                self.steps.append(event.resource_pre_event.metadata)
            if event.res_outputs_event:
                self._finished(event.res_outputs_event.metadata)
        for stage, one in (
            (Stage.STARTED, event.resource_pre_event),
            (Stage.DONE, event.res_outputs_event),
            (Stage.FAILED, event.res_op_failed_event),
        ):
            if one and _counts(one.metadata):
                meta = one.metadata
                self.told(Step(name_of(meta.urn), type_name(meta.type), meta.op.value, stage))

    @property
    def ids(self) -> dict[str, str]:
        """The id of everything that exists already, by resource."""
        return {name_of(each.urn): each.old.id for each in self.steps if each.old and each.old.id}

    def _finished(self, metadata: StepEventMetadata) -> None:
        if metadata.type == "pulumi:pulumi:Stack" and metadata.new and metadata.new.outputs is not None:
            self.outputs = {name: side(value) for name, value in metadata.new.outputs.items()}
        if metadata.op is OpType.REFRESH:
            self.refreshed.append(metadata)
        if _counts(metadata):
            self.done.add(name_of(metadata.urn))

    def reread(self) -> Iterator[Reread]:
        """What a refresh found of everything that is still there."""
        for each in self.refreshed:
            if each.old and each.new and not each.type.startswith("pulumi:"):
                type = type_name(each.type)
                before, after = (
                    _values(type, state.outputs) | {"id": state.id} for state in (each.old, each.new)
                )
                yield Reread(name_of(each.urn), type, before, after)

    def changes(self, stack: str) -> tuple[Change, ...]:
        """What changes in the stack, one change a resource, in the order of every report."""
        by_urn: dict[str, list[StepEventMetadata]] = defaultdict(list)
        for step in self.steps:
            if not step.type.startswith("pulumi:"):
                by_urn[step.urn].append(step)
        found = (_change(stack, urn, steps) for urn, steps in by_urn.items())
        return changes.ordered([each for each in found if each])


class Reread(NamedTuple):
    """A resource as the state had it and as the account has it: its id and outputs, by our names, Sides among them."""

    resource: str
    type: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def name_of(urn: str) -> str:
    """The name in the graph of what the engine calls so."""
    return urn.rpartition("::")[2]


def type_name(token: str) -> str:
    """Our name of the type that the engine calls so, also where no kind emits it any more."""
    known = types.by_token(token)
    if known:
        return known.name
    package, _, rest = token.partition(":")
    module, _, cls = rest.partition(":")
    service = module.partition("/")[0]
    return f"{package}:{cls}" if service == "index" else f"{package}:{service}:{cls}"


def side(value: Any) -> Side:
    """A value as the engine writes it, in events and states."""
    return _side(_plain(value))


def _counts(step: StepEventMetadata) -> bool:
    return not step.type.startswith("pulumi:") and step.op not in (OpType.SAME, OpType.REFRESH, OpType.READ)


def _change(stack: str, urn: str, steps: list[StepEventMetadata]) -> Change | None:
    op = _op(steps)
    if op is None:
        return None
    type = type_name(steps[0].type)
    # A replacement tells its differences more than once.
    properties = {each.route: each for each in _properties(type, op, steps)}
    return Change(stack, name_of(urn), type, op, tuple(sorted(properties.values(), key=_by_route)))


def _op(steps: list[StepEventMetadata]) -> Op | None:
    ops = {step.op for step in steps}
    if ops & _REPLACING:
        return Op.REPLACE
    if OpType.IMPORT in ops:
        return Op.IMPORT
    if OpType.CREATE in ops:
        return Op.CREATE
    if OpType.DELETE in ops:
        retained = all(step.old and step.old.retain_on_delete for step in steps if step.op is OpType.DELETE)
        return Op.FORGET if retained else Op.DELETE
    if OpType.UPDATE in ops:
        return Op.UPDATE
    return Op.UPDATE if any(_option_changes(steps)) else None


def _properties(type: str, op: Op, steps: list[StepEventMetadata]) -> Iterator[PropertyChange]:
    for step in steps:
        if op is Op.CREATE and step.new:
            for name, value in _values(type, step.new.inputs).items():
                yield PropertyChange((name,), ABSENT, _side(value))
        elif step.op is not OpType.REFRESH:
            yield from _differences(type, step)
    if op is Op.UPDATE:
        yield from _option_changes(steps)


def _differences(type: str, step: StepEventMetadata) -> Iterator[PropertyChange]:
    old, new = step.old, step.new
    if not old or not new:
        return
    outputs, before, after = _values(type, old.outputs), _values(type, old.inputs), _values(type, new.inputs)
    detailed = {path: (diff.diff_kind, diff.input_diff) for path, diff in (step.detailed_diff or {}).items()}
    for path in step.diffs or ():
        if not any(each == path or each.startswith((f"{path}.", f"{path}[")) for each in detailed):
            detailed[path] = (DiffKind.UPDATE, True)
    for path, (kind, of_inputs) in detailed.items():
        route = types.route_from_wire(type, path) if types.by_token(step.type) else (path,)
        if route[0] in _DERIVED or str(route[-1]).startswith("__"):
            continue
        was = ABSENT if kind in (DiffKind.ADD, DiffKind.ADD_REPLACE) else _at(before, route)
        if not of_inputs and was is ABSENT:
            was = _at(outputs, route)
        becomes = ABSENT if kind in (DiffKind.DELETE, DiffKind.DELETE_REPLACE) else _at(after, route)
        if was is ABSENT and becomes is ABSENT:
            continue
        yield PropertyChange(route, was, becomes, kind in _REPLACES)


def _option_changes(steps: list[StepEventMetadata]) -> Iterator[PropertyChange]:
    """A refresh takes over the program's options, so what they were is in the first step, and no step changes them."""
    old, new = steps[0].old, steps[-1].new
    for name in _OPTIONS if old and new else ():
        was, becomes = bool(getattr(old, name)), bool(getattr(new, name))
        if was != becomes:
            yield PropertyChange(("options", name), Side(Known.KNOWN, was), Side(Known.KNOWN, becomes))


def _values(type: str, wire: Mapping[str, Any] | None) -> dict[str, Any]:
    plain = _plain(wire or {})
    return types.from_wire(type, plain) if type in types.known() else plain


def _plain(value: Any) -> Any:
    """A value of an event, Sides in it where it is secret or unknown, without what providers keep for themselves."""
    if isinstance(value, Mapping):
        if _SECRET_MARK in value:
            return SECRET
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return UNKNOWN if value == _UNKNOWN else value


def _at(values: Any, route: Route) -> Side:
    for step in route:
        if isinstance(values, Side):
            return values
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return _side(values)


def _side(value: Any) -> Side:
    """The side that a value is: one that is secret or unknown in part is so as a whole."""
    parts = set(_parts(value))
    if SECRET in parts:
        return SECRET
    if UNKNOWN in parts:
        return UNKNOWN
    return ABSENT if value is None else Side(Known.KNOWN, value)


def _parts(value: Any) -> Iterator[Side]:
    if isinstance(value, Side):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)


def _by_route(each: PropertyChange) -> tuple[str, ...]:
    return tuple(f"{step:>6}" if isinstance(step, int) else step for step in each.route)
