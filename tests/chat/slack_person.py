"""Somebody in Slack: types commands, fills in forms, presses buttons, over either way that an app is reached."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from tests.chat import slack_limits
from tests.chat.slack_server import APP, SECRET, TEAM, SlackServer
from tests.chat.slack_socket import Sent
from tests.chat.slack_things import Answer, Message, View

PATIENCE = 3.0
"""Seconds in which an app has to acknowledge, which the benchmark looks at."""
_LONGEST = 60.0


@dataclass
class Delivery:
    """What came of something that was sent to the app; `taken` is in seconds, less than 0 where nothing came."""

    taken: float
    payload: Any = None
    status: int = 200
    sent: Sent | None = None

    @property
    def acknowledged(self) -> bool:
        return self.taken >= 0 and self.status == 200

    @property
    def in_time(self) -> bool:
        return self.acknowledged and self.taken <= PATIENCE


class Way(Protocol):
    """How an app is reached."""

    def deliver(self, kind: str, payload: dict[str, Any]) -> Delivery: ...


@dataclass
class BySocket:
    slack: SlackServer

    def deliver(self, kind: str, payload: dict[str, Any]) -> Delivery:
        sent = self.slack.sockets.send(kind, payload, accepts_response_payload=True)
        return self._awaited(sent)

    def again(self, delivery: Delivery) -> Delivery:
        """Slack's retry: the same envelope."""
        assert delivery.sent is not None
        self.slack.sockets.again(delivery.sent, retry_attempt=1, retry_reason="timeout")
        return self._awaited(delivery.sent)

    def _awaited(self, sent: Sent) -> Delivery:
        came = sent.done.wait(_LONGEST)
        return Delivery(sent.taken if came else -1, sent.payload, sent=sent)


@dataclass
class ByHttp:
    """`url` is where the app listens."""

    url: str
    secret: str = SECRET
    skew: int = 0

    def deliver(self, kind: str, payload: dict[str, Any]) -> Delivery:
        if kind == "slash_commands":
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        elif kind == "interactive":
            body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        else:
            body, content = json.dumps(payload), "application/json"
        return self.post(body, {"Content-Type": content, **self.signature(body)})

    def signature(self, body: str) -> dict[str, str]:
        at = str(int(time.time()) + self.skew)
        digest = hmac.new(self.secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}

    def post(self, body: str, headers: dict[str, str]) -> Delivery:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_LONGEST)
        began = time.monotonic()
        try:
            connection.request("POST", parts.path, body.encode(), headers)
            answer = connection.getresponse()
            said = answer.read().decode()
        except TimeoutError:
            return Delivery(-1)
        finally:
            connection.close()
        payload = json.loads(said) if "json" in (answer.getheader("content-type") or "") else said or None
        return Delivery(time.monotonic() - began, payload, answer.status)


