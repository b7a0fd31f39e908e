"""Which entries of a stack have been reviewed since it last converged.

The apply job makes one `History` and asks for each stack; the answer goes into the stack's `Job`:

    history = History(top, "specs", head)
    Job(stack, target, ..., reviewed=reviewed(history, forge, stack.id, applied, judge))

`applied` is the record of the stack, of one that is renamed (`formerly`) and not yet moved that under its former name,
and None where there is none. `judge(pull, onto)` says whether a merged pull request was approved, `onto` being the
commit of main just before it (see bot/approval.py). The preview job keeps what its reports have `shown` in a check run
on the pull request's head: `checked.data(reports)` (bot/reviews/checked.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

from bot.forge.forge import Forge, Pull
from bot.reviews import checked, written
from bot.reviews.history import History
from bot.reviews.written import Written
from compiler import graph
from compiler.engine.store.record import Applied
from compiler.entries import entries, review
from compiler.graph import Stack
from compiler.reviewed import Reviewed, Shown

MAIN = "main"
_NOTHING = "reviews nothing"
_NOTES = 5  # of a long history, those that somebody may still do something about


class Judged(Protocol):
    """What `Approval` has."""

    @property
    def approved(self) -> bool: ...

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        ...


class Judge(Protocol):
    """Whether a merged pull request was approved.

    `onto` is the commit of main before it, `touched` are ids of databases and environments that it changes by what it
    does to dbspec itself.
    """

    def __call__(self, pull: Pull, onto: str, touched: tuple[str, ...] = ()) -> Judged: ...


def reviewed(
    history: History, forge: Forge, stack: str, applied: Applied | None, judge: Judge, main: str = MAIN
) -> Reviewed:
    """What main's commits since the converged one reviewed of a stack; since ever, where nothing is converged.

    A pull request counts where it was approved and touches the stack: its file, or its graph. It reviews what its own
    head, and never what merging it, makes of it, and all that was pending where it branched off. Any other commit
    reviews nothing, except in the sandbox. What dbspec itself compiles otherwise since counts where all that changed it
    was approved for this stack. Raises ForgeError, and UserError where the clone lacks history.
    """
    return _Window(history, forge, stack, applied, judge, main).reviewed()


class _Step(NamedTuple):
    """Something that happened to a stack at a place of main's history; `turn` orders what is at the same place."""

    place: int
    turn: int
    then: Callable[[Reviewed], Reviewed]


class _Change(NamedTuple):
    """From one commit to another, as a pull request or a push has it.

    It came onto main between `onto` and `landed`; `who` is how notes call it.
    """

    base: str | None
    head: str
    onto: str | None
    landed: str
    who: str


