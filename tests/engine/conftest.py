"""A simulated account with the real engine in front of it, and small stacks to put into it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Place
from compiler.engine import cli, schedule
from compiler.engine.apply import apply
from compiler.engine.cli.search import SETTING
from compiler.engine.destroy import destroy
from compiler.engine.halt import Halt
from compiler.engine.job import Job
from compiler.engine.preview import preview
from compiler.engine.session import Session
from compiler.engine.store import record
from compiler.engine.target import Target
from compiler.graph import Concat, Json, Options, Ref, Resource, Stack
from compiler.lifecycle.said import Held, Lifecycle
from compiler.progress import Step
from compiler.report import Phase, Report
from compiler.reviewed import Reviewed
from compiler.sandbox.account import Account

REGION = "ap-northeast-2"
SUBNETS = ("subnet-0a", "subnet-0b")


@dataclass
class Heard:
    """Everything that a run told while it went on."""

    steps: list[tuple[str, Step]] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)

    def begun(self, stack: str, phase: Phase) -> None:
        pass

    def step(self, stack: str, step: Step) -> None:
        self.steps.append((stack, step))

    def waiting(self, stack: str, reason: str) -> None:
        self.waits.append(reason)

    def ended(self, report: Report) -> None:
        pass


@dataclass
class Room:
    """One environment in the sandbox: its account, its state, and runs of the engine on it."""

    place: Path
    target: Target
    environ: dict[str, str]
    heard: Heard = field(default_factory=Heard)
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    @property
    def account(self) -> Account:
        assert self.target.sandbox
        return Account(self.target.sandbox)

    def session(self, halt: Halt | None = None, **said: Any) -> Session:
        return Session(
            cli.find(self.environ),
            self.environ,
            halt or Halt(),
            self.heard,
            lambda: self.now,
            "1.2.3",
            **said,
        )

    def run(
        self,
        phase: Phase,
        *stacks: Stack,
        tier: str | None = None,
        commit: str | None = None,
        lifecycle: Lifecycle | None = None,
        held: Held | None = None,
        reviewed: Reviewed | None = None,
        parallel: int = 2,
        needs: Callable[[Job, str], bool] = lambda *_: False,
        **said: Any,
    ) -> tuple[Report, ...]:
        work = {Phase.PREVIEW: preview, Phase.APPLY: apply, Phase.DESTROY: destroy}[phase]
        target = replace(self.target, tier=tier or self.target.tier)
        jobs = [
            Job(
                each, target, Place(f"specs/{each.id}.yaml"), commit, lifecycle or Lifecycle(), held, reviewed
            )
            for each in stacks
        ]
        session = self.session(**said)
        with session.simulating([target]):
            return schedule.run(session, phase, jobs, work, parallel, needs=needs)

    def preview(self, stack: Stack, **said: Any) -> Report:
        return self.run(Phase.PREVIEW, stack, **said)[0]

    def apply(self, stack: Stack, **said: Any) -> Report:
        return self.run(Phase.APPLY, stack, **said)[0]

    def destroy(self, stack: Stack, **said: Any) -> Report:
        return self.run(Phase.DESTROY, stack, **said)[0]

    def begins_as(self, other: Room) -> None:
        """What the other has in its account and its state is here as well."""
        shutil.copytree(other.place, self.place, dirs_exist_ok=True)

    def record(self, stack: str) -> record.Applied | None:
        found = record.read(self.session().store(self.target), stack)
        return found and found[0]

    def things(self, stack: str) -> list[tuple[str, str]]:
        """Type and resource of what the account has of a stack."""
        return sorted((each.type, each.owner[1]) for each in self.account.owned(stack))

    def password(self, stack: str) -> str:
        """The password in the state of a stack, in clear."""
        with self.session().workspace(stack, self.target) as work:
            resources = work.deployment(secrets=True)["resources"]
        (found,) = [each for each in resources if each["type"].endswith(":RandomPassword")]
        return str(json.loads(found["outputs"]["result"]["plaintext"]))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return make_room(tmp_path, dict(os.environ))


@pytest.fixture(scope="module")
def first_room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """One for all tests of a module, in which is made once what each begins with."""
    return make_room(tmp_path_factory.mktemp("first"), dict(os.environ))


def make_room(folder: Path, environ: dict[str, str]) -> Room:
    """An empty account and an empty state, in a folder with a space in its name, as people have them."""
    place, home = folder / "a place", folder / "pulumi"
    place.mkdir()
    home.mkdir()
    (place / "passphrase").write_text("correct horse")
    target = Target(
        environment="dev",
        tier="development",
        region=REGION,
        account="000000000000",
        role=None,
        backend=(place / "state").as_uri(),
        secrets="passphrase",
        sandbox=place / "sandbox.db",
        passphrase_file=place / "passphrase",
        neighbours=("vpc-0a", *SUBNETS),
    )
    kept = {name: environ[name] for name in ("PATH", "HOME", SETTING) if name in environ}
    return Room(place, target, kept | {"PULUMI_HOME": str(home)})


@pytest.fixture
def counted(room: Room) -> Callable[[], list[str]]:
    """What the CLI was asked to do so far: the commands, in order."""
    log, script = room.place / "commands", room.place / "pulumi"
    found = cli.find(room.environ)
    script.write_text(
        # A shell runs it and Python reads over the line: a path with a space fits in no `#!` line.
        f'#!/bin/sh\n"exec" "{sys.executable}" "$0" "$@"\n'
        "import os, sys\n"
        f"open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        f"os.execv({str(found.path)!r}, sys.argv)\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    room.environ[SETTING] = str(script)

    def asked() -> list[str]:
        lines = log.read_text().splitlines() if log.exists() else []
        words = [[word for word in line.split() if not word.startswith("-")] for line in lines]
        # `version` is asked once a run, by whoever finds the CLI.
        names = [" ".join(each[:2]) if each[0] == "stack" else each[0] for each in words if each]
        return [each for each in names if each != "version"]

    return asked


@pytest.fixture
def database() -> Callable[..., Stack]:
    """A database as a kind would compile it, only smaller."""
    return make_database


def make_database(
    id: str = "dev.orders",
    *,
    instance: dict[str, Any] | None = None,
    key: dict[str, Any] | None = None,
    alarms: int = 2,
    threshold: float = 90.0,
    protect: bool = False,
    without: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Stack:
    name = id.replace(".", "-")
    resources = [
        Resource(
            "key",
            "aws:kms:Key",
            {"description": name, "deletion_window_in_days": 30, **(key or {})},
            "",
            Options(retain_on_delete=True),
        ),
        Resource("password", "random:RandomPassword", {"length": 32, "special": False}, ""),
        Resource(
            "secret",
            "aws:secretsmanager:Secret",
            {"name": f"{name}/master", "kms_key_id": Ref("key", "arn"), "recovery_window_in_days": 0},
            "",
        ),
        Resource("subnets", "aws:rds:SubnetGroup", {"name": name, "subnet_ids": list(SUBNETS)}, ""),
        Resource(
            "instance",
            "aws:rds:Instance",
            {
                "identifier": name,
                "engine": "mysql",
                "engine_version": "8.4",
                "instance_class": "db.t4g.micro",
                "allocated_storage": 20,
                "db_name": "orders",
                "username": "dbadmin",
                "password": Ref("password", "result"),
                "db_subnet_group_name": Ref("subnets", "name"),
                "kms_key_id": Ref("key", "arn"),
                "storage_encrypted": True,
                "skip_final_snapshot": True,
                **(instance or {}),
            },
            "",
            Options(protect=protect, delete_before_replace=True),
        ),
        Resource(
            "secret-content",
            "aws:secretsmanager:SecretVersion",
            {
                "secret_id": Ref("secret", "id"),
                "secret_string": Json(
                    {
                        "username": "dbadmin",
                        "password": Ref("password", "result"),
                        "host": Ref("instance", "address"),
                    }
                ),
            },
            "",
        ),
    ]
    resources += [
        Resource(
            f"alarm-{number}",
            "aws:cloudwatch:MetricAlarm",
            {
                "name": Concat((name, f"-{number}")),
                "comparison_operator": "GreaterThanThreshold",
                "evaluation_periods": 5,
                "metric_name": "CPUUtilization",
                "namespace": "AWS/RDS",
                "period": 60,
                "statistic": "Average",
                "threshold": threshold,
                "dimensions": {"DBInstanceIdentifier": Ref("instance", "identifier")},
            },
            "",
        )
        for number in range(alarms)
    ]
    return Stack(
        id,
        tuple(_placed(id, each) for each in resources if each.name not in without),
        {} if "instance" in without else {"endpoint": Ref("instance", "endpoint")},
        after,
    )


def _placed(stack: str, resource: Resource) -> Resource:
    """With the region and the tags that every resource has."""
    if resource.type.startswith("random:"):
        return resource
    inputs: dict[str, Any] = {"region": REGION}
    if resource.type != "aws:secretsmanager:SecretVersion":
        inputs["tags"] = {"dbspec:stack": stack, "dbspec:resource": resource.name}
    return replace(resource, inputs={**inputs, **resource.inputs})


@pytest.fixture
def parameters() -> Callable[..., Stack]:
    """A stack of one parameter group, for what needs nothing more."""
    return _parameters


def _parameters(id: str, value: str = "1", after: tuple[str, ...] = (), family: str = "mysql8.4") -> Stack:
    group = Resource(
        "parameters",
        "aws:rds:ParameterGroup",
        {
            "name": id.replace(".", "-"),
            "family": family,
            "parameters": [{"name": "slow_query_log", "value": value, "apply_method": "immediate"}],
        },
        "",
    )
    return Stack(id, (_placed(id, group),), {"arn": Ref("parameters", "arn")}, after)
