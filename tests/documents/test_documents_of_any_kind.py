"""Reading held against anything that anybody could write, and merging against its laws."""

from __future__ import annotations

import io
import re
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from compiler.diagnostics import Diagnostic, Place, UserError
from compiler.document import EMPTY, Node, lines, locate, merge, plain, read
from compiler.route import Route

relaxed = settings(deadline=None)

TOKENS = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "c:",
            "- ",
            "? ",
            ": ",
            ":",
            "[",
            "]",
            "{",
            "}",
            ",",
            "#",
            "&x ",
            "*x",
            "!",
            "!!str ",
            "<<: ",
        ),
        *(
            "|",
            ">",
            "'",
            '"',
            "%",
            "@",
            "`",
            "\\",
            "\n",
            "\n  ",
            "\n    ",
            "\r\n",
            "\r",
            "\t",
            " ",
            "---\n",
            "...\n",
        ),
        *(
            "\ufeff",
            "\0",
            "é",
            "😀",
            "\u2028",
            "\x85",
            "~",
            "1",
            ".5",
            ".nan",
            "0x1f",
            "%YAML 1.1\n",
            '"\\ud800"',
        ),
    ]
)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), max_size=8
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
DATA = st.dictionaries(
    WORDS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@relaxed
@given(st.binary(max_size=200))
@example(b"\xff\xfea\x00")
def test_any_bytes_are_read_or_refused_with_places_in_them(data: bytes) -> None:
    check(data)


@relaxed
@given(st.lists(TOKENS, max_size=30).map("".join))
@example("a: &x {b: &y [*x]}\nc: *y")
@example("? &x [a]\n: *x")
@example("&x a: *x\n*x : &x b")
@example("\n  \t")
def test_any_heap_of_yaml_is_read_or_refused_with_places_in_it(text: str) -> None:
    check(text.encode())


def check(data: bytes) -> None:
    found: tuple[Diagnostic, ...] = ()
    try:
        plain(read("any.yaml", data))
    except UserError as error:
        found = error.diagnostics
    assert len(set(found)) == len(found)
    for each in found:
        inside(data, each)
        assert str(each).isprintable()


def inside(data: bytes, diagnostic: Diagnostic) -> None:
    text = lines(data.decode("utf-8", "replace").removeprefix("\ufeff"))
    for place in [diagnostic.at, *(note.at for note in diagnostic.also)]:
        assert place is not None
        assert 1 <= place.line <= len(text)
        assert 1 <= place.column <= len(text[place.line - 1]) + 1


@relaxed
@given(DATA, st.booleans())
def test_what_a_writer_of_yaml_1_2_wrote_is_read_back(data: dict[str, Any], flow: bool) -> None:
    source = written(data, flow)
    # Between brackets libyaml still reads question marks and colons as YAML 1.1 did, and asks for quotes.
    assume(not flow or not re.search(rb"\?|:(?! )", source))
    assert plain(read("any.yaml", source)) == data


def written(data: dict[str, Any], flow: bool = False) -> bytes:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    yaml.width = 100_000
    out = io.BytesIO()
    yaml.dump(data, out)
    return out.getvalue()


@relaxed
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}", fullmatch=True),
        st.lists(st.from_regex(r"x[a-z]{0,5}", fullmatch=True), min_size=1)
        | st.from_regex(r"x[a-z😀]{0,5}", fullmatch=True),
        min_size=1,
    ),
    st.booleans(),
)
def test_every_value_and_key_stands_where_its_place_says(data: dict[str, Any], flow: bool) -> None:
    source = written(data, flow)
    node, text = read("any.yaml", source), lines(source.decode())

    def stands(place: Place, word: str) -> bool:
        return text[place.line - 1][place.column - 1 :].lstrip("'\"").startswith(word)

    for key, each in data.items():
        assert stands(locate(node, (key,), key=True), key)
        for route, word in (
            [((key, n), word) for n, word in enumerate(each)] if isinstance(each, list) else [((key,), each)]
        ):
            assert stands(locate(node, route), word)


def node_of(data: Any, path: str = "x", route: Route = ()) -> Node:
    """A node whose every place says which layer and which route it belongs to, by its path."""
    at = Place(f"{path}{route}", 1, 1)
    if isinstance(data, dict):
        keys = {key: Place(f"{path}{(*route, key)}", 2, 1) for key in data}
        return Node({key: node_of(each, path, (*route, key)) for key, each in data.items()}, at, keys)
    if isinstance(data, list):
        return Node([node_of(each, path, (*route, n)) for n, each in enumerate(data)], at)
    return Node(data, at)


