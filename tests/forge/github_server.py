"""A GitHub on this machine: the REST routes that we use, as documented, over a local forge; it notes what it should
never have been sent, and fails as GitHub fails when told to."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from bot.forge.local.forge import LocalForge
from tests.forge.github_checks import Checks
from tests.forge.github_git import Git
from tests.forge.github_pulls import Pulls
from tests.forge.github_request import Refusal, Request, Route
from tests.forge.github_rules import Rules

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
APP_ID = "4711"
INSTALLATION = 815
LIMIT = 5000


class Fault(StrEnum):
    """What happens to a request."""

    NONE = "none"
    BAD_GATEWAY = "502, nothing done"
    BAD_GATEWAY_LATE = "502, though done"
    DROPPED = "connection closed, nothing done"
    LOST = "connection closed, though done"
    CUT = "done, and the answer breaks off"
    SECONDARY = "403, secondary limit, no header"
    RETRY_AFTER = "429 with Retry-After"
    PRIMARY = "403, limit used up until a time"


_LATE = frozenset({Fault.BAD_GATEWAY_LATE, Fault.LOST, Fault.CUT})


@dataclass(frozen=True)
class Principal:
    """Who a token stands for; `permissions` are those of an App's installation or a job: name to read or write."""

    login: str
    permissions: Mapping[str, str]
    is_app: bool = True


ALL = dict.fromkeys(("checks", "contents", "deployments", "issues", "pull_requests"), "write") | {
    "metadata": "read"
}


