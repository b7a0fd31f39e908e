"""The commits that a pull request is about, read from git objects: nothing of them is ever checked out."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.jobs.event import Event
from compiler.diagnostics import Diagnostic, Exit, fail
from compiler.source import Revision, clone, commit_of

if TYPE_CHECKING:
    from git import Repo

_TOOL = ("compiler", "bot")

_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "dbspec"),
        ("EMAIL", "dbspec@localhost"),
        ("DATE", "2000-01-01T00:00:00+0000"),
    )
}


@dataclass(frozen=True, slots=True)
class Revisions:
    """`base` is what the head would be merged into, and `merged` what merging it would make of that; full shas.

    `merged` is the head itself where that has all of base. Where both conflict it is too, `base` is then where they
    parted, and `problems` says so. `paths` are those that differ, relative to `top`, the repository's.
    """

    top: Path
    folder: str
    base: str
    head: str
    merged: str
    paths: frozenset[str]
    problems: tuple[Diagnostic, ...] = ()

    def named(self, event: Event) -> Event:
        """The event with full shas, where somebody named branches."""
        return replace(event, head=self.head, base=self.base)

    @property
    def before(self) -> Revision:
        return Revision(self.top, self.base, self.folder)

    @property
    def after(self) -> Revision:
        return Revision(self.top, self.merged, self.folder)

    @property
    def changes_tool(self) -> bool:
        """Whether the code that compiles is not the same on both sides."""
        return any(path.startswith("compiler/") for path in self.paths)


def revisions(specs: Path, base: str, head: str) -> Revisions:
    """The commits by any name that git knows; raises UserError (usage) where one is not in this clone."""
    from git import Repo
    from git.exc import GitCommandError

    top, folder = clone(specs)
    with Repo(top) as repo:
        onto, ours = commit_of(repo, base).hexsha, commit_of(repo, head).hexsha
        parted = _parted(repo, onto, ours)
        problems: tuple[Diagnostic, ...] = ()
        merged = ours
        if parted != onto:
            try:
                tree = repo.git.merge_tree("--write-tree", onto, ours).partition("\n")[0]
                with repo.git.custom_environment(**_NOBODY):
                    merged = repo.git.commit_tree(tree, "-p", onto, "-p", ours, "-m", "merged")
            except GitCommandError as error:
                if error.status != 1:
                    raise
                problems = (_conflict(onto),)
                onto = parted
        names = repo.git.diff("--name-only", "--no-renames", "-z", onto, merged)
        return Revisions(
            top, folder, onto, ours, merged, frozenset(filter(None, names.split("\0"))), problems
        )


def unpacked(revisions: Revisions, commit: str, into: Path) -> None:
    """Writes the code of a commit that compiles into a folder."""
    from git import Repo

    with Repo(revisions.top) as repo:
        tree = repo.commit(commit).tree
        packed = io.BytesIO()
        repo.archive(packed, commit, path=[name for name in _TOOL if name in tree])
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        archive.extractall(into, filter="data")


def moved(revisions: Revisions, tip: str) -> frozenset[str]:
    """The paths that main has changed since base, as far as this clone knows; all of the specs where it does not."""
    from git import Repo
    from git.exc import GitCommandError

    with Repo(revisions.top) as repo:
        try:
            names = repo.git.diff(
                "--name-only", "--no-renames", "-z", revisions.base, tip, "--", revisions.folder
            )
        except GitCommandError:
            names = repo.git.ls_tree("-r", "-z", "--name-only", revisions.base, "--", revisions.folder)
    return frozenset(filter(None, names.split("\0")))


def earlier(revisions: Revisions, most: int) -> tuple[str, ...]:
    """The commits of main before base that changed specs, newest first."""
    from git import Repo

    with Repo(revisions.top) as repo:
        found = repo.git.log(
            "--first-parent", f"--max-count={most + 1}", "--format=%H", revisions.base, "--", revisions.folder
        )
    return tuple(each for each in found.split() if each != revisions.base)[:most]


def _parted(repo: Repo, onto: str, ours: str) -> str:
    from git.exc import GitCommandError

    try:
        return str(repo.git.merge_base(onto, ours))
    except GitCommandError as error:
        raise fail(
            "source/no-merge-base",
            f"{onto[:12]} and {ours[:12]} have no commit in common in this clone",
            "fetch the whole history (fetch-depth: 0)",
            exit_code=Exit.USAGE,
        ) from error


def _conflict(onto: str) -> Diagnostic:
    return Diagnostic(
        "preview/conflict",
        f"the branch conflicts with {onto[:12]}, which it is to be merged into; it is compared with where they parted",
        "merge that into the branch, or rebase the branch onto it",
    )
