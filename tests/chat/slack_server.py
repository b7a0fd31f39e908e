"""A Slack on this machine: the Web API methods that we use, as documented; it notes what it should never have been
sent, and fails as Slack fails when told to."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.chat import slack_limits
from tests.chat.slack_socket import Sockets
from tests.chat.slack_things import Answer, Fault, Message, View, as_json, done, limited, refused
from tests.chat.slack_views import Views

TEAM, APP, BOT = "T0ACME", "A0DBSPEC", "U0BOT"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN, APP_TOKEN = "xoxb-good", "xapp-good"
BOT_SCOPES = frozenset(
    {
        "chat:write",
        "commands",
        "channels:read",
        "channels:history",
        "groups:read",
        "groups:history",
        "im:write",
        "im:history",
        "users:read",
    }
)
# Source: the reference of each method.
SCOPES = {
    "auth.test": "",
    "apps.connections.open": "connections:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.open": "im:write",
    "views.open": "",
    "views.update": "",
}
METADATA = 16_000


_LATE = frozenset({Fault.ERROR_LATE, Fault.LOST})


@dataclass
class SlackServer(Views):
    """`problems` must stay empty: calls that no client of Slack may make.

    `faults` are taken one a call of `faults_on`; when none is left, all goes well. `channels` are names by id, those
    that the bot is in. `burst` messages a second are taken in one channel before it is limited.
    """

    channels: dict[str, str] = field(
        default_factory=lambda: {"C0CHECKOUT": "checkout", "C0IDENTITY": "identity", "C0PLATFORM": "platform"}
    )
    strange: dict[str, str] = field(default_factory=lambda: {"C0SECRETS": "secrets"})
    tokens: dict[str, frozenset[str]] = field(
        default_factory=lambda: {BOT_TOKEN: BOT_SCOPES, APP_TOKEN: frozenset({"connections:write"})}
    )
    users: dict[str, str] = field(default_factory=lambda: {"U0ADA": "ada", "U0GRACE": "grace", BOT: "dbspec"})
    faults: deque[Fault] = field(default_factory=deque)
    faults_on: frozenset[str] = frozenset({"chat.postMessage", "chat.update"})
    burst: int = 10
    retry_after: int = 1
    trigger_life: float = 60  # seconds; 3 on Slack, which a machine that is busy with other tests may need
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.problems: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = defaultdict(list)
        self.responses: dict[str, list[float]] = {}
        self.replies: list[Message] = []
        self._triggers: dict[str, tuple[str, float, bool]] = {}
        self._paces: dict[str, deque[float]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.sockets = Sockets(self.problems)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def api(self) -> str:
        """The base URL of a client."""
        return f"{self.url}/api/"

    def __enter__(self) -> SlackServer:
        self._thread.start()
        self.sockets.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.sockets.stop()
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """As if nobody had said anything yet."""
        with self.lock:
            for each in (
                self.problems,
                self.calls,
                self.messages,
                self.views,
                self.stacks,
                self.replies,
                self.faults,
            ):
                each.clear()
            self._paces.clear()

    def in_channel(self, channel: str) -> list[Message]:
        """What everybody sees there, oldest first, threads left out."""
        return [
            each
            for each in self.messages
            if each.channel == channel and not each.deleted and not each.to and not each.thread_ts
        ]

    def thread(self, message: Message) -> list[Message]:
        return [each for each in self.messages if each.thread_ts == message.ts and not each.deleted]

    def count(self, method: str) -> int:
        return sum(each == method for each, _body in self.calls)

    def trigger(self, user: str) -> str:
        """A new trigger, as an interaction brings it."""
        with self.lock:
            name = f"{next(self._numbers)}.trigger.{user}"
            self._triggers[name] = (user, self.clock(), False)
            return name

    def response_url(self, user: str, channel: str) -> str:
        with self.lock:
            name = f"/response/{user}/{channel}/{next(self._numbers)}"
            self.responses[name] = []
            return self.url + name

    # What a call does.

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        if path.startswith("/response/"):
            return self._respond(path, raw)
        method = path.removeprefix("/api/")
        body = _arguments(headers.get("Content-Type", ""), raw)
        with self.lock:
            self.calls.append((method, body))
            fault = self.faults.popleft() if self.faults and method in self.faults_on else Fault.NONE
            if fault is Fault.NONE or fault in _LATE:
                answer = self._acted(method, headers.get("Authorization", ""), body)
            if fault is Fault.NONE:
                return answer
        if fault is Fault.LIMITED:
            return limited(self.retry_after)
        if fault in (Fault.ERROR, Fault.ERROR_LATE):
            return Answer(500, {"ok": False, "error": "internal_error"})
        return Answer(0, {})

    def _acted(self, method: str, authorization: str, body: dict[str, Any]) -> Answer:
        token = authorization.removeprefix("Bearer ") or str(body.get("token", ""))
        if method not in SCOPES:
            self.problems.append(f"there is no method {method}")
            return refused("unknown_method")
        if token not in self.tokens:
            return refused("invalid_auth")
        if (method == "apps.connections.open") != token.startswith("xapp-"):
            self.problems.append(f"{method} with the other kind of token")
            return refused("not_allowed_token_type")
        needed = SCOPES[method]
        if needed and needed not in self.tokens[token]:
            return Answer(
                200,
                {
                    "ok": False,
                    "error": "missing_scope",
                    "needed": needed,
                    "provided": ",".join(sorted(self.tokens[token])),
                },
            )
        acts: Callable[[dict[str, Any]], Answer] = getattr(self, "_" + method.replace(".", "_"))
        answer = acts(body)
        answer.headers["x-oauth-scopes"] = ",".join(sorted(self.tokens[token]))
        return answer

    def _auth_test(self, body: dict[str, Any]) -> Answer:
        return done(
            url="https://acme.example/", team="acme", user="dbspec", team_id=TEAM, user_id=BOT, bot_id="B0"
        )

    def _apps_connections_open(self, body: dict[str, Any]) -> Answer:
        return done(url=self.sockets.ticket())

    def _chat_postMessage(self, body: dict[str, Any]) -> Answer:  # noqa: N802 (the method's name)
        self._checked("chat.postMessage", slack_limits.message(body))
        channel = self._channel(str(body.get("channel", "")))
        if channel is None:
            return refused("channel_not_found")
        if channel in self.strange:
            return refused("not_in_channel")
        if self._too_fast(channel):
            return limited(self.retry_after)
        for name in ("unfurl_links", "unfurl_media"):
            if body.get(name) is not False:
                self.problems.append(f"chat.postMessage with {name}")
        if len(json.dumps(body.get("metadata", {}))) > METADATA:
            return refused("metadata_too_large")
        thread = str(body.get("thread_ts", ""))
        if thread and not any(each.ts == thread and each.channel == channel for each in self.messages):
            return refused("thread_not_found")
        made = Message(channel, self._ts(), body, thread)
        self.messages.append(made)
        return done(channel=channel, ts=made.ts, message={"text": body["text"], "ts": made.ts})

    def _chat_update(self, body: dict[str, Any]) -> Answer:
        self._checked("chat.update", slack_limits.message(body))
        found = self._find(str(body.get("channel")), str(body.get("ts")))
        if found is None:
            return refused("message_not_found")
        if self._too_fast(found.channel):
            return limited(self.retry_after)
        # Metadata that is not said again is kept.
        found.body = {"metadata": found.body.get("metadata"), **body}
        found.edits += 1
        return done(channel=found.channel, ts=found.ts, text=body.get("text", ""))

    def _conversations_history(self, body: dict[str, Any]) -> Answer:
        return self._page(body, [each for each in reversed(self.messages) if not each.thread_ts])

    def _conversations_replies(self, body: dict[str, Any]) -> Answer:
        root = str(body.get("ts"))
        if self._find(str(body.get("channel")), root) is None:
            return refused("thread_not_found")
        return self._page(body, [each for each in self.messages if root in (each.ts, each.thread_ts)])

    def _page(self, body: dict[str, Any], messages: list[Message]) -> Answer:
        channel = str(body.get("channel", ""))
        if channel not in {**self.channels, **self.strange} and not channel.startswith("D"):
            return refused("channel_not_found")
        if channel in self.strange:
            return refused("not_in_channel")
        there = [each for each in messages if each.channel == channel and not each.deleted and not each.to]
        if body.get("oldest"):
            there = [each for each in there if float(each.ts) >= float(body["oldest"])]
        begin, size = int(body.get("cursor") or 0), min(int(body.get("limit", 100)), 999)
        page = [self._shown(each, body) for each in there[begin : begin + size]]
        more = begin + size < len(there)
        return done(
            messages=page,
            has_more=more,
            response_metadata={"next_cursor": str(begin + size) if more else ""},
        )

    def _shown(self, message: Message, body: dict[str, Any]) -> dict[str, Any]:
        by = message.body.get("from", BOT)
        found = {
            "type": "message",
            "ts": message.ts,
            "text": message.body.get("text", ""),
            # The reference shows messages of apps with a user as well as with a bot.
            "bot_id" if by.startswith("B") else "user": by,
            "app_id": APP,
        }
        if message.thread_ts:
            found["thread_ts"] = message.thread_ts
        if str(body.get("include_all_metadata", "")).lower() in ("true", "1") and message.body.get(
            "metadata"
        ):
            found["metadata"] = message.body["metadata"]
        return found

    def _conversations_info(self, body: dict[str, Any]) -> Answer:
        channel = str(body.get("channel", ""))
        if channel in self.channels or channel in self.strange:
            return done(channel=self._conversation(channel))
        return refused("channel_not_found")

    def _conversations_list(self, body: dict[str, Any]) -> Answer:
        every = [self._conversation(each) for each in {**self.channels, **self.strange}]
        begin, size = int(body.get("cursor") or 0), int(body.get("limit", 100))
        more = begin + size < len(every)
        return done(
            channels=every[begin : begin + size],
            response_metadata={"next_cursor": str(begin + size) if more else ""},
        )

    def _conversation(self, channel: str) -> dict[str, Any]:
        name = {**self.channels, **self.strange}[channel]
        return {"id": channel, "name": name, "is_member": channel in self.channels, "is_archived": False}

    def _conversations_open(self, body: dict[str, Any]) -> Answer:
        user = str(body.get("users"))
        return done(channel={"id": f"D{user}"}) if user in self.users else refused("user_not_found")

    def _respond(self, path: str, raw: bytes) -> Answer:
        with self.lock:
            used = self.responses.get(path)
            if used is None or len(used) >= 5:
                self.problems.append("a response_url that is used up, or none")
                return Answer(404, {"ok": False, "error": "used_url"})
            body = json.loads(raw)
            self._checked("response_url", slack_limits.message(body))
            used.append(self.clock())
            _, _, user, channel, _number = path.split("/")
            made = Message(
                channel, self._ts(), body, to=user if body.get("response_type") != "in_channel" else ""
            )
            self.messages.append(made)
            self.replies.append(made)
            return done()

    # What Slack knows.

    def _checked(self, where: str, found: list[str]) -> None:
        self.problems += [f"{where}: {each}" for each in found]

    def _channel(self, name: str) -> str | None:
        if name in self.channels or name in self.strange or name.startswith("D"):
            return name
        if name in self.users:
            return f"D{name}"
        plain = name.removeprefix("#")
        return next((key for key, each in {**self.channels, **self.strange}.items() if each == plain), None)

    def _find(self, channel: str, ts: str) -> Message | None:
        return next(
            (each for each in self.messages if (each.channel, each.ts) == (channel, ts) and not each.deleted),
            None,
        )

    def _too_fast(self, channel: str) -> bool:
        now, pace = self.clock(), self._paces[channel]
        while pace and now - pace[0] > 1:
            pace.popleft()
        if len(pace) >= self.burst:
            return True
        pace.append(now)
        return False

    def _ts(self) -> str:
        return f"{1_790_000_000 + next(self._numbers)}.000100"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        slack = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                answer = slack.answer(parts.path, self.headers, raw or parts.query.encode())
                if answer.status == 0:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                data = json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST  # noqa: N815 (the name that the server calls)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


def _arguments(kind: str, raw: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        found: dict[str, Any] = json.loads(raw or b"{}")
        return found
    given = dict(parse_qsl(raw.decode()))
    return {key: as_json(value) if key in ("blocks", "metadata") else value for key, value in given.items()}
