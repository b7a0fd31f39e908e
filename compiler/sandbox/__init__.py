"""A simulated AWS account: what it holds, what it refuses, and how it answers as a Pulumi provider."""

from __future__ import annotations

from pathlib import Path

# The setting that says where the sandbox is, where no option does.
SETTING = "DBSPEC_SANDBOX"


def default_path(specs: Path) -> Path:
    """The sandbox that belongs to a folder of specs: beside it, where git does not look."""
    return specs.absolute().parent / ".dbspec" / "sandbox.db"
