"""What the specs of a commit compile to, as data: whoever compiled it need not be trusted by whoever reads it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.jobs.revisions import Revisions, unpacked
from compiler import causes, graph, route
from compiler.aws import types
from compiler.catalog import Catalog
from compiler.causes import Written
from compiler.diagnostics import Exit, UserError, fail
from compiler.graph import Ref, Stack

VERSION = 1

_ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")
_MOST_BYTES = 200_000_000
_MOST_RESOURCES = 2_000  # of one stack
# What the code of another commit gets to see of this process: nothing that could be a secret.
_SEEN = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Graphs:
    """The stacks of a commit by id; `unread` are ids of what is wrong and has none (`prod.orders`)."""

    commit: str
    stacks: Mapping[str, Stack]
    unread: frozenset[str] = frozenset()


def compiled(found: Catalog, commit: str) -> Graphs:
    """Everything that compiles."""
    stacks: dict[str, Stack] = {}
    unread = {_stack(id_) for id_ in found.unread}
    everything: list[Written] = [*found.environments.values(), *found.databases.values()]
    for written in everything:
        made, wrong = causes.compiled(written)
        if wrong:
            unread.add(made.stack.id)
        else:
            stacks[made.stack.id] = made.stack
    return Graphs(commit, stacks, frozenset(unread))


def by_its_own_code(revisions: Revisions, commit: str) -> Graphs:
    """The specs at a commit as the code of that commit compiles them, in a process that sees no credential.

    Raises UserError where that code does not do it.
    """
    environ = {name: os.environ[name] for name in _SEEN if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="dbspec-") as folder:
        code, out = Path(folder) / "code", Path(folder) / "graphs.json"
        unpacked(revisions, commit, code)
        command = [sys.executable, "-P", "-m", "bot.commands.app", "ci", "compile"]
        command += ["--specs", str(revisions.top / revisions.folder), "--revision", commit, "--out", str(out)]
        try:
            done = subprocess.run(
                command,
                cwd=revisions.top,
                env=environ | {"PYTHONPATH": str(code)},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _broken(commit, f"it took longer than {_SECONDS} s") from error
        if done.returncode:
            raise _broken(commit, (done.stderr.strip().splitlines() or ["it said nothing"])[-1])
        return read(out)


def _broken(commit: str, why: str) -> UserError:
    return fail(
        "preview/own-code",
        f"the specs at {commit[:12]} could not be compiled by the code of that commit: {why}",
        "what a change of the compiler does cannot be shown; mend that commit, or compare with another",
        exit_code=Exit.ENGINE,
    )


def write(graphs: Graphs, file: Path) -> None:
    """All of it, as JSON."""
    data = {
        "version": VERSION,
        "commit": graphs.commit,
        "unread": sorted(graphs.unread),
        "stacks": [graph.to_data(graphs.stacks[each]) for each in sorted(graphs.stacks)],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def read(file: Path) -> Graphs:
    """What `write` wrote, and nothing that the engine could be misled by; raises UserError for anything else."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        data = json.loads(file.read_bytes())
        if data["version"] != VERSION:
            raise ValueError(f"it is of version {data['version']}, and {VERSION} is read")
        stacks = [_stack_of(each) for each in data["stacks"]]
        return Graphs(
            str(data["commit"]), {each.id: each for each in stacks}, frozenset(map(str, data["unread"]))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise fail(
            "preview/graphs",
            f"{file.name} holds no graphs: {error}",
            "write it with dbspec-bot ci compile",
            exit_code=Exit.USAGE,
        ) from error


def _stack_of(data: Mapping[str, Any]) -> Stack:
    stack = graph.from_data(data)
    if not _ID.fullmatch(stack.id):
        raise ValueError(f"{stack.id!r} is no stack's name")
    if len(stack.resources) > _MOST_RESOURCES:
        raise ValueError(f"{stack.id} has more than {_MOST_RESOURCES} resources")
    made = {each.name: each.type for each in stack.resources}
    if len(made) != len(stack.resources):
        raise ValueError(f"{stack.id} has two resources of one name")
    for each in stack.resources:
        known = types.resource_type(each.type) if each.type in types.known() else None
        if known is None:
            raise ValueError(f"{stack.id}: there is no type {each.type}")
        if strange := each.inputs.keys() - known.inputs.keys():
            raise ValueError(f"{stack.id}: {each.type} takes no {min(strange)}")
        for ref in graph.parts(dict(each.inputs)):
            _check(stack.id, ref, made)
    for ref in graph.parts(dict(stack.outputs)):
        _check(stack.id, ref, made)
    graph.ordered(stack)
    return stack


def _check(stack: str, ref: object, made: Mapping[str, str]) -> None:
    """Raises ValueError for a reference to what is no output of the stack's own resources."""
    if isinstance(ref, Ref) and (
        ref.resource not in made or types.output_at(made[ref.resource], route.parse(ref.path)) is None
    ):
        raise ValueError(f"{stack}: there is no {graph.text(ref)}")


def _stack(id_: str) -> str:
    environment, _, name = id_.partition("/")
    return f"{environment}.{name or 'environment'}"
