"""Slack's Socket Mode: connections that an app opens, the envelopes that go down them and the answers that come up."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

MOST = 10


@dataclass
class Sent:
    """An envelope under way; `taken` is how many seconds its acknowledgement took."""

    envelope: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    payload: Any = None
    acks: int = 0
    began: float = 0.0
    taken: float = -1.0


class Sockets:
    """All connections of one app."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.open: list[ServerConnection] = []
        self.sent: dict[str, Sent] = {}
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._server: Server = serve(self._serve, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        with self.lock:
            left = list(self.open)
        for each in left:
            with contextlib.suppress(ConnectionClosed, OSError):
                each.close_socket()

    def ticket(self) -> str:
        """A URL for one connection."""
        with self.lock:
            ticket = f"ticket-{next(self._numbers)}"
            self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}&app_id=A0"

    def wait(self, connections: int = 1, seconds: float = 60) -> None:
        """Until there are so many connections."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.open) >= connections, seconds):
                raise TimeoutError("the app did not connect")

    def send(self, kind: str, payload: dict[str, Any], **more: Any) -> Sent:
        """An envelope, down the connection whose turn it is."""
        number = next(self._numbers)
        sent = Sent({"envelope_id": f"envelope-{number}", "type": kind, "payload": payload, **more})
        self.sent[sent.envelope["envelope_id"]] = sent
        self.again(sent)
        return sent

    def again(self, sent: Sent, **more: Any) -> None:
        """The same envelope, once more."""
        sent.done.clear()
        with self.lock:
            connection = self.open[len(self.sent) % len(self.open)]
        sent.began = time.monotonic()
        connection.send(json.dumps({**sent.envelope, **more}))

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks the app to open another connection, and ends the ones there are as Slack does, a little later."""
        with self.lock:
            old = list(self.open)
        for each in old:
            each.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
        with self.changed:
            self.changed.wait_for(lambda: any(each not in old for each in self.open), 60)
        self._leave(old)
        for each in old:
            with contextlib.suppress(ConnectionClosed):
                each.close()

    def cut(self) -> None:
        """Ends every connection without a word."""
        with self.lock:
            old = list(self.open)
        self._leave(old)
        for each in old:
            each.close_socket()

    def _leave(self, connections: list[ServerConnection]) -> None:
        """Nothing more is sent down these."""
        with self.changed:
            self.open = [each for each in self.open if each not in connections]
            self.changed.notify_all()

    def _serve(self, connection: ServerConnection) -> None:
        path = connection.request.path if connection.request else ""
        ticket = path.partition("ticket=")[2].partition("&")[0]
        with self.changed:
            if ticket not in self._tickets:
                self.problems.append("a connection with a ticket that was used, or none")
                return
            self._tickets.discard(ticket)
            if len(self.open) >= MOST:
                self.problems.append(f"more than {MOST} connections")
            hello = {
                "type": "hello",
                "num_connections": len(self.open) + 1,
                "connection_info": {"app_id": "A0"},
            }
            connection.send(json.dumps(hello))
            self.open.append(connection)
            self.changed.notify_all()
        try:
            for text in connection:
                self._answered(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self._leave([connection])

    def _answered(self, answer: dict[str, Any]) -> None:
        sent = self.sent.get(answer.get("envelope_id", ""))
        if sent is None:
            self.problems.append(f"an answer to no envelope: {answer}")
            return
        sent.acks += 1
        sent.payload = answer.get("payload")
        if sent.taken < 0 or not sent.done.is_set():
            sent.taken = time.monotonic() - sent.began
        sent.done.set()
