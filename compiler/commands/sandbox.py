"""`dbspec sandbox`: looking at the simulated account, and making things happen in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from compiler import route as routes
from compiler.aws import mismatches, types
from compiler.commands import options
from compiler.diagnostics import Exit, UserError, fail
from compiler.route import Route
from compiler.sandbox import SETTING, default_path
from compiler.sandbox.account import Account
from compiler.sandbox.life import tampered
from compiler.sandbox.services import TYPES
from compiler.sandbox.world import Thing
from compiler.suggest import closest

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the simulated account, and make things happen in it.\n\nExample: dbspec sandbox show",
)

File = Annotated[
    Path | None,
    typer.Option(
        "--sandbox-file",
        metavar="FILE",
        envvar=SETTING,
        help="The account; .dbspec/sandbox.db beside the specs.",
    ),
]
Format = Annotated[options.Format, typer.Option("--format", help="How to print it.")]


class Phase(StrEnum):
    """What a fault strikes."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@app.command()
def show(
    specs: options.Specs = options.SPECS, file: File = None, format: Format = options.Format.TEXT
) -> None:
    """Print what is in the account, by stack. Example: dbspec sandbox show --format json"""
    path = file or default_path(specs)
    if not path.exists():
        raise fail(
            "sandbox/none",
            f"there is no sandbox at {path}",
            "preview or apply an environment with `target: sandbox`, or say where it is with --sandbox-file",
            exit_code=Exit.USAGE,
        )
    _print(Account(path).show(), _text, format)


@app.command()
def reset(specs: options.Specs = options.SPECS, file: File = None) -> None:
    """Empty the account. The engine's state still tells of what was in it: a refresh finds it gone.

    Example: dbspec sandbox reset
    """
    account = Account(file or default_path(specs))
    account.reset()
    typer.echo(f"{account.path} is empty")


@app.command()
def advance(
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="90m, 12h, 3d, 2w, or 1d12h.")],
    specs: options.Specs = options.SPECS,
    file: File = None,
    format: Format = options.Format.TEXT,
) -> None:
    """Let time pass: maintenance windows open, scheduled deletions come due. Example: dbspec sandbox advance 7d"""
    account = Account(file or default_path(specs))
    happened = account.advance(_duration(duration))
    data = {"now": account.show()["now"], "happened": happened}
    _print(data, lambda data: "\n".join([f"it is {_moment(data['now'])}", *data["happened"]]), format)


@app.command()
def drift(
    database: Annotated[str, typer.Argument(help="`prod/orders`.")],
    resource: Annotated[str, typer.Argument(help="A resource of it, as `dbspec explain` names them.")],
    change: Annotated[
        str,
        typer.Argument(metavar="PROPERTY=VALUE", help="The value as JSON or as text; null takes it away."),
    ],
    specs: options.Specs = options.SPECS,
    file: File = None,
) -> None:
    """Change something behind dbspec's back. Example: dbspec sandbox drift prod/orders instance multi_az=false"""
    account = Account(file or default_path(specs))
    thing = _thing(account, database, resource)
    route, value = _change(thing, change)
    account.drift(thing, route, value)
    typer.echo(f"{database} {resource}: {routes.text(route)} is now {json.dumps(value, ensure_ascii=False)}")


@app.command()
def fault(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="A resource type: aws:rds:Instance.")],
    times: Annotated[int, typer.Option(min=1, help="How many operations it strikes.")] = 1,
    message: Annotated[
        str, typer.Option(help="What AWS says; without it and --delay, an internal error.")
    ] = "",
    delay: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How much longer it takes.")] = 0,
    phase: Annotated[Phase, typer.Option(help="Which operation.")] = Phase.CREATE,
    after: Annotated[bool, typer.Option("--after", help="Strike when the work is done already.")] = False,
    specs: options.Specs = options.SPECS,
    file: File = None,
) -> None:
    """Make the next operations on a type fail, or take long. Example: dbspec sandbox fault aws:kms:Key --delay 20"""
    if type not in TYPES:
        raise _unknown("the sandbox simulates no type", type, TYPES)
    account = Account(file or default_path(specs))
    if not message and not delay:
        message = "api error InternalFailure: An internal error occurred"
    account.fault(type, times, message, delay, phase, after)
    typer.echo(_fault(account.show()["faults"][-1]))


