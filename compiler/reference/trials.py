"""What a change of each key does: found by changing it alone in golden cases, and comparing what they compile to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler import catalog, document, schemas
from compiler.causes import compiled
from compiler.comparison import compare
from compiler.consequences import consequences
from compiler.edition import TIERS
from compiler.effects import Effect, gravity
from compiler.graph import Stack
from compiler.reference.keys import ANY_ITEM, ANY_NAME, Key
from compiler.source import File

# How many cases a key is changed in, how many values it is given in each, and how many effects are told.
_CASES, _VALUES, _TOLD = 3, 4, 3

_PEOPLE = b"teams: {checkout: {}}"
_ENVIRONMENT: Mapping[str, Any] = {
    "edition": "2026.11",
    "region": "ap-northeast-2",
    "target": "sandbox",
    "clients": {
        "checkout-api": {"security_group": "sg-0a1b2c3d"},
        "back-office": {"cidr": "10.20.0.0/16"},
        "reports": {"cidr": "10.30.0.0/16"},
    },
    "regions": {
        "us-west-2": {
            "vpc_id": "vpc-0e15e34e",
            "private_subnet_ids": ["subnet-0e15e34a", "subnet-0e15e34b"],
            "clients": {"checkout-api": {"security_group": "sg-0e15e34e"}},
        }
    },
}


@dataclass(frozen=True, slots=True)
class Case:
    """A golden case as a document, and the tier that it is compiled in."""

    tier: str
    document: Mapping[str, Any]


def cases(folder: Path, name: str) -> list[Case]:
    """The golden cases of a kind, or of `environment`: files named `<tier>-<words>.yaml`."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        read = document.plain(document.read(path.name, path.read_bytes()))
        tier = path.stem.split("-")[0]
        if tier in TIERS and (name == schemas.ENVIRONMENT or read.get("kind") == name):
            found.append(Case(tier, read))
    return found


def effects(name: str, keys: tuple[Key, ...], cases: list[Case]) -> Mapping[str, tuple[Effect, ...]]:
    """The effects that changing each key has in some case, the worst first, by the key's text."""
    trial = _Trial(name)
    found: dict[str, tuple[Effect, ...]] = {}
    for key in keys:
        given = key.section and any(each is not None for each in key.defaults.values())
        if given or key.steps[0] in ("kind", "defaults", "extends"):
            continue  # what a section has by default, its keys say
        seen: dict[tuple[str, str], Effect] = {}
        for effect in trial.of(key, cases):
            seen.setdefault((effect.says, effect.duration), effect)
        told = sorted(seen.values(), key=lambda each: (gravity(each), each.says))
        found[key.text] = tuple(told[:_TOLD])
    return found


class _Trial:
    def __init__(self, name: str) -> None:
        self.name = name
        self.stacks: dict[tuple[str, bytes], Stack | None] = {}

    def of(self, key: Key, cases: list[Case]) -> Iterator[Effect]:
        tried = 0
        for case in sorted(cases, key=lambda each: not list(_written(each.document, key.steps))):
            if tried == _CASES:
                return
            before = self.stack(case)
            here = []
            for changed in _changed(case, key):
                after = self.stack(Case(case.tier, changed))
                if before is None or after is None or before == after:
                    continue
                here += [(before, after), (after, before)]
                if len(here) == 2 * _VALUES:
                    break
            tried += bool(here)
            for base, head in here:
                for each in consequences(compare(base, head), base, head):
                    yield each.effect

    def stack(self, case: Case) -> Stack | None:
        """What a case compiles to; None where something is wrong with it."""
        environment = self.name == schemas.ENVIRONMENT
        text = _dumped(case.document)
        files = {
            "people.yaml": _PEOPLE,
            "prod/environment.yaml": text if environment else _dumped({"tier": case.tier, **_ENVIRONMENT}),
        }
        if not environment:
            files["prod/orders.yaml"] = text
        key = (case.tier, text)
        if key not in self.stacks:
            found = catalog.load(_Memory(files))
            written = found.environments.get("prod") if environment else found.databases.get("prod/orders")
            self.stacks[key] = compiled(written)[0].stack if written else None
        return self.stacks[key]


@dataclass(frozen=True, slots=True)
class _Memory:
    """A specs folder that is on no disk."""

    contents: Mapping[str, bytes]
    name: str = "specs"

    def files(self) -> Iterator[File]:
        for path in sorted(self.contents):
            yield File(path, f"specs/{path}", self.contents[path])


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()  # which YAML 1.2 reads too


def _changed(case: Case, key: Key) -> Iterator[Mapping[str, Any]]:
    """The document with other values of the key: wherever it is written, else where it can be."""
    routes = list(_written(case.document, key.steps))
    if not routes and not {ANY_NAME, ANY_ITEM} & set(key.steps):
        routes = [key.steps]
    for route in routes:
        now = _at(case.document, route)
        if now is None:
            now = key.defaults.get(case.tier)
        else:
            yield _with(case.document, route, None)
        for value in _others(key, now):
            if value != now:
                yield _with(case.document, route, value)
        if isinstance(now, str):
            # What other keys of the document name too.
            yield _renamed(case.document, now)


def _others(key: Key, now: Any) -> Iterator[Any]:
    if isinstance(now, bool) or "true or false" in key.type:
        yield not now
    elif isinstance(now, int):
        yield from (now + 1, now * 2, now // 2)
    if isinstance(now, str):
        yield f"{now}2"
    if isinstance(now, Mapping):
        for name in now:
            yield from ({**now, name: choice} for choice in _choices(key))
    if isinstance(now, list):
        yield now[:-1]
    yield from _choices(key)
    yield from key.examples
    for rule in key.must:
        yield from (int(word) for word in rule.split() if word.isdigit())


def _choices(key: Key) -> list[str]:
    return re.findall(r"`([^`]*)`", key.type)


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {_renamed(key, name): _renamed(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, name) for each in value]
    return f"{name}2" if value == name else value


def _written(value: Any, steps: tuple[str, ...], above: tuple[str | int, ...] = ()) -> Iterator[Any]:
    """The routes at which a document has a key."""
    if not steps:
        yield above
        return
    step, rest = steps[0], steps[1:]
    if step == ANY_ITEM and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _written(each, rest, (*above, index))
    elif step == ANY_NAME and isinstance(value, Mapping):
        for name, each in value.items():
            yield from _written(each, rest, (*above, name))
    elif isinstance(value, Mapping) and step in value:
        yield from _written(value[step], rest, (*above, step))


def _at(value: Any, route: tuple[str | int, ...]) -> Any:
    for step in route:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            return None
    return value


def _with(value: Any, route: tuple[str | int, ...], new: Any) -> Any:
    """The value with another at a route of it; without any where that is None."""
    if not route:
        return new
    step, rest = route[0], route[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _with(value[step], rest, new), *value[step + 1 :]]
    inside = dict(value) if isinstance(value, Mapping) else {}
    inside[step] = _with(inside.get(step), rest, new)
    return {key: each for key, each in inside.items() if each is not None}
