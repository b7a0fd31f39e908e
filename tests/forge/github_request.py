"""What a route of the simulated GitHub is given, checks and refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.forge.forge import Account

_DOCS = "https://docs.github.com/rest"


class Refusal(Exception):  # noqa: N818 (it is an answer)
    """An answer of 400 or more, in the shape that GitHub documents."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = {**body, "documentation_url": _DOCS, "status": str(status)}
        self.headers = headers or {}

    @classmethod
    def not_found(cls) -> Refusal:
        return cls(404, {"message": "Not Found"})

    @classmethod
    def invalid(cls, resource: str, field: str, code: str, message: str = "") -> Refusal:
        error = {"resource": resource, "field": field, "code": code} | (
            {"message": message} if message else {}
        )
        return cls(422, {"message": "Validation Failed", "errors": [error]})


@dataclass(frozen=True)
class Text:
    """A field that is text, of so many characters at most."""

    longest: int = 65_536


Field = Text | type | tuple[str, ...] | list[Any] | dict[str, Any]
"""A text, a type, one of these words, a list of such, or an object with such fields ("!" ends a required name)."""


@dataclass(frozen=True)
class Request:
    """`found` are the parts of the path."""

    found: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    actor: Account
    problems: list[str] = field(repr=False)

    def checked(self, resource: str, fields: Mapping[str, Field]) -> dict[str, Any]:
        """The body, if it has these fields. What GitHub refuses is refused; what it would ignore is a problem."""
        self._check(resource, "", self.body if self.body is not None else {}, fields)
        return dict(self.body)

    def number(self, name: str = "number") -> int:
        return int(self.found[name])

    def _check(self, resource: str, at: str, given: Any, fields: Mapping[str, Field]) -> None:
        if not isinstance(given, dict):
            raise Refusal(400, {"message": "Problems parsing JSON"})
        kinds = {name.rstrip("!"): kind for name, kind in fields.items()}
        self.problems.extend(f"{resource}: unknown field {at}{name}" for name in given if name not in kinds)
        for name in fields:
            if name.endswith("!") and given.get(name.rstrip("!")) is None:
                raise Refusal.invalid(resource, at + name.rstrip("!"), "missing_field")
        for name, value in given.items():
            if name in kinds:
                self._check_value(resource, at + name, value, kinds[name])

    def _check_value(self, resource: str, at: str, value: Any, kind: Field) -> None:
        match kind:
            case Text():
                if not isinstance(value, str):
                    raise Refusal.invalid(resource, at, "invalid")
                if len(value) > kind.longest:
                    self.problems.append(f"{resource}: {at} has {len(value)} characters")
                    said = f"{at} is too long (maximum is {kind.longest} characters)"
                    raise Refusal.invalid(resource, at, "custom", said)
            case tuple():
                if value not in kind:
                    raise Refusal.invalid(resource, at, "invalid")
            case list():
                if not isinstance(value, list):
                    raise Refusal.invalid(resource, at, "invalid")
                for each in value:
                    self._check_value(resource, f"{at}[]", each, kind[0])
            case dict():
                self._check(resource, f"{at}.", value, kind)
            case _:
                if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
                    raise Refusal.invalid(resource, at, "invalid")


@dataclass(frozen=True)
class Route:
    """`path` is below the repository, with parts in braces. `listed`: "*" for a list, else the key it stands under.
    `permission`: any one of these names ("|" between), and the level."""

    verb: str
    path: str
    permission: tuple[str, str]
    handle: Callable[[Request], tuple[int, Any]]
    listed: str = ""
    parameters: tuple[str, ...] = ()

    def matches(self, verb: str, path: str) -> dict[str, str] | None:
        pattern = re.sub(r"\{number\}", r"(?P<number>\\d+)", self.path)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        found = re.fullmatch(pattern, path) if verb == self.verb else None
        return found.groupdict() if found else None
