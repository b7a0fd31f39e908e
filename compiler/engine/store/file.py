"""A store in a directory: one file a key, changed under a guard that all processes of a machine share."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from compiler.diagnostics import Exit, fail

_GUARD = ".guard"


@dataclass(frozen=True, slots=True)
class FileStore:
    """`root` is the `.dbspec` directory, made by the first write. A version is the hash of the text."""

    root: Path

    @classmethod
    def at(cls, backend_url: str) -> FileStore:
        """The store of a `file://` backend; what stands after the question mark concerns only Pulumi."""
        # As Pulumi reads it: not only file:///path, but file://~ and file://relative/path too.
        parts = urlsplit(backend_url)
        written = unquote(parts.netloc + parts.path)
        return cls(Path(written or ".").expanduser().absolute() / ".dbspec")

    @property
    def runtime(self) -> Path:
        return self.root / "alive"

    def read(self, key: str) -> tuple[bytes, str] | None:
        with self._told(key):
            try:
                data = (self.root / key).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return data, _version(data)

    def create(self, key: str, data: bytes) -> str | None:
        with self._guarded(key):
            if (self.root / key).exists():
                return None
            return self._write(key, data)

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        with self._guarded(key):
            if not self._is(key, version):
                return None
            return self._write(key, data)

    def delete(self, key: str, version: str) -> bool:
        with self._guarded(key):
            if not self._is(key, version):
                return False
            (self.root / key).unlink()
            return True

    def keys(self, prefix: str) -> list[str]:
        folder, _, start = prefix.rpartition("/")
        with self._told(prefix):
            try:
                names = [each.name for each in (self.root / folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                return []
        shown = (name for name in names if name.startswith(start) and not name.startswith("."))
        return sorted(f"{folder}/{name}" if folder else name for name in shown)

    def place(self, key: str) -> str:
        return str(self.root / key)

    def _is(self, key: str, version: str) -> bool:
        found = self.read(key)
        return found is not None and found[1] == version

    def _write(self, key: str, data: bytes) -> str:
        path = self.root / key
        # Only the holder of the guard writes, so one name is enough and nothing is left behind by a dead one.
        temporary = path.with_name(f".{path.name}.new")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return _version(data)

    @contextmanager
    def _guarded(self, key: str) -> Iterator[None]:
        with self._told(key):
            (self.root / key).parent.mkdir(parents=True, exist_ok=True)
            with (self.root / _GUARD).open("ab") as guard:
                # Closing it lets it go, and so does the death of the process.
                fcntl.flock(guard, fcntl.LOCK_EX)
                yield

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise fail(
                "state/file",
                f"{error.filename or self.root / key}: {error.strerror or error}",
                "make the state's directory writable, or correct `state.backend`",
                exit_code=Exit.ENGINE,
            ) from error


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
