from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine.store import Store, open_store
from compiler.engine.store.record import Applied, Attempt, Converged, Outcome, read, read_all, write

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def applied(stack: str = "prod.orders") -> Applied:
    graph = {"id": stack, "after": [], "resources": [], "outputs": {"port": {"$ref": ["instance", "port"]}}}
    return Applied(
        stack,
        Converged("0a1b2c3", "sha256:aa", graph, "0.1.0", AT),
        Attempt(None, "sha256:bb", Outcome.FAILED, AT, "DBInstanceAlreadyExists: müssen wir klären"),
    )


def test_a_record_comes_back_as_it_was_written(store: Store) -> None:
    version = write(store, applied(), None)
    assert read(store, "prod.orders") == (applied(), version)


def test_a_stack_that_was_never_tried_has_no_record(store: Store) -> None:
    assert read(store, "prod.orders") is None


@pytest.mark.parametrize("outcome", Outcome)
def test_a_stack_that_never_converged_has_only_its_last_attempt(store: Store, outcome: Outcome) -> None:
    one = Applied("dev.a", None, Attempt("0a1b2c3", "sha256:aa", outcome, AT))
    version = write(store, one, None)
    assert read(store, "dev.a") == (one, version)


def test_a_lost_update_is_refused(store: Store) -> None:
    first = write(store, applied(), None)
    second = write(store, replace(applied(), converged=None), first)
    with pytest.raises(UserError, match="was changed by somebody else") as caught:
        write(store, applied(), first)
    assert caught.value.exit_code == Exit.ENGINE
    assert read(store, "prod.orders") == (replace(applied(), converged=None), second)


def test_a_record_that_is_already_there_is_not_written_as_if_new(store: Store) -> None:
    write(store, applied(), None)
    with pytest.raises(UserError, match="was changed by somebody else"):
        write(store, replace(applied(), converged=None), None)


def test_all_records_of_one_environment_are_read(store: Store) -> None:
    for stack in ("prod.orders", "prod.users", "production.orders", "dev.orders"):
        write(store, applied(stack), None)
    found = read_all(store, "prod")
    assert found.applied == {"prod.orders": applied("prod.orders"), "prod.users": applied("prod.users")}
    assert found.problems == ()


def test_an_environment_without_records_has_none(store: Store) -> None:
    assert read_all(store, "prod") == ({}, ())


def test_one_unreadable_record_does_not_hide_the_others(store: Store) -> None:
    write(store, applied("prod.a"), None)
    store.create("applied/prod.b.json", b"")
    found = read_all(store, "prod")
    assert list(found.applied) == ["prod.a"]
    (problem,) = found.problems
    assert store.place("applied/prod.b.json") in problem.message


def test_a_store_out_of_reach_is_not_taken_for_empty(aws: str) -> None:
    with pytest.raises(UserError, match="NoSuchBucket"):
        read_all(open_store(f"s3://nowhere?region=eu-west-1&endpoint={aws}&s3ForcePathStyle=true"), "prod")


def changed(path: tuple[str, ...], value: Any) -> bytes:
    data: dict[str, Any] = json.loads(written())
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return json.dumps(data).encode()


def written() -> bytes:
    class Caught:
        def create(self, key: str, data: bytes) -> str:
            self.data = data
            return "1"

    caught: Any = Caught()
    write(caught, applied(), None)
    data: bytes = caught.data
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b"{}",
        changed(("stack",), "prod.users"),
        changed(("format",), 0),
        changed(("format",), "1"),
        changed(("converged",), {}),
        changed(("converged",), []),
        changed(("converged", "graph"), "text"),
        changed(("converged", "at"), "yesterday"),
        changed(("converged", "digest"), None),
        changed(("last",), None),
        changed(("last", "outcome"), "exploded"),
        changed(("last", "at"), 5),
    ],
)
def test_a_corrupt_record_is_named_with_the_way_out(tmp_path: Path, data: bytes) -> None:
    store = open_store(f"file://{tmp_path}")
    store.create("applied/prod.orders.json", data)
    with pytest.raises(UserError, match=r"is not readable.*put an earlier version") as caught:
        read(store, "prod.orders")
    assert store.place("applied/prod.orders.json") in str(caught.value)
    assert caught.value.exit_code == Exit.ENGINE


def test_a_record_of_a_newer_version_is_refused_clearly(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    store.create("applied/prod.orders.json", b'{"format": 2, "unheard": "of"}')
    with pytest.raises(UserError, match=r"written by a newer dbspec \(format 2, known here: 1\)"):
        read(store, "prod.orders")
