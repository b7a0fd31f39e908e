"""`dbspec-bot ci begin`: saying that a preview is running."""

from __future__ import annotations

import os
import sys

from bot.commands import about


def begin(
    pull: about.Pull = None,
    head: about.Head = None,
    base: about.Base = None,
) -> None:
    """Say in the pull request's comment and its check that a preview is running.

    Example: dbspec-bot ci begin
    """
    from bot.forge.connect import connect
    from bot.jobs import conclude

    event = about.event(os.environ, pull, head, base)
    for each in conclude.begin(connect(os.environ), event, conclude.attempt(os.environ)).unsaid:
        sys.stderr.write(f"{each}\n")
