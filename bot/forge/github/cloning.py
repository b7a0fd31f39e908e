"""The token by which git reads and writes a repository on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.forge.github.client import Patience
from bot.forge.github.connect import connect_client


def token(environ: Mapping[str, str], sleep: Callable[[float], None]) -> Callable[[], str]:
    """That of whoever acts: a user's stays, an App's is made anew when it has ended. Raises UserError as `connect`.

    Asking it raises ForgeError where GitHub gives none.
    """
    return connect_client(environ, Patience(sleep=sleep)).token
