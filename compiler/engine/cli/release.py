"""Pulumi's own release, downloaded: the archive that its official installer unpacks.

The installer itself is a script, which would run unseen and wait for ever where there is no network.
https://www.pulumi.com/docs/iac/download-install/
"""

from __future__ import annotations

import http.client
import platform
import queue
import tarfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from compiler.engine.cli.version import PIN, UnusableError

SITE = "https://get.pulumi.com/releases/sdk"
ANSWERS_WITHIN = 10
"""Seconds until the site must have begun to answer, looking up its name included: all we wait offline."""
STALLS_AFTER = 30
"""Seconds without a byte after which a download is given up."""
_SAY_EVERY = 5


def download(into: Path, progress: Callable[[str], None]) -> Path:
    """The CLI out of the release for this machine. Raises UnusableError or OSError."""
    url = f"{SITE}/pulumi-v{PIN}-{_system()}-{_machine()}.tar.gz"
    progress(f"downloading {url}")
    made = into / "pulumi"
    try:
        with (
            _open(url) as response,
            tarfile.open(fileobj=response, mode="r|gz") as archive,
        ):
            # The other binaries are language hosts, which a program inside our own process does without.
            for member in archive:
                named = PurePosixPath(member.name).name == "pulumi"  # as is the folder, which has no content
                if named and (content := archive.extractfile(member)):
                    _copy(content, made, member.size, progress)
                    return made
    except (tarfile.TarError, zlib.error, EOFError, http.client.HTTPException, TimeoutError) as error:
        raise UnusableError(f"the download of {url} broke off: {_words(error)}") from None
    raise UnusableError(f"{url} holds no pulumi")


def _system() -> str:
    system = platform.system().lower()
    if system not in ("linux", "darwin"):
        raise UnusableError(f"{platform.system()} is not supported")
    return system


def _machine() -> str:
    names = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    try:
        return names[platform.machine().lower()]
    except KeyError:
        raise UnusableError(f"there is no release for {platform.machine()}") from None


def _open(url: str) -> http.client.HTTPResponse:
    """The response, once its headers are here.

    In a thread, since no timeout bounds the look-up of a name, nor the sum over all addresses of a host.
    """
    answers: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()

    # An opener of our own: the shared one keeps the proxies that it found at its first use in the process.
    opener = urllib.request.build_opener()

    def ask() -> None:
        try:
            answers.put(opener.open(url, timeout=STALLS_AFTER))
        except Exception as error:  # noqa: BLE001 (raised again by who asked)
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    host = urllib.parse.urlsplit(url).hostname
    try:
        answer = answers.get(timeout=ANSWERS_WITHIN)
    except queue.Empty:
        raise UnusableError(f"{host} did not answer within {ANSWERS_WITHIN} s") from None
    match answer:
        case urllib.error.HTTPError():
            answer.close()
            raise UnusableError(f"{host} answers {answer.code} {answer.reason} for {url}")
        case urllib.error.URLError():
            raise UnusableError(f"{host} cannot be reached: {_words(answer.reason)}")
        case OSError() | http.client.HTTPException():
            raise UnusableError(f"{host} cannot be reached: {_words(answer)}")
        case Exception():
            raise answer
    return answer


def _words(error: BaseException | str) -> str:
    """An error without its number; its name where it has no words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _copy(content: IO[bytes], made: Path, size: int, progress: Callable[[str], None]) -> None:
    said = time.monotonic()
    with made.open("wb") as file:
        while chunk := content.read(1 << 20):
            file.write(chunk)
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                progress(f"downloading: {file.tell() / 1e6:.0f} of {size / 1e6:.0f} MB, unpacked")
    made.chmod(0o755)
