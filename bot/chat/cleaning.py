"""Cards without secrets in them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from bot.redactor import Redactor

T = TypeVar("T")


def cleaned(value: T, redactor: Redactor) -> T:
    """A card, or a part of one, with every text in it cleaned."""
    out: Any = value
    if isinstance(value, str):
        # A word that is chosen from a list is no text.
        out = value if isinstance(value, Enum) else redactor.clean(value)
    elif isinstance(value, tuple):
        parts = [cleaned(each, redactor) for each in value]
        out = type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    elif is_dataclass(value) and not isinstance(value, type):
        parts_of = {each.name: cleaned(getattr(value, each.name), redactor) for each in fields(value)}
        out = replace(value, **parts_of)
    return cast(T, out)
