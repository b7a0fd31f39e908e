"""The events of libyaml composed into one node, and everything about them that a spec may not have."""

from __future__ import annotations

from typing import Any, NamedTuple

from _ruamel_yaml import CParser
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from compiler.diagnostics import Diagnostic, Note, Place, UserError
from compiler.document import syntax
from compiler.document.node import NO_KEYS, Node
from compiler.document.scalar import CORE, RefusedError, Scalar, resolve, tagged, unknown_tag
from compiler.document.text import lines, short
from compiler.suggest import closest

DEEPEST = 64
MOST_NODES = 50_000
# Comparing every name with every other would take minutes in a file made for it.
_COMPARED = 100


def compose(path: str, text: str) -> Node:
    """The mapping that a text holds; raises UserError with every diagnostic found."""
    composer = _Composer(path)
    try:
        composer.run(CParser(text))
    except _Stop:
        pass
    except YAMLError as error:
        composer.problems.append(syntax.explain(path, lines(text), error))
    if composer.problems:
        raise UserError(*composer.problems)
    top = composer.top
    if top is None or top.value is None:
        raise UserError(
            Diagnostic(
                "document/empty",
                "the file holds nothing",
                "write `key: value` lines, or remove the file",
                Place(path),
            )
        )
    if not isinstance(top.value, dict):
        raise UserError(_no_mapping(top))
    return top


def _no_mapping(top: Node) -> Diagnostic:
    what = "a list" if isinstance(top.value, list) else "a single value"
    fix = "write `key: value` lines"
    if isinstance(top.value, str) and ":" in top.value:
        fix += ", with a space after the colon"
    return Diagnostic("document/no-mapping", f"the file holds {what}, not keys with values", fix, top.at)


class _Stop(Exception):  # noqa: N818 - it is no error: the diagnostic has been noted
    """Reading on would be pointless or endless."""


class _Anchored(NamedTuple):
    """What an anchor names; `size` in nodes, `height` in levels below it."""

    node: Node
    size: int
    height: int


class _Open:
    """A mapping or a list that has not ended."""

    __slots__ = (
        "anchor",
        "at",
        "before",
        "expects_value",
        "height",
        "items",
        "key",
        "keys",
        "values",
    )

    def __init__(self, at: Place, anchor: str | None, before: int, mapping: bool) -> None:
        self.at = at
        self.anchor = anchor
        self.before = before
        self.height = 1
        self.values: dict[str, Node] | None = {} if mapping else None
        self.items: list[Node] = []
        self.keys: dict[str, Place] = {}
        # The key whose value comes next; None where that key was refused and its value goes nowhere.
        self.key: str | None = None
        self.expects_value = False


