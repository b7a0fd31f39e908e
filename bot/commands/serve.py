"""`dbspec-bot serve`: the bot itself."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from compiler.diagnostics import Exit, UserError, fail


def serve(
    settings: Annotated[
        Path | None,
        typer.Option("--settings", metavar="FILE", help="The settings; by default ./dbspec-bot.yaml."),
    ] = None,
    executor: Annotated[
        str,
        typer.Option(
            "--executor", metavar="NAME", help="This process among replicas, the same after a restart."
        ),
    ] = "local",
) -> Exit:
    """Talk with people in Slack, and carry what they ask for to pull requests. Ends politely on SIGTERM and Ctrl-C.

    Secrets come from the environment, or from files that it names. Example: dbspec-bot serve --settings bot.yaml
    """
    import threading

    import uvicorn

    from bot import logs
    from bot.requests.transaction import BusyError
    from bot.server import Server
    from bot.settings import load

    found = load(os.environ, settings)
    if found.file.slack is None:
        raise fail(
            "settings/slack",
            f"{found.path} says nothing of Slack",
            "add `slack: {}`, or try the bot with dbspec-bot console",
            exit_code=Exit.USAGE,
        )
    if missing := found.missing():
        raise UserError(*missing, exit_code=Exit.USAGE)
    logs.begin(found.file.log, found.redactor())
    bot = Server(found, executor)
    http = found.file.http
    server = uvicorn.Server(
        uvicorn.Config(
            bot.app,
            host=http.host,
            port=http.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=10,
            server_header=False,
        )
    )

    def end(*_: object) -> None:
        server.should_exit = True

    # Also while it begins. And uvicorn ends by the signal that it was told to end by: more has to be done after it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)

    def watch() -> None:
        bot.failed.wait()
        end()

    try:
        with bot.running():
            threading.Thread(target=watch, daemon=True).start()
            # It exits by itself where it cannot listen, and has said why.
            with suppress(SystemExit):
                server.run()
    except BusyError as error:
        raise fail(
            "serve/database",
            str(error),
            "start it, or correct `database` in the settings",
            exit_code=Exit.ENGINE,
        ) from error
    if bot.failure is not None:
        raise bot.failure
    return Exit.DONE if server.started else Exit.ENGINE
