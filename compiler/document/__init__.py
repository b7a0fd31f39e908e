"""YAML files as values that know where they stand."""

from __future__ import annotations

from compiler.document.composer import compose
from compiler.document.node import EMPTY, Float, Node, Value, locate, merge, plain
from compiler.document.text import decode, lines, visible

__all__ = [
    "EMPTY",
    "Float",
    "Node",
    "Value",
    "decode",
    "lines",
    "locate",
    "merge",
    "plain",
    "read",
    "visible",
]


def read(path: str, data: bytes) -> Node:
    """The mapping that a file holds, by the YAML 1.2 core schema.

    `path` is only used to name the places. Raises UserError with every diagnostic that can be found.
    """
    return compose(path, decode(path, data))
