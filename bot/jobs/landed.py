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
    main: Main,
    forge: Forge,
    sha: str,
    environment: str,
    since: Mapping[str, str | None],
    standing: Collection[str],
    told: str | None,
) -> list[Landed]:
    """The commits up to this one that changed files of stacks, oldest first; of several of a pull request the last.

    Those of the stacks in `since` count from the commit that is given with each, None being ever; those of the stacks
    that are `standing` since `told`, up to which everything has been told. A file that all of the environment shares
    is about all stacks in `since`, if it was changed since `told`. Raises ForgeError.
    """
    history = main.history(sha)
    starts = {
        stack: history.place(each) if each and main.knows(each) else -1 for stack, each in since.items()
    }
    # Before anything was told, only what is newest can be meant by what everybody shares.
    newest = max((history.places[each] for each in history.changes), default=0) - 1
    last = history.place(told) if told and main.knows(told) else newest
    found: dict[int | str, Landed] = {}
    for commit in sorted(history.changes, key=history.places.__getitem__):
        place = history.places[commit]
        stacks: set[str] = set()
        for named in _named(history.changes[commit], environment):
            if not named and place > last:
                stacks |= starts.keys()
            elif place > (last if named in standing else starts.get(named, place)):
                stacks.add(named)
        if stacks:
            pull = forge.pulls.pull_of(commit, main.branch)
            key = pull.number if pull else commit
            known = found.pop(key).stacks if key in found else frozenset()
            found[key] = Landed(commit, pull, known | stacks)
    return list(found.values())


def concerns(paths: Collection[str], environment: str) -> bool:
    """Whether one of these files is of that environment, or shared by all."""
    return any(True for _ in _named(paths, environment))


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
