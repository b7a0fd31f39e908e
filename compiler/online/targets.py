"""Where the stacks of an environment live: from environment.yaml to what the engine is told."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.catalog import Environment
from compiler.document import locate
from compiler.engine.target import Target
from compiler.environment.model import SANDBOX_ACCOUNT
from compiler.graph import Stack
from compiler.online.specs import Specs
from compiler.sandbox import SETTING, default_path

if TYPE_CHECKING:
    from compiler.engine.session import Session
    from compiler.shared.network import SharedNetwork

_REHEARSAL = "rehearsal"


def base(
    environment: Environment, specs: Specs, environ: Mapping[str, str], *, rehearsing: bool, applying: bool
) -> Target:
    """Account, role, state and secrets; simulated ones have their state beside the sandbox."""
    spec = environment.spec
    simulated = _place(specs, environ, rehearsing=rehearsing)
    place = simulated if spec.target is None else None
    backend = spec.state.backend if spec.state else (simulated.parent / "state").as_uri()
    target = Target(
        environment=environment.name,
        tier=spec.tier,
        region=spec.region,
        account=spec.account,
        role=_role(environment, applying=applying),
        backend=backend,
        secrets=spec.state.secrets if spec.state else "passphrase",
        sandbox=place,
    )
    if place and target.secrets == "passphrase":
        target = replace(target, passphrase_file=_passphrase(place.parent))
    return target


def with_shared(
    session: Session,
    target: Target,
    environment: Environment,
    stacks: Sequence[Stack],
    specs: Specs,
    *,
    rehearsing: bool,
) -> Target:
    """The target with what others built, as far as these stacks of the environment use it.

    Raises UserError with all that is not to be had.
    """
    from compiler.engine import surroundings

    used = surroundings.references(stacks)
    shared = (
        _resolved(session, environment, target, specs, rehearsing=rehearsing)
        if used or target.sandbox
        else None
    )
    if target.sandbox:
        made_up = {each.name for each in used}
        shared = shared or surroundings.invented(made_up, target.region, SANDBOX_ACCOUNT)
        groups = [each.security_group for each in environment.spec.clients.values()]
        target = replace(
            target,
            neighbours=surroundings.ids(shared, groups),
            elsewhere=surroundings.elsewhere(environment.spec.regions),
        )
    if shared:
        surroundings.check(shared, used)
    return replace(target, shared=shared)


def _role(environment: Environment, *, applying: bool) -> str | None:
    real = environment.spec.target
    if real is None:
        return None
    return real.apply_role if applying else real.preview_role


def _resolved(
    session: Session, environment: Environment, target: Target, specs: Specs, *, rehearsing: bool
) -> SharedNetwork | None:
    """What others built; None where environment.yaml does not say, or a rehearsal must not ask."""
    from compiler.engine.outputs import outputs
    from compiler.shared.resolution import resolve

    source = environment.spec.shared_infrastructure
    if source is None or (rehearsing and source.literal is None and source.terraform_local is None):
        return None
    return resolve(
        source,
        folder=specs.top / Path(environment.path).parent,
        stack_outputs=lambda stack, backend: outputs(session, stack, target, backend),
        at=locate(environment.node, ("shared_infrastructure",)),
    )


def _place(specs: Specs, environ: Mapping[str, str], *, rehearsing: bool) -> Path:
    """The file of the simulated account; the state lies beside it."""
    own = default_path(specs.folder)
    if rehearsing:
        return own.parent / _REHEARSAL / own.name
    said = environ.get(SETTING)
    return Path(said).absolute() if said else own


def _passphrase(folder: Path) -> Path:
    """The file with the passphrase of simulated state: made once, and whole from the first moment."""
    path, new = folder / "passphrase", folder / f".passphrase.{os.getpid()}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex())
        with suppress(FileExistsError):
            path.hardlink_to(new)
        new.unlink()
    return path
