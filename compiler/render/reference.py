"""The reference of a kind, of environment.yaml or of people.yaml, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.edition import EDITIONS, TIERS
from compiler.effects import Effect
from compiler.reference.keys import Key, text
from compiler.reference.rules import Rule
from compiler.render import wording


def page(
    about: str,
    keys: tuple[Key, ...],
    rules: tuple[Rule, ...],
    effects: Mapping[str, tuple[Effect, ...]],
) -> str:
    """One page: every key at a glance, then each with all that is known of it, then the rules."""
    return "\n".join(_lines(about, keys, rules, effects)) + "\n"


def variables(tables: Mapping[str, Mapping[str, str]]) -> str:
    """What variables of the Terraform collection are called now: a table each, by what it is of."""
    lines = [
        "# Variables of the Terraform collection, and what to write now",
        "",
        "Written by `make reference` from `compiler/legacy.py`, which also answers them in `dbspec validate`.",
    ]
    for of, table in tables.items():
        lines += ["", f"## {of}", "", "| variable | now |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(table[name])} |" for name in sorted(table)]
    return "\n".join(lines) + "\n"


def _lines(
    about: str,
    keys: tuple[Key, ...],
    rules: tuple[Rule, ...],
    effects: Mapping[str, tuple[Effect, ...]],
) -> Iterator[str]:
    yield f"# {about}"
    yield ""
    yield "Written by `make reference` from the models, the editions, the golden cases and the tables of effects."
    if effects:
        yield ""
        yield (
            f"Defaults are those of edition {EDITIONS[-1]}: one where all tiers agree, else development / staging / "
            "production. What a change does was found by changing the key alone in the golden cases: the worst first, "
            "not all there is. `dbspec diff` says what yours does."
        )
    yield ""
    yield "| key | what it takes | by default |"
    yield "|---|---|---|"
    for key in keys:
        yield f"| [`{key.text}`](#{_anchor(key.text)}) | {_cell(key.type)} | {_cell(_default(key))} |"
    by_key: dict[str, list[str]] = {}
    for rule in rules:
        for steps in rule.keys:
            by_key.setdefault(text(steps), []).append(rule.id)
    yield ""
    yield "## Keys"
    for key in keys:
        yield ""
        yield f"### `{key.text}`"
        yield ""
        yield _sentence(key.description)
        yield ""
        yield from _facts(key, by_key.get(key.text, []), effects.get(key.text, ()))
    if rules:
        yield ""
        yield "## Rules"
        yield ""
        yield (
            "Each with what is said of one case that breaks it, and the way out. What every file is held to (YAML, "
            "unknown keys, types, ranges) is not listed."
        )
        for rule in rules:
            yield ""
            yield f"### {_heading(rule.id)}"
            yield ""
            yield f"> {_escaped(rule.message)}"
            if rule.fix:
                yield ">"
                yield f"> The way out: {_escaped(rule.fix)}"


def _facts(key: Key, rules: list[str], effects: tuple[Effect, ...]) -> Iterator[str]:
    takes = "; ".join((key.type, *key.must))
    yield f"- takes: {takes}"
    yield f"- by default: {_default(key)}"
    shown = [each for each in key.examples if f"like `{each}`" not in key.must]
    if shown and not key.section:
        yield f"- example: {', '.join(f'`{_value(each)}`' for each in shown[:2])}"
    if rules:
        yield f"- rules: {', '.join(f'[{each}](#{_anchor(_heading(each))})' for each in rules)}"
    for effect in _telling(effects):
        when = wording.time(effect)
        label = wording.label(effect) + (f", {when}" if when else "")
        yield f"- a change: **{label}**: {_escaped(wording.says(effect))}"
        if effect.fix:
            yield f"  - the way out: {_escaped(effect.fix)}"
        yield f"  - source: {_escaped(effect.source)}"


def _telling(effects: tuple[Effect, ...]) -> list[Effect]:
    """Those that somebody notices; where there are none, all."""
    return [each for each in effects if not wording.is_dull(each)] or list(effects)


def _default(key: Key) -> str:
    values = [key.defaults.get(tier) for tier in TIERS]
    if all(each is None for each in values):
        return "has to be written" if key.required else "none"
    if key.section:
        return "its keys say"
    shown = ["none" if each is None else f"`{_value(each)}`" for each in values]
    return shown[0] if len(set(shown)) == 1 else " / ".join(shown)


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _heading(rule: str) -> str:
    # A key may have the letters of a rule, and GitHub's anchors are letters.
    return f"Rule {rule}"


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = (each for each in heading.lower() if each.isalnum() or each in "-_ ")
    return "".join(kept).replace(" ", "-")


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _escaped(words: str) -> str:
    return words.replace("<", "\\<").replace("*", "\\*") if "`" not in words else words
