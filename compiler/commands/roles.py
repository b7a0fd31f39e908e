"""`dbspec roles`: who may take the two roles of an environment, and what they may do there, as IAM takes it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from compiler import catalog
from compiler.commands import options
from compiler.diagnostics import Exit, fail
from compiler.document import locate
from compiler.roles.repository import PREVIEWING, Repository
from compiler.roles.roles import Role, both, to_data
from compiler.source import WorkTree


def roles(
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="One that lives in an account.")],
    repository: Annotated[
        str, typer.Option("--repository", metavar="OWNER/NAME", help="Whose jobs take the roles, on GitHub.")
    ],
    owner_id: Annotated[
        int | None,
        typer.Option("--owner-id", min=1, metavar="N", help="The owner's id: `gh api users/OWNER --jq .id`."),
    ] = None,
    repository_id: Annotated[
        int | None,
        typer.Option(
            "--repository-id", min=1, metavar="N", help="Its own: `gh api repos/OWNER/NAME --jq .id`."
        ),
    ] = None,
    branch: Annotated[
        str, typer.Option("--branch", metavar="NAME", help="The branch that is applied.")
    ] = "main",
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", metavar="ARN", help="A role whose people preview by hand; any number."),
    ] = None,
    specs: options.Specs = options.SPECS,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write each policy into a file there, instead of printing all."
        ),
    ] = None,
) -> None:
    """Print the trust and permission policies of an environment's preview and apply roles.

    Needs nothing but the files. Example: dbspec roles prod --repository acme/databases
    """
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", repository):
        raise fail(
            "usage/repository", f"{repository!r} is no repository", "write owner/name", exit_code=Exit.USAGE
        )
    if (owner_id is None) != (repository_id is None):
        raise fail(
            "usage/ids",
            "only one of the two ids is given",
            "give --owner-id and --repository-id",
            exit_code=Exit.USAGE,
        )
    for each in reader or ():
        if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", each):
            raise fail("usage/reader", f"{each!r} is no role", "write its ARN", exit_code=Exit.USAGE)
    found = catalog.load(WorkTree(specs)).checked()
    environments, databases = found.select([environment])
    if len(environments) != 1:
        raise fail(
            "usage/selection", f"{environment} is a database", "name its environment", exit_code=Exit.USAGE
        )
    (chosen,) = environments
    if chosen.spec.simulated:
        raise fail(
            "usage/sandbox",
            f"{environment} lives in the sandbox, which has no roles",
            "name an account and the roles that it is to have in `target` first",
            locate(chosen.node, ("target",)),
            exit_code=Exit.USAGE,
        )
    told = Repository(repository, branch, owner_id, repository_id, PREVIEWING)
    made = both(chosen, databases, told, reader or ())
    if out is None:
        sys.stdout.write(json.dumps(to_data(chosen, made), indent=2) + "\n")
    else:
        _write(out, made)


def _write(folder: Path, made: Iterable[Role]) -> None:
    """`<role>.trust.json` of each role, and its policies in a folder `<role>`, each under its own name."""
    for role in made:
        policies = folder / role.name
        policies.mkdir(parents=True, exist_ok=True)
        for old in policies.glob("*.json"):
            old.unlink()  # fewer policies than the last time
        (folder / f"{role.name}.trust.json").write_text(_text(role.trust), encoding="utf-8")
        for name, policy in role.policies.items():
            (policies / f"{name}.json").write_text(_text(policy), encoding="utf-8")


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
