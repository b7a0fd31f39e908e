"""The stores, and a server that stands between boto3 and the simulated S3 to misbehave on demand."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from compiler.engine.store import Store, open_store


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Each test that takes this one runs against both stores."""
    if request.param == "file":
        return open_store(f"file://{tmp_path}/state of ours")
    return open_store(bucket_url(request.getfixturevalue("aws"), tmp_path, monkeypatch))


@pytest.fixture
def s3_url(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backend in a bucket of the simulated S3."""
    return bucket_url(aws, tmp_path, monkeypatch)


def bucket_url(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    import boto3

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    boto3.client("s3", endpoint_url=address).create_bucket(
        Bucket="acme-state", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
    )
    return f"s3://acme-state/databases?region=ap-northeast-2&endpoint={address}&s3ForcePathStyle=true"


Answer = tuple[int, bytes]


@dataclass
class Between:
    """A proxy: `instead` may answer a request itself, `after` replace the answer of the server behind it."""

    address: str
    instead: Callable[[str, str], Answer | None] = lambda method, path: None
    after: Callable[[str, str], Answer | None] = lambda method, path: None
    headers: list[tuple[str, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def url(self, s3_url: str) -> str:
        """That backend, reached through this proxy."""
        return f"{s3_url.split('?')[0]}?region=ap-northeast-2&endpoint={self.address}&s3ForcePathStyle=true"

    @staticmethod
    def refusal(code: str, status: int = 403) -> Answer:
        return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


@pytest.fixture
def between(aws: str) -> Iterator[Between]:
    proxy = Between("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def handle_any(self) -> None:
            proxy.seen.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = proxy.instead(self.command, self.path)
            headers = proxy.headers
            if given is None:
                there = http.client.HTTPConnection(urlsplit(aws).netloc)
                there.request(self.command, self.path, body, dict(self.headers))
                response = there.getresponse()
                answer = (response.status, response.read())
                headers = response.getheaders()
                there.close()
                given = proxy.after(self.command, self.path) or answer
            status, text = given
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = handle_any  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield proxy
    server.shutdown()
    server.server_close()
