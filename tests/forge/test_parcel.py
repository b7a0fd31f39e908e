"""Data in texts that people see."""

from __future__ import annotations

import base64
import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.marker import marked, unmarked
from bot.forge.parcel import pack, part_in, unpack

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(data=st.dictionaries(st.text(), VALUES, min_size=1, max_size=6), limit=st.integers(400, 2_000))
def test_what_is_packed_comes_out_whole_in_any_order_and_within_the_limit(
    data: dict[str, object], limit: int
) -> None:
    texts = pack(data, limit)
    assert all(len(each) <= limit for each in texts)
    # Invisible where Markdown is shown: one HTML comment and nothing that ends it early.
    assert all(each.startswith("<!--") and each.index("-->") == len(each) - 3 for each in texts)
    parts = [part_in(f"words before\n{each}\nand after") for each in texts]
    random.Random(1).shuffle(parts)
    assert unpack(part for part in parts if part is not None) == data


def test_no_data_is_no_text() -> None:
    assert pack({}, 1_000) == ()
    assert part_in("a summary that somebody wrote") is None


def test_parts_that_are_missing_mixed_or_damaged_are_refused() -> None:
    one, other = (
        [part for text in pack({"a": salt}, 400) if (part := part_in(text))]
        for salt in (random.Random(1).randbytes(400).hex(), random.Random(2).randbytes(400).hex())
    )
    assert len(one) == len(other) > 1
    for wrong in ([], one[1:], one[:-1], [*one[:-1], other[-1]], [*one, other[0]]):
        with pytest.raises(ValueError, match=r"missing|different|damaged"):
            unpack(wrong)
    damaged = one[0]._replace(text=one[0].text[::-1])
    with pytest.raises(ValueError, match=r"different|damaged"):
        unpack([damaged, *one[1:]])


def test_a_small_text_cannot_unpack_to_gigabytes() -> None:
    packed = zlib.compress(b"[" + b" " * (80 * 1024 * 1024) + b"]", 9)
    text = base64.b64encode(packed).decode()
    part = part_in(f"<!-- dbspec-data 1/1 {hashlib.sha256(packed).hexdigest()}\n{text}\n-->")
    assert part is not None
    with pytest.raises(ValueError, match="too large"):
        unpack([part])


@given(body=st.text(alphabet=st.characters(exclude_characters="\r"), max_size=200))
def test_a_text_comes_back_from_under_its_marker_even_with_other_line_ends(body: str) -> None:
    text = marked("drift:prod/orders", body)
    assert unmarked(text) == ("drift:prod/orders", body)
    assert unmarked(text.replace("\n", "\r\n")) == ("drift:prod/orders", body)
    assert unmarked(f" {text}")[0] == ""
