"""The resource that a request is about: what the engine says of it in our words, and our answers in the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.struct_pb2 import Struct

from compiler.aws import types
from compiler.sandbox import inputs as checking
from compiler.sandbox import wire
from compiler.sandbox.declaration import UNKNOWN, Declaration
from compiler.sandbox.life import declaration
from compiler.sandbox.refusal import NotSimulatedError

# Which inputs the provider filled in itself: real providers remember it among the inputs.
DEFAULTS = "__defaults"


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource of a stack, by the names that its program gave it."""

    type: str
    declared: Declaration
    stack: str
    resource: str

    def values(self, struct: Struct) -> dict[str, Any]:
        """Inputs and outputs under our names, without what the engine and the provider keep for themselves."""
        values = types.from_wire(self.type, wire.decode(struct))
        return {
            name: value for name, value in values.items() if value is not None and not name.startswith("__")
        }

    def title(self, values: Mapping[str, Any]) -> str:
        """What the thing is called in errors, by its own name where it has one."""
        return f"{self.declared.noun} ({values.get(self.declared.name) or self.resource})"

    def completed(self, given: Mapping[str, Any], before: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
        """The inputs with defaults, and a name where there is none: the one it had, or one made up."""
        name = self.declared.name
        named = dict(given)
        if name and given.get(name) is None and given.get(f"{name}_prefix") is None:
            named[name] = before.get(name) or f"{self.resource}-{seed.hex()[:7]}"
        return checking.complete(self.declared, named)

    def checked(self, news: Struct, given: Mapping[str, Any], completed: Mapping[str, Any]) -> Struct:
        """What came in, as it came, with what was missing; what the schema calls secret is one."""
        fields = types.resource_type(self.type).inputs
        secret = wire.secrets(news)
        checked = Struct()
        for name, value in completed.items():
            wired = fields[name].wire
            hidden = wired in secret or fields[name].secret
            if given.get(name) == value and (wired in secret) == hidden:
                checked.fields[wired].CopyFrom(news.fields[wired])
            else:
                only = types.to_wire(self.type, {name: value})
                checked.fields[wired].CopyFrom(wire.encoded(only[wired], hidden))
        filled = sorted(fields[name].wire for name in completed.keys() - given.keys())
        checked.fields[DEFAULTS].CopyFrom(wire.encoded(filled))
        return checked

    def named_by_hand(self, news: Struct) -> bool:
        """Whether a person chose the name that the provider would make up otherwise."""
        if not self.declared.name:
            return False
        wired = types.resource_type(self.type).inputs[self.declared.name].wire
        given = wire.decode(news)
        return wired in given and wired not in (given.get(DEFAULTS) or [])

    def unread(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that AWS does not tell again, and that only a state remembers."""
        return {
            name: value
            for name, value in values.items()
            if name in self.declared.unread or name.endswith("_wo")
        }

    def unmade(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of what does not exist yet: nothing is known but what it is asked to be."""
        return dict.fromkeys(types.resource_type(self.type).outputs.keys() - {"id"}, UNKNOWN) | dict(inputs)

    def outputs(self, values: Mapping[str, Any], secret: frozenset[str]) -> Struct:
        """Outputs for the engine; write-only inputs never become any. `secret` are wire names."""
        return self.encoded(
            {name: value for name, value in values.items() if not name.endswith("_wo")}, secret
        )

    def encoded(self, values: Mapping[str, Any], secret: frozenset[str]) -> Struct:
        """Values for the engine, with what the schema calls secret, or came as a secret, as secrets."""
        found = types.resource_type(self.type)
        fields = [*found.inputs.values(), *found.outputs.values()]
        told = {name: value for name, value in values.items() if name in found.outputs}
        asked = {name: value for name, value in values.items() if name not in found.outputs}
        wired = types.to_wire(self.type, told, "outputs") | types.to_wire(self.type, asked)
        return wire.encode(wired, secret | {field.wire for field in fields if field.secret})


def of(urn: str) -> Subject:
    """The subject with that URN; NotSimulatedError where the sandbox does not know its type."""
    stack, _, qualified, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    token = qualified.rpartition("$")[2]
    found = types.by_token(token)
    if found is None:
        raise NotSimulatedError(f"the sandbox does not simulate {token}")
    return Subject(found.name, declaration(found.name), stack, name)
