"""What others built, as one typed result, whoever knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from compiler import route
from compiler.diagnostics import Diagnostic, Place, UserError
from compiler.graph import Shared
from compiler.suggest import closest


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that its source calls sensitive: nothing that prints it shows it."""

    value: Any = field(repr=False)


Plain: TypeAlias = Any  # JSON data


@dataclass(frozen=True, slots=True)
class SharedNetwork:
    """`origin` says in words where it comes from, `at` which line of environment.yaml names that place.

    `security_group_ids` is by name where its source has names, else a list. `other` has every output by the
    source's own name. `withheld` names the outputs that exist and that the source does not tell.
    """

    vpc_id: str | Secret
    private_subnet_ids: Sequence[str] | Secret
    security_group_ids: Mapping[str, str] | Sequence[str] | Secret | None
    alert_topic_arn: str | Secret | None
    kms_key_arn: str | Secret | None
    other: Mapping[str, Plain | Secret]
    origin: str
    at: Place | None = None
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a source has, by its own names; `withheld` are those that it does not tell."""

    origin: str
    values: Mapping[str, Plain | Secret]
    withheld: frozenset[str] = frozenset()


def network(outputs: Outputs, names: Mapping[str, str], at: Place | None) -> SharedNetwork:
    """The network that these outputs describe; `names` maps our names to the source's.

    Raises UserError with everything that is missing or is not what it should be.
    """
    problems: list[Diagnostic] = []
    found: dict[str, Any] = {}
    for name, (required, check) in _KNOWN.items():
        theirs = names.get(name, name)
        if theirs in outputs.values and outputs.values[theirs] is not None:
            found[name] = outputs.values[theirs]
            if complaint := check(_bare(found[name])):
                problems.append(_wrong(outputs.origin, theirs, complaint, name, at))
        elif required or name in names:
            problems.append(_missing(outputs, theirs, name, at))
    renamed = {name: theirs for name, theirs in names.items() if name not in _KNOWN}
    for name, theirs in renamed.items():
        if theirs not in outputs.values:
            problems.append(_missing(outputs, theirs, name, at))
    if problems:
        raise UserError(*problems)
    return SharedNetwork(
        vpc_id=found["vpc_id"],
        private_subnet_ids=found["private_subnet_ids"],
        security_group_ids=found.get("security_group_ids"),
        alert_topic_arn=found.get("alert_topic_arn"),
        kms_key_arn=found.get("kms_key_arn"),
        other={**outputs.values, **{name: outputs.values[theirs] for name, theirs in renamed.items()}},
        origin=outputs.origin,
        at=at,
        withheld=outputs.withheld,
    )


def value_of(network: SharedNetwork, shared: Shared) -> Plain | Secret:
    """What a reference of the graph stands for; a part of a secret is secret.

    Raises UserError where the source has no such output, does not tell it, or it has no such part.
    """
    value = getattr(network, shared.name) if shared.name in _KNOWN else network.other.get(shared.name)
    if value is None:
        outputs = Outputs(network.origin, network.other, network.withheld)
        raise UserError(_missing(outputs, shared.name, shared.name, network.at))
    part = _bare(value)
    for step in route.parse(shared.path):
        try:
            part = part[step]
        except (LookupError, TypeError):
            what = f"has no part {shared.path}"
            raise UserError(_wrong(network.origin, shared.name, what, shared.name, network.at)) from None
    return Secret(part) if isinstance(value, Secret) else part


def _bare(value: Plain | Secret) -> Plain:
    return value.value if isinstance(value, Secret) else value


def _missing(outputs: Outputs, theirs: str, ours: str, at: Place | None) -> Diagnostic:
    if theirs in outputs.withheld:
        return Diagnostic(
            "shared/secret",
            f"{outputs.origin} keeps its output {theirs!r} secret",
            "let it export that in clear: an id is no secret",
            at,
        )
    near = closest(theirs, outputs.values)
    has = ", ".join(sorted(outputs.values)) or "none at all"
    return Diagnostic(
        "shared/missing",
        f"{outputs.origin} has no output {theirs!r}" + (f"; did you mean {near!r}?" if near else ""),
        f"export it there, or map one of its outputs with `names: {{{ours}: ...}}` (it has {has})",
        at,
    )


def _wrong(origin: str, theirs: str, complaint: str, ours: str, at: Place | None) -> Diagnostic:
    fix = f"export what it should be, or map another output with `names: {{{ours}: ...}}`"
    return Diagnostic("shared/value", f"output {theirs!r} of {origin} {complaint}", fix, at)


# What a check complains of may be read by everybody: it never quotes a value.


def _text(start: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if isinstance(value, str) and value.startswith(start) and len(value) > len(start):
            return ""
        return f"should be text that starts with {start}" + _but(value)

    return check


def _texts(start: str, least: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, list):
            return f"should be a list of texts that start with {start}" + _but(value)
        if not all(isinstance(each, str) and each.startswith(start) for each in value):
            return f"should be a list of texts that start with {start}, and not all do"
        if len(set(value)) < least:
            return f"should have at least {least} entries, and has {len(set(value))}"
        return ""

    return check


def _groups(value: Any) -> str:
    each: Iterable[Any] = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list):
        return _texts("sg-", 0)(list(each))
    return "should be a list or mapping of texts that start with sg-" + _but(value)


def _but(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    if isinstance(value, str):
        return ", and is other text"
    return f", and is {names.get(type(value), 'an object')}"


_KNOWN: Mapping[str, tuple[bool, Callable[[Any], str]]] = {
    "vpc_id": (True, _text("vpc-")),
    "private_subnet_ids": (True, _texts("subnet-", 2)),
    "security_group_ids": (False, _groups),
    "alert_topic_arn": (False, _text("arn:")),
    "kms_key_arn": (False, _text("arn:")),
}
