"""What the forge has to be set up for, so that what a pull request shows is what merging applies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bot.forge.forge import DeniedError, ForgeError, MissingError, Pulls
from bot.forge.rules import BranchRules, Rules
from compiler.doctor.finding import Area, Finding, State, asked, missing, ok, unknown

WORKFLOWS = ("accounts", "apply", "conclude", "drift", "preview", "review")
"""Those of .github/workflows without which something is not done."""

_NUMBERED = datetime(2026, 7, 15, tzinfo=UTC)
"""From then on a repository's tokens have ids in their subjects."""

_ADMIN = "ask as an administrator: `GITHUB_TOKEN=$(gh auth token) dbspec-bot doctor`"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`check` is the one that has to be required; `approvals` is how many the strictest environment asks for."""

    branch: str
    check: str
    environments: Collection[str]
    approvals: int


def forge(pulls: Pulls, rules: Rules | None, wanted: Wanted) -> Area:
    """Each thing asked for by itself: what may not be asked is unknown, and the rest is told all the same."""
    found = list(_told("token", lambda: _token(pulls)))
    if rules is None:
        found.append(ok("rules", "a forge in a folder asks for nothing"))
        return Area("forge", tuple(found))
    if any(each.state is not State.OK for each in found):
        return Area("forge", tuple(found))  # all the rest would say the same
    about: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("repository", lambda: _repository(rules, wanted)),
        ("App", lambda: _app(rules)),
        ("branch rules", lambda: _branch(rules.branch(wanted.branch), wanted)),
        ("CODEOWNERS", lambda: _owners(rules)),
        ("Actions", lambda: _actions(rules)),
        ("workflows", lambda: _workflows(rules)),
        ("environments", lambda: _places(rules, wanted)),
        ("subject of tokens", lambda: _subject(rules)),
    )
    for name, ask in about:
        found += _told(name, ask)
    return Area("forge", tuple(found))


def _told(about: str, ask: Callable[[], Iterator[Finding]]) -> tuple[Finding, ...]:
    try:
        return asked(about, lambda: _but_denied(about, ask))
    except ForgeError as error:
        return (unknown(about, str(error), "try again" if error.again else ""),)


def _but_denied(about: str, ask: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except DeniedError as error:
        yield unknown(about, error.diagnostics[0].message, _ADMIN)


def _token(pulls: Pulls) -> Iterator[Finding]:
    yield ok("token", f"acts as {pulls.me().login}")


def _repository(rules: Rules, wanted: Wanted) -> Iterator[Finding]:
    found = rules.repository()
    if found.branch == wanted.branch:
        yield ok("repository", f"{found.name}, default branch {found.branch}")
    else:
        yield missing(
            "repository",
            f"{found.name} has {found.branch} for its default branch, and {wanted.branch} is applied",
            f"gh repo edit {found.name} --default-branch {wanted.branch}",
        )


def _app(rules: Rules) -> Iterator[Finding]:
    lacking = rules.lacking()
    if lacking:
        yield missing(
            "App",
            f"it was not given {', '.join(lacking)}",
            "add them in the App's settings, and accept them where it is installed",
        )
    elif lacking is not None:
        yield ok("App", "has the permissions that it needs")


class _Rule(NamedTuple):
    about: str
    holds: bool
    said: str
    not_so: str


def _branch(found: BranchRules, wanted: Wanted) -> Iterator[Finding]:
    branch = wanted.branch
    rules = [
        _Rule(
            "required check",
            wanted.check in found.checks,
            f"`{wanted.check}` has to pass",
            f"`{wanted.check}` need not pass before anything is merged",
        ),
        _Rule(
            "pull requests",
            found.pulls,
            "nothing comes to it otherwise",
            f"who may write can push to {branch}, and nobody has reviewed that",
        ),
        _Rule("code owners", found.owners, "have to approve", "need not approve what is theirs"),
        _Rule("stale approvals", found.fresh, "count no more", "count although something was pushed since"),
        _Rule(
            "history",
            not found.forced,
            "cannot be written over",
            f"{branch} can be pushed to by force, and what was reviewed is gone",
        ),
        _Rule("deletion", not found.deletable, "is blocked", f"{branch} can be deleted"),
        _Rule(
            "administrators",
            found.everybody is not False,
            "are held to all of this",
            "are not held to what the branch protection asks for",
        ),
    ]
    if wanted.approvals:
        rules.append(
            _Rule(
                "approvals",
                found.approvals >= wanted.approvals,
                f"{found.approvals} asked for",
                f"{found.approvals} asked for, and an environment wants {wanted.approvals}",
            )
        )
    for each in rules:
        if each.about == "administrators" and found.everybody is None:
            continue  # a ruleset does not tell whom it lets pass
        fix = f"put the ruleset of docs/setup.md on {branch}"
        yield ok(each.about, each.said) if each.holds else missing(each.about, each.not_so, fix)


def _owners(rules: Rules) -> Iterator[Finding]:
    try:
        wrong = rules.owners()
    except MissingError:
        yield missing(
            "CODEOWNERS", "there is none on the default branch", "write it with `dbspec-bot codeowners`"
        )
        return
    if wrong:
        yield missing(
            "CODEOWNERS",
            f"GitHub says: {'; '.join(wrong)}",
            "correct people.yaml, and `dbspec-bot codeowners`",
        )
    else:
        yield ok("CODEOWNERS", "GitHub knows everybody in it")


def _actions(rules: Rules) -> Iterator[Finding]:
    found = rules.actions()
    if not found.enabled:
        yield missing("Actions", "they are switched off", "enable them in the repository's settings")
        return
    change = "gh api -X PUT repos/OWNER/NAME/actions/permissions/workflow"
    if found.writes:
        yield missing(
            "Actions",
            "a job's token may write wherever its workflow does not say",
            f"{change} -f default_workflow_permissions=read",
        )
    if found.approves:
        yield missing(
            "Actions",
            "a job may approve pull requests",
            f"{change} -F can_approve_pull_request_reviews=false",
        )
    if not found.writes and not found.approves:
        yield ok("Actions", "are on; tokens read, and approve nothing")


def _workflows(rules: Rules) -> Iterator[Finding]:
    active = {each.path: each.active for each in rules.workflows()}
    paths = [f".github/workflows/{name}.yaml" for name in WORKFLOWS]
    gone = [path for path in paths if path not in active]
    off = [path for path in paths if active.get(path) is False]
    if gone:
        yield missing("workflows", f"there is no {', no '.join(gone)}", "push them to the default branch")
    for path in off:
        yield missing("workflows", f"{path} is switched off", f"gh workflow enable {path.rpartition('/')[2]}")
    if not gone and not off:
        yield ok("workflows", f"{', '.join(WORKFLOWS)} are there")


def _places(rules: Rules, wanted: Wanted) -> Iterator[Finding]:
    places = {each.name: each.branches for each in rules.places()}
    for name in sorted(wanted.environments):
        about = f"environment {name}"
        branches = places.get(name)
        if name not in places:
            yield missing(
                about,
                "GitHub has none of that name, and makes one that any branch may deploy to",
                f"make it, for the branch {wanted.branch} alone (docs/setup.md)",
            )
        elif branches is None:
            yield missing(
                about, "any branch may deploy to it", f"let the branch {wanted.branch} alone (docs/setup.md)"
            )
        elif branches <= {wanted.branch, "protected branches"}:
            yield ok(about, f"for {', '.join(sorted(branches))} alone")
        else:
            more = ", ".join(sorted(branches - {wanted.branch}))
            yield missing(about, f"{more} may deploy to it too", f"let the branch {wanted.branch} alone")


def _subject(rules: Rules) -> Iterator[Finding]:
    found = rules.repository()
    if not rules.plain_subject():
        yield missing(
            "subject of tokens",
            "it was customized, and the roles' trust policies go by the default",
            f"gh api -X PUT repos/{found.name}/actions/oidc/customization/sub -F use_default=true",
        )
        return
    numbered = "; it has both ids in it" if found.made >= _NUMBERED else ""
    command = f"--repository {found.name} --owner-id {found.owner_id} --repository-id {found.id}"
    yield ok("subject of tokens", f"the default{numbered}: dbspec roles ENVIRONMENT {command}")
