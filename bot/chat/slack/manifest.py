"""The App as Slack makes it from a manifest: its command, its scopes, and how it is reached."""

from __future__ import annotations

from typing import Any

from bot.chat.slack.http import PATH

SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "metadata.message:read",
)
"""Of the bot's token: to write messages, to find one again by its metadata, and to know where it is a member."""


def manifest(command: str, *, url: str = "") -> dict[str, Any]:
    """For `https://api.slack.com/apps?new_app=1`; with `url`, the bot's public address, Slack comes by HTTP, else the
    bot opens a socket.
    """
    address = {"url": f"{url.rstrip('/')}{PATH}"} if url else {}
    interactivity = {"request_url": address["url"]} if url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "dbspec",
            "description": "Databases by reviewed pull requests: ask, see what it means, watch it arrive.",
        },
        "features": {
            "bot_user": {"display_name": "dbspec", "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    "description": "Ask for a database, change one, or see how it stands.",
                    "usage_hint": "[request|change|remove|status|list|why|cost|join|help] ...",
                    "should_escape": False,
                    **address,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, **interactivity},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
