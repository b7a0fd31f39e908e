"""`dbspec-bot ci environments`: what there is to apply to."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from compiler.commands import options


def environments(specs: options.Specs = options.SPECS) -> None:
    """Print the environments that are in an account as a matrix of jobs, also as `jobs` of GITHUB_OUTPUT.

    An environment that cannot be read is left out; the others go on. Example: dbspec-bot ci environments
    """
    from compiler import catalog
    from compiler.source import WorkTree

    found = catalog.load(WorkTree(specs)).environments
    matrix = json.dumps(
        [
            {
                "environment": name,
                "region": each.spec.region,
                "preview_role": each.spec.target.preview_role,
                "apply_role": each.spec.target.apply_role,
            }
            for name, each in found.items()
            if each.spec.target is not None
        ]
    )
    sys.stdout.write(matrix + "\n")
    if told := os.environ.get("GITHUB_OUTPUT"):
        with Path(told).open("a", encoding="utf-8") as file:
            file.write(f"jobs={matrix}\n")
