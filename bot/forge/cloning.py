"""Where the repository of a forge is cloned from, and with which password."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.forge.local.forge import LocalForge


class Origin(NamedTuple):
    """`token` is asked each time, since an App's lives for an hour; "" where none is needed."""

    url: str
    token: Callable[[], str]


def origin(environ: Mapping[str, str], web: str, sleep: Callable[[float], None] = time.sleep) -> Origin:
    """That of the forge that the environment names; `web` is the address of GitHub's pages. Raises UserError.

    `sleep` waits for GitHub where it gives no password yet.
    """
    if environ.get("DBSPEC_FORGE"):
        return Origin(LocalForge.at(Path(environ["DBSPEC_FORGE"])).url, lambda: "")
    from bot.forge.github.cloning import token

    return Origin(f"{web.rstrip('/')}/{environ['GITHUB_REPOSITORY']}.git", token(environ, sleep))
