"""People who write themselves into people.yaml."""

from __future__ import annotations

import re
from typing import Any

from bot.requests import edit
from bot.requests.request import Request
from compiler.people import People
from compiler.route import Route

_NAME = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")


class RefusedError(Exception):
    """They cannot be written in; `fix` is the way out."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


def joined(text: str, people: People, request: Request) -> str:
    """people.yaml with whoever asked as a user, and as a member of a team where `team` names one.

    Who they are in the chat is what the chat says, never what they answered; that the GitHub account is theirs is for
    the reviewers of the pull request to know. Answers are `id` and `login` of that account, and `team`. Raises
    RefusedError, and UneditableError as `edit` does.
    """
    name = request.target
    if not _NAME.fullmatch(name):
        raise RefusedError(f"{name!r} cannot name a user", "use lower-case letters and digits")
    known = next((user for user, facts in people.users.items() if facts.slack == request.by), None)
    if known:
        raise RefusedError(f"people.yaml knows you already, as {known}")
    there = people.users.get(name)
    if there and there.slack:
        raise RefusedError(f"{name} is somebody else in people.yaml", "choose another name")
    return edit.edited(text, _answers(name, people, request))


def _answers(name: str, people: People, request: Request) -> dict[Route, Any]:
    answers: dict[Route, Any] = {("users", name, "slack"): request.by}
    said = request.answers
    if said.get("login") and said.get("id"):
        answers["users", name, "github"] = {"id": said["id"], "login": said["login"]}
    team = said.get("team")
    if not team:
        return answers
    if team not in people.teams:
        raise RefusedError(f"there is no team {team!r}", f"name one of {', '.join(people.teams)}")
    members = people.teams[team].members
    if name not in members:
        answers["teams", team, "members"] = [*members, name]
    return answers
