"""An App behind HTTP, for as long as a test takes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn
from slack_bolt import App
from starlette.applications import Starlette

from bot.chat.slack.http import route


@contextlib.contextmanager
def served(app: App) -> Iterator[str]:
    """Its URL."""
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[route(app)]), host="127.0.0.1", port=0, log_level="error", lifespan="off"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
