"""Requests to GitHub: when to wait, when to try again, and what an answer means."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests
from github import Auth, Github, GithubException

from bot.forge.forge import Account, MissingError
from bot.forge.github.refusal import Limited, Unsure, meaning, no_such_repository, refused

_T = TypeVar("_T")
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_VIEWER = "query { viewer { login databaseId } }"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on: `tries` of one request, waits in seconds that double from `first`; `longest` is the longest
    wait that GitHub may ask for before we give up and say from when on it answers again."""

    tries: int = 6
    first: float = 1.0
    longest: float = 900.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, failure: Limited | Unsure, tried: int) -> None:
        """Waits before the next try; raises ForgeError where there is to be none."""
        asked = failure.wait if isinstance(failure, Limited) else None
        if tried >= self.tries or (asked or 0) > self.longest:
            raise failure.given_up() from failure
        self.sleep(max(self.first * 2 ** (tried - 1), asked or 0))


@dataclass(frozen=True)
class Client:
    """One repository on GitHub. `github` retries nothing itself: only we know which writes are safe to repeat."""

    github: Github
    name: str
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def repository(self) -> str:
        """The path of the repository as it is called now: a renamed one redirects, and a redirect loses the page."""
        try:
            found = self._send("GET", f"/repos/{self.name}", None, None)[1]
        except MissingError as error:
            raise no_such_repository(self.name) from error
        return f"/repos/{found['full_name']}"

    @cached_property
    def me(self) -> Account:
        # The one question about itself that a user's token, an App's and a job's can all ask.
        viewer = self.ask(_VIEWER, {})["viewer"]
        return Account(int(viewer["databaseId"]), str(viewer["login"]))

    def token(self) -> str:
        """What git shows as its password; an App's is made anew when it has ended."""
        auth = self.github.requester.auth
        assert auth is not None
        return self._patiently(partial(_token, auth))

    def installation(self) -> int:
        """Of the App that asks (by its own key, not as an installation) on this repository."""
        return int(self._send("GET", f"/repos/{self.name}/installation", None, None)[1]["id"])

    def granted(self) -> Mapping[str, str]:
        """What that installation was given, name to `read` or `write`."""
        found: Mapping[str, str] = self._send("GET", f"/repos/{self.name}/installation", None, None)[1][
            "permissions"
        ]
        return found

    def get(self, path: str, **parameters: str) -> Any:
        """What is at a path below the repository."""
        return self._send("GET", self.repository + path, parameters, None)[1]

    def pages(self, path: str, items: str = "", **parameters: str) -> Iterator[Any]:
        """Everything listed at a path, over all pages; `items` is the key where a page is an object."""
        following: dict[str, str] | None = {**parameters, "per_page": "100"}
        while following is not None:
            headers, page = self._send("GET", self.repository + path, following, None)
            yield from page[items] if items else page
            following = _next(headers.get("link", ""))

    def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data that answers a GraphQL query, which must change nothing."""
        body = {"query": query, "variables": dict(variables)}
        data: dict[str, Any] = self._send("POST", self.github.requester.graphql_url, None, body)[1]["data"]
        return data

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """For writes that leave the same when they are done twice."""
        return self._send(verb, self.repository + path, None, body)[1]

    def once(self, verb: str, path: str, body: Mapping[str, Any], look: Callable[[], _T | None]) -> Any | _T:
        """GitHub's answer to a write that must not happen twice, or what `look` finds of an earlier try.

        Where an answer got lost, GitHub may have acted: only what is not found is sent again.
        """
        return self._once(verb, self.repository + path, body, look)

    def change(
        self, query: str, variables: Mapping[str, Any], look: Callable[[], _T | None]
    ) -> dict[str, Any] | _T:
        """The data that answers a GraphQL mutation which must not happen twice, or what `look` finds."""
        body = {"query": query, "variables": dict(variables)}
        answer = self._once("POST", self.github.requester.graphql_url, body, look)
        if isinstance(answer, dict):
            data: dict[str, Any] = answer["data"]
            return data
        found: _T = answer
        return found

    def _once(self, verb: str, url: str, body: Mapping[str, Any], look: Callable[[], _T | None]) -> Any | _T:
        tried = 0
        while True:
            tried += 1
            try:
                return self._request(verb, url, None, body)[1]
            except Limited as failure:
                self.patience.wait(failure, tried)
            except Unsure as failure:
                self.patience.wait(failure, tried)
                found = look()
                if found is not None:
                    return found

    def _send(
        self, verb: str, url: str, parameters: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Any]:
        return self._patiently(partial(self._request, verb, url, parameters, body))

    def _patiently(self, ask: Callable[[], _T]) -> _T:
        tried = 0
        while True:
            tried += 1
            try:
                return ask()
            except (Limited, Unsure) as failure:
                self.patience.wait(failure, tried)

    def _request(
        self, verb: str, url: str, parameters: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Any]:
        with _understood(verb, url):
            headers, answer = self.github.requester.requestJsonAndCheck(
                verb,
                url,
                parameters=dict(parameters or {}),
                headers=dict(_HEADERS),
                input=None if body is None else dict(body),
            )
        if url == self.github.requester.graphql_url and answer.get("errors"):
            raise refused(headers, answer["errors"])
        return headers, answer


def _token(auth: Auth.Auth) -> str:
    with _understood("POST", "the tokens of the App's installation"):
        return auth.token


@contextmanager
def _understood(verb: str, url: str) -> Iterator[None]:
    """What goes wrong inside is raised as what GitHub means by it."""
    try:
        yield
    except GithubException as error:
        raise meaning(error, verb, url) from error
    except (requests.RequestException, ValueError) as error:
        # ValueError: an answer that broke off in the middle is no JSON.
        raise Unsure(f"GitHub cannot be reached: {type(error).__name__}") from error


def _next(link: str) -> dict[str, str] | None:
    for each in requests.utils.parse_header_links(link) if link else ():
        if each.get("rel") == "next":
            return dict(parse_qsl(urlsplit(each["url"]).query))
    return None
