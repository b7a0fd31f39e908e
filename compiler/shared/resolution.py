"""From where environment.yaml points to what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from compiler.diagnostics import Place
from compiler.shared import terraform
from compiler.shared.network import Outputs, SharedNetwork, network
from compiler.shared.sources import Literal, SharedSource, StackReference, TerraformLocal, TerraformS3

# What `pulumi stack output --json` prints in place of a secret.
_MASKED = "[secret]"


def resolve(
    source: SharedSource,
    *,
    folder: Path,
    stack_outputs: Callable[[str, str | None], Mapping[str, Any]],
    at: Place | None = None,
) -> SharedNetwork:
    """What others built, read now: only verbs that need an account anyway may ask.

    `folder` is that of environment.yaml; `at` is where it names the source. `stack_outputs(stack, backend)` gives
    the outputs of a Pulumi stack as `pulumi stack output --json` prints them, secrets masked. Raises UserError
    with everything that is missing or wrong.
    """
    match source.given:
        case TerraformS3() as given:
            return network(terraform.from_s3(given, at), given.names, at)
        case TerraformLocal() as given:
            return network(terraform.from_file(given, folder, at), given.names, at)
        case StackReference() as given:
            return network(_of_stack(given, stack_outputs), given.names, at)
        case Literal() as given:
            return network(_as_written(given), {}, at)


def _of_stack(
    source: StackReference, stack_outputs: Callable[[str, str | None], Mapping[str, Any]]
) -> Outputs:
    found = stack_outputs(source.stack, source.backend)
    return Outputs(
        f"the Pulumi stack {source.stack}",
        {name: value for name, value in found.items() if value != _MASKED},
        frozenset(name for name, value in found.items() if value == _MASKED),
    )


def _as_written(source: Literal) -> Outputs:
    written = source.model_dump(exclude_none=True)
    return Outputs("the `literal` of environment.yaml", {**source.security_group_ids, **written})
