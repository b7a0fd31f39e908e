"""What a request's messages say: one card that is kept up to date, and words in its thread."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.card import Button, Card, Code, Field, Line, Link, Mention, Strong, Style, Tone, plain
from bot.requests.ledger import Entry
from bot.requests.request import Intent
from bot.requests.state import ASKER, Stage, Standing
from compiler.people import People

RETRY = "retry"
CLOSE = "close"

_TITLES = {
    Intent.REQUEST: "New database",
    Intent.CHANGE: "Change of",
    Intent.REMOVE: "End of",
    Intent.JOIN: "In people.yaml:",
}
_TONES = {
    Stage.REVIEW: Tone.WAITING,
    Stage.MERGE: Tone.WAITING,
    Stage.HELD: Tone.WAITING,
    Stage.WINDOW: Tone.WAITING,
    Stage.REFUSED: Tone.BAD,
    Stage.WRONG: Tone.BAD,
    Stage.OBJECTED: Tone.BAD,
    Stage.BRANCHLESS: Tone.BAD,
    Stage.FAILED: Tone.BAD,
    Stage.DONE: Tone.GOOD,
    Stage.CLOSED: Tone.OVER,
}
_CLOSABLE = {
    Stage.CHECKING,
    Stage.WRONG,
    Stage.REVIEW,
    Stage.OBJECTED,
    Stage.MERGE,
    Stage.BRANCHLESS,
}
_READABLE = 150  # characters of an output; a policy would push the endpoint off a phone's screen
_LINES = 12  # of what a check or AWS said; the rest is where they said it


def title(entry: Entry) -> str:
    request = entry.request
    kind = f" ({request.kind})" if request.action is Intent.REQUEST and request.kind else ""
    return f"{_TITLES[request.action]} {request.target}{kind}"


def request(entry: Entry, standing: Standing, asker: str) -> Card:
    """The one message of a request; `asker` is the user of people.yaml, "" for one whom that does not know."""
    lines: list[Line] = [(Strong(standing.says),)]
    if standing.turn:
        lines.append(("next: ", standing.turn.replace(ASKER, asker or ASKER)))
    lines += [(each,) for each in standing.facts]
    if trouble := entry.more.get("trouble"):
        lines.append((trouble,))
    return Card(
        text=f"{title(entry)}: {standing.says}",
        title=title(entry),
        lines=tuple(lines),
        fields=tuple(_fields(entry, standing, asker)),
        details=_some(standing.words),
        buttons=tuple(_buttons(entry, standing)),
        tone=_TONES.get(standing.stage, Tone.WORKING),
    )


def call(entry: Entry, standing: Standing, people: People) -> Card | None:
    """What is said in the thread so that those who must act are told; None where nobody must."""
    slack = [people.users[each].slack for each in standing.acting if each in people.users]
    called = [
        Mention(each)
        for each in dict.fromkeys([*slack, *([entry.request.by] if standing.asker else [])])
        if each
    ]
    if not called or not standing.turn:
        return None
    slack_id = entry.request.by
    asker = next((name for name, each in people.users.items() if each.slack == slack_id), ASKER)
    line: Line = (
        *(part for each in called for part in (each, " ")),
        f"{standing.says}. Next: {standing.turn.replace(ASKER, asker)}",
    )
    where = ((Link(f"pull request #{entry.number}", entry.url),),) if entry.number else ()
    return Card(
        text=plain(line),
        title=title(entry),
        lines=(line, *where),
        tone=_TONES.get(standing.stage, Tone.WORKING),
    )


def _fields(entry: Entry, standing: Standing, asker: str) -> Iterator[Field]:
    yield Field("asked by", (asker,) if asker else (Code(entry.request.by),))
    if entry.number:
        yield Field("pull request", (Link(f"#{entry.number}", entry.url),))
    if entry.request.reason:
        yield Field("why", (entry.request.reason,))
    for name, value in standing.outputs:
        if len(value) <= _READABLE:
            yield Field(name, (Code(value),))
    if long := [name for name, value in standing.outputs if len(value) > _READABLE]:
        yield Field("and", (f"{', '.join(long)}: see `status {entry.request.target}`",))


def _buttons(entry: Entry, standing: Standing) -> Iterator[Button]:
    if standing.stage is Stage.FAILED:
        yield Button(RETRY, entry.request.id, "Try again", Style.PRIMARY)
    if standing.stage in _CLOSABLE:
        yield Button(
            CLOSE, entry.request.id, "Withdraw", confirm="Close the pull request without merging it?"
        )


def _some(words: tuple[str, ...]) -> str:
    lines = [line for each in words for line in each.splitlines()]
    left = len(lines) - _LINES
    return "\n".join(lines[:_LINES] + ([f"and {left} more lines"] if left > 0 else []))
