"""The kinds of databases: each a folder, and a line in KINDS."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.kinds.kind import Kind

# Kind to package: a package is imported when a spec of its kind is read, its module attribute KIND says the rest.
KINDS = {
    "dynamodb": "compiler.kinds.dynamodb",
    "mysql": "compiler.kinds.mysql",
    "redis": "compiler.kinds.redis",
}


@cache
def named(name: str) -> Kind[Any]:
    """The kind of that name; KeyError where there is none."""
    found: Kind[Any] = import_module(KINDS[name]).KIND
    return found