@dataclass
class GithubServer:
    """`problems` must stay empty: requests that no client of GitHub may send. `largest_page` is 100 on GitHub.

    `faults` are taken one a request, writes only where `faults_on` says so; when none is left, all goes well.
    `meanwhile` is what others do, one just before each write. `errors` are those that GraphQL answers with 200, one a
    query, each with headers.
    """

    local: LocalForge
    name: str = "acme/databases"
    largest_page: int = 100
    tokens: dict[str, Principal] = field(default_factory=lambda: {"good": Principal("dbspec[bot]", ALL)})
    public_key: str = ""
    installed: Mapping[str, str] = field(default_factory=lambda: dict(ALL))
    faults: deque[Fault] = field(default_factory=deque)
    faults_on: frozenset[str] = WRITES
    problems: list[str] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    renamed_from: str = ""
    meanwhile: deque[Callable[[], None]] = field(default_factory=deque)
    errors: deque[tuple[Mapping[str, str], Mapping[str, str]]] = field(default_factory=deque)
    pauses: tuple[str, int] = ("7", 30)  # of Retry-After, and until the limit is new

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.pulls = Pulls(self.local, self.name, self.url)
        self.checks = Checks(self.local, self.name, self.url)
        self.rules = Rules(self.name)
        self.git = Git(self.local, self.name)
        self._routes: list[Route] = [
            *self.rules.routes(),
            *self.pulls.routes(),
            *self.checks.routes(),
            *self.git.routes(),
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environ(self, token: str = "good") -> dict[str, str]:
        """What a job is given to reach it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": self.name, "GITHUB_TOKEN": token}

    def __enter__(self) -> GithubServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sent(self, verb: str, part: str = "") -> int:
        """How many requests of this verb had this in their path."""
        return sum(each == verb and part in path for each, path in self.log)

    def answer(self, verb: str, target: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        parts = urlsplit(target)
        with self._lock:
            self.log.append((verb, parts.path))
            if verb in WRITES and self.meanwhile and parts.path != "/graphql":
                self.meanwhile.popleft()()
            fault = self._fault(verb)
            if fault is Fault.NONE or fault in _LATE:
                answer = self._acted(verb, parts.path, dict(parse_qsl(parts.query)), headers, raw)
                return answer.spoilt(fault)
            return _failing(fault, *self.pauses)

    def _fault(self, verb: str) -> Fault:
        return self.faults.popleft() if self.faults and verb in self.faults_on else Fault.NONE

    def _acted(
        self, verb: str, path: str, query: dict[str, str], headers: Mapping[str, str], raw: bytes
    ) -> Answer:
        try:
            body = json.loads(raw) if raw else None
            if path.startswith("/app/") or path.endswith("/installation"):
                return self._as_app(verb, path, headers, body)
            principal = self._principal(headers)
            if path == "/graphql" and self.errors:
                error, sent = self.errors.popleft()
                return Answer(200, {"data": None, "errors": [error]}, sent)
            if path == "/graphql":
                return Answer(200, self._graphql(principal, body))
            if self.renamed_from and path.startswith(f"/repos/{self.renamed_from}"):
                to = path.replace(self.renamed_from, self.name)
                return Answer(301, {"message": "Moved Permanently"}, {"Location": self.url + to})
            return self._routed(verb, path, query, principal, body)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body, refusal.headers)

    def _routed(self, verb: str, path: str, query: dict[str, str], principal: Principal, body: Any) -> Answer:
        prefix = f"/repos/{self.name}"
        if path != prefix and not path.startswith(f"{prefix}/"):
            raise Refusal.not_found()
        for route in self._routes:
            found = route.matches(verb, path.removeprefix(prefix))
            if found is not None:
                self._allow(route, principal)
                request = Request(
                    found, query, body, self.local.store.account(principal.login), self.problems
                )
                status, answer = route.handle(request)
                self._check_query(route, path, query)
                return (
                    self._page(route, path, query, status, answer) if route.listed else Answer(status, answer)
                )
        self.problems.append(f"unknown route: {verb} {path}")
        raise Refusal.not_found()

    def _check_query(self, route: Route, path: str, query: Mapping[str, str]) -> None:
        known = {*route.parameters, *(("per_page", "page") if route.listed else ())}
        self.problems.extend(f"{path}: unknown parameter {name}" for name in query if name not in known)

    def _page(self, route: Route, path: str, query: dict[str, str], status: int, answer: list[Any]) -> Answer:
        size = min(int(query.get("per_page", "30")), self.largest_page)
        page = int(query.get("page", "1"))
        shown = answer[(page - 1) * size : page * size]
        links = {"next": page + 1} if page * size < len(answer) else {}
        links |= {"prev": page - 1} if page > 1 else {}
        link = ", ".join(
            f'<{self.url}{path}?{urlencode(query | {"page": str(number)})}>; rel="{name}"'
            for name, number in links.items()
        )
        body = {"total_count": len(answer), route.listed: shown} if route.listed != "*" else shown
        return Answer(status, body, {"Link": link} if link else {})

    def _principal(self, headers: Mapping[str, str]) -> Principal:
        if "github" not in headers.get("accept", ""):
            self.problems.append("no Accept header")
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or token not in self.tokens:
            raise Refusal(401, {"message": "Bad credentials"})
        return self.tokens[token]

    def _allow(self, route: Route, principal: Principal) -> None:
        names, level = route.permission
        has = {principal.permissions.get(name) for name in names.split("|")}
        if not has & {"write", level}:
            needed = "; ".join(f"{name}={level}" for name in names.split("|"))
            refused = {"message": "Resource not accessible by integration"}
            raise Refusal(403, refused, {"X-Accepted-GitHub-Permissions": needed})
        if names == "checks" and level == "write" and not principal.is_app:
            raise Refusal(403, {"message": "You must authenticate via a GitHub App."})

    def _as_app(self, verb: str, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        kind, _, token = headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(
                token, self.public_key, algorithms=["RS256"], options={"require": ["exp", "iat"]}
            )
        except jwt.PyJWTError as error:
            raise Refusal(401, {"message": "A JSON web token could not be decoded"}) from error
        if kind != "Bearer" or claims["iss"] != APP_ID or claims["exp"] - claims["iat"] > 660:
            raise Refusal(401, {"message": "'Issuer' claim ('iss') must be an Integer"})
        if (verb, path) == ("GET", f"/repos/{self.name}/installation"):
            return Answer(
                200, {"id": INSTALLATION, "app_slug": "dbspec", "permissions": dict(self.installed)}
            )
        if (verb, path) == ("POST", f"/app/installations/{INSTALLATION}/access_tokens"):
            asked = body["permissions"]
            if any(self.installed.get(each) not in (level, "write") for each, level in asked.items()):
                raise Refusal(
                    422, {"message": "The permissions requested are not granted to this installation."}
                )
            self.tokens["ghs_installation"] = Principal("dbspec[bot]", asked)
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return Answer(201, {"token": "ghs_installation", "expires_at": until, "permissions": asked})
        raise Refusal.not_found()

    def _graphql(self, principal: Principal, body: Any) -> dict[str, Any]:
        if "viewer" in body["query"]:
            account = self.local.store.account(principal.login)
            return {"data": {"viewer": {"login": account.login, "databaseId": account.id}}}
        if "createCommitOnBranch" in body["query"]:
            if principal.permissions.get("contents") != "write":
                return {
                    "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]
                }
            account = self.local.store.account(principal.login)
            return self.git.change(account, body["variables"]["input"])
        if "authors(first: 100)" in body["query"]:
            return {"data": {"repository": {"object": {"authors": {"nodes": self.pulls.authors(body)}}}}}
        self.problems.append(f"unknown query: {body['query']}")
        return {"errors": [{"message": "Parse error"}]}

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (self is the handler's own)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def _any(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = server.answer(self.command, self.path, headers, raw)
                answer.send(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        return Handler


@dataclass(frozen=True)
class Answer:
    """`length` less than the whole: the connection is closed after so much of the body; -1: before any of it."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    part: float = 1.0

    def spoilt(self, fault: Fault) -> Answer:
        match fault:
            case Fault.BAD_GATEWAY_LATE:
                return _failing(Fault.BAD_GATEWAY, "", 0)
            case Fault.LOST:
                return Answer(0, None)
            case Fault.CUT:
                return Answer(self.status, self.body, self.headers, part=0.5)
            case _:
                return self

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        if self.status == 0:
            _hang_up(handler)
            return
        data = b"" if self.status == 204 else self._data()
        handler.send_response(self.status)
        limits = {"X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "1"}
        for name, value in ({"Content-Type": "application/json"} | limits | dict(self.headers)).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: int(len(data) * self.part)])
        if self.part < 1:
            handler.wfile.flush()
            _hang_up(handler)

    def _data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


def _failing(fault: Fault, retry_after: str, reset: int) -> Answer:
    match fault:
        case Fault.BAD_GATEWAY:
            return Answer(
                502, "<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"}
            )
        case Fault.SECONDARY:
            said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            return Answer(403, {"message": said})
        case Fault.RETRY_AFTER:
            said = "You have exceeded a secondary rate limit."
            return Answer(429, {"message": said}, {"Retry-After": retry_after})
        case Fault.PRIMARY:
            until = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + reset)}
            return Answer(403, {"message": "API rate limit exceeded for installation ID 815."}, until)
        case _:
            return Answer(0, None)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
