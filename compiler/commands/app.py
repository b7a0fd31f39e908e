"""The command `dbspec`: its verbs, what they have in common, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from compiler import __version__
from compiler.commands import options
from compiler.diagnostics import Exit, UserError
from compiler.render import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

# A verb's module is imported only when the verb is used: what `validate` costs is what `validate` needs.
VERBS = {
    "validate": "Find every problem in every file.",
    "compile": "Print the graph: every resource of every stack.",
    "diff": "Show what differs between two revisions, and what that does.",
    "explain": "Say where each value comes from, and why each resource is there.",
    "cost": "Say what everything costs a month, as far as a dated price is known.",
    "schema": "Print the JSON Schema of a kind, for editors.",
    "preview": "Show what an apply would change.",
    "apply": "Change the account to what the specs say.",
    "status": "Show what was applied, where databases are, and what is pending.",
    "destroy": "Remove databases of a development tier or the sandbox.",
    "sandbox": "Look at the simulated account, and make things happen in it.",
    "engine": "Say which Pulumi CLI is used and why, or get one.",
}


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one verb and returns its exit code. Only `--debug` lets a traceback through."""
    debug = "--debug" in arguments
    try:
        done = typer.main.get_command(app).main(list(arguments), prog_name="dbspec", standalone_mode=False)
    except UserError as error:
        _say(terminal.diagnostics(error.diagnostics, color=options.wants_color(sys.stderr, os.environ)))
        if debug:
            traceback.print_exc()
        return error.exit_code
    except TyperException as error:
        # Without a verb this is the whole help; anything else is one sentence.
        words = error.format_message()
        _say(words + "\n" if words.startswith("Usage:") else f"{words}; see {_help(arguments)}\n")
        return Exit.USAGE
    except (Abort, KeyboardInterrupt):
        _say("interrupted\n")
        return 130
    except BrokenPipeError:
        # Whoever read us is gone (`dbspec compile | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:  # noqa: BLE001
        if debug:
            traceback.print_exc()
        else:
            _say(
                f"dbspec failed in a way it should not: {type(error).__name__}: {error}\n"
                "run it again with --debug for the details\n"
            )
        return Exit.ENGINE
    return int(done) if isinstance(done, int) else Exit.DONE


class _Verbs(TyperGroup):
    """Finds verbs in VERBS instead of being told each of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        module = import_module(f"compiler.commands.{cmd_name}")
        verbs = getattr(module, "app", None)
        if verbs is None:
            verbs = typer.Typer(add_completion=False)
            verbs.command(cmd_name)(getattr(module, cmd_name))
        command = typer.main.get_command(verbs)
        command.name = cmd_name
        _add_common_options(command)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # The group's own "did you mean" looks at commands that are loaded, and none is.
        if args[0] not in VERBS and not args[0].startswith("-"):
            from compiler.suggest import closest

            near = closest(args[0], VERBS)
            ctx.fail(
                f"there is no verb {args[0]!r}"
                + (f"; did you mean {near!r}?" if near else f"; write one of {', '.join(VERBS)}")
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Compile database specs into stacks on AWS.\n\nExample: dbspec validate",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"dbspec {__version__}")
        raise typer.Exit


@app.callback()
def _dbspec(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    pass


def _add_common_options(command: Any) -> None:
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            _add_common_options(each)
    command.rich_markup_mode = None
    command.params += _common_options()


def _common_options() -> list[Any]:
    """The options of `options.common`, which verbs do not see as parameters."""
    holder = typer.Typer(add_completion=False)
    holder.command()(options.common)
    params = list(typer.main.get_command(holder).params)
    for each in params:
        each.expose_value = False
    return params


def _help(arguments: Sequence[str]) -> str:
    verb = next((each for each in arguments if each in VERBS), None)
    return f"dbspec {verb} --help" if verb else "dbspec --help"


def _say(text: str) -> None:
    sys.stderr.write(text)


if __name__ == "__main__":
    main()
