"""What those who talk with people ask of requests: the one door between chat and durable work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.chat.card import Card
from bot.requests.draft import Draft
from bot.requests.request import Intent, Request
from compiler.catalog import Catalog


class Desk(Protocol):
    """Safe to call from many threads. `by` is always the asker's id in the chat.

    Only `catalog`, `draft` and the readings compile or ask the network; `submit` and `press` write a row and return.
    Raises UserError where its words are for whoever asked, ForgeError where the forge is away.
    """

    def catalog(self) -> Catalog:
        """All specs as they are on main."""
        ...

    def identify(
        self, action: Intent, target: str, kind: str = "", answers: Mapping[str, Any] | None = None
    ) -> str:
        """The id of a request that no form was opened for: said twice it is one, asked again after it ended another."""
        ...

    def draft(self, request: Request) -> Draft:
        """What the request would write and what that means, with what speaks against it; nothing is written."""
        ...

    def submit(self, request: Request) -> bool:
        """Records the request for good; from here on it is carried on whatever happens. False: it was there already."""
        ...

    def status(self, target: str, by: str) -> Card:
        """How a database stands and what is under way for it; `mine` for whatever the asker has under way."""
        ...

    def listing(self, environment: str = "") -> Card: ...

    def why(self, target: str, by: str) -> Card:
        """Who may do what there and why, and what a request that is under way waits for."""
        ...

    def cost(self, environment: str = "") -> Card: ...

    def press(self, action: str, value: str, by: str) -> Card | None:
        """A button: what to answer to whoever pressed it alone, None where the message itself will tell."""
        ...
