"""Property values as they travel between engine and provider: unknown values, secrets, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from compiler.sandbox.declaration import UNKNOWN
from compiler.sandbox.world import Values

# What the engine writes in the place of what it cannot know yet, and what marks an object as something special.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105


def decode(struct: Struct) -> dict[str, Any]:
    """Plain values, secrets in clear, UNKNOWN for what is unknown."""
    return {name: _decoded(value) for name, value in struct.fields.items()}


def secrets(struct: Struct) -> frozenset[str]:
    """The names of the properties that are or contain a secret."""
    return frozenset(name for name, value in struct.fields.items() if _holds_secret(value))


def encode(values: Values, secret: Iterable[str] = ()) -> Struct:
    """The inverse of `decode`; the properties in `secret` become secrets as a whole."""
    hidden = frozenset(secret)
    return Struct(fields={name: encoded(value, name in hidden) for name, value in values.items()})


def encoded(value: Any, secret: bool = False) -> Value:
    """One value for the engine."""
    if secret:
        fields = {_SIGNATURE: Value(string_value=_SECRET), "value": encoded(value)}
        return Value(struct_value=Struct(fields=fields))
    if value is UNKNOWN:
        return Value(string_value=_UNKNOWN)
    if value is None:
        return Value(null_value=NULL_VALUE)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, Mapping):
        return Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        return Value(list_value=ListValue(values=[encoded(item) for item in value]))
    return Value(string_value=str(value))


def _decoded(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == _UNKNOWN else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decoded(item) for item in value.list_value.values]
        case "struct_value" if _SIGNATURE in value.struct_value.fields:
            return _decoded(value.struct_value.fields["value"])
        case "struct_value":
            return decode(value.struct_value)
    return None


def _holds_secret(value: Value) -> bool:
    match value.WhichOneof("kind"):
        case "list_value":
            return any(_holds_secret(item) for item in value.list_value.values)
        case "struct_value":
            fields = value.struct_value.fields
            return _SIGNATURE in fields or any(_holds_secret(item) for item in fields.values())
    return False
