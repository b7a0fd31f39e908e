"""What the jobs of a preview found, told: one comment, annotations, the summary, and the one check that is required."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot import approval as approvals
from bot.approval import Approval
from bot.forge.forge import Check, CheckState, Conclusion, DeniedError, Forge, ForgeError, NewCheck, Pull
from bot.jobs import annotations as notes
from bot.jobs import comment, files, verdict
from bot.jobs import result as results
from bot.jobs.event import Event
from bot.jobs.lines import NOWHERE, Lines
from bot.jobs.result import Phase, Result
from bot.jobs.revisions import Revisions, moved
from bot.reviews import checked
from compiler import catalog
from compiler.source import Revision

CHECK = "dbspec"
"""The name of the check that is required."""

_RESULT = "result"
_SPECS = "specs"
_BAD = ("failure", "cancelled")
# The job that only said that a preview was running.
_BEGIN = "begin"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run that tells: `key` names it and its attempt, `url` is where it is; both may be empty."""

    key: str = ""
    url: str = ""


def attempt(environ: Mapping[str, str]) -> Attempt:
    """The run of GitHub's that this is in."""
    run, repository = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_REPOSITORY", "")
    if not run:
        return Attempt()
    server = environ.get("GITHUB_SERVER_URL", "https://github.com")
    return Attempt(
        f"{run}/{environ.get('GITHUB_RUN_ATTEMPT', '1')}", f"{server}/{repository}/actions/runs/{run}"
    )


def gathered(event: Event, folder: Path, jobs: str, own: Result | None = None) -> Result:
    """One result of all that was left in the folder; what should have been left and was not is a failure.

    `jobs` is what became of the jobs before, as GitHub's `needs` has it in JSON, or empty. `own` is what this code
    found in the specs: it stands over what the pull request's own code says of them.
    """
    left = dict(files.read_all(folder)) | ({_SPECS: own} if own else {})
    found = {name: each for name, each in left.items() if isinstance(each, Result)}
    missing = sorted({_SPECS, *files.expected(folder)} - left.keys())
    failures = [each for each in left.values() if isinstance(each, str)]
    failures += [f"nothing came of the part `{each}`: its job's log says why" for each in missing]
    failures += [f"the job `{name}` ended with {said}: its log says why" for name, said in _bad(jobs)]
    about = {(each.number, each.head) for each in found.values()}
    if found and about != {(event.number, event.head)}:
        failures.append("a result is about another commit: start the preview anew")
        found = {name: each for name, each in found.items() if each.head == event.head}
    whole = (
        results.together(found.values())
        if found
        else Result(event.number, event.head, event.base, Phase.FAILED)
    )
    if failures:
        whole = replace(whole, phase=Phase.FAILED, failures=(*whole.failures, *failures))
    return whole


def _bad(jobs: str) -> Iterator[tuple[str, str]]:
    said = json.loads(jobs) if jobs else {}
    for name, each in sorted(said.items()):
        if name != _BEGIN and each.get("result") in _BAD:
            yield name, each["result"]


def last(forge: Forge, event: Event) -> Result | None:
    """What was told of this head before; None where nothing was, or a preview is telling it just now."""
    ours = forge.pulls.me().login
    for check in forge.checks.checks(event.head, CHECK):
        if check.app == ours and check.state is CheckState.DONE and (found := read(check)) is not None:
            return found
    return None


def read(check: Check) -> Result | None:
    """The result that the required check carries, whoever wrote it; None where it has none that can be read."""
    try:
        return results.from_data(check.data[_RESULT])
    except (KeyError, TypeError, ValueError):
        return None


def approved(
    forge: Forge, event: Event, revisions: Revisions, result: Result, today: date
) -> tuple[Result, Approval | None]:
    """The result with who approved it and who still has to; and that main has moved on with what it is about.

    The approval is None where nobody can tell: the forge could not be asked, and the result says so.
    """
    result = replace(result, approvals=(), next=())
    # A group has what was queued before it on both sides, and may be made of commits that no branch has.
    source = revisions.after if event.group else Revision(revisions.top, event.head, revisions.folder)
    # Where the compiler changes, what comes out differently needs whoever owns it, though no line of it changed.
    touched = [_id(each.stack) for each in result.reports] if revisions.changes_tool else []
    try:
        pull = forge.pulls.pull(result.number)
        given = approvals.of_pull(
            forge.pulls, pull, catalog.load(revisions.before), catalog.load(source), today, touched
        )
    except (ForgeError, DeniedError) as error:
        return replace(result, next=(f"Nobody can say who has approved it: {error}",)), None
    said = [given.reason, *given.notes] if given.by or given.notes or not given.approved else []
    behind = tuple(_behind(revisions, pull, result))
    return replace(result, approvals=tuple(said), next=(*_asked(result, given, behind), *behind)), given


