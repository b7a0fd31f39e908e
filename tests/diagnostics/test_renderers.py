"""Diagnostics as text, JSON, annotations and SARIF."""

from __future__ import annotations

import json as json_library
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from compiler.diagnostics import Diagnostic, Note, Place, Severity
from compiler.document import visible
from compiler.render import annotations as github
from compiler.render import json, sarif, terminal

GOLDEN = Path(__file__).parent / "rendered"
Golden = Callable[[Path, str], None]

ORDERS = "specs/prod/orders.yaml"
ODD = "specs/my prod/a:b, 50%/é.yaml"
TEXTS = {
    ORDERS: b"kind: mysql\nkind: mysq\nstorage:\n\tallocated_gib: ten\n",
    ODD: "{한글: '日本', e\u0301x: 😀, port: x}\nbell: \x1b[31m\x07\n".encode(),
    "long.yaml": b"a: " + b"x" * 500 + b": " + b"y" * 500,
}
FOUND = (
    Diagnostic(
        "document/duplicate-key",
        "the key `kind` stands here a second time",
        "keep one of the two",
        Place(ORDERS, 2, 1),
        (Note("it stands here first", Place(ORDERS, 1, 1)),),
    ),
    Diagnostic(
        "document/syntax",
        "a tab indents this line, and YAML is indented by spaces",
        "put spaces in its place",
        Place(ORDERS, 4, 1),
    ),
    Diagnostic("spec/wrong-type", "storage.allocated_gib is 'ten'", "", Place(ORDERS, 4, 17)),
    Diagnostic("spec/unknown-key", "there is no key `port`; did you mean `pört`?", "", Place(ODD, 1, 20)),
    Diagnostic(
        "spec/unused",
        "this holds \x1b[31mcolours\x07, a \u202e turn and a\nline",
        "write `{0}` or [a](b), 100%: so",
        Place(ODD, 2, 7),
        severity=Severity.WARNING,
    ),
    Diagnostic("document/syntax", "a colon", "quote it", Place("long.yaml", 1, 504), severity=Severity.NOTE),
    Diagnostic("source/gone", "this file is not there", "", Place("gone\x1b.yaml", 3, 1)),
    Diagnostic("engine/missing", "there is no Pulumi CLI", "run `dbspec engine install`"),
)


def test_text_is_one_line_for_each_diagnostic(golden: Golden) -> None:
    text = terminal.diagnostics(FOUND)
    assert len(text.splitlines()) == len(FOUND)
    golden(GOLDEN / "plain.txt", text)


def test_a_terminal_shows_the_line_and_a_caret_below_the_place(golden: Golden) -> None:
    golden(GOLDEN / "terminal.txt", terminal.diagnostics(FOUND, TEXTS.get))


def test_colours_are_used_only_where_they_are_asked_for(golden: Golden) -> None:
    assert "\x1b" not in terminal.diagnostics(FOUND, TEXTS.get)
    assert "\x1b" not in terminal.diagnostics(FOUND)
    golden(GOLDEN / "colours.txt", terminal.diagnostics(FOUND, TEXTS.get, color=True))


def test_colours_change_nothing_but_colours() -> None:
    for source in (None, TEXTS.get):
        coloured = terminal.diagnostics(FOUND, source, color=True)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.diagnostics(FOUND, source)


@pytest.mark.parametrize(
    ("line", "column", "pad"),
    [
        ("abc", 1, 0),
        ("abc", 3, 2),
        ("abc", 4, 3),
        ("한글: x", 5, 6),
        ("😀x", 2, 2),
        ("e\u0301x", 3, 1),
        ("\tx", 2, 4),
        ("a\tx", 3, 5),
        ("\x1bx", 2, 4),
        ("\u200bx", 2, 6),
    ],
)
def test_the_caret_stands_below_its_character_however_wide_others_are(
    line: str, column: int, pad: int
) -> None:
    found = Diagnostic("a/b", "m", at=Place("f", 1, column))
    shown = terminal.diagnostics([found], lambda _: line.encode())
    assert shown.splitlines()[2] == f"    | {' ' * pad}^"


