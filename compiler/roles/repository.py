"""What GitHub's tokens say of the repository whose jobs take the roles."""

from __future__ import annotations

from dataclasses import dataclass

ISSUER = "token.actions.githubusercontent.com"

PREVIEWING = (".github/workflows/accounts.yaml", ".github/workflows/drift.yaml")
"""The workflows of this repository whose jobs take the preview role."""


@dataclass(frozen=True, slots=True)
class Repository:
    """`name` is `owner/name`; the ids are None where they are not known.

    `workflows` are the paths, from the top of the repository, of those whose jobs may take the preview role.
    """

    name: str
    branch: str = "main"
    owner_id: int | None = None
    id: int | None = None
    workflows: tuple[str, ...] = ()

    def subjects(self, context: str) -> list[str]:
        """The subjects of a token with that context, such as `environment:prod`.

        Repositories that were made from 2026-07-15 on have both ids in it, others have none. Source: GitHub's OpenID
        Connect reference.
        """
        found = [f"repo:{self.name}:{context}"]
        if self.owner_id and self.id:
            owner, _, name = self.name.partition("/")
            found.append(f"repo:{owner}@{self.owner_id}/{name}@{self.id}:{context}")
        return found

    def workflow_refs(self) -> list[str]:
        """The workflows as they are on the branch, in the words of a token's `job_workflow_ref`."""
        return [f"{self.name}/{path}@refs/heads/{self.branch}" for path in self.workflows]
