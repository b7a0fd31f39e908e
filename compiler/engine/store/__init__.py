"""What is kept beside a stack's state: its lock and its applied record."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from compiler.diagnostics import Exit, fail


class Store(Protocol):
    """Small texts by key, written only by whoever knows what stood there before.

    A version is opaque and changes with the text. Every method raises UserError (exit code 3) where the
    backend cannot be reached or refuses.
    """

    @property
    def runtime(self) -> Path:
        """A directory of this machine, for files that only tell whether a process still lives."""

    def read(self, key: str) -> tuple[bytes, str] | None:
        """The text and its version; None where there is none."""

    def create(self, key: str, data: bytes) -> str | None:
        """Writes what is not there yet: its version; None where something is there."""

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Writes over that version: the new one; None where another version is there, or nothing."""

    def delete(self, key: str, version: str) -> bool:
        """Removes that version; False where another one is there, or nothing."""

    def keys(self, prefix: str) -> list[str]:
        """All keys that start so, sorted."""

    def place(self, key: str) -> str:
        """Where a person finds what a key holds: a path or an s3:// address."""


def open_store(backend_url: str) -> Store:
    """The store beside the state of a Pulumi backend, in `.dbspec/` next to its `.pulumi/`.

    `file://` and `s3://`, written as Pulumi takes them; UserError for any other. Nothing is reached yet.
    """
    try:
        parts = urlsplit(backend_url)
    except ValueError:  # a bracket that never closes
        parts = urlsplit("")
    if parts.scheme == "file":
        from compiler.engine.store.file import FileStore

        return FileStore.at(backend_url)
    if parts.scheme == "s3" and parts.netloc:
        from compiler.engine.store.s3 import S3Store

        return S3Store.at(backend_url)
    raise fail(
        "state/backend",
        f"there is no store for the backend {backend_url!r}",
        "use file:///path or s3://bucket/prefix?region=REGION",
        exit_code=Exit.SPECS,
    )
