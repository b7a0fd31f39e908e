"""`dbspec-bot console`: the bot in a terminal, on a forge in a folder and a simulated account."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from compiler.commands import options


def console(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Keep everything there, to go on another time."),
    ] = None,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> None:
    """Try the bot: ask for a database, review it, merge it, and see it arrive. Nothing outside the folder is touched.

    It begins with a copy of the specs. Example: dbspec-bot console
    """
    from bot.chat.console.chat import ConsoleChat
    from bot.chat.console.ci import Ci
    from bot.chat.console.conversation import Conversation
    from bot.chat.console.scratch import BOT, PEOPLE, scratch
    from bot.chat.console.screen import Screen
    from bot.chat.dispatcher import Dispatcher
    from bot.redactor import Redactor
    from bot.requests.service import Place, Service
    from compiler.engine import cli

    cli.find(os.environ)  # better missed now than after the merge
    with ExitStack() as stack:
        root = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dbspec-console-")))
        made = scratch(root.absolute(), specs)
        screen = Screen(sys.stdin, sys.stdout, options.wants_color(sys.stdout, os.environ))
        chat = ConsoleChat({id: name for name, id in PEOPLE.items()})
        ci = Ci(made, made.forge.connect(BOT), os.environ, lambda: options.date_of(today), screen.say)
        place = Place(made.forge.url, made.database, made.root / "bot", poll=timedelta(seconds=1))
        service = Service(place, made.forge.connect(BOT), chat, Redactor(), apply=lambda _target: ci.retry())
        service.start()
        stack.callback(service.stop)
        Conversation(screen, Dispatcher(service.desk, command="/database"), service, chat, made, ci).run()
