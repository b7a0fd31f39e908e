"""A bare clone of the repository, in which commits are made by plumbing and from which they are pushed.

GitPython's own index changes the process's working directory: every commit here has an index of its own instead, and
any number of threads may make some at once.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from bot.forge.forge import ForgeError
from bot.forge.plumbing import write_tree

if TYPE_CHECKING:
    from git import Git

_TRACKED = "refs/remotes/origin"
_MOST_OBJECTS = 10_000
_SECONDS = 120  # for one fetch or push; a remote that says nothing ends sooner
_ASKED = """\
#!/bin/sh
case "$1" in
  Username*) echo x-access-token ;;
  *) printf '%s\\n' "$DBSPEC_GIT_TOKEN" ;;
esac
"""
_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "20",
    "LC_ALL": "C",
}
_REJECTED = re.compile(r"\[(?:remote )?rejected\]|stale info|non-fast-forward|fetch first|cannot lock ref")
_DENIED = re.compile(
    r"authentication failed|could not read (?:username|password)|permission (?:to .* )?denied|\b403\b",
    re.IGNORECASE,
)


class MovedError(ForgeError):
    """The branch is not where it was thought to be: somebody else pushed to it, or removed it."""


class GitError(ForgeError):
    """Git itself failed here: the disk is full, or a commit is not in the clone. `said` is what it printed."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"git {command} failed: {_words(said)}", again=True)
        self.said = said


def _words(said: str) -> str:
    """The line that tells what went wrong."""
    lines = [line.strip().removeprefix("stderr: '").removeprefix("stdout: '") for line in said.splitlines()]
    return next((each for each in lines if re.match("!|fatal:|remote: error", each)), " ".join(lines)[:300])


class Identity(NamedTuple):
    """Whom a commit names; neither may hold line ends or angle brackets."""

    name: str
    email: str


