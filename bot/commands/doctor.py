"""`dbspec-bot doctor`: whether the forge, the chat and the bot's own database are set up."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compiler.commands import options
from compiler.diagnostics import Exit, UserError
from compiler.doctor.finding import Area, Finding, exit_code, missing, ok, unknown

if TYPE_CHECKING:
    from bot.settings import Settings
    from compiler.catalog import Catalog


def doctor(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", metavar="FILE", help="The bot's settings; ./dbspec-bot.yaml where it is there."
        ),
    ] = None,
    post: Annotated[
        str, typer.Option("--post", metavar="CHANNEL", help="Post a test card there: `#databases`.")
    ] = "",
    specs: options.Specs = options.SPECS,
    format: Annotated[
        options.Format, typer.Option("--format", help="How to print it.")
    ] = options.Format.TEXT,
) -> Exit:
    """Say what the forge, Slack and the bot's database lack, and how to get it.

    Without settings it looks at the forge that GITHUB_REPOSITORY names. It changes nothing, but for the test card.
    Example: dbspec-bot doctor --post "#databases"
    """
    from bot.settings import NAME, SETTING, load
    from compiler import catalog
    from compiler.render import doctor as render
    from compiler.source import WorkTree

    found = catalog.load(WorkTree(specs)).checked()
    there = settings or os.environ.get(SETTING) or Path(NAME).exists()
    said = load(os.environ, settings) if there else None
    areas = list(_areas(said, found, post, os.environ))
    if said:
        redactor = said.redactor()
        areas = [
            replace(
                area,
                findings=tuple(
                    replace(each, said=redactor.clean(each.said), fix=redactor.clean(each.fix))
                    for each in area.findings
                ),
            )
            for area in areas
        ]
    if format is options.Format.JSON:
        sys.stdout.write(json.dumps(render.to_data(areas), indent=2) + "\n")
    else:
        sys.stdout.write(render.text(areas, color=options.color(context)))
    return exit_code(areas)


def _areas(said: Settings | None, found: Catalog, post: str, environ: Mapping[str, str]) -> Iterator[Area]:
    from bot.doctor import Wanted, forge
    from bot.forge.connect import connect, connect_rules
    from bot.forge.forge import ForgeError
    from bot.jobs.conclude import CHECK

    lacking = said.missing() if said else ()
    if said:
        yield Area("settings", _settings(said))
    reach = said.forge_environ if said else environ
    environments = found.environments.values()
    wanted = Wanted(
        said.file.branch if said else "main",
        CHECK,
        # What lives in the sandbox has no role that could be taken.
        [each.name for each in environments if not each.spec.simulated],
        max((each.spec.approvers for each in environments), default=0),
    )
    try:
        yield forge(connect(reach).pulls, connect_rules(reach), wanted)
    except UserError as error:
        yield Area("forge", tuple(missing("settings", each.message, each.fix) for each in error.diagnostics))
    except ForgeError as error:
        yield Area("forge", (unknown("forge", str(error), "try again"),))
    if said and said.file.slack and not lacking:
        yield _slack(said, found, post)


def _settings(said: Settings) -> tuple[Finding, ...]:
    lacking = [missing("secrets", each.message, each.fix) for each in said.missing()]
    return (
        ok("file", str(said.path)),
        *(lacking or [ok("secrets", "all that are needed are set")]),
        *_database(said),
    )


def _database(said: Settings) -> Iterable[Finding]:
    from bot.requests.transaction import BusyError, engine, writing

    shown = said.file.database or "sqlite, in `data`"
    if said.database_url.startswith("sqlite:///"):
        folder = Path(said.database_url.removeprefix("sqlite:///")).parent
        if not os.access(folder, os.W_OK):
            yield missing(
                "database", f"{folder} cannot be written to", f"mkdir -p {folder}, as who runs the bot"
            )
            return
    made = engine(said.database_url)
    try:
        with writing(made):
            pass
        yield ok("database", f"{shown} can be written to")
    except BusyError as error:
        yield missing("database", str(error), "start it, or correct `database` in the settings")
    finally:
        made.dispose()


def _slack(said: Settings, found: Catalog, post: str) -> Area:
    from bot.chat.slack.client import SlackChat
    from bot.chat.slack.doctor import slack

    assert said.file.slack is not None
    channels = {each.channel for each in found.people.teams.values()} | {said.file.slack.channel, post}
    return slack(
        SlackChat.of(said.secrets.slack_bot_token, said.file.slack.api_url),
        said.secrets.slack_app_token if said.file.slack.mode == "socket" else "",
        channels - {""},
        datetime.now(UTC),
        test=post,
    )
