"""The history of main as git has it: its commits in order, and the files of each without a checkout."""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from compiler.diagnostics import Exit, fail
from compiler.source import is_spec

T = TypeVar("T")

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
_LINK = "120000"
_TOOL = "compiler"
_TREES = 256  # kept at a time: a stack needs few, and next to each other


class Entry(NamedTuple):
    """A file of a tree: the hash of its bytes, and whether it is a symbolic link."""

    blob: str
    link: bool


class Tree(NamedTuple):
    """The specs at a commit: files by their path in the folder, these by their last part, and those at the top."""

    files: Mapping[str, Entry]
    named: Mapping[str, Sequence[str]]
    top: Sequence[str]


@dataclass
class History:
    """Main at `head`, a full sha. `top` is a clone with the whole history, `folder` that of the specs in it.

    One serves a whole job, whatever the number of its stacks: what was read once is kept. Threads may share it.
    """

    top: Path
    folder: str
    head: str
    _kept: dict[object, Any] = field(default_factory=dict)
    _trees: OrderedDict[str, Tree] = field(default_factory=OrderedDict)
    _blobs: dict[str, bytes] = field(default_factory=dict)
    _parted: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _guard: threading.RLock = field(default_factory=threading.RLock)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives for that key, which stays true of this history; two threads may both make it."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @cached_property
    def chain(self) -> Sequence[str]:
        """Main's own commits, oldest first: of a merge its first parent is the one before.

        Raises UserError where the clone lacks a part of them.
        """
        with self._guard:
            if self._git("rev-parse", "--is-shallow-repository").strip() == "true":
                raise fail(
                    "review/shallow",
                    "this clone lacks a part of the history, so that nobody can tell what was reviewed",
                    "fetch the whole of it (fetch-depth: 0)",
                    exit_code=Exit.USAGE,
                )
            return self._git("rev-list", "--first-parent", "--reverse", self.head).split()

    @cached_property
    def merges(self) -> frozenset[str]:
        """Those of main's own commits that merged something."""
        with self._guard:
            return frozenset(self._git("rev-list", "--first-parent", "--merges", self.head).split())

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each of main's own commits is in `chain`."""
        return {sha: index for index, sha in enumerate(self.chain)}

    @cached_property
    def changes(self) -> Mapping[str, frozenset[str]]:
        """The files of the specs folder that main's own commits changed, of those that changed any."""
        with self._guard:
            listed = self._git(
                "log",
                "-z",
                "--first-parent",
                "--diff-merges=first-parent",
                "--no-renames",
                "--no-color",
                "--no-show-signature",
                "--name-only",
                # Nothing that a file can be called is empty.
                "--format=%x00%H",
                self.head,
                "--",
                self.folder,
            )
        found: dict[str, set[str]] = {}
        paths: set[str] = set()
        words = iter(listed.split("\0"))
        first = False
        for word in words:
            if word == "":
                paths = found.setdefault(next(words, ""), set())
                first = True
            else:
                # A line ends between a commit and its files.
                paths.add(self._inside(word.removeprefix("\n") if first else word))
                first = False
        found.pop("", None)
        return {sha: frozenset(each) for sha, each in found.items()}

    @cached_property
    def changed(self) -> Sequence[int]:
        """The places of those, in their order."""
        return sorted(self.places[sha] for sha in self.changes)

    @cached_property
    def tool(self) -> Sequence[str]:
        """Main's own commits that changed what compiles specs, oldest first; none where it lies elsewhere."""
        with self._guard:
            return self._git("rev-list", "--first-parent", "--reverse", self.head, "--", _TOOL).split()

    def before(self, sha: str) -> str | None:
        """The commit of main before one of its own; None before the first."""
        place = self.places[sha]
        return self.chain[place - 1] if place else None

    def tree(self, sha: str) -> Tree:
        """The specs folder at any commit; KeyError where the clone lacks it."""
        with self._guard:
            if sha not in self._trees:
                self._trees[sha] = self._listed(sha)
            self._trees.move_to_end(sha)
            if len(self._trees) > _TREES:
                self._trees.popitem(last=False)
            return self._trees[sha]

    def read(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of files by their hashes."""
        wanted = list(dict.fromkeys(blobs))
        with self._guard:
            if missing := [each for each in wanted if each not in self._blobs]:
                self._blobs |= self._batch(missing)
            return {each: self._blobs[each] for each in wanted}

    def parted(self, one: str, other: str) -> str | None:
        """The newest commit that both have; None where they share none."""
        from git.exc import GitCommandError

        with self._guard:
            if (one, other) not in self._parted:
                try:
                    found = self._git("merge-base", one, other).strip()
                except GitCommandError:
                    found = ""
                self._parted[one, other] = found or None
            return self._parted[one, other]

    def place(self, sha: str) -> int:
        """The place of a commit of main's history: that of the newest of main's own which it contains; -1 for none."""
        if sha in self.places:
            return self.places[sha]
        low, high = -1, len(self.chain) - 1
        while low < high:
            middle = (low + high + 1) // 2
            known = self.parted(self.chain[middle], sha) == self.chain[middle]
            low, high = (middle, high) if known else (low, middle - 1)
        return low

    def brought(self, sha: str) -> str | None:
        """The first of main's own commits which contains that one; None where none does."""
        low, high = 0, len(self.chain)
        while low < high:
            middle = (low + high) // 2
            known = self.parted(self.chain[middle], sha) == sha
            low, high = (low, middle) if known else (middle + 1, high)
        return self.chain[low] if low < len(self.chain) else None

    def bring(self, sha: str, ref: str) -> bool:
        """Whether the clone has that commit, fetched if need be by itself or by the ref that had it."""
        from git.exc import GitCommandError

        with self._guard:
            for wanted in ("", sha, ref):
                try:
                    if wanted:
                        self._git("fetch", "--quiet", "--no-tags", "origin", wanted)
                    self._git("cat-file", "-e", f"{sha}^{{commit}}")
                except GitCommandError:
                    continue
                return True
        return False

    def _listed(self, sha: str) -> Tree:
        from git.exc import GitCommandError

        try:
            listed = self._git("ls-tree", "-r", "-z", sha, "--", self.folder)
        except GitCommandError as error:
            raise KeyError(sha) from error
        files: dict[str, Entry] = {}
        named: defaultdict[str, list[str]] = defaultdict(list)
        for line in filter(None, listed.split("\0")):
            facts, _, full = line.partition("\t")
            mode, kind, blob = facts.split()
            path = self._inside(full)
            if kind == "blob" and is_spec(path):
                files[path] = Entry(blob, mode == _LINK)
                named[path.rpartition("/")[2]].append(path)
        return Tree(files, named, [path for path in files if "/" not in path])

    def _inside(self, path: str) -> str:
        return path if self.folder == "." else path.removeprefix(f"{self.folder}/")

    def _batch(self, blobs: Sequence[str]) -> dict[str, bytes]:
        import tempfile

        with tempfile.TemporaryFile() as asked:
            asked.write("".join(f"{each}\n" for each in blobs).encode())
            asked.seek(0)
            answer = io.BytesIO(self._run("cat-file", "--batch", istream=asked))
        found = {}
        for each in blobs:
            _, _, size = answer.readline().decode().split()
            found[each] = answer.read(int(size))
            answer.read(1)
        return found

    def _git(self, *arguments: str) -> str:
        return self._run(*arguments).decode("utf-8", "surrogateescape")

    def _run(self, *arguments: str, istream: Any = None) -> bytes:
        from git import Git

        git: Git = Git(str(self.top))
        answer: Any = git.execute(
            ["git", *arguments],
            istream=istream,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            env=os.environ | _QUIET,
        )
        return bytes(answer)
