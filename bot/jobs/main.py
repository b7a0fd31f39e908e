"""The branch that is applied: where it is now, and what the specs of its commits are."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.reviews.history import History
from compiler import catalog
from compiler.catalog import Catalog
from compiler.diagnostics import Diagnostic, Exit, Severity, UserError, any_error, fail, ordered
from compiler.online.specs import Specs, of_commit
from compiler.source import File, Source, clone


@dataclass(slots=True)
class Main:
    """`top` is a clone whose `origin` is the forge, with the whole history; `folder` is that of the specs in it.

    Threads may share it. All methods raise UserError where git cannot do it.
    """

    top: Path
    folder: str = "specs"
    branch: str = "main"
    _guard: threading.RLock = field(default_factory=threading.RLock)
    _catalogs: dict[str, Catalog] = field(default_factory=dict)
    _histories: dict[str, History] = field(default_factory=dict)

    def fetch(self) -> str:
        """The commit that the branch is at now, a full sha, brought here."""
        ref = f"refs/heads/{self.branch}"
        with self._guard:
            sha = self._git("ls-remote", "origin", ref).partition("\t")[0]
            if not sha:
                raise fail(
                    "source/no-branch",
                    f"origin has no branch {self.branch}",
                    "name the one that is applied with --branch",
                    exit_code=Exit.USAGE,
                )
            if not self.knows(sha):
                # No ref is written: another run in this clone may be fetching too.
                self._git(
                    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "origin", ref
                )
            return sha

    def knows(self, sha: str) -> bool:
        """Whether that commit is here."""
        try:
            self._git("cat-file", "-e", f"{sha}^{{commit}}")
        except UserError:
            return False
        return True

    def specs(self, sha: str) -> Specs:
        """The specs of a commit."""
        return of_commit(self.top, self.folder, sha)

    def catalog(self, sha: str) -> Catalog:
        """What the specs of a commit say; those with the same files are read once."""
        with self._guard:
            tree = self._git("rev-parse", "--verify", "--quiet", f"{sha}:{self.folder}", missing="").strip()
            if tree not in self._catalogs:
                self._catalogs[tree] = catalog.load(self.specs(sha).source)
            return self._catalogs[tree]

    def history(self, sha: str) -> History:
        """The branch up to one of its commits."""
        with self._guard:
            if sha not in self._histories:
                self._histories[sha] = History(self.top, self.folder, sha)
            return self._histories[sha]

    def broken(self, sha: str, environment: str) -> tuple[Diagnostic, ...]:
        """What keeps the files of one environment from being compiled; empty where they can be.

        What is wrong in other environments is nothing to it.
        """
        found = self.catalog(sha)
        if not any_error(found.diagnostics):
            return ()
        inside = f"{self.folder}/{environment}/" if self.folder != "." else f"{environment}/"
        own = [each for each in found.diagnostics if each.at and each.at.path.startswith(inside)]
        alone = catalog.load(_Part(self.specs(sha).source, environment, frozenset(found.environments)))
        errors = [each for each in (*own, *alone.diagnostics) if each.severity is Severity.ERROR]
        return ordered(errors)

    def _git(self, *arguments: str, missing: str | None = None) -> str:
        from git import Git
        from git.exc import GitCommandError

        git: Git = Git(str(self.top))
        try:
            return str(git.execute(["git", *arguments], env={**os.environ, **_QUIET}))
        except GitCommandError as error:
            if missing is not None:
                return missing
            said = str(error.stderr).strip().removeprefix("stderr: ").strip("'\n ")
            raise fail(
                "source/git",
                f"git {arguments[0]} failed: {said.splitlines()[-1] if said else 'it said nothing'}",
                "clone the repository with its whole history, and let the job read it",
                exit_code=Exit.ENGINE,
            ) from error


_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def clone_of(specs: Path, branch: str) -> Main:
    """The clone that a folder of specs lies in; raises UserError (usage) where it is in none."""
    top, folder = clone(specs)
    return Main(top, folder, branch)


def credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings by which git reads a private repository with the job's token; none where it has no token.

    A checkout that leaves the token in the clone would leave it to everything else in the job.
    """
    token, server = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_SERVER_URL")
    if not token or not server:
        return {}
    said = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    count = int(environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"http.{server}/.extraheader",
        f"GIT_CONFIG_VALUE_{count}": f"AUTHORIZATION: basic {said}",
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """What an environment consists of: its folder, and the files that are no other environment's."""

    source: Source
    environment: str
    environments: frozenset[str]

    @property
    def name(self) -> str:
        return self.source.name

    def files(self) -> Iterator[File]:
        files = list(self.source.files())
        others = {
            each.path.partition("/")[0] for each in files if each.path.endswith("/environment.yaml")
        } | self.environments
        for each in files:
            folder, slash, _ = each.path.partition("/")
            if not slash or folder == self.environment or folder not in others:
                yield each
