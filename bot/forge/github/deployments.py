"""Deployments on GitHub: what came to which environment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.forge.forge import Deployment, DeploymentState
from bot.forge.github import answers
from bot.forge.github.client import Client

_TASK = "deploy:dbspec"
_LONGEST = 140  # characters of a description


def deployment(client: Client, sha: str, environment: str, by: Collection[str] = ()) -> Deployment | None:
    found = _find(client, sha, environment, by)
    return answers.deployment(found, _status(client, found["id"])) if found else None


def put_deployment(
    client: Client, sha: str, environment: str, state: DeploymentState, description: str, url: str
) -> Deployment:
    description = description if len(description) <= _LONGEST else description[: _LONGEST - 1] + "…"
    body = {
        "ref": sha,
        "environment": environment,
        "task": _TASK,
        "auto_merge": False,
        # What guards a deployment are our own gates, not whether some check has finished.
        "required_contexts": [],
    }
    made: Any = _find(client, sha, environment)
    if made is None:
        made = client.once("POST", "/deployments", body, lambda: _find(client, sha, environment))
    number = made["id"]
    wanted = Deployment(number, sha, environment, state, description, url)

    def said() -> Deployment | None:
        status = _status(client, number)
        return wanted if status and answers.deployment(made, status) == wanted else None

    if said() is None:
        status = {"state": state.value, "description": description, "log_url": url}
        client.once("POST", f"/deployments/{number}/statuses", status, said)
    return wanted


def _find(client: Client, sha: str, environment: str, by: Collection[str] = ()) -> dict[str, Any] | None:
    found = client.pages("/deployments", sha=sha, environment=environment, task=_TASK)
    creators = ((each, answers.account(each.get("creator"))) for each in found)
    ours = [each for each, creator in creators if creator.id == client.me.id or creator.login in by]
    return max(ours, key=lambda each: int(each["id"]), default=None)


def _status(client: Client, number: int) -> dict[str, Any] | None:
    statuses = client.pages(f"/deployments/{number}/statuses")
    return max(statuses, key=lambda each: int(each["id"]), default=None)
