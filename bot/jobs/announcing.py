"""An apply announced where people look: the check of each commit, the pull requests, the deployments.

The apply is never undone nor done again for want of an answer: what could not be told stays in the outbox, and the next
run tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from bot.forge.forge import CheckState, Conclusion, DeniedError, DeploymentState, Forge, ForgeError, NewCheck
from bot.jobs import outcome
from bot.jobs.applied import Applied, check_data, check_name, title
from bot.jobs.landed import concerns, landed
from bot.jobs.main import Main
from bot.jobs.outbox import Outbox
from compiler.diagnostics import Exit, UserError
from compiler.report import Report

_CONCLUSIONS = {
    Exit.DONE: Conclusion.SUCCESS,
    Exit.REFUSED: Conclusion.ACTION_REQUIRED,
    Exit.SPECS: Conclusion.FAILURE,
    Exit.ENGINE: Conclusion.FAILURE,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What there was to tell, and what of it could not be told (`unsaid`) or may not be (`denied`), in words."""

    applied: Applied
    unsaid: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


def tell(
    main: Main,
    forge: Forge,
    outbox: Outbox | None,
    applied: Applied,
    since: Mapping[str, str | None],
    standing: Mapping[str, Report],
    key: str,
) -> Told:
    """Tells it, with what earlier runs left untold; whatever fails stops nothing else.

    `since` is the commit that each stack had converged on before, `standing` reports of those that are as main has
    them: told where a pull request came with nothing else. `key` names the run and its attempt. Without an outbox
    nothing was begun, and nothing is left to later runs.
    """
    telling = _Telling(forge, applied, key)
    told: str | None = None
    if outbox is not None:
        try:
            left = outbox.left()
            told = outbox.told
        except UserError as error:
            telling.unsaid += (f"what earlier runs left untold cannot be read: {error}",)
            left = {}
        since = {**since, **{stack: each.since for stack, each in left.items()}}
        own = {each.stack: each for each in applied.reports}
        own |= {stack: each.report for stack, each in left.items()}
        telling.applied = applied = replace(applied, reports=tuple(own[stack] for stack in sorted(own)))
    telling.commits(main, since, standing, told)
    telling.deployment()
    if outbox is not None and not telling.unsaid:
        telling.attempt("the outbox", lambda: _emptied(outbox, applied.commit))
    return Told(applied, telling.unsaid, telling.denied)


def begin(forge: Forge, environment: str, commit: str, url: str) -> None:
    """Says that a commit is being brought to an environment; nothing depends on its being said.

    Raises ForgeError, and DeniedError where the token may not.
    """
    forge.checks.put_deployment(commit, environment, DeploymentState.RUNNING, "applying", url)


def _emptied(outbox: Outbox, commit: str) -> None:
    outbox.tell(commit)
    outbox.clear()


class _Telling:
    def __init__(self, forge: Forge, applied: Applied, key: str) -> None:
        self.forge = forge
        self.applied = applied
        self.key = key
        self.unsaid: tuple[str, ...] = ()
        self.denied: tuple[str, ...] = ()

    def attempt(self, what: str, say: Callable[[], object]) -> None:
        try:
            say()
        except DeniedError as error:
            self.denied += tuple(f"{what}: {each.words}" for each in error.diagnostics)
        except (ForgeError, UserError) as error:
            self.unsaid += (f"{what}: {error}",)

    def commits(
        self,
        main: Main,
        since: Mapping[str, str | None],
        standing: Mapping[str, Report],
        told: str | None,
    ) -> None:
        """The check of the commit that was applied, and of each that it came with; the pull requests of those."""
        applied = self.applied
        self._check_of(applied.commit, None, applied)
        stacks = {each.stack: since.get(each.stack) for each in applied.reports}
        try:
            if not stacks and (applied.failures or applied.diagnostics):
                self._not_begun(main)
                return
            found = landed(
                main,
                self.forge,
                applied.commit,
                applied.environment,
                stacks,
                standing.keys() - stacks.keys(),
                told,
            )
        except (ForgeError, UserError) as error:
            self.unsaid += (f"the pull requests that this came with: {error}",)
            return
        for each in found:
            also = tuple(standing[stack] for stack in sorted(each.stacks & standing.keys() - stacks.keys()))
            about = replace(applied, reports=(*applied.reports, *also))
            if each.commit != applied.commit or also:
                self._check_of(each.commit, None if each.commit == applied.commit else each.stacks, about)
            if each.pull:
                self._comment(each.commit, each.stacks, about, each.pull.number)

    def _not_begun(self, main: Main) -> None:
        """Whoever merged last hears that nothing of it is applied, if it was anything of this environment."""
        applied = self.applied
        history = main.history(applied.commit)
        if concerns(history.changes.get(applied.commit, ()), applied.environment) and (
            pull := self.forge.pulls.pull_of(applied.commit, main.branch)
        ):
            self._comment(applied.commit, (), applied, pull.number)

    def deployment(self) -> None:
        applied = self.applied
        if not applied.reports and not applied.failures and not applied.diagnostics:
            return
        state = DeploymentState.SUCCESS if applied.exit is Exit.DONE else DeploymentState.FAILURE
        self.attempt(
            "the deployment",
            lambda: self.forge.checks.put_deployment(
                applied.commit, applied.environment, state, title(applied), applied.url
            ),
        )

    def _comment(self, commit: str, stacks: Collection[str], about: Applied, number: int) -> None:
        text = outcome.applied(about.result(number, commit, stacks))
        key = f"apply/{about.environment}"
        self.attempt(f"the comment on #{number}", lambda: self.forge.pulls.put_comment(number, key, text))

    def _check_of(self, commit: str, stacks: Collection[str] | None, about: Applied) -> None:
        if stacks is not None:  # what became of others is no fault of this commit
            about = replace(about, reports=tuple(each for each in about.reports if each.stack in stacks))
        check = NewCheck(
            commit,
            check_name(about.environment),
            CheckState.DONE,
            title(about),
            outcome.applied(about.result(0, commit)),
            _CONCLUSIONS[about.exit],
            check_data(about, commit),
            url=about.url,
            key=self.key,
        )
        self.attempt(f"the check of {commit[:12]}", lambda: self.forge.checks.put_check(check))
