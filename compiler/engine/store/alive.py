"""Files that are locked for as long as a run or anything it started still lives."""

from __future__ import annotations

import fcntl
import os
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path

from compiler.diagnostics import Exit, fail


@dataclass(frozen=True, slots=True)
class Alive:
    """A file under an exclusive flock, which belongs to the open file and not to a process.

    Whoever inherits `fd` holds it too, so the kernel frees it exactly when the last of them is gone: there is
    no process id to be mistaken about, and nothing to clean up after SIGKILL.
    """

    path: Path
    fd: int

    @classmethod
    def hold(cls, directory: Path) -> Alive:
        """A new such file; UserError where the directory cannot be written."""
        path = directory / uuid.uuid4().hex
        try:
            directory.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise fail(
                "state/alive",
                f"{path}: {error.strerror or error}",
                "make that directory writable: it holds the proof that a run still lives",
                exit_code=Exit.ENGINE,
            ) from error
        return cls(path, fd)

    def close(self, *, forget: bool = True) -> None:
        """Ends this process's part in it; `forget` removes the file, and with it what others could learn."""
        if forget:
            self.path.unlink(missing_ok=True)
        os.close(self.fd)


def all_dead(path: Path) -> bool | None:
    """Whether everybody who held that file is gone; None where the file is missing or barred."""
    try:
        # The path comes out of a shared store: no link is followed, and a pipe does not block.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    finally:
        os.close(fd)
    return True
