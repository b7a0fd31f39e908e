"""What somebody sees before a pull request is opened: the file, what it costs, what it does, and who decides."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.card import Card, Code, Field, Line, Strong, Tone
from bot.requests.draft import Draft
from bot.requests.request import Intent, Request
from compiler.render import wording

_ASKED = {
    Intent.REQUEST: "A new database",
    Intent.CHANGE: "A change",
    Intent.REMOVE: "The end of a database",
    Intent.JOIN: "A place in people.yaml",
}
# More are read in the pull request.
_MOST_EFFECTS = 10


def confirmation(request: Request, draft: Draft) -> Card:
    """The draft as a card without buttons: whoever shows it asks."""
    title = f"{_ASKED[request.action]}: {request.target}"
    return Card(
        text=title,
        title=title,
        lines=(*_problems(draft), *_effects(draft), *_controls(draft), *((each,) for each in draft.notes)),
        fields=tuple(_fields(request, draft)),
        details=_file(draft),
        tone=Tone.BAD if draft.problems else Tone.WAITING,
    )


def _problems(draft: Draft) -> Iterator[Line]:
    for each in draft.problems:
        yield (Strong("not possible"), f": {f'{each.key}: ' if each.key else ''}{each}")


def _effects(draft: Draft) -> Iterator[Line]:
    told = [
        (each, wording.label(each.effect), wording.time(each.effect), wording.says(each.effect))
        for report in draft.reports
        for each in report.effects
        if not wording.is_dull(each.effect)
    ]
    for consequence, label, time, says in told[:_MOST_EFFECTS]:
        yield (Strong(f"{label}{f', {time}' if time else ''}"), ": ", Code(consequence.resource), f": {says}")
    if len(told) > _MOST_EFFECTS:
        yield (f"and {len(told) - _MOST_EFFECTS} more effects, which the pull request lists",)


def _controls(draft: Draft) -> Iterator[Line]:
    for each in draft.refused:
        yield (Strong(f"refused by {each.control.id}"), f": {each.control.title}")
    for each in draft.waived:
        reason = f": {each.waived.waiver.reason}" if each.waived else ""
        yield (Strong(f"waived: {each.control.id}"), reason)


def _fields(request: Request, draft: Draft) -> Iterator[Field]:
    if draft.cost is not None:
        yield Field("a month", (str(draft.cost),))
    counts = [wording.counted(report.changes) for report in draft.reports]
    if said := ", ".join(filter(None, counts)):
        yield Field("resources", (said,))
    yield Field("review", (_reviewers(request, draft),))
    if draft.path:
        yield Field("file", (Code(draft.path),))
    if request.reason:
        yield Field("why", (request.reason,))


def _reviewers(request: Request, draft: Draft) -> str:
    if request.action is Intent.JOIN and not draft.approvals:
        return "whoever the repository asks about people.yaml"
    if not draft.approvals:
        return "nobody has to approve it"
    many = "one approval" if draft.approvals == 1 else f"{draft.approvals} approvals"
    return f"{many}, by {', '.join(draft.approvers)}" if draft.approvers else f"{many}, which nobody may give"


def _file(draft: Draft) -> str:
    """The file as it will be; of a change only what differs, with what stands around it."""
    after = (draft.after or b"").decode()
    if draft.before is None:
        return after
    import difflib

    before = draft.before.decode().splitlines()
    lines = list(difflib.unified_diff(before, after.splitlines(), lineterm="", n=2))
    return "\n".join(lines[2:]) if draft.after is not None else "the file is removed"
