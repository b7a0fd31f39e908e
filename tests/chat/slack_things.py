"""What Slack keeps: messages, modals and what their fields hold; and how it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What happens to a call."""

    NONE = "none"
    LIMITED = "429 with Retry-After"
    ERROR = "500, nothing done"
    ERROR_LATE = "500, though done"
    DROPPED = "connection closed, nothing done"
    LOST = "connection closed, though done"


@dataclass
class Message:
    """What stands in a channel; `to` is whom alone an ephemeral one is shown."""

    channel: str
    ts: str
    body: dict[str, Any]
    thread_ts: str = ""
    to: str = ""
    edits: int = 0
    deleted: bool = False

    @property
    def text(self) -> str:
        """All words in it, one line each."""
        return "\n".join(said(self.body))

    def button(self, label: str) -> dict[str, Any]:
        """The button with this label; StopIteration where there is none."""
        return next(
            each
            for block in self.body.get("blocks", [])
            for each in block.get("elements", [])
            if each.get("type") == "button" and each["text"]["text"] == label
        )


@dataclass
class View:
    """A modal that somebody has open; `state` is what its fields hold, by block and action."""

    id: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    state: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(said(self.body))


@dataclass
class Answer:
    """Status 0 cuts the connection."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def said(body: Any) -> list[str]:
    """Every text in a message or view."""
    if isinstance(body, dict):
        own = [body["text"]] if isinstance(body.get("text"), str) else []
        return own + [each for key, value in body.items() if key != "metadata" for each in said(value)]
    if isinstance(body, list):
        return [each for value in body for each in said(value)]
    return []


def initial(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the fields of a view hold before anybody types."""
    state: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        elements = [block["element"]] if block["type"] == "input" else block.get("elements", [])
        for each in elements:
            value = _initial(each)
            if value is not None:
                state.setdefault(block["block_id"], {})[each["action_id"]] = value
    return state


def _initial(element: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = element["type"]
    if kind in ("plain_text_input", "number_input"):
        return {"type": kind, "value": element.get("initial_value") or None}
    if kind in ("static_select", "radio_buttons"):
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in ("multi_static_select", "checkboxes"):
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date")}
    return None


def as_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def done(**found: Any) -> Answer:
    return Answer(200, {"ok": True, **found})


def refused(error: str) -> Answer:
    return Answer(200, {"ok": False, "error": error})


def limited(seconds: int) -> Answer:
    return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})
