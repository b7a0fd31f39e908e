"""Pulumi's release, downloaded from a server on this machine."""

from __future__ import annotations

import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.diagnostics import UserError
from compiler.engine import cli
from compiler.engine.cli import Source, go_build, release

if TYPE_CHECKING:
    from tests.engine_cli.conftest import Machine


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that is served as Pulumi's site, to a machine that is linux-x64 and has no Go."""
    folder = machine.root / "site"
    folder.mkdir()
    monkeypatch.setattr(release.platform, "system", lambda: "Linux")
    monkeypatch.setattr(release.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(go_build, "USUAL_PLACE", machine.root / "no go")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        monkeypatch.setattr(release, "SITE", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def archive(binary: str = "#!/bin/sh\necho v3.259.0\n") -> bytes:
    """The release as it is laid out: a folder with the CLI among language hosts."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        folder = tarfile.TarInfo("pulumi")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, text in (("pulumi/pulumi-language-go", "host"), ("pulumi/pulumi", binary)):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return written.getvalue()


NAME = "pulumi-v3.259.0-linux-x64.tar.gz"


def test_the_release_for_this_machine_is_downloaded_into_the_cache(machine: Machine, site: Path) -> None:
    (site / NAME).write_bytes(archive())
    got = cli.install(machine.environ, print)
    assert (got.path, got.source, got.why) == (
        machine.cached,
        Source.RELEASE,
        "downloaded from Pulumi's releases",
    )
    assert sorted(each.name for each in machine.cached.parent.iterdir()) == ["pulumi"]
    assert machine.leftovers() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "answers 404 File not found"),
        (b"<html>please sign in to this network</html>", "broke off: not a gzip file"),
        (archive()[:-40], "broke off"),
        (archive("echo v3.259.0\n" * 200_000)[:900], "broke off"),
        (archive("#!/bin/sh\necho v3.200.0\n"), "pulumi 3.200.0 in .* is older than 3.259.0"),
    ],
)
def test_what_the_site_gives_instead_is_said_and_leaves_nothing(
    machine: Machine, site: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (site / NAME).write_bytes(content)
    with pytest.raises(UserError, match=f"release: .*{words}"):
        cli.install(machine.environ, print)
    assert not machine.cached.exists()
    assert machine.leftovers() == []


def test_an_archive_without_the_cli_is_said(machine: Machine, site: Path) -> None:
    written = io.BytesIO()
    tarfile.open(fileobj=written, mode="w:gz").close()
    (site / NAME).write_bytes(written.getvalue())
    with pytest.raises(UserError, match=f"release: .*{NAME} holds no pulumi"):
        cli.install(machine.environ, print)


@pytest.mark.parametrize(
    ("system", "processor", "words"),
    [
        ("Linux", "riscv64", "there is no release for riscv64"),
        ("FreeBSD", "amd64", "FreeBSD is not supported"),
    ],
)
def test_a_machine_without_a_release_is_told_so(
    machine: Machine, site: Path, monkeypatch: pytest.MonkeyPatch, system: str, processor: str, words: str
) -> None:
    monkeypatch.setattr(release.platform, "system", lambda: system)
    monkeypatch.setattr(release.platform, "machine", lambda: processor)
    with pytest.raises(UserError, match=f"release: {words}"):
        cli.install(machine.environ, print)


@pytest.mark.parametrize(("system", "processor"), [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_the_release_is_named_after_system_and_processor(
    machine: Machine, site: Path, monkeypatch: pytest.MonkeyPatch, system: str, processor: str
) -> None:
    (site / f"pulumi-v3.259.0-{system.lower()}-arm64.tar.gz").write_bytes(archive())
    monkeypatch.setattr(release.platform, "system", lambda: system)
    monkeypatch.setattr(release.platform, "machine", lambda: processor)
    assert cli.install(machine.environ, print).source is Source.RELEASE


@pytest.mark.parametrize(
    ("head", "answers_within", "stalls_after", "words"),
    [
        (b"", 0.3, 30, "127.0.0.1 did not answer within 0.3 s"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + archive()[:60], 30, 2, "broke off: timed out"),
    ],
)
def test_a_network_that_swallows_everything_ends_the_download_and_go_is_tried(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    answers_within: float,
    stalls_after: float,
    words: str,
) -> None:
    machine.go()
    monkeypatch.setattr(release, "ANSWERS_WITHIN", answers_within)
    monkeypatch.setattr(release, "STALLS_AFTER", stalls_after)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(release, "SITE", f"http://127.0.0.1:{server.getsockname()[1]}")
        ended = threading.Event()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(head)
                ended.wait(30)

        thread = threading.Thread(target=answer)
        thread.start()
        got = cli.install(machine.environ, print)
        ended.set()
        thread.join()
    assert got.source is Source.GO
    assert got.passed_over[-1].startswith("release: ")
    assert got.passed_over[-1].endswith(words)
