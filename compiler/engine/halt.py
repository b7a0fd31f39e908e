"""How a run ends before its time: every CLI is asked once, and its running step finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from types import FrameType

# What a CLI that was asked because its time is up may still take, in seconds, before it is killed.
GRACE = 60.0

_TICK = 0.1


class HaltError(Exception):
    """The run is ending: nothing new is started."""


@dataclass(slots=True)
class _Followed:
    process: subprocess.Popen[bytes]
    due: float | None
    lost: Callable[[], bool]
    asked: bool = False
    late: bool = False
    killed: bool = False


class Halt:
    """Asks the CLIs of a run to end: at the first signal, or when the time of one is up.

    A second SIGINT would make a CLI leave its step half done, so none ever gets two. A CLI runs in a session of
    its own and hears of Ctrl-C only from here. `stop` is set once the run is to end.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._signals = 0
        self._guard = threading.Lock()
        self._followed: list[_Followed] = []
        self._watching = False

    @property
    def requested(self) -> bool:
        """Whether somebody wants the run to end."""
        return self._signals > 0

    def request(self) -> int:
        """Ends the run; how often that was asked. A signal handler may call it, also one that interrupts it."""
        self._signals += 1
        if self._signals == 1:
            self.stop.set()
        return self._signals

    @contextmanager
    def on_signals(self, said: Callable[[int], None]) -> Iterator[None]:
        """Requests the end at SIGINT and SIGTERM instead of dying of them; `said` is told how often.

        Only the main thread can do this.
        """

        def handle(number: int, frame: FrameType | None) -> None:
            del number, frame
            said(self.request())

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def following(
        self, process: subprocess.Popen[bytes], seconds: float | None, lost: Callable[[], bool]
    ) -> Iterator[Callable[[], bool]]:
        """Ends that process when the run ends, after `seconds`, or when `lost` says that its lock is.

        What is yielded tells whether the seconds were over.
        """
        one = _Followed(process, None if seconds is None else monotonic() + seconds, lost)
        with self._guard:
            self._followed.append(one)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="halt", daemon=True).start()
        try:
            yield lambda: one.late
        finally:
            with self._guard:
                self._followed.remove(one)

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(_TICK):
            with self._guard:
                if not self._followed:
                    self._watching = False
                    return
                for one in self._followed:
                    self._attend(one, monotonic())

    def _attend(self, one: _Followed, now: float) -> None:
        if one.due is not None and now > one.due:
            one.late = True
        if not one.asked and (one.late or self.requested or one.lost()):
            one.asked = True
            one.process.send_signal(signal.SIGINT)
        if one.late and not one.killed and one.due is not None and now > one.due + GRACE:
            one.killed = True
            # Its plugins are in its session: they would go on without anybody to tell.
            with suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGKILL)
