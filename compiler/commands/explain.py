"""`dbspec explain`: where each value comes from, and why each resource is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from compiler import catalog, compilation, graph, route
from compiler.catalog import Database
from compiler.commands import options
from compiler.compilation import Judged
from compiler.graph import Resource, Stack
from compiler.kinds.kind import DatabaseSpec
from compiler.settings import Setting, settings
from compiler.source import WorkTree


def explain(
    databases: options.Databases = None,
    specs: options.Specs = options.SPECS,
    format: Annotated[
        options.Format, typer.Option("--format", help="How to print it.")
    ] = options.Format.TEXT,
    controls: Annotated[
        bool, typer.Option("--controls", help="Say how databases stand to each control, and who waived what.")
    ] = False,
    today: options.Today = None,
) -> None:
    """Say where each value comes from, and why each resource is there.

    Needs nothing but the files. Example: dbspec explain prod/orders
    """
    found = catalog.load(WorkTree(specs)).checked()
    environments, chosen = found.select(databases or [])
    if controls:
        known = found.environments.values()
        judged = compilation.judged(environments, chosen, options.date_of(today), known)
        # An environment that no control has anything to look at in would be a title and nothing else.
        sys.stdout.write(_controls((each for each in judged if each.judgements), format))
        return
    explained = [(each, settings(each), next(compilation.stacks([], [each]))) for each in chosen]
    if format is options.Format.JSON:
        sys.stdout.write(
            json.dumps({"version": 1, "databases": [_data(*each) for each in explained]}, indent=2) + "\n"
        )
    else:
        sys.stdout.write("\n".join(_text(*each) for each in explained))


def _controls(judged: Iterable[Judged], format: options.Format) -> str:
    from compiler.render import controls as render

    if format is options.Format.JSON:
        data = {"version": 1, "judged": [render.to_data(each) for each in judged]}
        return json.dumps(data, indent=2) + "\n"
    return "\n".join(map(render.text, judged))


def _data(database: Database[DatabaseSpec], found: tuple[Setting, ...], stack: Stack) -> dict[str, Any]:
    return {
        "id": database.id,
        "kind": database.spec.kind,
        "path": database.path,
        "settings": [
            {
                "key": route.text(each.route),
                "value": each.value,
                "origin": each.origin,
                "at": {"path": each.at.path, "line": each.at.line, "column": each.at.column}
                if each.at
                else None,
            }
            for each in found
        ],
        "resources": [
            {"name": each.name, "type": each.type, "why": each.why, "overridden": list(each.overridden)}
            for each in graph.ordered(stack)
        ],
    }


def _text(database: Database[DatabaseSpec], found: tuple[Setting, ...], stack: Stack) -> str:
    rows = [(route.text(each.route), _value(each.value), _origin(each)) for each in found]
    resources = [(each.name, each.type, _why(each)) for each in graph.ordered(stack)]
    return (
        f"{database.id}  {database.spec.kind}  {database.path}\n\n"
        + _table(rows)
        + f"\n  {len(resources)} resources, in the order they are made\n\n"
        + _table(resources)
    )


def _why(resource: Resource) -> str:
    said = f"; overridden: {', '.join(resource.overridden)}" if resource.overridden else ""
    return resource.why + said


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _origin(setting: Setting) -> str:
    # An edition is a dated set and no file to edit; everything else has a place to go to.
    if setting.at is None or setting.origin.startswith("edition"):
        return setting.origin
    return f"{setting.origin} {setting.at}"


def _table(rows: list[tuple[str, str, str]]) -> str:
    first, second = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return "".join(
        f"  {one:<{first}}  {two:<{min(second, 44)}}  {three}".rstrip() + "\n" for one, two, three in rows
    )
