"""What the forge says of a request just now."""

from __future__ import annotations

from bot.approval import Approval
from bot.approval import approval as approved
from bot.forge.forge import CheckState, Pull, PullState
from bot.jobs.conclude import CHECK, read
from bot.requests import applied
from bot.requests.draft import Main
from bot.requests.ledger import Entry
from bot.requests.office import Office
from bot.requests.state import Facts


def gather(office: Office, entry: Entry) -> Facts:
    """With branches as they were fetched last; raises ForgeError where the forge cannot be asked."""
    if not entry.number:
        return Facts(entry)
    pull = office.forge.pulls.pull(entry.number)
    if pull.state is PullState.MERGED:
        return _merged(office, entry, pull)
    if pull.state is PullState.CLOSED:
        return Facts(entry, pull)
    return _open(office, entry, pull)


def _open(office: Office, entry: Entry, pull: Pull) -> Facts:
    main = office.main(fresh=False)
    there = office.clone.tip(pull.head_branch) is not None
    check = next(filter(office.believes, office.forge.checks.checks(pull.head_sha, CHECK)), None)
    result = read(check) if check else None
    approval = None
    if there and check and check.state is CheckState.DONE and office.clone.knows(pull.head_sha):
        approval = _approval(office, pull, main)
    # Whoever has worked on the branch since has seen what main has.
    said = conflict(office, entry, main.sha) if pull.head_sha == entry.sha else ""
    return Facts(entry, pull, there, check, result, approval, said)


def _approval(office: Office, pull: Pull, main: Main) -> Approval:
    wanted, people = office.wanted(main, pull.head_sha)
    if not wanted:
        return Approval(True)
    pulls, number = office.forge.pulls, pull.number
    return approved(pull, pulls.commits(number), pulls.reviews(number), wanted, main.catalog.people, people)


def conflict(office: Office, entry: Entry, tip: str) -> str:
    """In what main has moved on below the request's own file, "" where it has not."""
    clone = office.clone
    if clone.blob(tip, entry.path) == clone.blob(entry.base, entry.path):
        return ""
    return f"main has another {entry.path} since this was asked for"


def _merged(office: Office, entry: Entry, pull: Pull) -> Facts:
    sha = pull.merged_sha
    assert sha is not None
    tip = office.clone.tip(office.branch) or sha
    check = report = result = None
    # A later apply may have applied this too; what was said last counts.
    for each in dict.fromkeys((tip, sha)):
        for found in applied.checks(office, each, entry.request.environment):
            said = applied.result(office, found)
            check = found
            result = result or said
            report = report or applied.report_in(said, entry.request.target)
    if report is not None and report.pending:
        report = applied.since(office, entry.request.target, check, office.clone.between(sha, tip)) or report
    deployment = office.forge.checks.deployment(sha, entry.request.environment, office.writers)
    return Facts(
        entry,
        pull,
        result=result,
        applied=check,
        report=report,
        applying=deployment.state if deployment else None,
    )
