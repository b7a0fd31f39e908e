"""The applied record: what a stack last converged on, and how the last attempt on it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from compiler.diagnostics import Diagnostic, Exit, UserError, fail
from compiler.engine.store import Store
from compiler.lifecycle.said import Entry

_FORMAT = 1
_FOLDER = "applied/"
_PARALLEL = 32


class Outcome(StrEnum):
    """How an attempt ended; `started` is written before its first step and means that nobody saw the end."""

    STARTED = "started"
    APPLIED = "applied"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Converged:
    """`graph` is `graph.to_data`'s, `version` dbspec's; `commit` is None where no revision was applied.

    `acknowledged` are the acknowledgements that the spec had then: what they were for has been applied.
    """

    commit: str | None
    digest: str
    graph: Mapping[str, Any]
    version: str
    at: datetime
    acknowledged: frozenset[Entry] = frozenset()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last one; `message` holds no secret."""

    commit: str | None
    digest: str
    outcome: Outcome
    at: datetime
    message: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """`converged` is None for a stack that never got there, or was destroyed since: then it is `gone`."""

    stack: str
    converged: Converged | None
    last: Attempt
    gone: bool = False


class Records(NamedTuple):
    """Records by stack, and what is wrong with those that cannot be read."""

    applied: dict[str, Applied]
    problems: tuple[Diagnostic, ...]


def read(store: Store, stack_id: str) -> tuple[Applied, str] | None:
    """The record and its version, or None where nothing was ever tried; UserError where it is unreadable."""
    found = store.read(_key(stack_id))
    if found is None:
        return None
    data, version = found
    return _from_bytes(data, stack_id, store.place(_key(stack_id))), version


def read_all(store: Store, environment: str) -> Records:
    """Every record of an environment, read at once."""
    prefix = f"{_FOLDER}{environment}."
    stacks = [key.removeprefix(_FOLDER).removesuffix(".json") for key in store.keys(prefix)]
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = list(pool.map(lambda stack: _one(store, stack), stacks))
    return Records(
        {each.stack: each for each in found if isinstance(each, Applied)},
        tuple(problem for each in found if isinstance(each, UserError) for problem in each.diagnostics),
    )


def write(store: Store, applied: Applied, version: str | None) -> str:
    """Writes it over the version that was read (None: there was none) and returns the new one.

    Raises UserError (exit code 3) where somebody else wrote it since: then the lock did not hold.
    """
    key, data = _key(applied.stack), _to_bytes(applied)
    written = store.create(key, data) if version is None else store.replace(key, data, version)
    if written is None:
        raise _conflict(store, key)
    return written


def delete(store: Store, stack_id: str, version: str) -> None:
    """Deletes the version that was read; one that is gone already is as good.

    Raises UserError (exit code 3) where somebody else wrote it since.
    """
    if not store.delete(_key(stack_id), version) and store.read(_key(stack_id)) is not None:
        raise _conflict(store, _key(stack_id))


def _conflict(store: Store, key: str) -> UserError:
    return fail(
        "record/conflict",
        f"the record {store.place(key)} was changed by somebody else meanwhile",
        "run it again: it goes by what stands there now",
        exit_code=Exit.ENGINE,
    )


def _key(stack_id: str) -> str:
    return f"{_FOLDER}{stack_id}.json"


def _one(store: Store, stack_id: str) -> Applied | UserError | None:
    try:
        found = read(store, stack_id)
    except UserError as error:
        if any(each.rule.startswith("record/") for each in error.diagnostics):
            return error
        raise  # the store itself is out of reach
    return found[0] if found else None


def _to_bytes(applied: Applied) -> bytes:
    converged, last = applied.converged, applied.last
    data = {
        "format": _FORMAT,
        "stack": applied.stack,
        "converged": None
        if converged is None
        else {
            "commit": converged.commit,
            "digest": converged.digest,
            "graph": converged.graph,
            "version": converged.version,
            "at": converged.at.isoformat(),
            "acknowledged": sorted(converged.acknowledged),
        },
        "last": {
            "commit": last.commit,
            "digest": last.digest,
            "outcome": last.outcome,
            "message": last.message,
            "at": last.at.isoformat(),
        },
        "gone": applied.gone,
    }
    return (json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _from_bytes(data: bytes, stack_id: str, place: str) -> Applied:
    try:
        fields = json.loads(data)
        written = fields["format"]
        if isinstance(written, int) and written > _FORMAT:
            raise fail(
                "record/newer",
                f"the record {place} was written by a newer dbspec (format {written}, known here: {_FORMAT})",
                "use that version",
                exit_code=Exit.ENGINE,
            )
        if written != _FORMAT or fields["stack"] != stack_id:
            raise ValueError("not a record of this stack")
        converged, last = fields["converged"], fields["last"]
        return Applied(
            stack=stack_id,
            converged=None
            if converged is None
            else Converged(
                commit=_text_or_none(converged["commit"]),
                digest=_text(converged["digest"]),
                graph=_mapping(converged["graph"]),
                version=_text(converged["version"]),
                at=_moment(converged["at"]),
                acknowledged=frozenset(
                    Entry(*map(_text, each)) for each in converged.get("acknowledged", ())
                ),
            ),
            last=Attempt(
                commit=_text_or_none(last["commit"]),
                digest=_text(last["digest"]),
                outcome=Outcome(last["outcome"]),
                message=_text(last["message"]),
                at=_moment(last["at"]),
            ),
            gone=bool(fields.get("gone", False)),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise fail(
            "record/unreadable",
            f"the record {place} is not readable",
            "put an earlier version of it back, or delete it: then everything counts as never applied",
            exit_code=Exit.ENGINE,
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(_text(value)).astimezone(UTC)
