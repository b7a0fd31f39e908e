"""One run at a time on a stack: a lock that waits, is renewed, and is broken only when its holder is dead."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

from compiler.diagnostics import Exit, UserError, fail
from compiler.engine.store import Store
from compiler.engine.store.alive import Alive, all_dead
from compiler.engine.store.holder import Holder, from_bytes, myself

LEASE = 120.0
_RENEW_EVERY = 30.0
_RETRY_AFTER = 5.0
_TICK = 1.0
_CLOCKS_DIFFER_BY = 300.0
_POLL = (0.05, 3.0)


class Clock:
    """The time of day, a time that never goes back, and waiting; tests bring their own."""

    def now(self) -> datetime:
        """The time of day, UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since some moment, whatever is done to the clock."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Waits so long or until the event: whether it has come."""
        return event.wait(seconds)


def acquire(
    store: Store,
    stack_id: str,
    operation: str,
    *,
    wait: float,
    on_wait: Callable[[Holder], None],
    stop: threading.Event | None = None,
    clock: Clock | None = None,
) -> Lock:
    """The stack's lock, to be used as a context manager.

    `wait` is in seconds; `on_wait` is called once for every holder that is waited for; `stop` ends the
    waiting. Raises UserError (exit code 3) that names the holder when the time is over.
    """
    clock = clock or Clock()
    stop = stop or threading.Event()
    give_up = clock.steady() + wait
    alive = Alive.hold(store.runtime)
    try:
        attempt = _Attempt(store, stack_id, operation, alive, clock)
        told, pause = "", _POLL[0]
        while True:
            other = attempt.take()
            if isinstance(other, Lock):
                return other
            left = give_up - clock.steady()
            if left <= 0:
                raise fail(
                    "lock/held", f"{stack_id} is locked by {other}", _way_out(other), exit_code=Exit.ENGINE
                )
            if told != other.id:
                on_wait(other)
                told = other.id
            # Not all who wait may come at the same moment.
            if clock.wait(stop, min(left, pause * random.uniform(0.7, 1.3))):  # noqa: S311
                message = f"{stack_id} was left alone: interrupted while it was locked by {other}"
                raise fail("lock/interrupted", message, exit_code=Exit.ENGINE)
            pause = min(pause * 1.5, _POLL[1])
    except BaseException:
        alive.close()
        raise


@dataclass(slots=True)
class Lock:
    """A lock that is held.

    `alive_fd` belongs into the `pass_fds` of every child that works on the stack: while one of them lives,
    nobody on this machine takes the lock, even if this process is killed. `broke` is the dead holder it was
    taken from: that one may have left a Pulumi lock and pending operations.
    """

    stack: str
    broke: Holder | None
    holder: Holder
    _store: Store
    _key: str
    _version: str
    _alive: Alive
    _clock: Clock
    _renewed: float = 0.0
    _again_after: float = _RENEW_EVERY
    _taken: bool = False
    _over: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def alive_fd(self) -> int:
        """The file descriptor of the alive file."""
        return self._alive.fd

    @property
    def lost(self) -> bool:
        """Whether somebody else took it, or may have: its lease ended before it could be renewed.

        That happens where the machine slept or the store was out of reach for as long as a lease. Then no
        further step may begin, and one that runs should be interrupted.
        """
        return self._taken or self._clock.now() >= self.holder.expires

    def renew(self) -> None:
        """Begins a new lease; what fails is tried again soon, and `lost` says when that was too late."""
        with self._turn:
            if self._over.is_set():
                return
            holder = self.holder.renew(self._clock.now())
            self._renewed = self._clock.steady()
            try:
                version = self._store.replace(self._key, holder.to_bytes(), self._version)
            except (UserError, OSError):
                self._again_after = _RETRY_AFTER
                return
            self._again_after = _RENEW_EVERY
            if version is None:
                self._taken = True
                self._over.set()
            else:
                self.holder, self._version = holder, version

    def release(self) -> None:
        """Lets it go; twice does no harm."""
        self._over.set()
        with self._turn:
            if not self._version:
                return
            version, self._version = self._version, ""
            try:
                self._store.delete(self._key, version)
            except (UserError, OSError):
                # The work is done, so this is no failure: the alive file stays, the proof that lets the next
                # one in at once here; elsewhere the lease does.
                self._alive.close(forget=False)
            else:
                self._alive.close()

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _keep(self) -> Lock:
        self._renewed = self._clock.steady()
        threading.Thread(target=self._renewing, name=f"lock {self.stack}", daemon=True).start()
        return self

    def _renewing(self) -> None:
        while not self._clock.wait(self._over, _TICK):
            # A sleeping machine stops the steady clock, one whose clock is set back stops the other.
            by_day = (self._clock.now() - self.holder.renewed).total_seconds()
            if max(self._clock.steady() - self._renewed, by_day) >= self._again_after:
                self.renew()


@dataclass(slots=True)
class _Attempt:
    """One run's way to a lock, and what it has seen of it so far."""

    store: Store
    stack: str
    operation: str
    alive: Alive
    clock: Clock
    seen: str = ""
    seen_at: float = 0.0

    def take(self) -> Lock | Holder:
        """The lock, or who has it."""
        key = f"locks/{self.stack}.json"
        while True:
            me = myself(self.operation, self.alive.path, self.clock.now(), LEASE, os.environ)
            found = self.store.read(key)
            if found is None:
                other, version = None, self.store.create(key, me.to_bytes())
            else:
                data, theirs = found
                other = from_bytes(data, self.store.place(key))
                if theirs != self.seen:
                    self.seen, self.seen_at = theirs, self.clock.steady()
                if not _is_dead(other, self.clock.now(), self.clock.steady() - self.seen_at):
                    return other
                version = self.store.replace(key, me.to_bytes(), theirs)
            if version is None:
                continue  # somebody was quicker
            if other and other.is_here and other.alive.parent == self.store.runtime:
                with suppress(OSError):
                    other.alive.unlink(missing_ok=True)
            return Lock(self.stack, other, me, self.store, key, version, self.alive, self.clock)._keep()


def _is_dead(other: Holder, now: datetime, unchanged: float) -> bool:
    """`unchanged` is how long, in seconds, the lock has been seen as it is."""
    if other.is_here and (proof := all_dead(other.alive)) is not None:
        return proof
    # The other machine's clock may be wrong: a lease that was watched to its end counts, or one long over.
    return unchanged >= other.lease or (now - other.expires).total_seconds() >= _CLOCKS_DIFFER_BY


def _way_out(other: Holder) -> str:
    if not other.is_here:
        return f"let it end; if it is dead, waiting for it {other.lease:.0f} seconds proves that"
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return "that process is gone, but the Pulumi CLI it started still runs: let it end"
    except PermissionError:
        pass
    return f"let it end, or stop it with `kill -INT {other.pid}`"
