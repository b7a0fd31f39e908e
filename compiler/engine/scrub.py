"""Secrets taken out of whatever text leaves the engine."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

HIDDEN = "[secret]"

# A shorter text is no secret worth the name, and stands in many words by chance.
_SHORTEST = 4

# In an exported stack a secret is a mapping with this key and value, and the value as JSON in `plaintext`.
_MARK = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105

_SECRET_KEY = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)


class Scrubber:
    """Knows the secrets of a run; threads may tell it more at any time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, secret: Any) -> None:
        """Takes every text in that value for a secret; where one is JSON, also what it calls a secret."""
        found = {each for each in _texts(secret) if len(each) >= _SHORTEST}
        with self._guard:
            if not found <= self._known:
                self._known |= found
                self._pattern = None

    def learn_state(self, deployment: Mapping[str, Any]) -> None:
        """Takes every secret of a decrypted deployment, as `stack export --show-secrets` gives it."""
        for each in _secrets(deployment):
            self.learn(each)

    def clean(self, text: str) -> str:
        """The text without any secret known so far, quoted or escaped as it may be."""
        with self._guard:
            if self._known and self._pattern is None:
                longest_first = sorted(self._known, key=lambda each: (-len(each), each))
                self._pattern = re.compile("|".join(map(_anyhow, longest_first)))
            pattern = self._pattern
        return pattern.sub(HIDDEN, text) if pattern else text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        # A private key is quoted a line at a time.
        yield from (line for line in value.splitlines() if len(line) >= 2 * _SHORTEST)
        if value[:1] == "{":
            # Not everything in it: the host and the user name are needed to understand an error.
            with suppress(ValueError):
                yield from (
                    text
                    for key, each in json.loads(value).items()
                    if _SECRET_KEY.search(key)
                    for text in _texts(each)
                )
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _secrets(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if value.get(_MARK) == _SECRET:
            if "plaintext" in value:
                yield json.loads(value["plaintext"])
            return
        for each in value.values():
            yield from _secrets(each)
    elif isinstance(value, list):
        for each in value:
            yield from _secrets(each)


def _anyhow(secret: str) -> str:
    """Matches a text as it stands, quoted by JSON or Go and those in one another, in a URL, in HTML."""
    return "".join(map(_run, re.findall(r"\\+|[^\\]", secret, re.DOTALL)))


def _run(one: str) -> str:
    """Matches one character, or backslashes in a row, however they were escaped."""
    if one[0] == "\\":
        return rf"(?:\\{{{len(one)},}}|(?i:(?:%(?:25)*5c){{{len(one)},}}|(?:\\+u005c){{{len(one)},}}))"
    if one.isascii() and one.isalnum():
        return one
    code = ord(one)
    ways = [rf"u0*{code:x}", rf"U0*{code:x}", rf"x{code:02x}", rf"{code:03o}"]
    if one in _LETTERS:
        ways.append(_LETTERS[one])
    if code > 0xFFFF:  # JSON writes a pair
        high, low = divmod(code - 0x10000, 0x400)
        ways.append(rf"u{0xD800 + high:x}\\+u{0xDC00 + low:x}")
    escaped = rf"\\*{re.escape(one)}|\\+(?i:{'|'.join(ways)})"
    in_url = "".join(rf"%(?:25)*{byte:02x}" for byte in one.encode("utf-8", errors="surrogatepass"))
    in_bytes = "".join(rf"\\+x{byte:02x}" for byte in one.encode("utf-8", errors="surrogatepass"))
    entities = "|".join([f"#0*{code}", f"#x0*{code:x}", *_ENTITIES.get(one, ())])
    in_html = rf"(?:&|\\+u0026)(?:amp;)*(?:{entities});"
    plus = r"|\+" if one == " " else ""
    return f"(?:{escaped}|(?i:{in_url}|{in_bytes}|{in_html}){plus})"


_LETTERS = {
    "\n": "n",
    "\t": "t",
    "\r": "r",
    "\b": "b",
    "\f": "f",
    "\v": "v",
    "\a": "a",
}
_ENTITIES = {"&": ("amp",), "<": ("lt",), ">": ("gt",), '"': ("quot",), "'": ("apos",)}
