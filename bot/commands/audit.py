"""`dbspec-bot audit`: the audit trail, exported and checked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compiler.diagnostics import Exit, fail

if TYPE_CHECKING:
    from bot.audit import Row

Settings = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="The bot's settings; ./dbspec-bot.yaml by default."),
]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who asked the bot for what, and what it did.\n\nExample: dbspec-bot audit export > audit.jsonl",
)


@app.callback()
def _audit() -> None:
    pass


@app.command()
def export(settings: Settings = None) -> None:
    """Print every row as a line of JSON, from the first on.

    Example: dbspec-bot audit export > audit.jsonl
    """
    with _rows(settings) as rows:
        for row in rows:
            sys.stdout.write(json.dumps(row.to_data(), sort_keys=True) + "\n")


@app.command()
def verify(
    settings: Settings = None,
    digest: Annotated[
        str,
        typer.Option(
            "--digest", metavar="DIGEST", help="The last row's, as you wrote it down some time ago."
        ),
    ] = "",
) -> None:
    """Say whether the trail is as it was written, and print the digest of its last row.

    Keep that digest where whoever runs the database cannot write: with it, rows that were cut off are noticed too.
    Example: dbspec-bot audit verify
    """
    from bot.audit import FIRST

    last, number, seen = FIRST, 0, not digest
    with _rows(settings) as rows:
        for row in rows:
            last, number = row.digest, row.number
            seen = seen or row.digest == digest
    if not seen:
        raise fail(
            "audit/cut",
            "the audit trail has no row with that digest: rows were cut off, or it is another trail",
            "compare it with an earlier export",
            exit_code=Exit.ENGINE,
        )
    sys.stdout.write(f"{number} rows, {last}\n")


@contextmanager
def _rows(path: Path | None) -> Iterator[Iterator[Row]]:
    from bot.audit import BrokenError, Trail
    from bot.requests.transaction import BusyError, engine
    from bot.settings import load

    found = load(os.environ, path)
    made = engine(found.database_url)
    try:
        yield Trail(made, lambda: datetime.now(UTC)).rows()
    except BrokenError as error:
        raise fail(
            "audit/broken", str(error), "compare it with an earlier export", exit_code=Exit.ENGINE
        ) from None
    except BusyError as error:
        raise fail(
            "audit/database", str(error), "check `database` in the settings", exit_code=Exit.ENGINE
        ) from None
    finally:
        made.dispose()
