"""Git over HTTP as a forge offers it: git's own program behind a password, for one repository."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class GitServer:
    """`name` is what the repository in `folder` is called there; `refused` counts requests without the password."""

    folder: Path
    name: str
    password: str
    refused: int = 0
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> GitServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answered(
        self, verb: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[str], bytes]:
        said = base64.b64encode(f"x-access-token:{self.password}".encode()).decode()
        if headers.get("authorization") != f"Basic {said}":
            self.refused += 1
            return 401, ['WWW-Authenticate: Basic realm="git"'], b""
        parts = urlsplit(target)
        prefix = f"/{self.name}.git"
        if not parts.path.startswith(f"{prefix}/"):
            return 404, [], b""
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": parts.path.removeprefix(prefix),
                "QUERY_STRING": parts.query,
                "REQUEST_METHOD": verb,
                "CONTENT_TYPE": headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
                "GIT_PROTOCOL": headers.get("git-protocol", ""),
                "REMOTE_USER": "dbspec",
            },
        )
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        status = next((int(each.split()[1]) for each in lines if each.startswith("Status:")), 200)
        return status, [each for each in lines if not each.startswith("Status:")], rest

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        git = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self._body()
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, lines, data = git.answered(self.command, self.path, headers, body)
                self.send_response(status)
                for each in lines:
                    name, _, value = each.partition(": ")
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET  # noqa: N815 (the name that the server calls)

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
