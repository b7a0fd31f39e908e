"""Data that machines read, carried in texts of limited length that are shown to people."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_LARGEST = 64 * 1024 * 1024
_LINE = 76
_PART = re.compile(
    r"<!-- dbspec-data (?P<number>\d{1,3})/(?P<of>\d{1,3}) (?P<digest>[0-9a-f]{64})\n(?P<text>[A-Za-z0-9+/=\n]*)-->"
)


class Part(NamedTuple):
    """One text of a parcel: `number` counts from 1, `digest` is that of the whole."""

    number: int
    of: int
    digest: str
    text: str


def pack(data: Mapping[str, Any], limit: int) -> tuple[str, ...]:
    """HTML comments, invisible where Markdown is shown, each of at most `limit` characters; none for no data."""
    if not data:
        return ()
    written = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    packed = zlib.compress(written, 9)
    digest = hashlib.sha256(packed).hexdigest()
    encoded = base64.b64encode(packed).decode()
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    each = (limit - len(f"<!-- dbspec-data 999/999 {digest}\n-->")) // (_LINE + 1)
    texts = ["".join(f"{line}\n" for line in lines[at : at + each]) for at in range(0, len(lines), each)]
    return tuple(
        f"<!-- dbspec-data {number}/{len(texts)} {digest}\n{text}-->"
        for number, text in enumerate(texts, start=1)
    )


def part_in(text: str) -> Part | None:
    """The part that stands in a text, if one does."""
    found = _PART.search(text)
    if found is None:
        return None
    return Part(int(found["number"]), int(found["of"]), found["digest"], found["text"])


def unpack(parts: Iterable[Part]) -> dict[str, Any]:
    """The data of all parts of one parcel, in any order; raises ValueError where they are not that."""
    ordered = sorted(set(parts), key=lambda each: each.number)
    if not ordered or [each.number for each in ordered] != list(range(1, ordered[0].of + 1)):
        raise ValueError("parts are missing")
    try:
        packed = base64.b64decode("".join(each.text for each in ordered).replace("\n", ""), validate=True)
        if any(hashlib.sha256(packed).hexdigest() != each.digest for each in ordered):
            raise ValueError("parts are of different data")
        # Anybody can write such a text, and a few bytes of it can unpack to gigabytes.
        unpacking = zlib.decompressobj()
        written = unpacking.decompress(packed, _LARGEST)
        if not unpacking.eof:
            raise ValueError("the data is too large or cut off")
        data = json.loads(written)
    except (binascii.Error, zlib.error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the data is damaged: {error}") from error
    if not isinstance(data, dict):
        raise ValueError("the data is no object")
    return data
