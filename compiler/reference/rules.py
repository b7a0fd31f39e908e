"""The rules that a file is held to, each by a case that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler import document, schemas
from compiler.diagnostics import UserError
from compiler.document import Node
from compiler.reference.keys import ANY_ITEM, ANY_NAME, Key, Steps

# Where cases lie below tests/wrong, and the file that each stands in for.
_STANDS_FOR = {
    "specs": "specs/prod/orders.yaml",
    "environments": "specs/prod/environment.yaml",
    "people": "specs/people.yaml",
}
_PROBLEM = re.compile(r"(?P<path>\S+?):(?P<line>\d+):(?P<column>\d+): \w+: (?P<message>.*) \[(?P<rule>\S+)\]")
_NOTE = re.compile(r"  (?P<path>\S+?):(?P<line>\d+):(?P<column>\d+): note: ")
_FIX = "  fix: "
# Rules of every file: YAML itself, and what the table of keys says already.
_OF_EVERY_FILE = re.compile(r"(document|source)/|spec/(unknown-key|missing-key|wrong-|out-of-range)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by one case: what is said there, the way out, and the keys that it speaks of in any case."""

    id: str
    message: str
    fix: str
    keys: tuple[Steps, ...]


def rules(folder: Path, name: str, keys: tuple[Key, ...]) -> tuple[Rule, ...]:
    """The rules of a kind, of `environment` or of `people`, from the cases below `folder` and what is said of them."""
    found: dict[str, Rule] = {}
    known = {each.steps for each in keys}
    for case, node in _cases(folder, name):
        shown = _STANDS_FOR[case.parent.name]
        for rule in _said(case.with_suffix(".txt").read_text(encoding="utf-8"), shown, _places(node), known):
            if not _OF_EVERY_FILE.match(rule.id):
                first = found.setdefault(rule.id, rule)
                every = tuple(dict.fromkeys((*first.keys, *rule.keys)))
                found[rule.id] = Rule(rule.id, first.message, first.fix, every)
    return tuple(found[each] for each in sorted(found))


def _cases(folder: Path, name: str) -> Iterator[tuple[Path, Node]]:
    below = {schemas.ENVIRONMENT: "environments", schemas.PEOPLE: "people"}.get(name, "specs")
    for case in sorted((folder / below).glob("*.yaml")):
        try:
            node = document.read(case.name, case.read_bytes())
        except UserError:
            continue
        if below != "specs" or document.plain(node).get("kind") == name:
            yield case, node


def _said(
    text: str, shown: str, places: Mapping[tuple[int, int], Steps], known: set[Steps]
) -> Iterator[Rule]:
    rule: Rule | None = None
    for line in text.splitlines():
        if problem := _PROBLEM.fullmatch(line):
            if rule:
                yield rule
            rule = None
            if problem["path"] == shown:
                rule = Rule(problem["rule"], problem["message"], "", _keys(problem, places, known))
        elif rule and line.startswith(_FIX):
            rule = Rule(rule.id, rule.message, line.removeprefix(_FIX), rule.keys)
        elif rule and (note := _NOTE.match(line)) and note["path"] == shown:
            rule = Rule(rule.id, rule.message, rule.fix, (*rule.keys, *_keys(note, places, known)))
    if rule:
        yield rule


def _keys(
    match: re.Match[str], places: Mapping[tuple[int, int], Steps], known: set[Steps]
) -> tuple[Steps, ...]:
    """The key at a place, or what is nearest above it that there is a key for."""
    steps: Steps = ()
    above = {each[:end] for each in known for end in range(1, len(each) + 1)}
    for step in places.get((int(match["line"]), int(match["column"])), ()):
        steps = (*steps, step if (*steps, step) in above else ANY_NAME)
    while steps and steps not in known:
        steps = steps[:-1]
    return (steps,) if steps else ()


def _places(node: Node, above: Steps = ()) -> dict[tuple[int, int], Steps]:
    """The steps to whatever stands at a line and column, free names and items as pages write them."""
    found = {(node.at.line, node.at.column): above}
    if isinstance(node.value, dict):
        for name, each in node.value.items():
            place = node.keys[name]
            found |= _places(each, (*above, name))
            found[place.line, place.column] = (*above, name)
    elif isinstance(node.value, list):
        for each in node.value:
            found |= _places(each, (*above, ANY_ITEM))
    return found
