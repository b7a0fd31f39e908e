"""What is read from YAML, and what is said where it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Diagnostic, Place, UserError
from compiler.document import Float, locate, plain, read

FILE = "specs/prod/orders.yaml"


def value(text: str) -> Any:
    """What stands behind the key `a` in a file of this one line."""
    return plain(read(FILE, f"a: {text}\n".encode()))["a"]


def problems(text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(UserError) as caught:
        read(FILE, text if isinstance(text, bytes) else text.encode())
    return caught.value.diagnostics


def only(text: str | bytes) -> Diagnostic:
    found = problems(text)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(
            (word, word)
            for word in ("on", "off", "yes", "no", "y", "n", "On", "NO", "2020-01-01", "12:30:45")
        ),
        *(
            (word, word)
            for word in ("1_000", "0b11", "+", ".", "-a", "1e", "0o8", "0xg", "1.2.3", "tRUE", "=")
        ),
        *((word, word) for word in ("-0x1f", "١٢", "１２", "10.0.0.0/8", "sg-0abc", "arn:aws:iam::1:role/x")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(("0123", 123), ("-0", 0), ("+7", 7), ("0o17", 15), ("0x1f", 31), ("0xFF", 255), ("0", 0)),
        *(("1e3", 1000.0), ("8.10", 8.1), (".5", 0.5), ("5.", 5.0), ("-1.5E-2", -0.015), ("1e-999", 0.0)),
        *(('"1"', "1"), ("'true'", "true"), ('""', ""), ("!!str 12", "12"), ("! 12", "12"), ("!!str", "")),
        *(("!!int '5'", 5), ("!!float 1", 1.0), ("!!null ''", None), ("!!bool 'true'", True)),
        *(("!!seq [1]", [1]), ("!!map {b: 1}", {"b": 1}), ("!<tag:yaml.org,2002:str> 1", "1")),
    ],
)
def test_a_word_means_what_the_core_schema_of_yaml_1_2_says(written: str, meant: object) -> None:
    assert value(written) == meant
    assert isinstance(value(written), type(meant))


def test_a_number_with_a_point_still_knows_how_it_was_written() -> None:
    version = value("8.10")
    assert isinstance(version, Float)
    assert version.written == "8.10"


@pytest.mark.parametrize("number", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "-1e999"])
def test_what_is_no_finite_number_is_refused(number: str) -> None:
    assert only(f"a: {number}").rule == "document/number"


@pytest.mark.parametrize("number", ["9" * 10_000, "0x" + "f" * 10_000, "0o" + "7" * 10_000, "-" + "1" * 101])
def test_a_number_of_ten_thousand_digits_is_refused_by_a_short_message(number: str) -> None:
    diagnostic = only(f"b: 1\na: {number}")
    assert diagnostic.at == Place(FILE, 2, 4)
    assert "more than 100 digits" in diagnostic.message
    assert len(diagnostic.message) < 120


def test_every_mistake_in_a_file_is_told_at_once_and_the_syntax_error_that_ends_it_last() -> None:
    found = problems("a: 1\na: 2\n1: x\nb: !x 1\nc: *d\n<<: {e: f}\ng: .nan\nh: [1\n")
    assert [(each.rule, each.at and each.at[1:]) for each in found] == [
        ("document/duplicate-key", (2, 1)),
        ("document/key", (3, 1)),
        ("document/tag", (4, 4)),
        ("document/alias", (5, 4)),
        ("document/merge-key", (6, 1)),
        ("document/number", (7, 4)),
        ("document/syntax", (8, 4)),
    ]


def test_a_duplicate_key_says_where_the_first_stands() -> None:
    found = problems("a:\n  b: 1\n  b: 2\n  c: {d: 1, d: 2}\n  b: 3\n")
    assert [(each.at and each.at[1:], each.also[0].at[1:]) for each in found] == [
        ((3, 3), (2, 3)),
        ((4, 13), (4, 7)),
        ((5, 3), (2, 3)),
    ]


def test_keys_are_the_same_however_they_are_quoted() -> None:
    assert only("a: 1\n'a': 2\n").rule == "document/duplicate-key"


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "0x1f"])
def test_a_key_that_is_no_text_asks_for_quotes(key: str) -> None:
    diagnostic = only(f"a: 1\n{key}: 2\n")
    assert (diagnostic.rule, diagnostic.at) == ("document/key", Place(FILE, 2, 1))
    assert f'"{key}"' in diagnostic.fix
    assert plain(read(FILE, f'"{key}": 2\n'.encode())) == {key: 2}


@pytest.mark.parametrize("key", ["[a]", "{a: b}", "? [a]\n", "? {a: b}\n", "? - a\n", "? a: b\n"])
def test_a_key_that_is_a_collection_is_refused(key: str) -> None:
    assert only(f"{key}: 1\n").rule == "document/key"


def test_an_explicit_key_that_is_a_text_works() -> None:
    assert plain(read(FILE, b"? a\n: 1\n? b\n")) == {"a": 1, "b": None}


def test_what_stands_behind_a_refused_key_is_still_checked() -> None:
    assert [each.rule for each in problems("1: {a: 1, a: .inf}\n")] == [
        "document/key",
        "document/duplicate-key",
        "document/number",
    ]


def test_an_alias_stands_for_what_its_anchor_names_and_has_its_own_place() -> None:
    node = read(FILE, b"a: &x {b: [1, 2]}\nc: *x\nd: &y 5\ne: [*y, *x]\n")
    assert plain(node)["c"] == {"b": [1, 2]}
    assert plain(node)["e"] == [5, {"b": [1, 2]}]
    assert locate(node, ("c",)) == Place(FILE, 2, 4)
    assert locate(node, ("c", "b", 1)) == Place(FILE, 1, 15)


def test_an_anchor_named_again_means_the_latest() -> None:
    assert plain(read(FILE, b"a: &x 1\nb: *x\nc: &x 2\nd: *x\n")) == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: {c: *x}}", "a: &x 1\nb: &x [*x]"])
def test_an_alias_within_what_it_names_is_refused(text: str) -> None:
    assert "never end" in only(text).message


def test_an_unknown_alias_suggests_the_anchor_meant() -> None:
    assert "`*windows`" in only("a: &windows 1\nb: *window\n").message


def test_an_alias_is_no_key() -> None:
    assert only("a: &x b\n*x : 1\n").rule == "document/key"


@pytest.mark.parametrize("line", ["<<: *x", "<<: [*x]", "<<: {b: 1}"])
def test_a_merge_key_is_refused_with_the_ways_there_are(line: str) -> None:
    diagnostic = only(f"a: &x {{b: 1}}\nc:\n  {line}\n")
    assert (diagnostic.rule, diagnostic.at) == ("document/merge-key", Place(FILE, 3, 3))
    assert "extends" in diagnostic.fix
    assert "defaults" in diagnostic.fix


@pytest.mark.parametrize(
    "tag", ["!foo", "!!binary", "!!set", "!!omap", "!!timestamp", "!!merge", "!foo!", "!<x:y>"]
)
def test_a_tag_outside_of_the_core_schema_is_refused(tag: str) -> None:
    assert problems(f"a: {tag} 1\n")[0].rule in ("document/tag", "document/syntax")
    assert problems(f"a: {tag} 1\n")[0].at == Place(FILE, 1, 4)


@pytest.mark.parametrize(
    "line",
    ["!!int x", "!!int 1.5", "!!bool 1", "!!float true", "!!int true", "!!null 0", "!!map [1]", "!!seq {}"],
)
def test_a_tag_that_its_value_is_not_is_refused(line: str) -> None:
    assert only(f"a: {line}\n").rule == "document/tag"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only this\n", "---\n", "---\n...\n", "null\n", "\ufeff", "  "]
)
def test_a_file_that_holds_nothing_says_so(text: str) -> None:
    assert only(text).rule == "document/empty"


@pytest.mark.parametrize("text", ["- a\n", "[]", "text", "12", "true", "a:1\nb:2\n", "|\n a: b\n"])
def test_a_file_that_holds_no_mapping_says_so(text: str) -> None:
    assert only(text).rule == "document/no-mapping"


@pytest.mark.parametrize(
    "text", ["a: 1\n---\nb: 2\n", "a: 1\n---\n", "---\n---\na: 1\n", "a: 1\n...\n---\nb: [\n"]
)
def test_a_second_document_is_refused_where_it_starts(text: str) -> None:
    diagnostic = only(text)
    assert diagnostic.rule == "document/second-document"
    assert diagnostic.at is not None
    assert text.splitlines()[diagnostic.at.line - 1] == "---"
    assert diagnostic.at.line > 1


def test_markers_around_the_one_document_are_fine() -> None:
    assert plain(read(FILE, b"%YAML 1.2\n---\na: 1\n...\n")) == {"a": 1}


@pytest.mark.parametrize("line", ["%YAML 1.1", "%YAML 2.0", "%TAG ! x:", "%FOO bar", "%"])
def test_a_directive_that_would_change_the_meaning_is_refused(line: str) -> None:
    found = problems(f"{line}\n---\na: 1\n")
    assert found[0].rule in ("document/directive", "document/syntax")
    assert found[0].at == Place(FILE, 1, 1)


def test_a_byte_order_mark_works_and_moves_no_column() -> None:
    node = read(FILE, b"\xef\xbb\xbfa: 1\n")
    assert plain(node) == {"a": 1}
    assert locate(node, ("a",)) == Place(FILE, 1, 4)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_file_in_another_unicode_encoding_is_to_be_saved_as_utf_8(encoding: str) -> None:
    assert "UTF-8" in problems("a: 1\n".encode(encoding))[0].fix


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, 7),
        (b"\xff", 1, 1),
        (b"a: 1\r\nb: \xed\xa0\x80", 2, 4),
        (b"a: \xf0\x9f\x98\x80\xc0\xaf", 1, 5),
        (b"\xef\xbb\xbfa: \x80", 1, 4),
        (b"a: 1\rb: \xc3", 2, 4),
    ],
)
def test_a_byte_that_is_not_utf_8_is_pointed_at(data: bytes, line: int, column: int) -> None:
    diagnostic = only(data)
    assert (diagnostic.rule, diagnostic.at) == ("document/encoding", Place(FILE, line, column))


@pytest.mark.parametrize(
    "character",
    ["\0", "\x01", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u202e", "\u2066", "\ufeff", "\uffff"],
)
def test_a_character_that_nobody_can_see_is_refused_where_it_stands(character: str) -> None:
    diagnostic = only(f"a: 1\nb: x{character}y\n")
    assert (diagnostic.rule, diagnostic.at) == ("document/invisible-character", Place(FILE, 2, 5))
    assert f"U+{ord(character):04X}" in diagnostic.message
    assert character not in str(diagnostic)


def test_what_nobody_can_see_may_be_written_as_an_escape() -> None:
    assert value(r'"\x1b\u202e\0"') == "\x1b\u202e\0"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_do_on_any_system(ending: str) -> None:
    node = read(FILE, ending.join(["a: 1", "b:", "  c: x", ""]).encode())
    assert plain(node) == {"a": 1, "b": {"c": "x"}}
    assert locate(node, ("b", "c")) == Place(FILE, 3, 6)


def test_columns_count_characters() -> None:
    node = read(FILE, "{'😀é': 한글, b: 2}\n".encode())
    assert locate(node, ("b",), key=True) == Place(FILE, 1, 12)


def test_a_file_of_ten_megabytes_is_refused_with_the_limit() -> None:
    diagnostic = only(b"a: b\n" * 2_000_000)
    assert diagnostic.rule == "document/too-large"
    assert "10,000,000" in diagnostic.message
    assert "1,000,000" in diagnostic.message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: " + "[" * 500_000, "document/too-deep"),
        ("a: " + "{" * 500_000, "document/too-deep"),
        ("- " * 400_000, "document/too-deep"),
        ("? " * 400_000, "document/too-deep"),
        ("".join(" " * depth + "a:\n" for depth in range(1000)), "document/too-deep"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300)), "document/too-deep"),
        (
            "a0: &a0 [x]\n"
            + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)),
            "document/too-many-values",
        ),
        ("a: [" + "x," * 60_000 + "]", "document/too-many-values"),
        ("".join(f"k{n}: &anchor{n} 1\nl{n}: *ancho{n}\n" for n in range(12_000)), "document/alias"),
        ("a: 1\n" * 24_000, "document/duplicate-key"),
        ("a: " + "x" * 100 + ": 1", "document/syntax"),
        ("x" * 900_000 + ": 1", "document/syntax"),
        ("!" * 900_000, "document/tag"),
    ],
)
def test_a_file_made_to_break_its_reader_is_refused(text: str, rule: str) -> None:
    found = problems(text)
    assert found[0].rule == rule
    assert all(len(str(each)) < 400 for each in found)


def test_what_is_as_deep_as_allowed_is_read() -> None:
    assert value("[" * 63 + "]" * 63) is not None
    assert only("a: " + "[" * 64 + "]" * 64).rule == "document/too-deep"


def test_a_place_is_that_of_the_value_or_of_its_key_or_of_the_nearest_parent() -> None:
    text = b"kind: mysql\nstorage:\n  type: gp3\naccess: [a, b]\nempty:\n"
    node = read(FILE, text)

    def at(*route: str | int, key: bool = False) -> tuple[int, int]:
        return locate(node, route, key=key)[1:]

    assert at("kind") == (1, 7)
    assert at("kind", key=True) == (1, 1)
    assert at("storage") == (3, 3)
    assert at("storage", key=True) == (2, 1)
    assert at("storage", "iops") == (3, 3)
    assert at("storage", "iops", key=True) == (2, 1)
    assert at("storage", "type", "x", 3, key=True) == (3, 3)
    assert at("access", 1) == (4, 13)
    assert at("access", 1, key=True) == (4, 13)
    assert at("access", 2, key=True) == (4, 1)
    assert at("access", "x") == (4, 9)
    assert at("empty")[0] in (5, 6)
    assert at("nothing") == (1, 1)
    assert at() == (1, 1)


def test_what_is_wrong_with_the_syntax_is_said_in_plain_words(golden: Any) -> None:
    out = []
    for text in SYNTAX:
        for each in problems(text):
            assert each.rule == "document/syntax"
            out.append(f"{text!r}\n  {each}\n")
            out.extend(f"    {note.at}: {note.message}\n" for note in each.also)
    golden(Path(__file__).parent / "syntax.txt", "".join(out))


SYNTAX = [
    "a:\n\tb: 1\n",
    "\ta: 1\n",
    "a: 1\n\tb: 1\n",
    "a: |\n\tb\n",
    "a: @b\n",
    "a: `b`\n",
    "a: %b\n",
    "a: b: c\n",
    "message: hello: world\n",
    "a: [b: c: d]\n",
    "a: 1\n b: 2\n",
    "a\nb: 1\n",
    "port:3306\nb: 1\n",
    "a: 1\nb\nc: 1\n",
    "a: 1\nb:2\nc: 1\n",
    "a:\n  b: 1\n c: 2\n",
    "a: 1\n  # a comment\n  b: 2\n",
    "a: [1, 2\nb: 3\n",
    "a: [1, 2\n",
    "a: [1,\n\n",
    "a: {b: 1\n",
    "a: {b: 1]\n",
    "a: [b, c}\n",
    "a: [x]]\n",
    "a: ]\n",
    "a: ,b\n",
    "a: [,]\n",
    "a: 'x\nb: 3\n",
    'a: "x\ny: 2\n',
    "a: 'x' y\n",
    "a: 'it's'\n",
    'a: "x\\q"\n',
    'a: "C:\\data"\n',
    'a: "\\x4"\n',
    'a: "\\u12"\n',
    'a: "\\U0000001"\n',
    'a: "\\ud800"\n',
    'a: "\\U00110000"\n',
    'a: "\\u\\t"\n',
    "a: ? b\n",
    "a: 1\n: b\n",
    "a: 1\n- b\n",
    "- a\nb: 1\n",
    "a: - b\n",
    "a: -\n",
    "a: *\n",
    "a: *.example.com\n",
    "schedule: * * * * *\n",
    "a: & b\n",
    "a: &b &c 1\n",
    "a: !<b\n",
    "a: !x!y z\n",
    "a: |x\n",
    "a: >0\n  x\n",
    "a: >\n   x\n y\n",
    "a: [b:c]\n",
    "a: {b:c}\n",
    "%FOO\n---\na: 1\n",
    "%YAML 2.0\n---\na: 1\n",
    "a: 1\n...\nb: 2\n",
    "a: 1\n\u3000b: 2\nc\nd: 1\n",
    "a: [what?, b]\n",
    "a：1\nb: 2\n",
    "x" * 1100 + ": 1\n",
]
