"""A store in an S3 bucket, by the conditional writes that S3 has."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from compiler.account.session import client, code, told
from compiler.diagnostics import Exit, fail

_PARALLEL = 32
_TRIES = 5
_OTHER_VERSION = ("PreconditionFailed", "412", "NoSuchKey", "ConditionalRequestConflict")


@dataclass(slots=True)
class S3Store:
    """Objects under `prefix` (which ends in `.dbspec/`); a version is an ETag."""

    bucket: str
    prefix: str
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint: str | None = None
    path_style: bool = False
    encryption: tuple[tuple[str, str], ...] = ()
    _client: Any = field(default=None, repr=False)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _proven: bool = False

    @classmethod
    def at(cls, backend_url: str) -> S3Store:
        """The store of an `s3://` backend, by those parameters of Pulumi's that say where and as whom."""
        parts = urlsplit(backend_url)
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        endpoint = given.get("endpoint")
        if endpoint and "://" not in endpoint:
            plain = _true(given.get("disableSSL")) or _true(given.get("disable_https"))
            endpoint = f"{'http' if plain else 'https'}://{endpoint}"
        folder = parts.path.strip("/")
        encryption = {"ServerSideEncryption": given.get("ssetype"), "SSEKMSKeyId": given.get("kmskeyid")}
        return cls(
            bucket=parts.netloc,
            prefix=f"{folder}/.dbspec/" if folder else ".dbspec/",
            region=given.get("region"),
            profile=given.get("profile"),
            role_arn=given.get("role"),
            endpoint=endpoint,
            path_style=_true(given.get("s3ForcePathStyle")) or _true(given.get("use_path_style")),
            encryption=tuple((name, value) for name, value in encryption.items() if value),
        )

    @property
    def client(self) -> Any:
        """Of S3, where and as whom the backend says."""
        return self._s3()

    @property
    def runtime(self) -> Path:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = Path(cache).expanduser() / "dbspec" / "alive"
        if not path.is_absolute():  # no home directory, as in some containers
            path = Path(tempfile.gettempdir()) / f"dbspec-{os.getuid()}" / "alive"
        return path

    def read(self, key: str) -> tuple[bytes, str] | None:
        from botocore.exceptions import ClientError

        with self._told("reading", key):
            try:
                answer = self._s3().get_object(Bucket=self.bucket, Key=self.prefix + key)
                return answer["Body"].read(), answer["ETag"]
            except ClientError as error:
                if code(error) == "NoSuchKey":
                    return None
                raise

    def create(self, key: str, data: bytes) -> str | None:
        version = self._put(key, data, IfNoneMatch="*")
        if version is not None and self.endpoint and not self._proven:
            self._prove(key, data)
        return version

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        return self._put(key, data, IfMatch=version)

    def delete(self, key: str, version: str) -> bool:
        from botocore.exceptions import ClientError

        # Read first: not every service that speaks S3 has conditional deletes, and some ignore the condition.
        found = self.read(key)
        if found is None or found[1] != version:
            return False
        where = {"Bucket": self.bucket, "Key": self.prefix + key}
        with self._told("deleting", key):
            try:
                self._s3().delete_object(**where, IfMatch=version)
            except ClientError as error:
                if code(error) in _OTHER_VERSION:
                    return False
                if code(error) not in ("NotImplemented", "501"):
                    raise
                self._s3().delete_object(**where)
        return True

    def keys(self, prefix: str) -> list[str]:
        with self._told("listing", prefix):
            pages = self._s3().get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
            return sorted(
                each["Key"].removeprefix(self.prefix) for page in found for each in page.get("Contents", ())
            )

    def place(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def _put(self, key: str, data: bytes, **condition: str) -> str | None:
        from botocore.exceptions import ClientError

        with self._told("writing", key):
            for left in reversed(range(_TRIES)):
                try:
                    return self._write(key, data, condition)
                except ClientError as error:
                    # S3 asks for another try where two writes met.
                    if code(error) == "ConditionalRequestConflict" and left:
                        continue
                    if code(error) not in (
                        "PreconditionFailed",
                        "412",
                        "NoSuchKey",
                        "ConditionalRequestConflict",
                    ):
                        raise
                    break
        # An answer that got lost was sent again by boto3, and then met what it had written itself.
        found = self.read(key)
        return found[1] if found is not None and found[0] == data else None

    def _write(self, key: str, data: bytes, condition: dict[str, str]) -> str:
        answer = self._s3().put_object(
            Bucket=self.bucket,
            Key=self.prefix + key,
            Body=data,
            ContentType="application/json",
            **condition,
            **dict(self.encryption),
        )
        return str(answer["ETag"])

    def _prove(self, key: str, data: bytes) -> None:
        """Writing the same again must fail: a service that ignores conditions would let two hold one lock."""
        from botocore.exceptions import ClientError

        with self._told("writing", key):
            try:
                self._write(key, data, {"IfNoneMatch": "*"})
            except ClientError as error:
                if code(error) not in _OTHER_VERSION:
                    raise
                self._proven = True
                return
            self._s3().delete_object(Bucket=self.bucket, Key=self.prefix + key)
        raise fail(
            "state/conditional-writes",
            f"the S3 service at {self.endpoint} ignores If-None-Match, so nothing there can be locked",
            "use a service with conditional writes, or a file:// backend",
            exit_code=Exit.ENGINE,
        )

    def _s3(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = self._connected()
            return self._client

    def _connected(self) -> Any:
        config: dict[str, Any] = {"max_pool_connections": _PARALLEL}
        if self.path_style:
            config["s3"] = {"addressing_style": "path"}
        if self.endpoint:  # as Pulumi does: other services know no checksums
            config["request_checksum_calculation"] = "when_required"
            config["response_checksum_validation"] = "when_required"
        return client(
            "s3",
            region=self.region,
            profile=self.profile,
            role_arn=self.role_arn,
            endpoint=self.endpoint,
            **config,
        )

    @contextmanager
    def _told(self, doing: str, key: str) -> Iterator[None]:
        ways_out = {
            "NoSuchBucket": "make the bucket, or correct `state.backend`",
            "AccessDenied": "allow s3:GetObject, s3:PutObject and s3:DeleteObject there, s3:ListBucket on "
            "the bucket (without it, what does not exist looks forbidden)",
            "PermanentRedirect": "put the bucket's own region into `state.backend`",
        }
        with told(f"{doing} {self.place(key)}", fixes=ways_out):
            yield


def _true(value: str | None) -> bool:
    return (value or "").lower() in ("1", "t", "true")
