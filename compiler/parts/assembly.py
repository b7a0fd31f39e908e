"""Putting a stack together: every resource gets its region and tags here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.aws.types import resource_type
from compiler.graph import Options, Ref, Resource, Stack, Value

_DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that was put into a stack."""

    name: str

    def __getitem__(self, path: str) -> Ref:
        return Ref(self.name, path)


class Assembly:
    """A stack while it is put together."""

    def __init__(self, stack_id: str, region: str, tags: Mapping[str, Value]) -> None:
        self._id = stack_id
        self._region = region
        self._tags = tags
        self._resources: list[Resource] = []

    def add(
        self, name: str, type_: str, why: str, inputs: Mapping[str, Value], options: Options = _DEFAULT
    ) -> Made:
        """Adds a resource. Inputs that are None are left out; region and tags are added where the type has them."""
        known = resource_type(type_).inputs
        given = {key: value for key, value in inputs.items() if value is not None}
        if "region" in known:
            given = {"region": self._region} | given
        if "tags" in known:
            given["tags"] = {**self._tags, "dbspec:resource": name}
        self._resources.append(Resource(name, type_, given, why, options))
        return Made(name)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything that was added so far."""
        return tuple(self._resources)

    def stack(self, outputs: Mapping[str, Value], after: tuple[str, ...] = ()) -> Stack:
        """The stack with everything that was added."""
        return Stack(self._id, tuple(self._resources), outputs, after)