class _Composer:
    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Diagnostic] = []
        self.top: Node | None = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, _Anchored] = {}
        self.count = 0
        self.documents = 0

    def run(self, parser: Any) -> None:
        next_event = parser.get_event
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                self.scalar(event)
            elif kind is MappingStartEvent:
                self.open(event, mapping=True)
            elif kind is SequenceStartEvent:
                self.open(event, mapping=False)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close()
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentStartEvent:
                self.document(event)
            elif kind is StreamEndEvent:
                return

    def document(self, event: Any) -> None:
        at = self.place(event)
        self.documents += 1
        if self.documents > 1:
            self.stop(
                "document/second-document",
                "a second document starts here, and a file holds one",
                "move it to a file of its own, or remove the `---`",
                at,
            )
        if event.version not in (None, (1, 2)):
            major, minor = event.version
            self.problem(
                "document/directive",
                f"the file says that it is YAML {major}.{minor}, and it is read as YAML 1.2",
                "remove the line `%YAML`",
                at,
            )
        if event.tags:
            self.problem(
                "document/directive", "`%TAG` defines tags, which have no use here", "remove the line", at
            )

    def scalar(self, event: Any) -> None:
        at = self.place(event)
        self.counted(1, at)
        stack = self.stack
        if stack:
            frame = stack[-1]
            if frame.values is not None and not frame.expects_value:
                self.key(frame, event, at)
                return
        node = Node(self.value(event, at), at)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self.add(node)

    def value(self, event: Any, at: Place) -> Scalar:
        try:
            if event.ctag is None:
                return resolve(event.value) if event.implicit[0] else event.value
            return tagged(event.tag, event.value)
        except RefusedError as refused:
            self.problem(refused.rule, refused.message, refused.fix, at)
            return None

    def key(self, frame: _Open, event: Any, at: Place) -> None:
        frame.expects_value = True
        frame.key = None
        word: str = event.value
        assert frame.values is not None
        if event.ctag is not None or event.implicit[0]:
            if word == "<<" and event.ctag is None:
                self.problem(
                    "document/merge-key",
                    "`<<` merges mappings in YAML 1.1 only",
                    "write the keys out, or share them by `extends` or an environment's `defaults`",
                    at,
                )
                return
            before = len(self.problems)
            key = self.value(event, at)
            if len(self.problems) > before:
                return
            if not isinstance(key, str):
                fix = f'put it in quotes: "{word}"' if word else "write one before the colon"
                self.problem("document/key", _no_text(key, word), fix, at)
                return
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(Node(word, at), 1, 0)
        if word in frame.keys:
            first = frame.keys[word]
            self.problems.append(
                Diagnostic(
                    "document/duplicate-key",
                    f"the key `{short(word)}` stands here a second time",
                    "keep one of the two",
                    at,
                    (Note("it stands here first", first),),
                )
            )
            return
        frame.key = word
        frame.keys[word] = at

    def open(self, event: Any, mapping: bool) -> None:
        at = self.place(event)
        self.counted(1, at)
        if len(self.stack) >= DEEPEST:
            self.stop(*_TOO_DEEP, at)
        anchor = event.anchor
        if anchor is not None:
            self.anchors.pop(anchor, None)
        if event.ctag is not None and event.tag not in ("!", CORE + ("map" if mapping else "seq")):
            refused = unknown_tag(event.tag)
            self.problem(refused.rule, refused.message, refused.fix, at)
        self.stack.append(_Open(at, anchor, self.count, mapping))

    def close(self) -> None:
        frame = self.stack.pop()
        if frame.values is None:
            node = Node(frame.items, frame.at)
        else:
            node = Node(frame.values, frame.at, frame.keys or NO_KEYS)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(node, self.count - frame.before + 1, frame.height)
        if self.stack:
            parent = self.stack[-1]
            parent.height = max(parent.height, frame.height + 1)
        what = "a list" if frame.values is None else "a mapping"
        fix = "put it in quotes where it is a text, such as a template in braces"
        if not self.refused_as_key(frame.at, what, fix):
            self.add(node)

    def alias(self, event: Any) -> None:
        at = self.place(event)
        if self.refused_as_key(at, "an alias", "write out what it stands for"):
            return
        name: str = event.anchor
        anchored = self.anchors.get(name)
        if anchored is None:
            self.unknown_alias(name, at)
            self.add(Node(None, at))
            return
        self.counted(anchored.size, at)
        if len(self.stack) + anchored.height > DEEPEST:
            self.stop(*_TOO_DEEP, at)
        if self.stack:
            parent = self.stack[-1]
            parent.height = max(parent.height, anchored.height + 1)
        self.add(Node(anchored.node.value, at, anchored.node.keys))

    def unknown_alias(self, name: str, at: Place) -> None:
        if any(frame.anchor == name for frame in self.stack):
            self.problem(
                "document/alias",
                f"`*{short(name)}` stands inside of what it names, which would never end",
                "write out what is meant",
                at,
            )
            return
        near = closest(name, self.anchors) if len(self.anchors) <= _COMPARED else None
        self.problem(
            "document/alias",
            f"no anchor `&{short(name)}` stands before this" + (f"; did you mean `*{near}`?" if near else ""),
            "put the value in quotes where it is a text that starts with `*`",
            at,
        )

    def add(self, node: Node) -> None:
        """Puts what has been read into what is open."""
        if not self.stack:
            self.top = node
            return
        frame = self.stack[-1]
        if frame.values is None:
            frame.items.append(node)
        elif frame.expects_value:
            frame.expects_value = False
            if frame.key is not None:
                frame.values[frame.key] = node

    def refused_as_key(self, at: Place, what: str, fix: str) -> bool:
        """Whether a key is expected here, which is a text and nothing else; its value then goes nowhere."""
        if not self.stack:
            return False
        frame = self.stack[-1]
        if frame.values is None or frame.expects_value:
            return False
        self.problem("document/key", f"a key is a text, and this one is {what}", fix, at)
        frame.expects_value = True
        frame.key = None
        return True

    def counted(self, nodes: int, at: Place) -> None:
        self.count += nodes
        if self.count > MOST_NODES:
            self.stop(
                "document/too-many-values",
                f"the file holds more than {MOST_NODES:,} values, its aliases written out",
                "split it, or write less by aliases",
                at,
            )

    def place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.path, mark.line + 1, mark.column + 1)

    def problem(self, rule: str, message: str, fix: str, at: Place) -> None:
        self.problems.append(Diagnostic(rule, message, fix, at))

    def stop(self, rule: str, message: str, fix: str, at: Place) -> None:
        self.problem(rule, message, fix, at)
        raise _Stop


_TOO_DEEP = (
    "document/too-deep",
    f"values are nested more than {DEEPEST} levels deep here",
    "nothing needs that: remove the brackets or dashes too many",
)


def _no_text(key: float | bool | None, word: str) -> str:
    if not word:
        return "no key stands before this colon"
    what = "null" if key is None else "a truth value" if isinstance(key, bool) else "a number"
    return f"the key `{word}` means {what}, and a key is a text"
