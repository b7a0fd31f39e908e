"""Looking for what differs in the accounts: an issue for each stack, brought up to date, and closed when it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.forge.forge import CheckState, Conclusion, Forge, ForgeError, NewCheck
from bot.jobs import ends, straying
from bot.jobs.main import Main
from bot.jobs.result import Phase, Result, Tier, to_data
from compiler.diagnostics import Diagnostic, Exit, UserError
from compiler.engine import schedule
from compiler.engine.inspection import inspect
from compiler.engine.session import Session
from compiler.lifecycle.said import Written
from compiler.online import stacks
from compiler.online.selection import Selection
from compiler.parts import names
from compiler.report import Ending, Report, exit_code
from compiler.report import Phase as Asked

LABEL = "dbspec-drift"

_TOLD = (Ending.DRIFTED, Ending.ORPHANED)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one environment; with `diagnostics` or `failures` nobody could look, or not all be told."""

    environment: str
    reports: tuple[Report, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """3 where anything failed, else 1 where the specs are wrong. To find drift is no failure."""
        if self.failures or exit_code(self.reports) is Exit.ENGINE:
            return Exit.ENGINE
        return Exit.SPECS if self.diagnostics else Exit.DONE


def drift(
    main: Main, forge: Forge, session: Session, sha: str, name: str, today: date, parallel: int, url: str
) -> Found:
    """Looks at an environment by main at that commit, and tells what it finds; changes nothing in the account.

    Where its files cannot be compiled nobody looks: a spec that cannot be read would pass for one that is gone.
    """
    if wrong := main.broken(sha, name):
        return Found(name, diagnostics=wrong)
    known = main.catalog(sha)
    environment = known.environments[name]
    databases = [each for each in known.databases.values() if each.environment.name == name]
    selection = Selection([environment], databases, main.specs(sha), with_orphans=True)
    try:
        jobs = stacks.standing(session, selection, today=today)
        with session.simulating([job.target for job in jobs]):
            reports = schedule.run(session, Asked.DRIFT, jobs, inspect, parallel)
    except UserError as error:
        return Found(name, failures=tuple(each.words for each in error.diagnostics))
    written: dict[str, Written] = {names.environment_stack_id(environment): environment}
    written |= {names.stack_id(each): each for each in databases}
    failures = [
        *_told(forge, name, reports, url),
        *_ending(forge, name, written, today),
        *_seen(forge, sha, name, reports, url),
    ]
    return Found(name, reports, failures=tuple(failures))


def _seen(forge: Forge, sha: str, environment: str, reports: Sequence[Report], url: str) -> list[str]:
    """Leaves all that was seen with the commit: whoever waits for AWS to take something up learns of it there."""
    strayed = sum(each.outcome.ending in _TOLD for each in reports)
    waiting = sum(bool(each.pending) for each in reports)
    title = f"{environment}: {strayed} otherwise than applied, {waiting} pending in AWS"
    found = Result(0, sha, sha, Phase.DONE, Tier.ACCOUNT, reports=tuple(reports), url=url)
    check = NewCheck(
        sha,
        straying.check_name(environment),
        CheckState.DONE,
        title,
        f"Of {len(reports)} stacks. What differs has an issue each.",
        Conclusion.NEUTRAL if strayed else Conclusion.SUCCESS,
        to_data(found),
        url=url,
        key=url,
    )
    try:
        forge.checks.put_check(check)
    except (ForgeError, UserError) as error:
        return [f"the check about drift: {error}"]
    return []


def _told(forge: Forge, environment: str, reports: Sequence[Report], url: str) -> list[str]:
    """Writes and closes the issues; what could not be, in words. Of what failed an issue stays as it is."""
    key = f"{straying.KEY}/"
    failures: list[str] = []
    try:
        known = {each.key for each in forge.checks.issues(f"{key}{environment}.")}
    except (ForgeError, UserError) as error:
        return [f"the issues about drift cannot be read: {error}"]
    gone = known - {f"{key}{each.stack}" for each in reports}
    gone |= {f"{key}{each.stack}" for each in reports if each.outcome.ending is Ending.UNCHANGED} & known
    for report in reports:
        if report.outcome.ending in _TOLD:
            try:
                forge.checks.put_issue(
                    f"{key}{report.stack}", straying.title(report), straying.drift(report, url), [LABEL]
                )
            except (ForgeError, UserError) as error:
                failures.append(f"the issue about {report.stack}: {error}")
    return failures + _closed(forge, gone, "It is gone: the account is as it was applied.")


def _ending(forge: Forge, environment: str, written: Mapping[str, Written], today: date) -> list[str]:
    """The same of what ends soon."""
    failures: list[str] = []
    key = f"{ends.KEY}/"
    told: set[str] = set()
    for stack, each in written.items():
        if found := ends.ends(each, today):
            told.add(f"{key}{stack}")
            try:
                forge.checks.put_issue(
                    f"{key}{stack}",
                    ends.title(stack, found, today),
                    ends.text(each.path, found, today),
                    [LABEL],
                )
            except (ForgeError, UserError) as error:
                failures.append(f"the issue about what ends in {stack}: {error}")
    try:
        known = {each.key for each in forge.checks.issues(f"{key}{environment}.")}
    except (ForgeError, UserError) as error:
        return [*failures, f"the issues about what ends cannot be read: {error}"]
    return failures + _closed(forge, known - told, "Nothing of it is about to end any more.")


def _closed(forge: Forge, keys: set[str], why: str) -> list[str]:
    failures: list[str] = []
    for each in sorted(keys):
        try:
            forge.checks.close_issue(each, why)
        except (ForgeError, UserError) as error:
            failures.append(f"the issue {each}: {error}")
    return failures
