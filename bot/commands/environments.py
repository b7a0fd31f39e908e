"""`dbspec-bot ci environments`: what there is to apply to."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from compiler.commands import options


def environments(
    environment: Annotated[
        str, typer.Argument(metavar="[ENVIRONMENT]", help="Only this one; all by default.")
    ] = "",
    specs: options.Specs = options.SPECS,
) -> None:
    """Print the environments that are in an account as a matrix of jobs, also as `jobs` of GITHUB_OUTPUT.

    One that cannot be read has no account that anybody knows: it is left out, and named in `unreadable` there, so that
    a job can say so. Example: dbspec-bot ci environments
    """
    from compiler import catalog
    from compiler.source import WorkTree

    known = catalog.load(WorkTree(specs))
    matrix = json.dumps(
        [
            {
                "environment": name,
                "region": each.spec.region,
                "preview_role": each.spec.target.preview_role,
                "apply_role": each.spec.target.apply_role,
            }
            for name, each in known.environments.items()
            if each.spec.target is not None and environment in ("", name)
        ]
    )
    unreadable = json.dumps(
        sorted(each for each in known.unread if "/" not in each and environment in ("", each))
    )
    sys.stdout.write(matrix + "\n")
    if told := os.environ.get("GITHUB_OUTPUT"):
        with Path(told).open("a", encoding="utf-8") as file:
            file.write(f"jobs={matrix}\nunreadable={unreadable}\n")
