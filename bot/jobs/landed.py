"""Which commits of main, and which pull requests, what was applied came with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.forge.forge import Forge, Pull
from bot.jobs.main import Main


@dataclass(frozen=True, slots=True)
class Landed:
    """One of main's own commits, the pull request that brought it, and the stacks it is about."""

    commit: str
    pull: Pull | None
    stacks: frozenset[str]


def landed(
    main: Main, forge: Forge, sha: str, environment: str, since: Mapping[str, str | None], told: str | None
) -> list[Landed]:
    """The commits up to this one that changed files of these stacks since the commit given with each, oldest first.

    None is since ever. A file that all of the environment shares is about all of them, if it was changed since `told`.
    Of several commits of one pull request it is the last. Raises ForgeError.
    """
    history = main.history(sha)
    starts = {
        stack: history.place(each) if each and main.knows(each) else -1 for stack, each in since.items()
    }
    # Before anything was told, only what is newest can be meant by what everybody shares.
    newest = max((history.places[each] for each in history.changes), default=0) - 1
    common = history.place(told) if told and main.knows(told) else newest
    found: dict[int | str, Landed] = {}
    for commit in sorted(history.changes, key=history.places.__getitem__):
        place = history.places[commit]
        stacks = frozenset(
            stack
            for named in _named(history.changes[commit], environment)
            for stack in ([named] if named else starts)
            if stack in starts and place > (starts[stack] if named else common)
        )
        if not stacks:
            continue
        pull = forge.pulls.pull_of(commit, main.branch)
        key = pull.number if pull else commit
        known = found.pop(key).stacks if key in found else frozenset()
        found[key] = Landed(commit, pull, stacks | known)
    return list(found.values())


def _named(paths: Collection[str], environment: str) -> Iterator[str]:
    """The stacks whose files these are, and "" for one that the whole environment shares."""
    for each in map(PurePosixPath, sorted(paths)):
        if len(each.parts) == 1:
            yield ""
        elif each.parts[0] == environment and each.suffix == ".yaml":
            if each.name == "environment.yaml":
                yield f"{environment}.environment"
                yield ""
            else:
                yield f"{environment}.{each.stem}"