@dataclass(slots=True)
class Clone:
    """`url` is where it comes from, `token` gives the password for it whenever it is asked, "" for none.

    All methods raise ForgeError, `again` where it may go well later.
    """

    folder: Path
    url: str
    token: Callable[[], str] = lambda: ""
    _fetching: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: int = field(default=0, repr=False)
    _had: int = field(default=0, repr=False)
    # Whoever types a command must not wait for git: a branch stays where it is until the next fetch.
    _tips: dict[tuple[str, int], str | None] = field(default_factory=dict, repr=False)
    _tipping: threading.Lock = field(default_factory=threading.Lock, repr=False)
    # What a commit holds never changes.
    _objects: dict[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    def create(self) -> None:
        """Makes the folder, or takes the one that is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Without a template there are no hooks.
        self._run("init", "--bare", "--quiet", "--template=")
        asked = self.folder / "askpass"
        asked.write_text(_ASKED)
        asked.chmod(0o700)

    def fetch(self) -> None:
        """Brings it up to date; threads that ask at once share one fetch, begun after they all asked."""
        with self._counting:
            self._asked += 1
            asked = self._asked
        with self._fetching:
            if self._had >= asked:
                return
            with self._counting:
                upto = self._asked
            self._remote("fetch", "--quiet", "--prune", "--no-tags", self.url, f"+refs/heads/*:{_TRACKED}/*")
            self._had = upto

    def tip(self, branch: str) -> str | None:
        """Where the branch was at the last fetch."""
        since = (branch, self._had)
        known = self._tips.get(since)
        if known is not None:
            return known
        with self._tipping:
            if since not in self._tips:
                said = self._run(
                    "for-each-ref", "--format=%(objectname)", "--count=1", f"{_TRACKED}/{branch}"
                )
                if len(self._tips) >= _MOST_OBJECTS:
                    self._tips.clear()
                self._tips[since] = str(said) or None
            return self._tips[since]

    def read(self, sha: str, path: str) -> bytes | None:
        """A file as it is in a commit."""
        blob = self.blob(sha, path)
        return self._run("cat-file", "blob", blob, data=True) if blob else None

    def blob(self, sha: str, path: str) -> str:
        """The object of a file, "" where there is none: equal texts have equal objects."""
        return self._object(sha, path)

    def tree(self, sha: str, folder: str) -> str:
        """The object of a folder, "" where there is none."""
        if folder != ".":
            return self._object(sha, folder, "-d")
        return str(self._run("rev-parse", f"{sha}^{{tree}}"))

    def _object(self, sha: str, path: str, *options: str) -> str:
        known = self._objects.get((sha, path, *options))
        if known is None:
            said = self._run("ls-tree", *options, "-z", "--format=%(objectname)", sha, "--", path)
            known = str(said).rstrip("\0")
            if len(self._objects) >= _MOST_OBJECTS:
                self._objects.clear()
            self._objects[sha, path, *options] = known
        return known

    def last(self, sha: str, path: str) -> str:
        """The last commit of a branch's own line that changed a file, "" where none did."""
        return str(self._run("rev-list", "-1", "--first-parent", sha, "--", path))

    def between(self, base: str, tip: str) -> list[str]:
        """A branch's own commits after `base`, oldest first; all that are known where `base` is not."""
        since = [f"^{base}"] if self.knows(base) else []
        return str(self._run("rev-list", "--reverse", "--first-parent", tip, *since)).split()

    def changed(self, sha: str) -> list[str]:
        """The files that a commit changed on its branch; of a renamed one both names."""
        found = self._run(
            "diff-tree",
            "-r",
            "-z",
            "--root",
            "--name-only",
            "--no-renames",
            "--no-commit-id",
            "-m",
            "--first-parent",
            sha,
        )
        return [path for path in str(found).split("\0") if path]

    def parent(self, sha: str) -> str | None:
        """The commit before it on its branch, None for the first."""
        parents = str(self._run("rev-list", "--parents", "-1", sha)).split()[1:]
        return parents[0] if parents else None

    def subject(self, sha: str) -> str:
        """The first line of its message."""
        return str(self._run("show", "--no-patch", "--format=%s", sha))

    def knows(self, sha: str) -> bool:
        """Whether the commit is here."""
        return self.contains(sha, sha)

    def contains(self, sha: str, ancestor: str) -> bool:
        """Whether a commit has another among those it came from; False too where it is not here."""
        try:
            self._run("merge-base", "--is-ancestor", ancestor, sha)
        except GitError:
            return False
        return True

    def commit(
        self, parent: str, changes: Mapping[str, bytes | None], message: str, author: Identity, at: datetime
    ) -> str:
        """A commit that writes files, or removes those that are None; the same arguments make the same commit."""
        tree = write_tree(self._run, self.folder, parent, changes)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            said = Path(folder) / "message"
            said.write_text(message, encoding="utf-8")
            date = f"{int(at.timestamp())} +0000"
            env = {
                f"GIT_{role}_{what}": value
                for role in ("AUTHOR", "COMMITTER")
                for what, value in zip(("NAME", "EMAIL", "DATE"), (*author, date), strict=True)
            }
            return str(self._run("commit-tree", tree, "-p", parent, "-F", str(said), env=env))

    def push(self, sha: str, branch: str, expected: str | None) -> None:
        """Moves the branch to a commit, from `expected` and nowhere else: None where there must be none yet.

        Raises MovedError where it is somewhere else, and not at `sha` already.
        """
        ref = f"refs/heads/{branch}"
        try:
            self._remote(
                "push", "--porcelain", f"--force-with-lease={ref}:{expected or ''}", self.url, f"{sha}:{ref}"
            )
        except MovedError:
            if self._there(ref) != sha:
                raise
        self._run("update-ref", f"{_TRACKED}/{branch}", sha)
        self._tips.pop((branch, self._had), None)

    def _there(self, ref: str) -> str:
        return str(self._remote("ls-remote", self.url, ref)).partition("\t")[0]

    def _remote(self, *arguments: str) -> str:
        """A command that talks to the other side, as whom only its environment says."""
        env = {
            "GIT_ALLOW_PROTOCOL": _protocol(self.url),
            "GIT_ASKPASS": str(self.folder.absolute() / "askpass"),
            "DBSPEC_GIT_TOKEN": self.token(),
        }
        try:
            return str(self._run(*arguments, env=env, kill_after_timeout=_SECONDS))
        except GitError as error:
            raise _explained(error.said) from None

    def _run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        given: BinaryIO | None = None,
        data: bool = False,
        **options: Any,
    ) -> Any:
        from git import Git
        from git.exc import GitCommandError

        git: Git = Git(str(self.folder))
        try:
            return git.execute(
                ["git", "--git-dir=.", *arguments],
                istream=given,
                env=_QUIET | dict(env or {}),
                strip_newline_in_stdout=not data,
                stdout_as_string=not data,
                **options,
            )
        except GitCommandError as error:
            raise GitError(arguments[0], f"{error.stdout}\n{error.stderr}") from None


def _protocol(url: str) -> str:
    """The one way in which git may reach it."""
    scheme, there, _ = url.partition("://")
    if there:
        return scheme
    return "ssh" if re.match(r"[^/]+:", url) else "file"


def _explained(said: str) -> ForgeError:
    words = _words(said)
    if _REJECTED.search(said):
        return MovedError("somebody else has moved the branch, or removed it")
    if _DENIED.search(said):
        return ForgeError(f"the forge does not let the bot in: {words}")
    return ForgeError(f"git could not reach the forge: {words}", again=True)