@dataclass
class Person:
    """A member of the workspace, at their keyboard."""

    slack: SlackServer
    way: Way
    id: str = "U0ADA"
    channel: str = "C0CHECKOUT"

    def command(self, text: str, command: str = "/database") -> Delivery:
        payload = {
            "command": command,
            "text": text,
            "user_id": self.id,
            "user_name": self.slack.users.get(self.id, ""),
            "channel_id": self.channel,
            "channel_name": "somewhere",
            "team_id": TEAM,
            "team_domain": "acme",
            "api_app_id": APP,
            "trigger_id": self.slack.trigger(self.id),
            "response_url": self.slack.response_url(self.id, self.channel),
            "is_enterprise_install": "false",
        }
        delivery = self.way.deliver("slash_commands", payload)
        if delivery.acknowledged and delivery.payload:
            self._told(delivery.payload)
        return delivery

    def press(self, message: Message, label: str) -> Delivery:
        """A button of a message, found by its label."""
        return self.pressed(message, message.button(label))

    def pressed(self, message: Message, button: dict[str, Any]) -> Delivery:
        payload = {
            **self._interaction("block_actions"),
            "channel": {"id": message.channel, "name": "somewhere"},
            "message": {"ts": message.ts, **message.body},
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
            "response_url": self.slack.response_url(self.id, message.channel),
            "actions": [{"action_ts": "1", **button, "block_id": "b"}],
        }
        return self.way.deliver("interactive", payload)

    def view(self, seconds: float = 60) -> View:
        """The modal that is open, once one is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.slack.top(self.id)
            if found is not None:
                return found
            time.sleep(0.01)
        raise TimeoutError("no modal opened")

    def becomes(self, words: str, seconds: float = 60) -> View:
        """The modal that is open, once these words are in it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.slack.top(self.id)
            if found is not None and words in found.text:
                return found
            time.sleep(0.01)
        raise TimeoutError(f"no modal says {words!r}: {found.text if found else None}")

    def choose(self, label: str, option: str) -> Delivery:
        """A menu of the open modal that acts at once."""
        view = self.view()
        block, element = _labelled(view, label)
        chosen = next(each for each in element["options"] if each["text"]["text"] == option)
        action = {"type": element["type"], "action_id": element["action_id"], "block_id": block}
        action["selected_option"] = chosen
        payload = {
            **self._interaction("block_actions"),
            "view": self._view(view),
            "container": {"type": "view", "view_id": view.id},
            "actions": [action],
        }
        return self.way.deliver("interactive", payload)

    def fill(self, **values: Any) -> None:
        """Types into the open modal, by label; underscores stand for spaces where the label has them."""
        view = self.view()
        for label, value in values.items():
            self.type(view, label, value)

    def type(self, view: View, label: str, value: Any) -> None:
        block, element = _labelled(view, label)
        view.state[block][element["action_id"]] = _typed(element, value)

    def submit(self) -> Delivery:
        """The open modal, as it is filled in; does what the answer says."""
        view = self.view()
        delivery = self.resubmit(view)
        if delivery.acknowledged:
            self._acted(view, delivery.payload or {})
        return delivery

    def resubmit(self, view: View) -> Delivery:
        """The same, without doing what the answer says."""
        return self.way.deliver(
            "interactive", {**self._interaction("view_submission"), "view": self._view(view)}
        )

    def _acted(self, view: View, answer: dict[str, Any]) -> None:
        action = answer.get("response_action")
        stack = self.slack.stacks[self.id]
        if action == "errors":
            inputs = {each["block_id"] for each in view.body["blocks"] if each["type"] == "input"}
            strange = set(answer["errors"]) - inputs
            if strange or not answer["errors"]:
                self.slack.problems.append(f"errors at {strange or 'nothing'}, which are no inputs")
            for text in answer["errors"].values():
                if not 1 <= len(text) <= 2000:
                    self.slack.problems.append("an error of no, or too many, characters")
        elif action in ("update", "push"):
            self.slack.problems.extend(f"{action}: {each}" for each in slack_limits.view(answer["view"]))
            if action == "update":
                self.slack.replaced(view, answer["view"])
            elif isinstance(self.slack.opened(self.id, answer["view"], push=True), Answer):
                self.slack.problems.append("too many views on top of each other")
        elif action == "clear":
            stack.clear()
        elif action is None:
            stack.remove(view.id)
        else:
            self.slack.problems.append(f"no response_action {action!r}")

    def back(self) -> None:
        """Closes the modal on top."""
        stack = self.slack.stacks[self.id]
        if self.slack.views[stack.pop()].body.get("clear_on_close"):
            stack.clear()

    def _told(self, payload: Any) -> None:
        body = payload if isinstance(payload, dict) else {"text": payload}
        self.slack.problems.extend(f"acknowledgement: {each}" for each in slack_limits.message(body))
        made = Message(self.channel, "0", body, to=self.id)
        self.slack.replies.append(made)

    def _interaction(self, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "user": {"id": self.id, "username": self.slack.users.get(self.id, ""), "team_id": TEAM},
            "api_app_id": APP,
            "team": {"id": TEAM, "domain": "acme"},
            "trigger_id": self.slack.trigger(self.id),
        }

    def _view(self, view: View) -> dict[str, Any]:
        return {
            "id": view.id,
            "hash": view.hash,
            "root_view_id": view.root,
            "state": {"values": json.loads(json.dumps(view.state))},
            **view.body,
        }


def _labelled(view: View, label: str) -> tuple[str, dict[str, Any]]:
    """The block and element under a label, or beside a placeholder."""
    for block in view.body["blocks"]:
        elements = [block["element"]] if block["type"] == "input" else block.get("elements", [])
        for each in elements:
            shown = block.get("label") or each.get("placeholder") or each.get("text") or {}
            if isinstance(shown, dict) and shown.get("text") in (label, label.replace("_", " ")):
                return block["block_id"], each
    raise KeyError(f"the modal has no field {label!r}: {view.text}")


def _typed(element: dict[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in ("static_select", "radio_buttons"):
        chosen = next(each for each in element["options"] if each["text"]["text"] == value)
        return {"type": kind, "selected_option": chosen}
    if kind in ("multi_static_select", "checkboxes"):
        return {
            "type": kind,
            "selected_options": [each for each in element["options"] if each["text"]["text"] in value],
        }
    if kind == "datepicker":
        return {"type": kind, "selected_date": value}
    return {"type": kind, "value": value}
