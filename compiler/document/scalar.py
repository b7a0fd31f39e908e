"""What a word without quotes means: the core schema of YAML 1.2.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re

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


class MeaninglessError(ValueError):
    """Why a number cannot be taken."""


def resolve(word: str) -> str | int | float | bool | None:
    """The value of a plain scalar: null, a truth value, a number, or else the word itself.

    Raises MeaninglessError for infinities, for what is not a number, and for numbers beyond all measure.
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
            raise MeaninglessError(f"the number {short(word)} is too large")
        return number
    if _NO_NUMBER.fullmatch(word):
        raise MeaninglessError(f"{word} is no number that anything here could take")
    return word


def _integer(word: str) -> int:
    if len(word) > _LONGEST:
        raise MeaninglessError(f"the number {short(word)} has more than {_LONGEST} digits")
    if word.startswith("0o"):
        return int(word[2:], 8)
    if word.startswith("0x"):
        return int(word[2:], 16)
    return int(word)
