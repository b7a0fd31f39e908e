"""Where an environment's stacks live: account, state and secrets, real or simulated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from compiler.shared.network import SharedNetwork


@dataclass(frozen=True, slots=True)
class Target:
    """`account` is the number that credentials must lead to, `role` what to assume there for this verb.

    `backend` is Pulumi's URL of the state, `secrets` its secrets provider (`passphrase`, `awskms://...`).
    `sandbox` is the file of the simulated account that stands in for AWS, `passphrase_file` then holds the
    passphrase, and `neighbours` are ids of what others built and the simulated account must hold, `elsewhere` those
    in other regions. `shared` is what others built, None where nothing of it is used.
    """

    environment: str
    tier: str
    region: str
    account: str
    role: str | None
    backend: str
    secrets: str
    shared: SharedNetwork | None = None
    sandbox: Path | None = None
    passphrase_file: Path | None = None
    neighbours: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def needs_aws(self) -> bool:
        """Whether the CLI or its plugins need AWS credentials."""
        return (
            self.sandbox is None or self.backend.startswith("s3://") or self.secrets.startswith("awskms://")
        )

    @property
    def needs_passphrase(self) -> bool:
        """Whether the passphrase must come from the environment."""
        return self.secrets == "passphrase" and self.passphrase_file is None
