"""What applies said of a stack, in the checks that they left on commits of main."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.forge.forge import Check
from bot.jobs.applied import check_name
from bot.jobs.result import Result, from_data
from bot.jobs.straying import check_name as drift_check
from bot.requests.draft import Main
from bot.requests.office import Office
from compiler.report import Ending, Report

_LOOKED_AT = 10  # commits of main; accounts are looked at every day


def gone(office: Office, target: str, main: Main) -> bool:
    """Whether the last change of a database's file has been applied, and destroyed it."""
    database = main.catalog.databases.get(target)
    if database is None or database.spec.decommission is None:
        return False
    sha = office.clone.last(main.sha, database.path)
    report = of_stack(office, sha, target)
    return report is not None and report.outcome.ending is Ending.DESTROYED


def of_stack(office: Office, sha: str, target: str) -> Report | None:
    """What the apply of a commit said of a database; None where it has not said anything yet."""
    for check in checks(office, sha, target.partition("/")[0]):
        if (report := report_in(result(office, check), target)) is not None:
            return report
    return None


def since(office: Office, target: str, after: Check | None, later: Sequence[str]) -> Report | None:
    """What was seen of a database last in its account, on these commits, later than a check; None where nobody looked.

    A report that says nothing is pending any more says that what was applied has taken hold.
    """
    name = drift_check(target.partition("/")[0])
    commits = [*later[-_LOOKED_AT:], *([after.sha] if after else [])]
    found = [
        each
        for commit in dict.fromkeys(commits)
        for each in filter(office.believes, office.forge.checks.checks(commit, name))
        if after is None or each.id > after.id
    ]
    last = max(found, key=lambda each: each.id, default=None)
    seen = report_in(result(office, last), target) if last else None
    if seen is None or seen.outcome.ending is Ending.FAILED:
        return None
    return replace(seen, outcome=replace(seen.outcome, ending=Ending.APPLIED))


def checks(office: Office, sha: str, environment: str) -> tuple[Check, ...]:
    """What applies of an environment left on a commit of main, as far as they are to be believed."""
    found = office.forge.checks.checks(sha, check_name(environment))
    return tuple(filter(office.believes, found))


def report_in(found: Result | None, target: str) -> Report | None:
    """What a result says of a database."""
    stack = target.replace("/", ".", 1)
    return next((each for each in (found.reports if found else ()) if each.stack == stack), None)


def result(office: Office, check: Check) -> Result | None:
    """The result that a check carries; None where it has none, or is not to be believed."""
    if not office.believes(check) or not check.data:
        return None
    try:
        return from_data(check.data)
    except (KeyError, TypeError, ValueError):
        return None  # of another version
