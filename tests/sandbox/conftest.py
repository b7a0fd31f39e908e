"""The simulated account, alone and behind the real engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compiler.aws import types
from compiler.engine.cli import find
from compiler.sandbox.account import Account

REGION = "ap-northeast-2"
NETWORK = ("vpc-0a1b", "subnet-0a", "subnet-0b", "subnet-0c", "sg-0clients")


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """An account with somebody's network in it."""
    made = Account(tmp_path / "sandbox.db")
    made.prepare(NETWORK, REGION)
    return made


Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


@dataclass
class Engine:
    """The real CLI on one stack of its own; a resource is a type and its inputs, a callable gets those made before."""

    stack: Any
    events: list[Any] = field(default_factory=list)

    def up(self, resources: Resources, options: Mapping[str, Any] | None = None) -> None:
        self._run(self.stack.up, resources, options)

    def preview(self, resources: Resources, options: Mapping[str, Any] | None = None) -> None:
        self._run(self.stack.preview, resources, options)

    def refresh(self) -> None:
        self._run(self.stack.refresh)

    def destroy(self) -> None:
        self._run(self.stack.destroy)

    def steps(self) -> dict[str, str]:
        """What the last run did or would do, by resource; what stayed the same is left out."""
        found: dict[str, str] = {}
        for event in self.events:
            if step := event.resource_pre_event:
                name = step.metadata.urn.rpartition("::")[2]
                op = step.metadata.op.value
                if op not in ("same", "refresh", "read") and "pulumi:" not in step.metadata.type:
                    found[name] = f"{found[name]}, {op}" if name in found else op
        return found

    def outcomes(self) -> dict[str, str]:
        """What a refresh found, by resource; what stayed the same is left out."""
        return {
            event.res_outputs_event.metadata.urn.rpartition("::")[
                2
            ]: event.res_outputs_event.metadata.op.value
            for event in self.events
            if event.res_outputs_event
            and event.res_outputs_event.metadata.op.value not in ("same", "refresh")
        }

    def difference(self, name: str) -> dict[str, str]:
        """The detailed difference of a resource in the last run: kinds by property path."""
        for event in self.events:
            step = event.resource_pre_event
            if step and step.metadata.urn.endswith(f"::{name}") and step.metadata.detailed_diff:
                return {path: each.diff_kind.value for path, each in step.metadata.detailed_diff.items()}
        return {}

    def _run(
        self,
        verb: Callable[..., Any],
        resources: Resources | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.events = []
        if resources is not None:
            self.stack.workspace.program = _program(resources, options or {})
        verb(on_event=self.events.append)


def _program(resources: Resources, options: Mapping[str, Any]) -> Callable[[], None]:
    import importlib

    import pulumi

    def run() -> None:
        made: dict[str, Any] = {}
        for name, (type, inputs) in resources.items():
            found = types.resource_type(type)
            given = {key: _given(value, made) for key, value in inputs.items()}
            cls = getattr(importlib.import_module(found.module), found.cls)
            made[name] = cls(name, opts=options.get(name) or pulumi.ResourceOptions(), **given)
            pulumi.export(name, made[name].id)

    return run


def _given(value: Any, made: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_given(each, made) for each in value]
    if isinstance(value, dict):
        return {key: _given(each, made) for key, each in value.items()}
    return value(made) if callable(value) else value


@pytest.fixture(scope="session")
def pulumi_cli() -> Any:
    """The real CLI, as dbspec itself finds it."""
    from pulumi import automation
    from semver import VersionInfo

    found = find(os.environ)
    command = automation.PulumiCommand.__new__(automation.PulumiCommand)
    command.command = str(found.path)
    command.version = VersionInfo.parse(found.version)
    return command


@pytest.fixture
def engine(account: Account, tmp_path: Path, pulumi_cli: Any) -> Iterator[Engine]:
    """The real engine on the account, with a state of its own."""
    from pulumi import automation
    from pulumi.automation._stack import StackInitMode

    from compiler.sandbox.provider import serve

    class Stack(automation.Stack):
        """A stack whose operations are one process each."""

        def outputs(self) -> automation.OutputMap:
            return {}

        def info(self, show_secrets: bool = True) -> Any:
            return automation.UpdateSummary("", datetime.min.replace(tzinfo=UTC), "", {}, {}, "")

    (tmp_path / "state").mkdir()
    with serve(account) as providers:
        workspace = automation.LocalWorkspace(
            project_settings=automation.ProjectSettings("dbspec", "python"),
            pulumi_command=pulumi_cli,
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}?metadata=skip",
                "PULUMI_CONFIG_PASSPHRASE": "test",
                "PULUMI_DEBUG_PROVIDERS": providers,
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            },
        )
        yield Engine(Stack("prod.orders", workspace, StackInitMode.CREATE))
