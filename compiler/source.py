"""Where specs come from: a folder of the work tree, or the same folder at a git revision without a checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from compiler.diagnostics import Exit, fail

if TYPE_CHECKING:
    from git import Commit, Repo


@dataclass(frozen=True, slots=True)
class File:
    """One file: `path` is relative to the specs folder, `shown` is how messages call it; `link` for a symbolic link.

    Bytes of a name that are no text stand in both as `\\xe9`: no message could be written otherwise.
    """

    path: str
    shown: str
    data: bytes
    link: bool = False


class Source(Protocol):
    """A specs folder, wherever it is; `name` is how messages call it."""

    @property
    def name(self) -> str: ...

    def files(self) -> Iterator[File]:
        """Every YAML file below the folder, sorted by path; hidden files and folders are left out."""
        ...


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The folder as it is on disk."""

    root: Path

    @property
    def name(self) -> str:
        return self.root.as_posix()

    def files(self) -> Iterator[File]:
        if not self.root.is_dir():
            raise fail(
                "source/no-specs",
                f"there is no folder {self.name}",
                "run this at the top of the repository, or name the folder with --specs",
                exit_code=Exit.USAGE,
            )
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inside = Path(folder).relative_to(self.root).as_posix()
            for name in sorted(names):
                if _is_yaml(name):
                    path = name if inside == "." else f"{inside}/{name}"
                    yield self._file(path, os.path.join(folder, name))  # noqa: PTH118 (hot: once a file)

    def _file(self, path: str, full: str) -> File:
        path = _text(path)
        shown = f"{self.name}/{path}" if self.name != "." else path
        try:
            if os.path.islink(full):  # noqa: PTH114
                return File(path, shown, b"", link=True)
            with open(full, "rb") as file:  # noqa: PTH123
                return File(path, shown, file.read())
        except OSError as error:
            raise fail(
                "source/unreadable", f"{shown} cannot be read: {error.strerror}", "make it readable"
            ) from error


def at_revision(specs: Path, revision: str) -> Revision:
    """The specs folder at a git revision of the repository that it lies in. Raises UserError (usage) where in none."""
    top, folder = clone(specs)
    return Revision(top, revision, folder)


def clone(specs: Path) -> tuple[Path, str]:
    """The top of the clone that a folder lies in, and its path there; raises UserError (usage) where it is in none."""
    with _opened(specs if specs.is_dir() else Path()) as repo:
        top = Path(repo.working_dir)
    return top, specs.resolve().relative_to(top.resolve()).as_posix()


def commit_of(repo: Repo, name: str) -> Commit:
    """The commit by any name that git knows; raises UserError (usage) where it is not in this clone."""
    try:
        return repo.commit(name)
    except Exception as error:
        # GitPython raises its own, gitdb's and ValueError for what is not a commit.
        raise fail(
            "source/no-revision",
            f"{name!r} names no commit of this repository",
            "name a branch, a tag or a commit that is fetched",
            exit_code=Exit.USAGE,
        ) from error


def _opened(inside: Path) -> Repo:
    from git import Repo
    from git.exc import InvalidGitRepositoryError, NoSuchPathError

    try:
        return Repo(inside, search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise fail(
            "source/no-repository",
            f"{inside} is not in a git repository",
            "run this inside a clone",
            exit_code=Exit.USAGE,
        ) from error


@dataclass(frozen=True, slots=True)
class Revision:
    """The folder at a revision of the repository that `repository` lies in; `folder` is relative to its top."""

    repository: Path
    revision: str
    folder: str

    @property
    def name(self) -> str:
        return self.folder

    def files(self) -> Iterator[File]:
        with _opened(self.repository) as repo:
            yield from self._files(repo)

    def _files(self, repo: Repo) -> Iterator[File]:
        from git.objects import Blob

        tree = commit_of(repo, self.revision).tree
        try:
            folder = tree if self.folder == "." else tree[self.folder]
        except KeyError:
            return  # a revision from before the folder existed has no specs
        blobs = (each for each in folder.traverse() if isinstance(each, Blob))
        for blob in sorted(blobs, key=lambda each: str(each.path)):
            path = os.path.relpath(str(blob.path), self.folder)
            if is_spec(path):
                link = blob.mode == Blob.link_mode
                yield File(_text(path), _text(str(blob.path)), b"" if link else blob.data_stream.read(), link)


def _text(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_spec(path: str) -> bool:
    """Whether a file of the specs folder is one of them, by its path in it."""
    return _is_yaml(path) and not any(part.startswith(".") for part in path.split("/"))


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.rsplit("/", 1)[-1].startswith(".")
