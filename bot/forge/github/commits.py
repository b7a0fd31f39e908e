"""Commits of pull requests on GitHub, with everybody who had a hand in them."""

from __future__ import annotations

from typing import Any

from bot.forge.authors import co_authors
from bot.forge.forge import Account, Commit, Person
from bot.forge.github import answers
from bot.forge.github.client import Client

_MOST = 250  # GitHub lists no more as a pull request's commits
_AUTHORS = """
query ($owner: String!, $name: String!, $sha: GitObjectID!) {
  repository(owner: $owner, name: $name) {
    object(oid: $sha) {
      ... on Commit { authors(first: 100) { nodes { email user { login databaseId } } } }
    }
  }
}
"""


def commits(client: Client, number: int) -> tuple[Commit, ...]:
    found = list(client.pages(f"/pulls/{number}/commits"))
    if len(found) >= _MOST:
        pull = answers.pull(client.get(f"/pulls/{number}"))
        found = list(client.pages(f"/compare/{pull.base_sha}...{pull.head_sha}", "commits"))
    return tuple(_commit(client, each) for each in found)


def _commit(client: Client, given: Any) -> Commit:
    inner = given["commit"]
    return Commit(
        sha=given["sha"],
        parents=tuple(each["sha"] for each in given["parents"]),
        author=answers.person(inner["author"], given.get("author")),
        committer=answers.person(inner["committer"], given.get("committer")),
        co_authors=_co_authors(client, given["sha"], inner["message"]),
        message=inner["message"],
        at=answers.moment(inner["committer"]["date"]),
    )


def _co_authors(client: Client, sha: str, message: str) -> tuple[Person, ...]:
    found = co_authors(message)
    if all(each.account for each in found):
        return found
    # Only GitHub knows whose address it is, and only its other API tells.
    _, _, owner, name = client.repository.split("/")
    answer = client.ask(_AUTHORS, {"owner": owner, "name": name, "sha": sha})
    nodes = answer["repository"]["object"]["authors"]["nodes"]
    known = {
        each["email"].lower(): Account(int(each["user"]["databaseId"]), each["user"]["login"])
        for each in nodes
        if each["user"]
    }
    return tuple(
        each if each.account else each._replace(account=known.get(each.email.lower())) for each in found
    )
