"""The token by which git reads and writes a repository on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.forge.github.connect import connect
from bot.forge.github.pulls import GithubPulls


def token(environ: Mapping[str, str]) -> Callable[[], str]:
    """That of whoever acts: a user's stays, an App's is made anew when it has ended. Raises UserError as `connect`."""
    pulls = connect(environ).pulls
    assert isinstance(pulls, GithubPulls)
    auth = pulls.client.github.requester.auth
    assert auth is not None

    def current() -> str:
        return auth.token

    return current
