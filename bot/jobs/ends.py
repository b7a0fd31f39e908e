"""What ends soon of what somebody wrote: waivers, whose control then fails again, and holds, which then apply again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from compiler.lifecycle.said import Written
from compiler.render.inline import code, words

NOTICE = timedelta(days=14)
KEY = "ends"
"""The issue's key, with the stack after it: `ends/prod.orders`."""

_SENTENCE = 500


@dataclass(frozen=True, slots=True)
class End:
    """`what` is it, in words; `until` is the last day on which it counts."""

    what: str
    until: date
    reason: str
    then: str


def ends(written: Written, today: date) -> list[End]:
    """What of a spec or an environment has ended or is about to, the first first."""
    return sorted(
        (each for each in _all(written) if each.until - today <= NOTICE),
        key=lambda each: (each.until, each.what),
    )


def title(stack: str, found: Iterable[End], today: date) -> str:
    """The issue's title."""
    first = min(found, key=lambda each: each.until)
    return f"{stack}: {first.what} {_verb(first, today)} on {first.until}"


def text(path: str, found: Iterable[End], today: date) -> str:
    """The issue's text."""
    lines = [
        f"- {words(each.what, _SENTENCE)} {_verb(each, today)} with {each.until} "
        f"({words(each.reason, _SENTENCE)}): {words(each.then, _SENTENCE)}"
        for each in found
    ]
    return "\n".join(
        [
            f"In {code(path)}:",
            "",
            *lines,
            "",
            "Mend what it is about, or write a later day, in a pull request; whoever may approves it.",
            "",
            "<sub>Closed by itself when nothing of this is about to end.</sub>",
            "",
        ]
    )


def _verb(end: End, today: date) -> str:
    return "ended" if end.until < today else "ends"


def _all(written: Written) -> Iterator[End]:
    for control, waiver in written.spec.waive.items():
        yield End(
            f"the waiver of {control}",
            waiver.until,
            waiver.reason,
            "from then on the check fails, and what fails it is not applied",
        )
    if hold := written.spec.hold:
        yield End(
            "the hold", hold.until, hold.reason, "from then on applies do what is merged, all of it at once"
        )
