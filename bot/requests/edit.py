"""A YAML file changed at some of its keys, and not one other character of it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from compiler import document, route
from compiler.diagnostics import UserError
from compiler.document import Node
from compiler.route import Route

_SHORT = 80  # characters of a list or mapping that is written on one line
# What means nothing to YAML but itself, or a number or switch, which reading it again tells.
_WORDS = re.compile(r"[A-Za-z0-9_]([\w ./+=;()'-]*[\w./+=)'])?", re.ASCII)


class UneditableError(ValueError):
    """The file says it in a way (an anchor, a short form) that only a person can change; the message says which."""


def written(data: Mapping[str, Any]) -> str:
    """A new file that holds this."""
    text = _block(data, 0)
    _check(text, dict(data))
    return text


def edited(text: str, answers: Mapping[Route, Any]) -> str:
    """The text with a value at each of these routes; None takes the key out, and what is left empty above it.

    Comments, order and line ends stay as they are. What comes out is read again: raises UneditableError where it would
    say anything but what was asked for.
    """
    ends = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    if text and not text.endswith("\n"):
        text += "\n"
    wanted = document.plain(_read(text))
    for at, value in answers.items():
        value = _plain(value)
        wanted = _with(wanted, at, value)
        text = _removed(text, at) if value is None else _placed(text, at, value)
    _check(text, wanted)
    return text.replace("\n", ends)


def _read(text: str) -> Node:
    return document.read("the file", text.encode())


def _check(text: str, wanted: Mapping[str, Any]) -> None:
    try:
        same = document.plain(_read(text)) == wanted
    except UserError:
        same = False
    if not same:
        raise UneditableError(
            "the file cannot be changed there without a person; write a pull request by hand"
        )


def _with(data: Any, at: Route, value: Any) -> dict[str, Any]:
    """A copy of a mapping with another value at a route; mappings that this leaves empty go too."""
    out = dict(data)
    key, *rest = at
    if not rest:
        out[str(key)] = value
    else:
        below = out.get(str(key))
        if below is not None and not isinstance(below, dict):
            raise UneditableError(
                f"`{key}` is written in its short form: answer `{key}` as a whole, not `{route.text(at)}`"
            )
        out[str(key)] = _with(below or {}, tuple(rest), value) or None
    if out[str(key)] is None:
        del out[str(key)]
    return out


class _Entry(NamedTuple):
    """A key and its value as they stand in a text; positions are offsets, and `end` is after the last character."""

    key: str
    start: int
    value: Any
    begin: int
    end: int


class _Text:
    """A text and where everything in it stands."""

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self.text = text
        self.lines = [0]
        for line in text.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.top = YAML(typ="rt", pure=True).compose(io.StringIO(text))

    def entries(self, node: Any) -> list[_Entry]:
        return [
            _Entry(
                key.value, self.offset(key.start_mark), value, self.offset(value.start_mark), self.end(value)
            )
            for key, value in node.value
        ]

    def entry(self, node: Any, key: str) -> _Entry | None:
        return next((each for each in self.entries(node) if each.key == key), None)

    def offset(self, mark: Any) -> int:
        return self.lines[int(mark.line)] + int(mark.column)

    def end(self, node: Any) -> int:
        """After the last character of a value, without the comments that follow it."""
        end = self.offset(node.end_mark)
        if node.id == "scalar" or node.flow_style:
            # A block scalar ends where the next line begins.
            return len(self.text[:end].rstrip()) if node.id == "scalar" and node.style in ("|", ">") else end
        last = node.value[-1]
        return self.end(last[1] if node.id == "mapping" else last)

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def next_line(self, offset: int) -> int:
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def column(self, offset: int) -> int:
        return offset - self.line_start(offset)

    def replaced(self, start: int, end: int, by: str) -> str:
        return self.text[:start] + by + self.text[end:]


def _placed(text: str, at: Route, value: Any) -> str:
    found = _Text(text)
    node = found.top
    for index, step in enumerate(at):
        entry = found.entry(node, str(step))
        rest = at[index + 1 :]
        if entry is None:
            return _inserted(found, node, str(step), _nested(rest, value))
        if not rest:
            return _set(text, found, node, entry, at, value)
        if entry.value.id != "mapping":
            return _replaced(found, node, entry, _nested(rest, value))
        node = entry.value
    return text


def _nested(at: Route, value: Any) -> Any:
    for step in reversed(at):
        value = {str(step): value}
    return value


def _set(text: str, found: _Text, node: Any, entry: _Entry, at: Route, value: Any) -> str:
    """Brings one entry to a value; of a mapping over a mapping only what differs."""
    if not (isinstance(value, dict) and value and entry.value.id == "mapping"):
        return _replaced(found, node, entry, value)
    for each in found.entries(entry.value):
        if each.key not in value:
            text = _removed(text, (*at, each.key))
    for key, each in value.items():
        text = _placed(text, (*at, key), each)
    return text


def _replaced(found: _Text, parent: Any, entry: _Entry, value: Any) -> str:
    old = entry.value
    same = document.plain(_read(f"v: {found.text[entry.begin : entry.end]}\n"))["v"] if _inline(old) else None
    if same == value and type(same) is type(value):
        return found.text
    flow = _flow(value, old)
    if parent.flow_style or (_inline(old) and (not isinstance(value, dict | list) or len(flow) <= _SHORT)):
        gap = "" if entry.begin > entry.start and found.text[entry.begin - 1 : entry.begin] == " " else " "
        return found.replaced(entry.begin, entry.end, gap + flow)
    column = found.column(entry.start)
    block = _block({entry.key: value}, column)
    return found.replaced(found.line_start(entry.start), found.next_line(entry.end), block)


def _inline(node: Any) -> bool:
    """Whether a value stands on the line of its key."""
    if node.id == "scalar":
        return node.style not in ("|", ">") and node.start_mark.line == node.end_mark.line
    return bool(node.flow_style) and node.start_mark.line == node.end_mark.line


def _inserted(found: _Text, parent: Any, key: str, value: Any) -> str:
    if parent.flow_style:
        end = found.offset(parent.end_mark) - 1
        before = len(found.text[:end].rstrip())
        comma = ", " if parent.value and found.text[before - 1] != "," else ""
        return found.replaced(before, before, f"{comma}{_flow({key: value})[1:-1]}")
    entries = found.entries(parent)
    column = found.column(entries[0].start)
    line = found.next_line(entries[-1].end)
    return found.replaced(line, line, _block({key: value}, column))


def _removed(text: str, at: Route) -> str:
    found = _Text(text)
    node, above = found.top, None
    for index, step in enumerate(at):
        entry = found.entry(node, str(step)) if node.id == "mapping" else None
        if entry is None:
            return text
        if index == len(at) - 1:
            break
        # The last key of a mapping takes the mapping along: with nothing in it, it would unset the defaults.
        if above is None and all(_alone(each) for each in _below(found, entry, at[index + 1 :])):
            return _taken(found, node, entry)
        node = entry.value
    assert entry is not None
    return _taken(found, node, entry)


def _below(found: _Text, entry: _Entry, rest: Route) -> list[Any]:
    """The mappings on the way down to a key."""
    nodes = []
    here: _Entry | None = entry
    for step in rest:
        if here is None or here.value.id != "mapping":
            return [None]
        nodes.append(here.value)
        here = found.entry(here.value, str(step))
    return nodes if here else [None]


def _alone(node: Any) -> bool:
    return node is not None and len(node.value) == 1


def _taken(found: _Text, parent: Any, entry: _Entry) -> str:
    if not parent.flow_style:
        return found.replaced(found.line_start(entry.start), found.next_line(entry.end), "")
    entries = found.entries(parent)
    index = entries.index(entry)
    if index + 1 < len(entries):
        return found.replaced(entry.start, entries[index + 1].start, "")
    start = entries[index - 1].end if index else found.offset(parent.start_mark) + 1
    return found.replaced(start, entry.end, "")


def _block(data: Mapping[str, Any], column: int) -> str:
    lines = _dumped(data, flow=None).splitlines(keepends=True)
    return "".join(" " * column + line if line.strip() else line for line in lines)


def _flow(value: Any, old: Any = None) -> str:
    """A value on one line; a text in the quotes that the old one had."""
    if isinstance(value, str) and old is not None and old.id == "scalar" and old.style in ("'", '"'):
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

        value = (DoubleQuotedScalarString if old.style == '"' else SingleQuotedScalarString)(value)
    return _dumped({"v": value}, flow=True).strip().removeprefix("{v: ").removesuffix("}")


def _dumped(data: Mapping[str, Any], *, flow: bool | None) -> str:
    """`flow` None writes what is short and holds nothing nested on one line."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_styled(data, flow=flow), out)
    return out.getvalue()


def _styled(value: Any, *, flow: bool | None, top: bool = True) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    styled: Any
    if isinstance(value, Mapping):
        items = list(value.values())
        styled = CommentedMap(
            (_scalar(key), _styled(each, flow=flow, top=False)) for key, each in value.items()
        )
    elif isinstance(value, list | tuple):
        items = list(value)
        styled = CommentedSeq(_styled(each, flow=flow, top=False) for each in value)
    else:
        return _scalar(value)
    nested = any(isinstance(each, dict | list) for each in items)
    if flow or (flow is None and not top and not nested and len(str(value)) <= _SHORT):
        styled.fa.set_flow_style()
    return styled


def _scalar(value: Any) -> Any:
    """A scalar that reads as itself, wherever it stands: what YAML takes for something else is quoted."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

    if not isinstance(value, str) or isinstance(value, ScalarString):
        return value
    same = _WORDS.fullmatch(value) and document.plain(_read(f"v: {value}\n"))["v"] == value
    return value if same else DoubleQuotedScalarString(value)


def _plain(value: Any) -> Any:
    """Answers as a file holds them: dates and versions are texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
