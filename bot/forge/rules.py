"""What a forge asks for before anything comes to a branch, and what else whoever sets a repository up decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class Repository(NamedTuple):
    """`branch` is the default one."""

    name: str
    id: int
    owner_id: int
    made: datetime
    branch: str


@dataclass(frozen=True, slots=True)
class BranchRules:
    """All rules of a branch together. `pulls` is whether nothing comes to it but through a pull request.

    `fresh` is whether an approval that is older than the last push counts no more; `forced` whether history can be
    written over; `everybody` whether administrators are held to it, None where the forge does not tell.
    """

    checks: frozenset[str]
    pulls: bool
    approvals: int
    owners: bool
    fresh: bool
    forced: bool
    deletable: bool
    everybody: bool | None = None


class ActionsRules(NamedTuple):
    """`writes` is whether a job's token may where its workflow does not say, `approves` whether it may approve."""

    enabled: bool
    writes: bool
    approves: bool


class Workflow(NamedTuple):
    path: str
    active: bool


class Place(NamedTuple):
    """What jobs deploy to: `branches` are the patterns of those that may, None for any."""

    name: str
    branches: frozenset[str] | None


class Rules(Protocol):
    """Reads only. Each method raises DeniedError where the token may not know, and as Pulls does."""

    def repository(self) -> Repository: ...

    def branch(self, name: str) -> BranchRules: ...

    def actions(self) -> ActionsRules: ...

    def workflows(self) -> tuple[Workflow, ...]: ...

    def places(self) -> tuple[Place, ...]: ...

    def plain_subject(self) -> bool:
        """Whether tokens of jobs for others (OIDC) call the repository what they call it by default."""
        ...

    def owners(self) -> tuple[str, ...]:
        """What is wrong with CODEOWNERS on the default branch; raises MissingError where there is none."""
        ...

    def lacking(self) -> tuple[str, ...] | None:
        """What the App needs and was not given (`checks: write`); None for a token, which does not tell."""
        ...
