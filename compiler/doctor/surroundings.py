"""Whether what others built is to be had, as far as the databases of an environment use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compiler import compilation
from compiler.catalog import Database, Environment
from compiler.doctor.finding import Finding, ok
from compiler.engine import surroundings
from compiler.engine.session import Session
from compiler.online.specs import Specs
from compiler.online.targets import base, with_shared


def shared(
    session: Session,
    environment: Environment,
    databases: Sequence[Database[Any]],
    specs: Specs,
    environ: Mapping[str, str],
) -> Iterator[Finding]:
    """Raises UserError with everything that is not to be had."""
    stacks = list(compilation.stacks([environment], databases))
    used = surroundings.references(stacks)
    if not used:
        return
    target = base(environment, specs, environ, rehearsing=False, applying=False)
    found = with_shared(session, target, environment, stacks, specs, rehearsing=False)
    origin = found.shared.origin if found.shared else "environment.yaml"
    names = ", ".join(sorted({each.name for each in used}))
    yield ok("shared infrastructure", f"{origin} has what is used: {names}")
