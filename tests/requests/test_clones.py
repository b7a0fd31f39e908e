"""The clone: commits from many threads, pushes over nobody, and no token anywhere but on the way."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.forge.forge import ForgeError
from bot.requests.clone import Clone, Identity, MovedError
from tests.requests.world import World

AT = datetime(2026, 11, 23, tzinfo=UTC)
BOT = Identity("bot", "1+bot@users.noreply.localhost")
TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.office.clone.fetch()
    return world


def committed(
    clone: Clone, data: bytes | None = b"x", path: str = "specs/dev/x.yaml", said: str = "Say"
) -> str:
    return clone.commit(clone.tip("main") or "", {path: data}, said, BOT, AT)


def test_eight_threads_commit_and_push_at_once(world: World) -> None:
    clone, wrong = world.office.clone, list[BaseException]()
    here = Path.cwd()

    def work(name: int) -> None:
        try:
            for number in range(4):
                clone.fetch()
                sha = committed(clone, f"{name}".encode(), f"specs/dev/{name}-{number}.yaml")
                clone.push(sha, f"dbspec/{name}-{number}", None)
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
    assert len(world.branches()) == 32
    assert Path.cwd() == here


def test_a_commit_holds_exactly_what_it_was_given(world: World) -> None:
    clone = world.office.clone
    data = b"\xef\xbb\xbfa: 1\r\n\n \n"
    sha = committed(clone, data, said="# no comment\n\nä\n")
    assert clone.read(sha, "specs/dev/x.yaml") == data
    assert clone.read(sha, "specs/dev/orders.yaml") == clone.read(
        clone.tip("main") or "", "specs/dev/orders.yaml"
    )
    assert clone.subject(sha) == "# no comment"
    gone = committed(clone, None, "specs/dev/orders.yaml")
    assert clone.read(gone, "specs/dev/orders.yaml") is None
    assert committed(clone, data, said="# no comment\n\nä\n") == sha


def test_a_push_takes_the_place_of_what_was_expected_only(world: World) -> None:
    clone = world.office.clone
    first, second = committed(clone, b"1"), committed(clone, b"2")
    clone.push(first, "dbspec/a", None)
    clone.push(first, "dbspec/a", None)
    with pytest.raises(MovedError):
        clone.push(second, "dbspec/a", None)
    theirs = world.grace.commit("dbspec/a", {"y": "1"}, "Theirs")
    with pytest.raises(MovedError):
        clone.push(second, "dbspec/a", first)
    clone.push(second, "dbspec/a", theirs)
    world.grace.delete_branch("dbspec/a")
    with pytest.raises(MovedError):
        clone.push(first, "dbspec/a", second)
    assert not world.branches()


class Remote(ThreadingHTTPServer):
    """Asks for a password, notes what it is told, and then says that it has no repository."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[str] = []
        self.argv: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: Remote

    def do_GET(self) -> None:
        said = self.headers.get("authorization")
        if said:
            self.server.told.append(said)
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.server.argv.append(each.read_bytes())
                except OSError:
                    continue  # it has just ended
        self.send_response(404 if said else 401)
        self.send_header("www-authenticate", "Basic realm=git")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def remote() -> Iterator[Remote]:
    with Remote() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_token_reaches_the_forge_and_nothing_else(tmp_path: Path, remote: Remote) -> None:
    clone = Clone(tmp_path / "clone", f"http://127.0.0.1:{remote.server_port}/a/b.git", lambda: TOKEN)
    clone.create()
    with pytest.raises(ForgeError) as refused:
        clone.fetch()
    wanted = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert set(remote.told) == {f"Basic {wanted}"}
    assert remote.argv
    assert not any(TOKEN.encode() in each for each in remote.argv)
    assert TOKEN not in str(refused.value)
    assert not any(TOKEN.encode() in each.read_bytes() for each in clone.folder.rglob("*") if each.is_file())
    assert "DBSPEC_GIT_TOKEN" not in os.environ


def test_a_forge_that_is_away_is_told_as_that(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", "http://127.0.0.1:1/a/b.git")
    clone.create()
    with pytest.raises(ForgeError, match="could not reach") as away:
        clone.fetch()
    assert away.value.again


def test_only_the_way_that_its_address_names_is_gone(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", "ext::sh -c touch% pwned")
    clone.create()
    with pytest.raises(ForgeError):
        clone.fetch()
    assert not list(tmp_path.rglob("pwned"))


def test_what_git_cannot_do_here_is_told_and_may_go_better(world: World) -> None:
    clone = world.office.clone
    with pytest.raises(ForgeError, match="git read-tree failed: fatal: ") as failed:
        clone.commit("0" * 40, {"x": b"x"}, "m", BOT, AT)
    assert failed.value.again
    assert not clone.knows("0" * 40)