def test_a_line_is_found_as_yaml_counts_lines() -> None:
    found = Diagnostic("a/b", "m", at=Place("f", 3, 1))
    shown = terminal.diagnostics([found], lambda _: "\ufeffa: \u2028\r\nb: 2\rhere: 3\n".encode())
    assert "  3 | here: 3" in shown


def test_a_place_outside_of_its_text_shows_no_line() -> None:
    found = [Diagnostic("a/b", "m", at=Place("f", line, 1)) for line in (0, 2, 99)]
    assert "|" not in terminal.diagnostics(found, lambda _: b"a: 1\n")


def test_json_is_what_its_documentation_says(golden: Golden) -> None:
    text = json.diagnostics(FOUND)
    golden(GOLDEN / "diagnostics.json", text)
    data = json_library.loads(text)
    assert text.isascii()
    assert data["version"] == 1
    for each, found in zip(data["diagnostics"], FOUND, strict=True):
        assert each.keys() == {"rule", "severity", "message", "fix", "path", "line", "column", "also"}
        assert each["message"] == found.message
        assert (each["path"], each["line"], each["column"]) == (found.at or (None, None, None))


def test_annotations_escape_what_would_end_them(golden: Golden) -> None:
    text = github.diagnostics(FOUND)
    assert len(text.splitlines()) == len(FOUND)
    golden(GOLDEN / "annotations.txt", text)
    for line, found in zip(text.splitlines(), FOUND, strict=True):
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match is not None
        properties = dict(each.split("=", 1) for each in match[2].split(","))
        if found.at:
            assert unquote(properties["file"]) == visible(found.at.path)
        assert unquote(properties["title"]) == found.rule


def test_nobody_can_start_another_workflow_command_from_a_spec() -> None:
    found = Diagnostic(
        "a/b", "x\n::set-output name=a::b\r::error::", at=Place("f,line=9::x\n::add-mask::y", 1, 1)
    )
    assert len(github.diagnostics([found]).splitlines()) == 1


def test_sarif_has_the_structure_that_its_standard_requires(golden: Golden) -> None:
    text = sarif.diagnostics(FOUND)
    golden(GOLDEN / "diagnostics.sarif", text)
    log = json_library.loads(text)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "dbspec"
    rules = [each["id"] for each in driver["rules"]]
    assert rules == sorted(set(rules))
    assert run["columnKind"] == "unicodeCodePoints"
    for result, found in zip(run["results"], FOUND, strict=True):
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert rules[result["ruleIndex"]] == result["ruleId"] == found.rule
        places = [
            each["physicalLocation"] for each in result["locations"] + result.get("relatedLocations", [])
        ]
        assert len(places) == (found.at is not None) + len(found.also)
        for place in places:
            uri = place["artifactLocation"]["uri"]
            assert re.fullmatch(r"(file://)?([A-Za-z0-9/._~-]|%[0-9A-F]{2})+", uri)
            assert place["region"]["startLine"] >= 1
            assert place["region"]["startColumn"] >= 1
        if found.at:
            assert unquote(places[0]["artifactLocation"]["uri"]) == found.at.path


def test_sarif_without_problems_is_a_run_without_results() -> None:
    (run,) = json_library.loads(sarif.diagnostics([]))["runs"]
    assert run["results"] == []


@pytest.mark.parametrize("path", ["specs/\udcff.yaml", "/abs/my specs/a.yaml", "a?b#c/ü.yaml"])
def test_any_path_can_be_rendered_by_all_renderers(path: str) -> None:
    found = [Diagnostic("a/b", "m", at=Place(path, 1, 1))]
    for render in (terminal.diagnostics, json.diagnostics, github.diagnostics, sarif.diagnostics):
        render(found).encode("utf-8")


def test_nothing_found_renders_as_nothing() -> None:
    assert terminal.diagnostics([]) == terminal.diagnostics([], TEXTS.get) == github.diagnostics([]) == ""
    assert json_library.loads(json.diagnostics([]))["diagnostics"] == []
