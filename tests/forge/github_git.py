"""Refs, commits and dispatches of the simulated GitHub, as documented."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from bot.forge.forge import Account, ForgeError
from bot.forge.local.forge import LocalForge
from tests.forge.github_request import Refusal, Request, Route, Text

READ, WRITE = ("contents", "read"), ("contents", "write")


@dataclass
class Git:
    """`dispatched` are the events that were asked for."""

    local: LocalForge
    name: str
    dispatched: list[dict[str, Any]] = field(default_factory=list)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/git/ref/heads/{folder}/{branch}", READ, self._ref),
            Route("POST", "/git/refs", WRITE, self._create),
            Route("GET", "/git/commits/{sha}", READ, self._commit),
            Route("POST", "/dispatches", WRITE, self._dispatch),
        ]

    def change(self, actor: Account, given: dict[str, Any]) -> dict[str, Any]:
        """What createCommitOnBranch does."""
        assert given["branch"]["repositoryNameWithOwner"] == self.name
        assert set(given) == {"branch", "expectedHeadOid", "message", "fileChanges"}
        repository, ref = self.local.repository, f"refs/heads/{given['branch']['branchName']}"
        parent = given["expectedHeadOid"]
        if repository.tip(ref) != parent:
            return {"errors": [{"message": f"Expected branch to point to {parent!r} but it did not."}]}
        files = given["fileChanges"]
        changes: dict[str, bytes | None] = {
            each["path"]: base64.b64decode(each["contents"], validate=True) for each in files["additions"]
        }
        changes |= {each["path"]: None for each in files["deletions"]}
        message = f"{given['message']['headline']}\n\n{given['message']['body']}".strip()
        sha = repository.commit_files(parent, changes, message, actor, self.local.clock())
        repository.move(ref, sha, parent)
        return {"data": {"createCommitOnBranch": {"commit": {"oid": sha}}}}

    def _ref(self, request: Request) -> tuple[int, Any]:
        ref = f"refs/heads/{request.found['folder']}/{request.found['branch']}"
        tip = self.local.repository.tip(ref)
        if tip is None:
            raise Refusal.not_found()
        return 200, {"ref": ref, "object": {"type": "commit", "sha": tip}}

    def _create(self, request: Request) -> tuple[int, Any]:
        given = request.checked("Reference", {"ref!": Text(), "sha!": Text(40)})
        if not self.local.repository.knows(given["sha"]):
            raise Refusal(422, {"message": "Object does not exist"})
        try:
            self.local.repository.move(given["ref"], given["sha"], None)
        except ForgeError as error:
            raise Refusal(422, {"message": "Reference already exists"}) from error
        return 201, {"ref": given["ref"], "object": {"type": "commit", "sha": given["sha"]}}

    def _commit(self, request: Request) -> tuple[int, Any]:
        sha = request.found["sha"]
        parents, message = self.local.repository.fields(sha, "%P%x00%B")
        found = {
            "sha": sha,
            "message": message.strip(),
            "parents": [{"sha": each} for each in parents.split()],
        }
        return 200, found

    def _dispatch(self, request: Request) -> tuple[int, Any]:
        self.dispatched.append(
            request.checked("Dispatch", {"event_type!": Text(100), "client_payload": dict})
        )
        return 204, None
