"""GitHub's answers as our values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.forge.forge import (
    Account,
    Comment,
    Deployment,
    DeploymentState,
    Issue,
    Person,
    Pull,
    PullState,
    Review,
    ReviewState,
)
from bot.forge.marker import unmarked

_GHOST = Account(10137, "ghost")  # as whom GitHub itself shows accounts that are gone


def account(given: Any) -> Account:
    return Account(int(given["id"]), str(given["login"])) if given else _GHOST


def pull(given: Any) -> Pull:
    merged = moment(given["merged_at"]) if given.get("merged_at") else None
    head, base = given["head"], given["base"]
    # A fork that was deleted leaves no repository behind.
    from_fork = head.get("repo") is None or head["repo"]["id"] != base["repo"]["id"]
    organization = base["repo"]["owner"]["login"]
    return Pull(
        number=given["number"],
        title=given["title"],
        body=given.get("body") or "",
        url=given["html_url"],
        author=account(given.get("user")),
        state=PullState.MERGED if merged else PullState(given["state"]),
        draft=bool(given.get("draft")),
        head_sha=head["sha"],
        head_branch=head["ref"],
        from_fork=from_fork,
        base_branch=base["ref"],
        base_sha=base["sha"],
        # Until it is merged, this field names a trial merge.
        merged_sha=given.get("merge_commit_sha") if merged else None,
        merged_at=merged,
        labels=tuple(each["name"] for each in given.get("labels") or ()),
        reviewers=(
            *(each["login"] for each in given.get("requested_reviewers") or ()),
            *(f"{organization}/{each['slug']}" for each in given.get("requested_teams") or ()),
        ),
    )


def review(given: Any) -> Review | None:
    """None for one that is not submitted yet, or whose author is gone."""
    if given.get("user") is None or given["state"] == "PENDING":
        return None
    return Review(
        account(given["user"]),
        ReviewState(given["state"].lower()),
        given.get("commit_id") or "",
        moment(given["submitted_at"]),
    )


def person(given: Any, known: Any) -> Person:
    """Of a commit's `author` or `committer`, and the account that GitHub gives beside it, which may be empty."""
    found = Account(int(known["id"]), str(known["login"])) if known and known.get("id") else None
    return Person(given.get("name") or "", given.get("email") or "", found)


def comment(given: Any) -> Comment:
    key, body = unmarked(given.get("body") or "")
    return Comment(
        given["id"], account(given.get("user")), key, body, given["html_url"], moment(given["created_at"])
    )


def deployment(given: Any, status: Any) -> Deployment:
    """Of a deployment and its last status, None where it has none yet."""
    return Deployment(
        id=given["id"],
        sha=given["sha"],
        environment=given["environment"],
        state=_deployment_state(status["state"]) if status else DeploymentState.QUEUED,
        description=(status or given).get("description") or "",
        url=(status or {}).get("log_url") or "",
    )


def issue(given: Any) -> Issue:
    key, body = unmarked(given.get("body") or "")
    return Issue(
        number=given["number"],
        key=key,
        title=given["title"],
        body=body,
        open=given["state"] == "open",
        labels=tuple(each["name"] for each in given.get("labels") or ()),
        url=given["html_url"],
    )


def moment(given: str) -> datetime:
    return datetime.fromisoformat(given)


def _deployment_state(given: str) -> DeploymentState:
    # A later success at the same environment makes an earlier one inactive.
    others = {
        "pending": DeploymentState.QUEUED,
        "inactive": DeploymentState.SUCCESS,
        "error": DeploymentState.FAILURE,
    }
    return others.get(given) or DeploymentState(given)
