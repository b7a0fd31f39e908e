"""What GitHub means by an answer that is not the wanted one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from github import GithubException

from bot.forge.forge import DeniedError, ForgeError, MissingError
from compiler.diagnostics import Exit, UserError, fail

_SECONDARY_WAIT = 60.0  # what GitHub's documentation asks for where it names no time
_SECONDARY = ("secondary rate limit", "abuse detection")


class Limited(Exception):  # noqa: N818 (not an error: GitHub did not act, and says when it will)
    """Too many requests: nothing was done. `wait` is in seconds, by GitHub's own clock."""

    def __init__(self, message: str, wait: float, after: datetime | None) -> None:
        super().__init__(message)
        self.wait = wait
        self.after = after

    def given_up(self) -> ForgeError:
        return ForgeError(str(self), again=True, after=self.after)


class Unsure(Exception):  # noqa: N818 (not an error yet: it may have worked)
    """No answer, or one that does not tell whether GitHub acted."""

    def given_up(self) -> ForgeError:
        return ForgeError(str(self), again=True)


def meaning(error: GithubException, verb: str, url: str) -> Exception:
    """What to raise for an answer of 400 or more."""
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    said = _said(error.data)
    match error.status:
        case 401:
            return fail(
                "forge/credentials",
                f"GitHub does not accept the credentials: {said}",
                "give a token that has not expired in GITHUB_TOKEN, or the App's id and key",
                exit_code=Exit.ENGINE,
            )
        case 403 | 429:
            return _limited(headers, said, error.status) or _denied(headers, said, verb, url)
        case 404:
            return MissingError(f"GitHub has nothing at {url}")
        case 410:
            return fail(
                "forge/disabled",
                f"GitHub says: {said}",
                "switch issues on in the repository's settings",
                exit_code=Exit.ENGINE,
            )
        case status if status >= 500 or status == 408:
            return Unsure(f"GitHub answered {status} to {verb} {url}")
        case 422 if said.startswith("No commit found"):
            return MissingError(f"GitHub has no such commit: {url}")
        case 422 if "permissions requested are not granted" in said:
            return _denied(headers, said, verb, url)
        case status:
            return ForgeError(f"GitHub refused {verb} {url} ({status}): {said}", again=status == 409)


def refused(headers: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> Exception:
    """What to raise for errors of GraphQL, which is answered with 200 also where a limit is reached.

    Source: GitHub's documentation, rate limits and query limits for the GraphQL API.
    """
    said = "; ".join(str(each.get("message") or "no reason given") for each in errors)
    limited = any(each.get("type") == "RATE_LIMITED" for each in errors)
    found = _limited(
        {name.lower(): str(value) for name, value in headers.items()}, said, 429 if limited else 200
    )
    if found is not None:
        return found
    if said.startswith("Something went wrong"):
        return Unsure(f"GitHub failed: {said}")
    return ForgeError(f"GitHub refused what it was asked: {said}")


def no_such_repository(name: str) -> UserError:
    return fail(
        "forge/no-repository",
        f"GitHub shows no repository {name} to this token",
        "check the name, and give the token or the App access to it",
        exit_code=Exit.ENGINE,
    )


def _limited(headers: dict[str, str], said: str, status: int) -> Limited | None:
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    now = parsedate_to_datetime(headers["date"]) if "date" in headers else None
    if headers.get("retry-after", "").isdigit():
        wait = float(headers["retry-after"])
        return Limited(f"GitHub asks for patience: {said}", wait, None)
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        reset = datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC)
        # A second more: the limit ends at some moment within that one.
        wait = (reset - now).total_seconds() + 1 if now else _SECONDARY_WAIT
        return Limited(
            f"GitHub's limit of requests is used up until {reset:%H:%M:%S} UTC", max(wait, 1.0), reset
        )
    if status == 429 or any(words in said.lower() for words in _SECONDARY):
        return Limited(f"GitHub asks for patience: {said}", _SECONDARY_WAIT, None)
    return None


def _denied(headers: dict[str, str], said: str, verb: str, url: str) -> DeniedError:
    needed = headers.get("x-accepted-github-permissions") or headers.get("x-accepted-oauth-scopes")
    return DeniedError(
        f"GitHub does not let this token {verb} {url}: {said}",
        f"give it the permission {needed}" if needed else "give it the permissions that docs/setup.md lists",
    )


def _said(data: Any) -> str:
    if not isinstance(data, dict):
        return "no reason given"
    said = str(data.get("message") or "no reason given")
    details = [
        str(each.get("message") or f"{each.get('field', '')} {each.get('code', '')}".strip())
        if isinstance(each, dict)
        else str(each)
        for each in data.get("errors") or ()
    ]
    return ": ".join((said, "; ".join(details))) if details else said
