"""Real repositories with specs in them, and the verb run in one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from compiler.commands import app

ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2", secrets: "awskms:///alias/dbspec?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
clients:
  checkout-api: {security_group: sg-0a1b2c3d}
  back-office: {cidr: 10.20.0.0/16}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
defaults:
  mysql:
    instance_class: db.r7g.large
"""

ORDERS = """\
kind: mysql
project: ecommerce
owner: checkout
database_name: orders
access: [checkout-api]
"""


class Ran(NamedTuple):
    """How the verb ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Repository:
    """A repository with prod, staging and dev, and the database prod/orders, all committed as BASE."""

    orders = ORDERS

    def __init__(self, root: Path, run: Callable[[list[str]], Ran]) -> None:
        self.root = root
        self._run = run
        self.git("init", "-q", "-b", "main")
        self.write("people.yaml", "teams: {checkout: {}, identity: {}}\n")
        for name, tier in (("prod", "production"), ("staging", "staging"), ("dev", "development")):
            self.write(f"{name}/environment.yaml", ENVIRONMENT.replace("production", tier))
        self.write("prod/orders.yaml", ORDERS)
        self.commit("BASE")

    def write(self, path: str, text: str) -> None:
        file = self.root / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.root / "specs" / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        (self.root / "specs" / path).unlink()

    def commit(self, tag: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", tag)
        self.git("tag", tag)

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def diff(self, *arguments: str) -> Ran:
        return self._run(["diff", *(arguments or ("BASE",))])


@pytest.fixture(autouse=True)
def _at_known_prices(known_prices: None) -> None:
    """What a difference costs is the same on every day."""


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Repository:
    def run(arguments: list[str]) -> Ran:
        capsys.readouterr()
        code = app.run(arguments)
        return Ran(int(code), *capsys.readouterr())

    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path, run)
