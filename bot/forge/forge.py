"""What a forge holds, in our words: pull requests and who reviewed them, checks, deployments and issues.

What is written carries a key, by which a retry and the next run find it again: a comment or issue begins with the
marker line of its key, a check run carries it beside its name. A key counts only on what the forge says we wrote
ourselves, since anybody can write a marker.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from compiler.diagnostics import Diagnostic, Exit, UserError

MAX_BODY = 65_536
"""Characters of a comment, an issue or a pull request's body, with the marker line that the forge adds."""
MAX_OUTPUT = 65_535
"""Characters of a check's summary."""


class ForgeError(Exception):
    """The forge refused, or could not be reached, after all retries that made sense; nobody can mend it in the specs.

    `again` tells whether the same call may succeed later, `after` from when on, where the forge said so.
    """

    def __init__(self, message: str, *, again: bool = False, after: datetime | None = None) -> None:
        super().__init__(message)
        self.again = again
        self.after = after


class MissingError(ForgeError):
    """The forge knows no such pull request, commit or issue."""


class DeniedError(UserError):
    """The token may not do this: a fork's can write nothing, others lack a permission, which the message names."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(Diagnostic("forge/denied", message, fix), exit_code=Exit.ENGINE)


class Account(NamedTuple):
    """Who acts on a forge. Logins can be renamed and taken over: compare ids."""

    id: int
    login: str


class Person(NamedTuple):
    """Who a commit names; `account` is None where the forge knows no account for the address."""

    name: str
    email: str
    account: Account | None


@dataclass(frozen=True, slots=True)
class Commit:
    """`co_authors` are the trailers of its message; `at` is the committer's time, which the committer chose."""

    sha: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    co_authors: tuple[Person, ...]
    message: str
    at: datetime


class PullState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `head_sha` is the last commit of its branch, when merged the one that was merged.

    `merged_sha` is the commit on the base branch that merging made (by rebase, the last of them); None until then.
    `reviewers` are who was asked and has not answered: logins, and `organization/team`.
    """

    number: int
    title: str
    body: str
    url: str
    author: Account
    state: PullState
    draft: bool
    head_sha: str
    head_branch: str
    from_fork: bool
    base_branch: str
    base_sha: str
    merged_sha: str | None
    merged_at: datetime | None
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]


class ReviewState(StrEnum):
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"


class Review(NamedTuple):
    """What somebody thought of the pull request when its head was `sha`, at the forge's own time."""

    author: Account
    state: ReviewState
    sha: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """`key` is "" where the text begins with no marker; `body` is the text after it."""

    id: int
    author: Account
    key: str
    body: str
    url: str
    at: datetime


class CheckState(StrEnum):
    QUEUED = "queued"
    RUNNING = "in_progress"
    DONE = "completed"