class _Window:
    def __init__(
        self, history: History, forge: Forge, stack: str, applied: Applied | None, judge: Judge, main: str
    ) -> None:
        self.history = history
        self.forge = forge
        self.stack = stack
        self.judge = judge
        self.main = main
        converged = applied.converged if applied else None
        self.converged: Stack | None = graph.from_data(converged.graph) if converged else None
        commit = converged.commit if converged else None
        # Where the converged commit is none of main's, its whole history has to tell.
        self.start = history.places.get(commit, -1) if commit else -1
        head = written.at(history, history.head, (stack,))
        former = head.said.formerly if head.said else None
        self.names = (stack, former) if former else (stack,)
        self.simulated = head.simulated

    def reviewed(self) -> Reviewed:
        steps = sorted(self._steps(), key=lambda each: each[:2])
        found = Reviewed()
        for each in steps:
            found = each.then(found)
        return replace(found, notes=_latest(found.notes))

    def _steps(self) -> Iterator[_Step]:
        seen: set[int] = set()
        for sha in self._touching():
            before = self.history.before(sha)
            if self._at(before).moves(self._at(sha)):
                # Whoever moved it, by review or past it: nothing from before says anything of the other place.
                yield _Step(self.history.places[sha], 0, lambda found: Reviewed(notes=found.notes))
            pull = self._brought(sha)
            if pull is None:
                yield from self._push(before, sha)
            elif pull.number not in seen:
                seen.add(pull.number)
                yield from self._pull(pull, sha)
        yield from self._tool()

    def _touching(self) -> Iterator[str]:
        """Main's own commits that change the stack or its file: only about those anybody is asked."""
        history = self.history
        environment = self.stack.partition(".")[0]
        extended: tuple[str, ...] = ()
        if self.start >= 0:
            extended = written.extended(history, history.chain[self.start], environment)
        for place in history.changed[bisect_right(history.changed, self.start) :]:
            sha = history.chain[place]
            if written.concerns(self.names, history.changes[sha], extended):
                extended = written.extended(history, sha, environment)
                if self._at(history.before(sha)).touches(self._at(sha)):
                    yield sha

    def _brought(self, sha: str) -> Pull | None:
        """The pull request that brought a commit: asked once for all stacks."""
        return self.history.once(("pull", sha), lambda: self.forge.pulls.pull_of(sha, self.main))

    def _onto(self, sha: str, pull: Pull) -> str | None:
        """The commit of main before all that a pull request brought: by rebase it has several."""
        first = sha
        while first not in self.history.merges:
            before = self.history.before(first)
            found = self._brought(before) if before else None
            if before is None or found is None or found.number != pull.number:
                break
            first = before
        return self.history.before(first)

    def _push(self, before: str | None, sha: str) -> Iterator[_Step]:
        """A commit that no pull request brought."""
        change = _Change(before, sha, before, sha, f"the push of {sha[:12]}")
        if self._at(sha).simulated:
            yield from self._reviewing(change, Shown())
        else:
            yield self._nothing(change, "no pull request brought it")

    def _pull(self, pull: Pull, sha: str) -> Iterator[_Step]:
        before = self._onto(sha, pull)
        known = self.history.bring(pull.head_sha, f"refs/pull/{pull.number}/head")
        base = self.history.parted(before, pull.head_sha) if known and before else None
        # By rebase it has several commits on main: the last has all of it.
        landed = pull.merged_sha if pull.merged_sha in self.history.places else sha
        change = _Change(base, pull.head_sha, before, landed or sha, f"pull request #{pull.number}")
        if not known:
            yield self._nothing(change, f"its last commit {pull.head_sha[:12]} cannot be fetched")
            return
        judged = self.judge(pull, before or sha)
        if not judged.approved:
            yield self._nothing(change, f"it was merged unapproved: {judged.reason}")
        elif self._at(base).touches(self._at(pull.head_sha)):
            yield from self._reviewing(change, self._shown(pull.head_sha))
        else:
            yield self._nothing(change, "what it did to this stack on main is not in its own commits")

    def _tool(self) -> Iterator[_Step]:
        """What dbspec itself makes of the stack otherwise than when it was applied, by the commits that changed it."""
        if self.start < 0 or self.converged is None:
            return
        then = self._at(self.history.chain[self.start])
        if then.stack is None or graph.digest(then.stack) == graph.digest(self.converged):
            return
        changed = [each for each in self.history.tool if self.history.places[each] > self.start]
        notes = {sha: self._tooled(sha) for sha in changed}
        if notes and not any(notes.values()):
            own = entries(self.converged, then.stack)
            yield _Step(self.start, 1, lambda found: found.then(own))
        for sha, note in notes.items():
            if note:
                yield _Step(self.history.places[sha], 1, partial(Reviewed.noting, note=note))

    def _tooled(self, sha: str) -> str:
        """Why a commit that changed dbspec itself reviews nothing of what that changes; empty where it does."""
        pull = self._brought(sha)
        if pull is None:
            simulated = self._at(sha).simulated
            return "" if simulated else f"the push of {sha[:12]} {_NOTHING}: no pull request brought it"
        known = self.history.bring(pull.head_sha, f"refs/pull/{pull.number}/head")
        who = f"pull request #{pull.number} {_NOTHING}"
        if not known:
            return f"{who}: its last commit {pull.head_sha[:12]} cannot be fetched"
        environment, _, name = self.stack.partition(".")
        id_ = environment if name == "environment" else f"{environment}/{name}"
        judged = self.judge(pull, self._onto(sha, pull) or sha, (id_,))
        return "" if judged.approved else f"{who}: it was merged unapproved: {judged.reason}"

    def _shown(self, sha: str) -> Shown:
        found = self.history.once(("shown", sha), lambda: checked.shown(self.forge, sha))
        return found.get(self.stack, Shown())

    def _nothing(self, change: _Change, why: str) -> _Step:
        note = f"{change.who} {_NOTHING}: {why}"
        return self._step(change, lambda found: found.noting(note))

    def _step(self, change: _Change, then: Callable[[Reviewed], Reviewed]) -> _Step:
        return _Step(self.history.places[change.landed], 1, then)

    def _reviewing(self, change: _Change, shown: Shown) -> Iterator[_Step]:
        base, head, landed = self._at(change.base), self._at(change.head), self._at(change.landed)
        if head.wrong:
            yield self._nothing(change, f"its spec cannot be compiled there: {head.wrong}")
            return
        if self._at(change.onto).moves(landed):
            if head.place != landed.place:
                yield self._nothing(change, "where it is now is not what was reviewed")
                return
            everything = entries(None, head.stack, None, head.said)
            yield self._step(change, lambda found: self._with(found.then(everything), shown))
            return
        place = self.history.place(change.base) if change.base else -1
        if base.wrong and place < self.start:
            yield self._nothing(change, f"the spec cannot be compiled where it branched off: {base.wrong}")
            return
        if base.wrong:
            # Nobody could compare with that: what was shown is how it differs from what is there.
            own = entries(self.converged, head.stack, None, head.said)
        elif place < self.start:
            own = entries(base.stack, head.stack, base.said, head.said)
        else:
            yield _Step(place, 2, lambda found: self._pending(found, change.base, base))
            own = review(self.converged, base.stack, head.stack, base.said, head.said)
        yield self._step(change, lambda found: self._with(found.then(own), shown))

    def _pending(self, found: Reviewed, sha: str | None, base: Written) -> Reviewed:
        """With all that was pending where a pull request branched off.

        Where that is none of main's own commits it may have what main never had, and no preview ever showed that.
        """
        there = found.as_in(self.converged, base.stack, base.said)
        if sha is None or sha in self.history.places:
            return there
        brought = self._at(self.history.brought(sha))
        if brought.wrong:
            return found
        on_main = found.as_in(self.converged, brought.stack, brought.said)
        both = {key: value for key, value in there.values.items() if on_main.values.get(key) == value}
        return replace(found, values={**found.values, **both})

    def _with(self, found: Reviewed, shown: Shown) -> Reviewed:
        """Nothing is ever shown of a sandbox: whoever touches the stack takes its account as it is."""
        return found.showing(shown).unseeing() if self.simulated else found.showing(shown)

    def _at(self, sha: str | None) -> Written:
        return written.at(self.history, sha, self.names) if sha else Written()


def _latest(notes: Sequence[str]) -> tuple[str, ...]:
    rest = len(notes) - _NOTES
    return (*([f"{rest} earlier commits review nothing"] if rest > 0 else []), *notes[-_NOTES:])