def _asked(result: Result, given: Approval, behind: Sequence[str]) -> Iterator[str]:
    if given.objections:
        names = " and ".join(given.objections)
        yield f"The author: see to what {names} asked for; that stands in the way until they approve or are dismissed."
    if given.who_may:
        yield f"{', '.join(given.who_may)}: review it; an approval counts that is given after the last push."
    elif given.missing:
        yield "Nobody can approve it as it is: why is said under **Approvals**."
    elif given.approved and given.by and not behind and passes(result):
        yield "Whoever wants it: merge it. It is approved, and merging applies just this."


def _behind(revisions: Revisions, pull: Pull, result: Result) -> Iterator[str]:
    """Says where main has meanwhile changed what this is about: what was shown is older than that."""
    if pull.base_sha in (result.base, revisions.base):
        return
    paths = moved(revisions, pull.base_sha)
    stale = sorted(
        _id(each.stack)
        for each in result.reports
        if (each.spec and each.spec.path in paths)
        or f"{revisions.folder}/{each.stack.partition('.')[0]}/environment.yaml" in paths
    )
    if stale:
        yield (
            f"The author: update the branch. {pull.base_branch} has changed {', '.join(stale[:5])}"
            f"{' and others' if len(stale) > 5 else ''} since this was looked at."
        )


def passes(result: Result) -> bool:
    """Whether nothing but an approval is missing."""
    return verdict.passes(result)


@dataclass(frozen=True, slots=True)
class Told:
    """Whether the check was written, and what could not be said, in words."""

    check: bool
    unsaid: tuple[str, ...]


def begin(forge: Forge, event: Event, run: Attempt) -> Told:
    """Says that a preview is running; what is known of this head from an earlier one stays to be read."""
    result = Result(event.number, event.head, event.base)
    with suppress(DeniedError):
        result = last(forge, event) or result
    result = replace(result, phase=Phase.RUNNING, failures=(), approvals=(), next=())
    return tell(forge, event, result, None, run)


def tell(
    forge: Forge,
    event: Event,
    result: Result,
    approval: Approval | None,
    run: Attempt,
    changed: Lines = NOWHERE,
) -> Told:
    """Writes check and comment; what the token may not write is no failure. `changed` lines are annotated first.

    A comment is only written on the head that it is about: one that was pushed over meanwhile has a preview of its own.
    Raises ForgeError, after having tried both.
    """
    result = replace(result, url=run.url or result.url)
    unsaid: list[str] = []
    broken: ForgeError | None = None
    written = False
    try:
        forge.checks.put_check(_check(event, result, approval, run, changed))
        written = True
    except DeniedError as error:
        unsaid += [f"no check was written: {each.words}" for each in error.diagnostics]
    except ForgeError as error:
        broken = error
    pull = forge.pulls.pull(event.number)
    if event.group or pull.head_sha != event.head:
        unsaid.append(
            "no comment was written: "
            + ("the pull request has one" if event.group else "something else was pushed meanwhile")
        )
    elif said := comment.post(forge.pulls, event.number, result):
        unsaid.append(said)
    if broken:
        raise broken
    return Told(written, tuple(unsaid))


def _check(event: Event, result: Result, approval: Approval | None, run: Attempt, changed: Lines) -> NewCheck:
    running = result.phase is Phase.RUNNING
    data: dict[str, Any] = (
        {} if running else {_RESULT: results.to_data(result), **checked.data(result.reports)}
    )
    return NewCheck(
        event.head,
        CHECK,
        CheckState.RUNNING if running else CheckState.DONE,
        _title(result, approval),
        comment.comment(result),
        None if running else _conclusion(result, approval),
        data,
        () if running else tuple(notes.of(result, changed)),
        result.url,
        run.key,
    )


def _conclusion(result: Result, approval: Approval | None) -> Conclusion:
    if not passes(result) or approval is None:
        return Conclusion.FAILURE
    return Conclusion.SUCCESS if approval.approved else Conclusion.ACTION_REQUIRED


def _title(result: Result, approval: Approval | None) -> str:
    title = verdict.title(result)
    if approval is not None and not approval.approved and passes(result):
        return f"{title}; not approved yet"
    return title


def _id(stack: str) -> str:
    environment, _, name = stack.partition(".")
    return environment if name == "environment" else f"{environment}/{name}"
