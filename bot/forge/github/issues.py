"""Issues on GitHub: one of ours for each key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bot.forge.forge import Issue
from bot.forge.github import answers
from bot.forge.github.client import Client
from bot.forge.github.comments import put_comment
from bot.forge.marker import marked


def issues(client: Client, prefix: str, by: Collection[str] = ()) -> tuple[Issue, ...]:
    logins = dict.fromkeys((client.me.login, *by))
    written = (each for login in logins for each in _by(client, login, "open"))
    found = (each for each in written if each.key.startswith(prefix))
    return tuple(sorted(found, key=lambda each: (each.key, each.number)))


def put_issue(client: Client, key: str, title: str, body: str, labels: Sequence[str]) -> Issue:
    text = marked(key, body)
    found = _find(client, key)
    if found is None:
        given = {"title": title, "body": text, "labels": list(labels)}
        made = client.once("POST", "/issues", given, lambda: _find(client, key))
        found = made if isinstance(made, Issue) else answers.issue(made)
    wanted = {"title": title, "body": text, "state": "open"}
    if (found.title, found.body, found.open) != (title, body, True):
        found = answers.issue(client.write("PATCH", f"/issues/{found.number}", wanted))
    missing = [each for each in labels if each not in found.labels]
    if missing:
        client.write("POST", f"/issues/{found.number}/labels", {"labels": missing})
        found = answers.issue(client.get(f"/issues/{found.number}"))
    return found


def close_issue(client: Client, key: str, comment: str) -> None:
    for each in issues(client, key):
        if each.key == key:
            put_comment(client, each.number, f"{key}:closed", comment)
            closed: dict[str, Any] = {"state": "closed", "state_reason": "completed"}
            client.write("PATCH", f"/issues/{each.number}", closed)


def _find(client: Client, key: str) -> Issue | None:
    """The oldest, should a race ever have made two."""
    found = [each for each in _ours(client, "all") if each.key == key]
    return min(found, key=lambda each: each.number, default=None)


def _ours(client: Client, state: str) -> list[Issue]:
    return _by(client, client.me.login, state)


def _by(client: Client, login: str, state: str) -> list[Issue]:
    found = client.pages("/issues", state=state, creator=login)
    # GitHub counts pull requests among the issues.
    theirs = (
        each
        for each in found
        if "pull_request" not in each and answers.account(each.get("user")).login == login
    )
    return [answers.issue(each) for each in theirs]