def merged(*layers: Any) -> Any:
    node = EMPTY
    for layer in layers:
        node = merge(node, node_of(layer))
    return plain(node)


def without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_nulls(each) for key, each in data.items() if each is not None}
    return data


KEYS = st.sampled_from("abc")
LEAVES = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)
LAYERS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6),
    max_size=3,
)
LAYERS_WITH_NULLS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6),
    max_size=3,
)


@relaxed
@given(LAYERS_WITH_NULLS)
def test_merging_with_nothing_changes_nothing_but_drops_nulls(layer: dict[str, Any]) -> None:
    assert merged(layer) == merged(layer, {}) == without_nulls(layer)


@relaxed
@given(LAYERS_WITH_NULLS, LAYERS_WITH_NULLS)
def test_merging_gives_what_its_definition_says(lower: dict[str, Any], upper: dict[str, Any]) -> None:
    def defined(below: Any, above: Any) -> Any:
        if not isinstance(above, dict):
            return above
        out = dict(below) if isinstance(below, dict) else {}
        for key, each in above.items():
            if each is None:
                out.pop(key, None)
            else:
                out[key] = defined(out.get(key), each)
        return out

    assert merged(lower, upper) == defined(without_nulls(lower), upper)


@relaxed
@given(LAYERS, LAYERS, LAYERS)
def test_without_nulls_it_does_not_matter_which_layers_are_merged_first(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    one, two, three = node_of(a), node_of(b), node_of(c)
    first = plain(merge(merge(one, two), three))
    last = plain(merge(one, merge(two, three)))
    if not replaces_mapping(a, b):
        assert first == last


def replaces_mapping(lower: Any, upper: Any) -> bool:
    """Whether a mapping meets something else, which is where an order matters."""
    if isinstance(lower, dict) != isinstance(upper, dict):
        return True
    if not isinstance(lower, dict):
        return False
    return any(replaces_mapping(lower[key], upper[key]) for key in lower.keys() & upper.keys())


@relaxed
@given(LAYERS_WITH_NULLS, LAYERS_WITH_NULLS)
def test_merging_changes_neither_layer(lower: dict[str, Any], upper: dict[str, Any]) -> None:
    below, above = node_of(lower), node_of(upper)
    merge(below, above)
    assert plain(below) == lower
    assert plain(above) == upper


@relaxed
@given(LAYERS, LAYERS)
def test_every_merged_value_and_key_keeps_the_place_of_the_layer_it_came_from(
    lower: dict[str, Any], upper: dict[str, Any]
) -> None:
    def check(node: Node, route: Route, below: Any, above: Any) -> None:
        came_from = "lower" if above is None else "upper"
        assert node.at.path == f"{came_from}{route}"
        if not isinstance(node.value, dict):
            return
        below = below if isinstance(below, dict) else {}
        above = above if isinstance(above, dict) else {}
        assert node.keys.keys() == node.value.keys()
        for key, each in node.value.items():
            origin = "upper" if key in above else "lower"
            assert node.keys[key].path == f"{origin}{(*route, key)}"
            check(each, (*route, key), below.get(key), above.get(key))

    check(merge(node_of(lower, "lower"), node_of(upper, "upper")), (), lower, upper)


def test_an_explicit_null_removes_what_lies_below_it_and_leaves_no_trace() -> None:
    lower = node_of({"a": 1, "b": {"c": 2, "d": 3}})
    out = merge(lower, read("u.yaml", b"a: null\nb: {c: ~}\nnew: {x: null}\nlist: [null]\n"))
    assert plain(out) == {"b": {"d": 3}, "new": {}, "list": [None]}
    assert out.keys.keys() == {"b", "new", "list"}


def test_merging_copies_only_along_the_paths_it_touches() -> None:
    lower = node_of({"a": {"b": {"c": 1}}, "d": {"e": {"f": 2}}})
    upper = node_of({"a": {"x": 1}})
    out = merge(lower, upper)
    assert isinstance(out.value, dict)
    assert isinstance(lower.value, dict)
    assert out.value["d"] is lower.value["d"]
    assert locate(out, ("a", "b", "c")) is locate(lower, ("a", "b", "c"))
