"""Which forge the environment names."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.forge.cleaned import cleaned
from bot.forge.forge import Commits, Forge
from bot.forge.local.forge import LocalForge
from bot.forge.rules import Rules
from bot.redactor import knowing

_JOBS = "dbspec[bot]"


def connect(
    environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep, *, hurry: bool = False
) -> Forge:
    """The local forge in the folder DBSPEC_FORGE (acting as DBSPEC_FORGE_LOGIN), else GitHub as its settings say.

    No text that is written to it holds a secret of this environment. Raises UserError where a setting is missing or
    wrong; nothing is asked over the network yet but an App's installation. GitHub may ask to be left alone for
    minutes, which `sleep` then waits; in a hurry, since a person waits, that is an error at once.
    """
    if environ.get("DBSPEC_FORGE"):
        local = LocalForge.at(Path(environ["DBSPEC_FORGE"]))
        return cleaned(local.connect(environ.get("DBSPEC_FORGE_LOGIN") or _JOBS), knowing(environ))
    from bot.forge.github.client import Patience
    from bot.forge.github.connect import connect as connect_github

    patience = Patience(tries=2, longest=2.0, sleep=sleep) if hurry else Patience(sleep=sleep)
    return cleaned(connect_github(environ, patience), knowing(environ))


def connect_rules(environ: Mapping[str, str]) -> Rules | None:
    """The rules of the repository that the environment names; None for the local forge, which asks for nothing."""
    if environ.get("DBSPEC_FORGE"):
        return None
    from bot.forge.github.connect import connect_rules as of_github

    return of_github(environ)


def connect_commits(environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep) -> Commits:
    """Commits that the forge makes itself, as whom `connect` would write."""
    if environ.get("DBSPEC_FORGE"):
        local = LocalForge.at(Path(environ["DBSPEC_FORGE"]))
        return local.commits(environ.get("DBSPEC_FORGE_LOGIN") or _JOBS)
    from bot.forge.github.client import Patience
    from bot.forge.github.connect import connect_commits as of_github

    return of_github(environ, Patience(sleep=sleep))


def starter(
    environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep
) -> Callable[[str], None] | None:
    """What starts the apply of an environment; None for the local forge, which runs no jobs."""
    if environ.get("DBSPEC_FORGE"):
        return None
    from bot.forge.github.client import Patience
    from bot.forge.github.connect import starter as of_github

    return of_github(environ, Patience(sleep=sleep))
