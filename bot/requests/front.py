"""The desk as it is: over an office, with durable work behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.card import Card
from bot.requests import pressing, readings
from bot.requests.draft import Draft, Problem
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.requests.request import Intent, Request, derived
from bot.requests.transaction import BusyError
from bot.requests.workflow import drafted, permitted
from compiler.catalog import Catalog
from compiler.diagnostics import Exit, UserError, fail


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """`begin` records a request for good, `wake` has the reconciler look at once."""

    office: Office
    marks: Marks
    begin: Callable[[Request], bool]
    wake: Callable[[], None]

    def catalog(self) -> Catalog:
        return self.office.main(fresh=False).catalog

    def identify(
        self, action: Intent, target: str, kind: str = "", answers: Mapping[str, Any] | None = None
    ) -> str:
        office = self.office
        main = office.main(fresh=False)
        found = main.catalog.databases.get(target)
        blob = office.clone.blob(main.sha, found.path) if found else ""
        earlier = office.ledger.ended(target, office.clock())
        return derived(action, target, kind, answers or {}, blob, earlier)

    def draft(self, request: Request) -> Draft:
        office = self.office
        main = office.main()
        made = drafted(office, request, main)
        verdict = permitted(request, main)
        if verdict.allowed:
            return made
        return replace(made, problems=(Problem("", verdict.reason), *made.problems))

    def submit(self, request: Request) -> bool:
        # It is only ever shown: the database need not hold what nobody may see.
        request = replace(request, reason=self.office.redactor.clean(request.reason))
        try:
            return self.begin(request)
        except BusyError as error:
            raise _busy(error) from None

    def status(self, target: str, by: str) -> Card:
        return readings.status(self.office, target, by)

    def listing(self, environment: str = "") -> Card:
        return readings.listing(self.office, environment)

    def why(self, target: str, by: str) -> Card:
        return readings.why(self.office, target, by)

    def cost(self, environment: str = "") -> Card:
        return readings.cost(self.office, environment)

    def press(self, action: str, value: str, by: str) -> Card | None:
        try:
            pressing.press(self.office, self.marks, action, value, by)
        except BusyError as error:
            raise _busy(error) from None
        self.wake()
        return None


def _busy(error: BusyError) -> UserError:
    return fail(
        "chat/busy",
        f"nothing was recorded: {error}",
        "try again in a minute; whoever runs the bot finds more in its log",
        exit_code=Exit.ENGINE,
    )
