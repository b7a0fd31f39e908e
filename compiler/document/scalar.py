"""What a word without quotes means: the core schema of YAML 1.2.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from typing import TypeAlias

from compiler.document.node import Float
from compiler.document.text import short

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_FIRST = frozenset("0123456789+-.")
# Python refuses to print an integer of more than 4300 digits, and no quantity of ours has a hundred.
_LONGEST = 100

CORE = "tag:yaml.org,2002:"
_TAGGED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}

Scalar: TypeAlias = str | int | float | bool | None


class RefusedError(ValueError):
    """Why a scalar cannot be taken: what its diagnostic says."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.fix = fix


def resolve(word: str) -> Scalar:
    """The value of a plain scalar: null, a truth value, a number, or else the word itself.

    Raises RefusedError for infinities, for what is not a number, and for numbers beyond all measure.
    """
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in _FIRST:
        return word
    if _INTEGER.fullmatch(word):
        return _integer(word)
    if _FLOAT.fullmatch(word):
        number = Float(word)
        if number in (float("inf"), float("-inf")):
            raise _no_number(f"the number {short(word)} is too large")
        return number
    if _NO_NUMBER.fullmatch(word):
        raise _no_number(f"{word} is no number that anything here could take")
    return word


def tagged(tag: str, word: str) -> Scalar:
    """The value of a scalar that has a tag; raises RefusedError for tags outside of the core schema."""
    name = tag.removeprefix(CORE)
    if tag == "!" or tag == f"{CORE}str":
        return word
    if name == tag or name not in _TAGGED:
        raise unknown_tag(tag)
    value = resolve(word)
    if not isinstance(value, _TAGGED[name]) or (isinstance(value, bool) and name != "bool"):
        raise RefusedError("document/tag", f"what the tag `!!{name}` stands before is none", "remove the tag")
    return float(value) if name == "float" and isinstance(value, int) else value


def unknown_tag(tag: str) -> RefusedError:
    """The refusal of a tag that has no meaning."""
    shown = short(f"!!{tag.removeprefix(CORE)}" if tag.startswith(CORE) else tag)
    fix = "remove it, or put the value in quotes where it is a text that starts with `!`"
    return RefusedError("document/tag", f"the tag `{shown}` means nothing here", fix)


def _integer(word: str) -> int:
    if len(word) > _LONGEST:
        raise _no_number(f"the number {short(word)} has more than {_LONGEST} digits")
    if word.startswith("0o"):
        return int(word[2:], 8)
    if word.startswith("0x"):
        return int(word[2:], 16)
    return int(word)


def _no_number(message: str) -> RefusedError:
    return RefusedError("document/number", message, "write it in quotes where it is a text")
