"""A permission of AWS's: which actions, on what, and on which condition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class When(StrEnum):
    """What a request must be about, beside its resource."""

    ALWAYS = ""
    OURS = "ours"
    """The thing carries the tag of a stack of the environment."""
    NEW = "new"
    """The request gives it that tag, and it has none of another environment."""
    THROUGH = "through"
    """A key is used by the service that keeps a database's data, and not by whoever calls."""
    LINKED = "linked"
    """A role that belongs to one of the services that databases need."""
    PASSED = "passed"
    """A role is given to a service that the environment's roles are for."""
    ATTACHED = "attached"
    """A policy of AWS's own that the environment's roles have."""
    SCALED = "scaled"
    """What scales is a table or a cache."""
    BORN = "born"
    """What is tagged is being made by the same request."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Some actions on some resources.

    A resource is an ARN without `arn:PARTITION:` in which `{account}` and the names of an environment stand; without
    any it is all there are, for actions that know no resource, or that only tell what is there.
    """

    actions: tuple[str, ...]
    on: tuple[str, ...] = ("*",)
    when: When = When.ALWAYS


@dataclass(frozen=True, slots=True)
class Needs:
    """`read` is what previews ask, and applies too; `write` what only applies do."""

    read: tuple[Grant, ...] = ()
    write: tuple[Grant, ...] = ()


def some(service: str, names: str, on: tuple[str, ...] = ("*",), when: When = When.ALWAYS) -> Grant:
    """Actions of one service, by their names with spaces between."""
    return Grant(tuple(f"{service}:{each}" for each in names.split()), on, when)


def arns(service: str, *resources: str, region: str = "*") -> tuple[str, ...]:
    """Resources of the account, in any region unless one is given ("" for those that have none)."""
    return tuple(f"{service}:{region}:{{account}}:{each}" for each in resources)
