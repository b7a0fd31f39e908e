"""Caches restored on the simulated account: what they are like, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from compiler.graph import Stack
from compiler.sandbox.refusal import AwsError

Compile = Callable[..., Stack]


def _snapshot(life: Any) -> str:
    (found,) = [
        each["id"] for each in life.account.show()["things"] if each["type"] == "aws:elasticache:Snapshot"
    ]
    return str(found)


def test_a_database_comes_back_from_its_final_snapshot_and_the_line_changes_nothing_later(
    compiled: Compile, new_life: Callable[[], Any]
) -> None:
    life = new_life()
    life.apply(compiled({"topology": "replicated", "replicas": 1}))
    life.destroy()
    again = {"topology": "replicated", "replicas": 1, "identifier": "carts-again"}
    restored = compiled({**again, "restore": {"snapshot": _snapshot(life)}})
    assert set(life.apply(restored).values()) == {"create"}
    assert life.apply(restored) == {}
    assert life.apply(compiled(again)) == {}
    assert life.apply(compiled({**again, "restore": {"snapshot": "another"}})) == {}


@pytest.mark.parametrize(
    ("before", "after", "refusal"),
    [
        (
            {"topology": "cluster", "shards": 2},
            {"topology": "replicated", "replicas": 1},
            "cluster mode disabled",
        ),
        ({}, {"engine": "redis", "engine_version": "7.1"}, "a snapshot of valkey with the engine redis"),
        ({"engine_version": "8.1"}, {"engine_version": "8.0"}, "a snapshot of valkey 8.1 with version 8.0"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(
    before: dict[str, Any],
    after: dict[str, Any],
    refusal: str,
    compiled: Compile,
    new_life: Callable[[], Any],
) -> None:
    life = new_life()
    life.apply(compiled(before))
    life.destroy()
    source = {"identifier": "carts-again", "restore": {"snapshot": _snapshot(life)}}
    with pytest.raises(AwsError, match=refusal):
        life.apply(compiled({**after, **source}))
    life.state.clear()
