"""`dbspec-bot manifest`: what Slack makes the App from."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from compiler.diagnostics import Exit, fail


def manifest(
    command: Annotated[
        str, typer.Option("--command", metavar="/NAME", help="What people type.")
    ] = "/database",
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="The bot's public address; without it, Socket Mode.")
    ] = "",
) -> None:
    """Print the manifest of the Slack App: create it from that at api.slack.com/apps.

    Example: dbspec-bot manifest > manifest.json
    """
    from bot.chat.slack.manifest import manifest

    if url and not url.startswith("https://"):
        raise fail(
            "usage/url", f"Slack does not come to {url}", "give an address with https", exit_code=Exit.USAGE
        )
    sys.stdout.write(json.dumps(manifest(command, url=url), indent=2) + "\n")
