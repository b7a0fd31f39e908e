"""Any history of main, in which some push, some merge, and branches are older than what they are merged into."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forge.forge import Forge
from bot.reviews import written
from bot.reviews.history import History
from bot.reviews.window import reviewed
from compiler import graph
from compiler.comparison import compare
from compiler.engine.store.record import Applied, Attempt, Converged, Outcome
from compiler.unreviewed import unreviewed
from tests.reviewed.conftest import ENVIRONMENT, FILE, NOW, ORDERS, Said

INPUTS = ("backup_retention_period", "allocated_storage", "port")
Values = tuple[int, int, int]


def spec(values: Values, comment: int) -> str:
    days, storage, port = values
    return (
        f"{ORDERS}backup: {{retention_days: {8 + days}}}\nstorage: {{allocated_gib: {100 + storage}}}\n"
        f"port: {3306 + port}\n# {comment}\n"
    )


@dataclass
class Commit:
    """One of main's own: what its spec says, and the pull request that brought it, from `base`, if one did."""

    mark: int
    values: Values
    comment: int = 0
    head: int = 0
    base: int = -1
    approved: bool = False


@dataclass
class Written:
    """Histories as git's fast-import takes them."""

    main: list[Commit] = field(default_factory=list)
    stream: list[str] = field(default_factory=list)

    def commit(self, parents: list[int], files: dict[str, str]) -> int:
        mark = len(self.stream) + 1
        said = f"commit refs/heads/b{mark}\nmark :{mark}\ncommitter x <x@x> {1_700_000_000 + mark} +0000\ndata 0\n"
        said += "".join(f"{word} :{each}\n" for word, each in zip(("from", "merge"), parents, strict=False))
        said += "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
        self.stream.append(said)
        return mark

    def into(self, top: Path) -> dict[int, str]:
        """Imports it, and tells each commit's sha by its mark."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", top], check=True)
        command = ["git", "-C", str(top), "fast-import", "--quiet", f"--export-marks={top}/marks"]
        subprocess.run(command, input="\n".join(self.stream).encode(), check=True)
        lines = (top / "marks").read_text().split()
        return {int(mark[1:]): sha for mark, sha in zip(lines[::2], lines[1::2], strict=True)}


@st.composite
def histories(draw: st.DrawFn) -> Written:
    """Every change of a value is to one that was never there before; what conflicts is not merged."""
    found = Written()
    start: Values = (0, 0, 0)
    files = {"specs/people.yaml": "teams: {checkout: {}}\n", "specs/prod/environment.yaml": ENVIRONMENT}
    found.main.append(Commit(found.commit([], files | {FILE: spec(start, 0)}), start))
    for number in range(1, draw(st.integers(3, 9))):
        last = found.main[-1]
        kind = draw(st.sampled_from(["push", "merge", "squash", "squash", "nothing"]))
        wanted = draw(st.sets(st.integers(0, 2), max_size=2))
        if kind == "nothing":
            mark = found.commit([last.mark], {"README.md": str(number)})
            found.main.append(Commit(mark, last.values, last.comment))
        elif kind == "push":
            values = _changed(last.values, wanted, number)
            mark = found.commit([last.mark], {FILE: spec(values, last.comment)})
            found.main.append(Commit(mark, values, last.comment))
        else:
            base = draw(st.integers(max(0, number - 4), number - 1))
            old = found.main[base]
            own = {each for each in wanted if old.values[each] == last.values[each]}
            head = found.commit([old.mark], {FILE: spec(_changed(old.values, own, number), number)})
            values = _changed(last.values, own, number)
            parents = [last.mark, head] if kind == "merge" else [last.mark]
            mark = found.commit(parents, {FILE: spec(values, number)})
            approved = draw(st.sampled_from([True, True, False]))
            found.main.append(Commit(mark, values, number, head, base, approved))
    return found


def _changed(values: Values, which: set[int], to: int) -> Values:
    return cast(Values, tuple(to if each in which else value for each, value in enumerate(values)))


@settings(max_examples=15, deadline=None)
@given(histories(), st.data())
def test_a_value_is_reviewed_by_who_changed_it_last_or_by_who_branched_off_since(
    history: Written, data: st.DataObject
) -> None:
    main = history.main
    start = data.draw(st.integers(0, len(main) - 1))

    found = _stopped(history, start)

    assert found == {
        name
        for each, name in enumerate(INPUTS)
        if main[start].values[each] != main[-1].values[each] and not _is_reviewed(main, each, start)
    }


def _is_reviewed(main: list[Commit], value: int, start: int) -> bool:
    changed = max(at for at in range(1, len(main)) if main[at].values[value] != main[at - 1].values[value])
    return main[changed].approved or any(each.approved and each.base >= changed for each in main[start + 1 :])


def _stopped(history: Written, start: int) -> set[str]:
    """The inputs of the instance that would be changed unreviewed, since the commit at `start` was applied."""
    with tempfile.TemporaryDirectory() as folder:
        shas = history.into(Path(folder))
        main = [shas[each.mark] for each in history.main]
        pulls = {
            shas[each.mark]: SimpleNamespace(
                number=each.mark, head_sha=shas[each.head], merged_sha=shas[each.mark], approved=each.approved
            )
            for each in history.main
            if each.head
        }
        forge: Any = Forge(
            cast(
                Any,
                SimpleNamespace(pull_of=lambda sha, _: pulls.get(sha), me=lambda: SimpleNamespace(login="x")),
            ),
            cast(Any, SimpleNamespace(checks=lambda _: ())),
        )
        known = History(Path(folder), "specs", main[-1])
        before, head = (written.at(known, sha, ("prod.orders",)).stack for sha in (main[start], main[-1]))
        assert before
        digest = graph.digest(before)
        converged = Converged(main[start], digest, graph.to_data(before), "1.2.3", NOW)
        applied = Applied("prod.orders", converged, Attempt(None, digest, Outcome.APPLIED, NOW))
        review = reviewed(
            known, forge, "prod.orders", applied, lambda pull, _: Said(cast(Any, pull).approved, "so it was")
        )
        left = unreviewed(compare(before, head), review, before, head)
    changed = {str(one.route[0]) for each in left if each.resource == "instance" for one in each.properties}
    return changed & set(INPUTS)