class Conclusion(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    ACTION_REQUIRED = "action_required"


class Level(StrEnum):
    """How an annotation is shown."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


class Annotation(NamedTuple):
    """A message at lines of a file of the check's commit; a column makes sense on one line only."""

    path: str
    line: int
    title: str
    message: str
    level: Level = Level.FAILURE
    column: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class NewCheck:
    """A check to be written; the same sha, name and key is the same check, until it is done.

    `key` names the attempt (a job's run and its attempt): another key makes another check, which is then the one shown.
    `conclusion` is given exactly when the state is done. `summary` is Markdown. `data` is what machines read: JSON,
    of any size. `url` is where the details are.
    """

    sha: str
    name: str
    state: CheckState
    title: str
    summary: str
    conclusion: Conclusion | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    annotations: Sequence[Annotation] = ()
    url: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if (self.state is CheckState.DONE) != (self.conclusion is not None):
            raise ValueError("a check has a conclusion when it is done, and only then")
        if len(self.summary) > MAX_OUTPUT:
            raise ValueError(f"the summary of check {self.name} has more than {MAX_OUTPUT} characters")


@dataclass(frozen=True, slots=True)
class Check:
    """A check as the forge has it. `app` is the login of who wrote it: data of another app proves nothing."""

    id: int
    sha: str
    name: str
    key: str
    state: CheckState
    conclusion: Conclusion | None
    title: str
    summary: str
    data: Mapping[str, Any]
    url: str
    app: str


class DeploymentState(StrEnum):
    QUEUED = "queued"
    RUNNING = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Deployment:
    """That a commit was brought to an environment, or is being; `description` has at most 140 characters."""

    id: int
    sha: str
    environment: str
    state: DeploymentState
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that we wrote: one for each key, reopened rather than written anew."""

    number: int
    key: str
    title: str
    body: str
    open: bool
    labels: tuple[str, ...]
    url: str


class Pulls(Protocol):
    """Pull requests of one repository.

    All methods raise ForgeError, and its kind MissingError where a number or commit does not exist; UserError where the
    token or the repository's name is to blame, of which DeniedError where it may not do this one thing. Whatever is
    listed is complete. Writing is safe to repeat: it first looks for what an earlier try left.
    """

    def me(self) -> Account:
        """As whom we write."""
        ...

    def pull(self, number: int) -> Pull: ...

    def open_pulls(self, base: str) -> tuple[Pull, ...]:
        """Those to be merged into this branch, newest first."""
        ...

    def pulls_from(self, branch: str) -> tuple[Pull, ...]:
        """Those of this branch of the repository itself (no fork's), in any state, newest first."""
        ...

    def pull_of(self, sha: str, base: str) -> Pull | None:
        """The merged pull request that brought this commit to the branch, however it was merged.

        None for a direct push: the commit is on the branch, and no pull request brought it there.
        """
        ...

    def open_pull(
        self,
        branch: str,
        base: str,
        title: str,
        body: str,
        *,
        draft: bool = False,
        labels: Sequence[str] = (),
        reviewers: Sequence[str] = (),
    ) -> Pull:
        """The open pull request of this branch: made, or the one that is there, brought to this title and body.

        Labels are added to those that it has; reviewers (logins, `organization/team`) are asked once.
        """
        ...

    def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> Pull: ...

    def commits(self, number: int) -> tuple[Commit, ...]:
        """What its branch adds to the base, oldest first."""
        ...

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Every review by an account that still exists, oldest first."""
        ...

    def changed_paths(self, number: int) -> tuple[str, ...]:
        """Sorted; of a renamed file both names."""
        ...

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Of a pull request or an issue, oldest first."""
        ...

    def put_comment(self, number: int, key: str, body: str) -> Comment:
        """Our one comment with this key, written or brought to this text; raises ValueError over MAX_BODY."""
        ...


class Checks(Protocol):
    """Checks, deployments and issues of one repository; it raises and repeats as Pulls does."""

    def checks(self, sha: str, name: str = "") -> tuple[Check, ...]:
        """The last check of each name (and app) on this commit, by name; only those of `name` where one is given."""
        ...

    def put_check(self, check: NewCheck) -> Check:
        """Written, or brought to this.

        What is done stays as it came out: where this differs, a new check takes its place. Annotations are only
        ever added: a new attempt has a new key.
        """
        ...

    def deployment(self, sha: str, environment: str, by: Collection[str] = ()) -> Deployment | None:
        """The last deployment of this commit to this environment by us, or by one of these logins."""
        ...

    def put_deployment(
        self, sha: str, environment: str, state: DeploymentState, description: str = "", url: str = ""
    ) -> Deployment:
        """Our last deployment of this commit to this environment, brought to this state, or a new one."""
        ...

    def issues(self, prefix: str, by: Collection[str] = ()) -> tuple[Issue, ...]:
        """The open issues by us, and by these logins, whose key begins so, by key."""
        ...

    def put_issue(self, key: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Our issue with this key, open and with this text; one that was closed is opened again."""
        ...

    def close_issue(self, key: str, comment: str) -> None:
        """Closes our open issue with this key, saying why; nothing where there is none."""
        ...


class Commits(Protocol):
    """Commits that the forge makes itself, and signs where it is one that does; it raises and repeats as Pulls does."""

    def commit_files(
        self, branch: str, parent: str, changes: Mapping[str, bytes | None], message: str
    ) -> str:
        """A commit on top of `parent` that writes files, or removes those that are None, on a branch of its own.

        Done again it is the one that was made. Raises ForgeError where the branch has something else.
        """
        ...


class Forge(NamedTuple):
    """A forge as jobs take it."""

    pulls: Pulls
    checks: Checks
