"""What somebody asked for."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.involved import OURS


class Intent(StrEnum):
    """What is asked for: a new database, a change to one, its end, or a place in people.yaml."""

    REQUEST = "request"
    CHANGE = "change"
    REMOVE = "remove"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that somebody asked for; the same id is the same request, however often it arrives.

    `target` is the database, `prod/orders`, or the user's name in people.yaml for a join. `answers` have routes of the
    spec as keys (`storage.allocated_gib`), and plain values; None takes the key out. `reason` is why, in the words of
    whoever asked. `by` is their id in the chat, `channel` where they said it.
    """

    id: str
    action: Intent
    target: str
    by: str
    channel: str
    at: datetime
    kind: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def environment(self) -> str:
        return self.target.partition("/")[0]

    @property
    def branch(self) -> str:
        """Follows from the id, and tells people what it is."""
        named = re.sub(r"[^a-z0-9]+", "-", self.target.lower())[:60].strip("-")
        return f"{OURS}{self.action}-{named}-{self.id}"


def minted() -> str:
    """A new id, for a form that opens."""
    return secrets.token_hex(8)


def derived(
    action: Intent, target: str, kind: str, answers: Mapping[str, Any], blob: str, earlier: int
) -> str:
    """The id of what is asked for without a form: said twice it is one request.

    `blob` is the file as it is on main, "" where there is none; `earlier` how many requests for the target have ended.
    """
    said = json.dumps([action, target, kind, dict(answers), blob, earlier], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def to_data(request: Request) -> dict[str, Any]:
    """As JSON knows it; a day is the text that a file has it as."""
    return {
        "id": request.id,
        "action": request.action.value,
        "target": request.target,
        "by": request.by,
        "channel": request.channel,
        "at": request.at.isoformat(),
        "kind": request.kind,
        "answers": json.loads(json.dumps(dict(request.answers), default=str)),
        "reason": request.reason,
    }


def from_data(data: Mapping[str, Any]) -> Request:
    return Request(
        **{
            **data,
            "action": Intent(data["action"]),
            "at": datetime.fromisoformat(data["at"]),
        }
    )
