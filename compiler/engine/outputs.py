"""What stacks say of themselves: their outputs, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi.automation.errors import CommandError

from compiler.diagnostics import Exit, fail
from compiler.engine.session import Session
from compiler.engine.target import Target


def outputs(session: Session, stack: str, target: Target, backend: str | None = None) -> Mapping[str, Any]:
    """As `pulumi stack output --json` prints them. UserError where there is no such stack, or no way to it."""
    where = replace(target, backend=backend) if backend else target
    with session.workspace(stack, where) as work:
        try:
            found: Mapping[str, Any] = json.loads(work.printed("stack", "output", "--json"))
        except CommandError as error:
            words = str(error).partition("\n stderr: ")[2].strip().removeprefix("error: ")
            raise fail(
                "engine/outputs",
                f"the outputs of the stack {stack} are not to be had: {words}",
                "name a stack that is there, and log in to its backend",
                exit_code=Exit.ENGINE,
            ) from error
        return found