def _print(data: Mapping[str, Any], as_text: Any, format: options.Format) -> None:
    typer.echo(
        json.dumps(data, indent=2, ensure_ascii=False) if format is options.Format.JSON else as_text(data)
    )


def _text(data: Mapping[str, Any]) -> str:
    lines = [f"account {data['account']}, {_moment(data['now'])}"]
    by_stack: dict[str, list[Mapping[str, Any]]] = {}
    for thing in data["things"]:
        by_stack.setdefault(thing["stack"], []).append(thing)
    for stack, things in sorted(by_stack.items(), key=lambda item: (item[0] == "", item[0])):
        lines += ["", stack or "of nobody's stack"]
        width = max(len(thing["resource"]) for thing in things)
        for thing in sorted(things, key=lambda thing: (thing["resource"], thing["type"], thing["id"])):
            lines.append(f"  {thing['resource']:{width}}  {thing['type']}  {thing['id']}".rstrip())
            lines += [
                f"    pending: {name} = {json.dumps(value)}" for name, value in thing["pending"].items()
            ]
            if thing["gone_at"]:
                lines.append(f"    will be deleted for good on {_moment(thing['gone_at'])}")
    if data["faults"]:
        lines += ["", "faults", *(f"  {_fault(each)}" for each in data["faults"])]
    return "\n".join(lines)


def _fault(fault: Mapping[str, Any]) -> str:
    after = "is done, and then " if fault["late"] else ""
    effects = [f"takes {fault['delay']:g} s longer"] if fault["delay"] else []
    effects += [f"fails: {fault['message']}"] if fault["message"] else []
    times = "once" if fault["times"] == 1 else f"{fault['times']} times"
    return f"{fault['phase']} of {fault['type']}, {times}: {after}{' and '.join(effects)}"


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"


_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def _duration(written: str) -> timedelta:
    match = _DURATION.fullmatch(written)
    if not written or match is None:
        message = f"{written!r} is not a duration"
        raise fail("usage/duration", message, "write it as 90m, 12h, 3d, 2w or 1d12h", exit_code=Exit.USAGE)
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _thing(account: Account, database: str, resource: str) -> Thing:
    stacks = {each["stack"]: None for each in account.show()["things"] if each["stack"]}
    stack = database.replace("/", ".")
    if stack not in stacks:
        known = [each.replace(".", "/", 1) for each in stacks]
        raise _unknown("the sandbox holds nothing of", database, known)
    things = {each.owner[1]: each for each in account.owned(stack) if each.owner[1]}
    if resource not in things:
        raise _unknown(f"{database} has no resource", resource, things)
    return things[resource]


def _change(thing: Thing, written: str) -> tuple[Route, Any]:
    path, equals, text = written.partition("=")
    try:
        route = routes.parse(path)
    except ValueError:
        route = ()
    if not equals or not route:
        message = f"{written!r} is not a change"
        raise fail("usage/change", message, "write it as PROPERTY=VALUE", exit_code=Exit.USAGE)
    inputs = types.resource_type(thing.type).inputs
    if route[0] not in inputs:
        raise _unknown(f"{thing.type} has no input", str(route[0]), inputs)
    value = _value(thing, route, text)
    try:
        changed = tampered(thing.inputs, route, value)
    except (LookupError, TypeError):
        message = f"{thing.owner[1]} has nothing at {routes.text(route)}"
        fix = "see what it has with dbspec sandbox show --format json"
        raise fail("sandbox/property", message, fix, exit_code=Exit.USAGE) from None
    for each in mismatches.check(thing.type, changed):
        if each.problem in _WRONG and each.route[: len(route)] == route:
            raise fail("sandbox/type", each.message, each.fix, exit_code=Exit.USAGE)
    return route, value


# What the sandbox lets nobody write; that something required is gone, say, AWS would never show us.
_WRONG = (mismatches.Problem.TYPE, mismatches.Problem.UNKNOWN)


def _value(thing: Thing, route: Route, text: str) -> Any:
    shape = types.input_at(thing.type, route)
    if text != "null" and shape is not None and shape.kind == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _unknown(what: str, name: str, known: Iterable[str]) -> UserError:
    near = closest(name, known)
    offered = ", ".join(sorted(known)[:12])
    fix = (
        f"did you mean {near!r}?" if near else f"there are {offered}" if offered else "apply something first"
    )
    return fail("sandbox/unknown", f"{what} {name!r}", fix, exit_code=Exit.USAGE)
