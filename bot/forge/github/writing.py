"""Commits that GitHub makes and signs, and jobs that it is asked to begin."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.forge.forge import ForgeError, MissingError
from bot.forge.github.client import Client

APPLY = "dbspec-apply"
"""The event to which the workflow of applies listens."""

_COMMIT = (
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
)


@dataclass(frozen=True, slots=True)
class GithubCommits:
    """Commits of one repository on GitHub. Source: GitHub's GraphQL reference, createCommitOnBranch."""

    client: Client

    def commit_files(
        self, branch: str, parent: str, changes: Mapping[str, bytes | None], message: str
    ) -> str:
        tip = self._tip(branch)
        if tip is None:
            ref = {"ref": f"refs/heads/{branch}", "sha": parent}
            self.client.once("POST", "/git/refs", ref, lambda: self._tip(branch))
        elif tip != parent:
            return self._known(branch, tip, parent, message)
        headline, _, body = message.partition("\n")
        given = {
            "branch": {"repositoryNameWithOwner": self.client.name, "branchName": branch},
            "expectedHeadOid": parent,
            "message": {"headline": headline, "body": body.strip()},
            "fileChanges": {
                "additions": [
                    {"path": path, "contents": base64.b64encode(data).decode()}
                    for path, data in changes.items()
                    if data is not None
                ],
                "deletions": [{"path": path} for path, data in changes.items() if data is None],
            },
        }
        made = self.client.change(_COMMIT, {"input": given}, lambda: self._made(branch, parent))
        if isinstance(made, str):
            return self._known(branch, made, parent, message)
        return str(made["createCommitOnBranch"]["commit"]["oid"])

    def _tip(self, branch: str) -> str | None:
        try:
            return str(self.client.get(f"/git/ref/heads/{branch}")["object"]["sha"])
        except MissingError:
            return None

    def _made(self, branch: str, parent: str) -> str | None:
        tip = self._tip(branch)
        return tip if tip != parent else None

    def _known(self, branch: str, tip: str, parent: str, message: str) -> str:
        """The commit that an earlier try made; raises ForgeError where it is another."""
        found: Any = self.client.get(f"/git/commits/{tip}")
        same = found["message"].split() == message.split()
        if [each["sha"] for each in found["parents"]] != [parent] or not same:
            raise ForgeError(f"the branch {branch} has something else")
        return tip


@dataclass(frozen=True, slots=True)
class GithubStarter:
    """Starts applies. It needs no more rights than commits do, and queues behind what runs."""

    client: Client

    def __call__(self, environment: str) -> None:
        body = {"event_type": APPLY, "client_payload": {"environment": environment}}
        self.client.write("POST", "/dispatches", body)
