"""What is wrong, at the lines of the files that a pull request changes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.forge.forge import Level
from bot.jobs import annotations, lines
from bot.jobs.result import Result
from bot.jobs.revisions import Revisions
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.report import Ending, Outcome, Phase, Report
from tests.comment.some import results

PATH = "specs/prod/orders.yaml"


def _wrong(line: int, severity: Severity = Severity.ERROR, path: str = PATH) -> Diagnostic:
    return Diagnostic(
        "spec/unknown-key", f"no key {line}", "take it out", Place(path, line, 3), severity=severity
    )


def _result(*found: Diagnostic) -> Result:
    return Result(7, "a" * 40, "b" * 40, diagnostics=found)


def test_refusals_are_annotated_as_errors_are() -> None:
    refusal = Diagnostic("gate/replace", "it would be replaced", "take it back", Place(PATH, 4, 1))
    report = Report("prod.orders", Phase.DIFF, Outcome(Ending.CHANGES), refusals=(refusal,))

    (note,) = annotations.of(Result(7, "a", "b", reports=(report,)))

    assert note == (PATH, 4, "gate/replace", "it would be replaced; take it back", Level.FAILURE, 1, None)


def test_changed_lines_come_first_among_those_that_are_equally_bad() -> None:
    found = _result(_wrong(9), _wrong(1, Severity.WARNING), _wrong(2, Severity.WARNING), _wrong(5))

    shown = [note.line for note in annotations.of(found, {PATH: frozenset({2, 5})})]

    assert shown == [5, 9, 2, 1]


def test_the_worst_of_many_are_shown_and_the_rest_is_counted() -> None:
    warnings = [_wrong(line, Severity.WARNING) for line in range(1, 101)]
    errors = [_wrong(line) for line in range(101, 141)]

    shown = list(annotations.of(_result(*warnings, *errors)))

    assert len(shown) == annotations.MOST
    assert [each.level for each in shown] == [Level.FAILURE] * 40 + [Level.WARNING] * 10
    assert shown[-1].message == "91 more are in the summary of the run"


@given(results())
@settings(max_examples=25, deadline=None)
def test_every_annotation_stands_on_one_printable_line_of_text_a_note(result: Result) -> None:
    for each in annotations.of(result):
        assert all(line.isprintable() for line in each.message.replace("\u00a0", " ").split("\n"))


_TRICKS = some.sampled_from(["a", "++ b", "-- c", "@@ -1 +1 @@", ""])


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        return run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, files: dict[str, str | None]) -> str:
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            if text is not None:
                file.write_text(text, encoding="utf-8", newline="")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def changed(self, base: str, head: str) -> lines.Lines:
        return lines.changed(Revisions(self.root, "specs", base, head, head, frozenset()))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_lines_that_merging_changes_are_known_by_file(repository: Repository) -> None:
    base = repository.commit({PATH: "a\nb\nc\nd\n", "specs/dev/x.yaml": "a\n", "README": "a\n"})
    head = repository.commit(
        {
            PATH: "a\nB\nc\nd\ne\nf",
            "specs/dev/x.yaml": None,
            "specs/dev/a b ü.yaml": "a\nb\n",
            "README": "b\n",
        }
    )

    assert repository.changed(base, head) == {
        PATH: frozenset({2, 5, 6}),
        "specs/dev/a b ü.yaml": frozenset({1, 2}),
    }
    assert repository.changed(head, head) == {}


def test_a_line_that_looks_like_a_file_name_is_a_line(repository: Repository) -> None:
    base = repository.commit({PATH: "a\nb\n-- specs/x.yaml\n"})
    head = repository.commit({PATH: "++ specs/other.yaml\n@@ -1 +1,9 @@\nb\n"})

    assert repository.changed(base, head) == {PATH: frozenset({1, 2})}

    last = repository.commit({PATH: "a\n++ specs/other.yaml\nb\nc\n"})
    assert repository.changed(base, last) == {PATH: frozenset({2, 4})}
    before = repository.commit({PATH: "a\nb\nc\nd\n"})
    after = repository.commit({PATH: "x\n++ specs/other.yaml\nb\nc\nY\n"})
    assert repository.changed(before, after) == {PATH: frozenset({1, 2, 5})}


@pytest.mark.parametrize("end", ["\r", "\x0c", "\u2028", "\x85", ""])
def test_odd_line_ends_shift_nothing(repository: Repository, end: str) -> None:
    base = repository.commit({PATH: f"a{end}\nb\n"})
    head = repository.commit({PATH: f"a{end}\nc{end}\n"})

    assert repository.changed(base, head)[PATH] == frozenset({2})


@settings(max_examples=15, deadline=None)
@given(
    some.lists(
        some.lists(some.sampled_from(["a", "++ b", "-- c", "@@ -1 +1 @@", ""]), max_size=6),
        min_size=2,
        max_size=4,
    )
)
def test_whatever_changes_every_line_that_is_new_is_known(
    tmp_path_factory: pytest.TempPathFactory, versions: list[list[str]]
) -> None:
    repository = Repository(tmp_path_factory.mktemp("repository"))
    texts = ["".join(f"{line}\n" for line in each) for each in versions]
    commits = [repository.commit({PATH: each, "specs/z.yaml": each + "z"}) for each in texts]
    for (before, after), (base, head) in zip(pairwise(versions), pairwise(commits), strict=True):
        found = repository.changed(base, head).get(PATH, frozenset())
        assert all(after[line - 1] in before for line in set(range(1, len(after) + 1)) - found)
        assert found <= set(range(1, len(after) + 1))
