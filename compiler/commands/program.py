"""A command with verbs: each is loaded when it is used, all have some options in common, errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from compiler import __version__
from compiler.commands import options
from compiler.diagnostics import Exit, UserError
from compiler.render import terminal


@dataclass(frozen=True, slots=True)
class Program:
    """`expected` are errors besides UserError whose text is for people: something outside did not work."""

    name: str
    app: typer.Typer
    expected: tuple[type[Exception], ...] = ()

    def main(self) -> None:
        """The console script."""
        sys.exit(self.run(sys.argv[1:]))

    def run(self, arguments: Sequence[str]) -> int:
        """Runs one verb and returns its exit code. Only `--debug` lets a traceback through."""
        debug = "--debug" in arguments
        command = typer.main.get_command(self.app)
        try:
            done = command.main(list(arguments), prog_name=self.name, standalone_mode=False)
        except UserError as error:
            _say(terminal.diagnostics(error.diagnostics, color=options.wants_color(sys.stderr, os.environ)))
            if debug:
                traceback.print_exc()
            return error.exit_code
        except TyperException as error:
            # Without a verb this is the whole help; anything else is one sentence.
            words = error.format_message()
            help_ = self._help(command, arguments)
            _say(words + "\n" if words.startswith("Usage:") else f"{words}; see {help_}\n")
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
            elif isinstance(error, self.expected):
                _say(f"{error}\n")
            else:
                _say(
                    f"{self.name} failed in a way it should not: {type(error).__name__}: {error}\n"
                    "run it again with --debug for the details\n"
                )
            return Exit.ENGINE
        return int(done) if isinstance(done, int) else Exit.DONE

    def _help(self, command: Any, arguments: Sequence[str]) -> str:
        words = [self.name]
        for each in arguments:
            known = getattr(command, "known", {})
            if each in known:
                words.append(each)
                command = command.get_command(None, each)
        return " ".join([*words, "--help"])


def group(package: str, verbs: Mapping[str, str], help: str, program: str = "") -> typer.Typer:
    """Verbs with what each does, found as modules of that package: what one costs is what that one needs.

    A verb's module has a function of its name, or `app`, a group of verbs in turn. `program` is the program's
    name, and empty for a group in another.
    """

    class Verbs(_Verbs):
        pass

    Verbs.known, Verbs.package = verbs, package
    app = typer.Typer(
        cls=Verbs, no_args_is_help=True, rich_markup_mode=None, help=help, add_completion=bool(program)
    )
    if not program:
        app.callback()(lambda: None)
        return app

    def version(value: bool) -> None:
        if value:
            typer.echo(f"{program} {__version__}")
            raise typer.Exit

    @app.callback()
    def callback(
        version: bool = typer.Option(
            False, "--version", help="Print the version.", callback=version, is_eager=True
        ),
    ) -> None:
        pass

    return app


class _Verbs(TyperGroup):
    """Finds verbs among what it knows instead of being told each of them."""

    known: Mapping[str, str]
    package: str

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.known)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in self.known:
            return None
        module = import_module(f"{self.package}.{cmd_name}")
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
            formatter.write_dl(list(self.known.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # The group's own "did you mean" looks at commands that are loaded, and none is.
        if args[0] not in self.known and not args[0].startswith("-"):
            from compiler.suggest import closest

            near = closest(args[0], self.known)
            ctx.fail(
                f"there is no verb {args[0]!r}"
                + (f"; did you mean {near!r}?" if near else f"; write one of {', '.join(self.known)}")
            )
        return super().resolve_command(ctx, args)


def _add_common_options(command: Any) -> None:
    if isinstance(command, _Verbs):
        return  # its verbs have them
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


def _say(text: str) -> None:
    sys.stderr.write(text)
