"""What has been reviewed of a stack since it last converged, as the engine takes it and a check keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compiler import route
from compiler.entries import (
    ABSENT,
    CREATE,
    DELETE,
    FORGET,
    REPLACE,
    STACK,
    Entry,
    Leaves,
    entries,
    leaves,
    lines,
)
from compiler.graph import Stack
from compiler.lifecycle.said import Lifecycle


@dataclass(frozen=True, slots=True)
class Shown:
    """What only a preview of the account can show: `unreviewed.shown`.

    `steps` are hashes of the engine's steps that no entry explains, above all those that revert drift; `shared` are
    hashes of what others built, by its text, as the preview found it.
    """

    steps: frozenset[str] = frozenset()
    shared: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, later: Shown) -> Shown:
        return Shown(self.steps | later.steps, {**self.shared, **later.shared})


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Reviewed entries, later ones over earlier ones on the same path, and what was shown with them.

    `values` is by resource and path. `notes` say which commits reviewed nothing since, and why. `unseen` is where
    somebody touched the stack and no preview of its account is made: then nothing has to have been shown.
    """

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    shown: Shown = field(default=Shown())
    notes: tuple[str, ...] = ()
    unseen: bool = False

    @classmethod
    def of(cls, found: Iterable[Entry]) -> Reviewed:
        return cls().then(found)

    def then(self, found: Iterable[Entry]) -> Reviewed:
        """With what was reviewed later."""
        values = dict(self.values)
        for resource, path, value in found:
            key = (resource, path)
            values[key] = _existence(values.get(key), value) if path == "" else value
        return replace(self, values=values)

    def as_in(self, converged: Stack | None, stack: Stack | None, said: Lifecycle | None) -> Reviewed:
        """With all that was pending when the stack was to be like that: whatever came before, that is what counts."""
        now = _texts(leaves(stack)) | {(STACK, path): value for path, value in lines(said).items()}
        there = {each.name for each in stack.resources} if stack else set()
        values = {
            key: _standing(value, key[0] in there) if key[1] == "" else now.get(key, ABSENT)
            for key, value in self.values.items()
        }
        return replace(self, values=values, notes=()).then(entries(converged, stack, None, said))

    def showing(self, shown: Shown) -> Reviewed:
        return replace(self, shown=self.shown | shown)

    def unseeing(self) -> Reviewed:
        return replace(self, unseen=True)

    def noting(self, note: str) -> Reviewed:
        return replace(self, notes=(*self.notes, note))


def _texts(found: Leaves) -> dict[tuple[str, str], str]:
    return {(resource, route.text(at)): leaf.value for (resource, at), leaf in found.items()}


def _existence(before: str | None, now: str) -> str:
    """What two reviews of whether a resource is there come to.

    Gone and made again, it was replaced; replaced and then let go of, what was there first was to be deleted.
    """
    if now == CREATE and before in (DELETE, FORGET, REPLACE):
        return REPLACE
    return DELETE if now == FORGET and before in (DELETE, REPLACE) else now


def _standing(before: str, there: bool) -> str:
    """The same where it is to be there, or not: what a dead run has done of the last is put right by either."""
    if there:
        return REPLACE if before in (DELETE, FORGET) else before
    return before if before == FORGET else DELETE


def to_data(shown: Shown) -> dict[str, Any]:
    """JSON data, for a check: `{steps: [...], shared: {text: hash}}`."""
    return {"steps": sorted(shown.steps), "shared": dict(sorted(shown.shared.items()))}


def from_data(data: Any) -> Shown:
    """What `to_data` wrote; nothing where it did not: what cannot be read was not reviewed."""
    if not isinstance(data, Mapping):
        return Shown()
    steps, shared = data.get("steps"), data.get("shared")
    return Shown(
        frozenset(filter(_is_text, steps)) if isinstance(steps, list) else frozenset(),
        {name: value for name, value in shared.items() if _is_text(value)}
        if isinstance(shared, Mapping)
        else {},
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
