"""The verbs by which whoever runs the bot sets it up and looks at it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.audit import Trail
from bot.chat.slack.manifest import SCOPES, manifest
from bot.commands.app import run
from bot.forge.forge import Forge, ForgeError
from bot.forge.local.forge import LocalForge
from bot.requests.transaction import engine
from bot.settings import VARIABLES
from tests.chat.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.forge.github_server import ALL, GithubServer, Principal

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTINGS = """\
forge: {{github: {{repository: acme/databases, api_url: "{github}"}}}}
slack: {{channel: "#platform", api_url: "{slack}"}}
"""
ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target:
  account: "123456789012"
  preview_role: arn:aws:iam::123456789012:role/dbspec-prod-preview
  apply_role: arn:aws:iam::123456789012:role/dbspec-prod-apply
state: {backend: "s3://acme-dbspec?region=ap-northeast-2"}
shared_infrastructure:
  terraform_s3: {bucket: acme-terraform, key: shared.tfstate, region: ap-northeast-2}
windows: {timezone: Asia/Seoul, days: [sun], from: "03:00", to: "06:00"}
"""


class Done(NamedTuple):
    code: int
    out: str
    err: str


Verb = Callable[..., Done]


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verb:
    """A verb of `dbspec-bot`, called in an empty folder where nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in (*VARIABLES.values(), "GITHUB_REPOSITORY", "DBSPEC_BOT_SETTINGS", "DBSPEC_FORGE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)

    def call(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(arguments)
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GithubServer]:
    local = LocalForge.create(tmp_path / "forge")
    local.contributor("ada").commit("main", {"specs/prod/orders.yaml": "kind: mysql\n"}, "Begin")
    with GithubServer(local) as server:
        server.tokens["admin"] = Principal(
            "octocat", ALL | {"actions": "read", "administration": "read"}, is_app=False
        )
        yield server
    assert server.problems == []


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        server.tokens[BOT_TOKEN] = frozenset(SCOPES)
        yield server
    assert server.problems == []


@pytest.fixture
def everything(
    verb: Verb, tmp_path: Path, github: GithubServer, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A place where nothing is missing."""
    (tmp_path / "specs" / "prod").mkdir(parents=True)
    (tmp_path / "specs" / "people.yaml").write_text('teams: {checkout: {channel: "#checkout"}}\n')
    (tmp_path / "specs" / "prod" / "environment.yaml").write_text(ENVIRONMENT)
    (tmp_path / "specs" / "dev").mkdir()
    sandbox = re.sub(r"target:.*tfstate.*?\n", "target: sandbox\n", ENVIRONMENT, flags=re.DOTALL)
    (tmp_path / "specs" / "dev" / "environment.yaml").write_text(sandbox)
    (tmp_path / "data").mkdir()
    settings = tmp_path / "dbspec-bot.yaml"
    settings.write_text(SETTINGS.format(github=github.url, slack=slack.api))
    monkeypatch.setenv("GITHUB_TOKEN", "admin")
    monkeypatch.setenv("DBSPEC_SLACK_BOT_TOKEN", BOT_TOKEN)
    monkeypatch.setenv("DBSPEC_SLACK_APP_TOKEN", APP_TOKEN)
    return settings


def _missing(done: Done) -> dict[str, str]:
    areas = json.loads(done.out)["areas"]
    return {
        each["about"]: each["said"]
        for area in areas
        for each in area["findings"]
        if each["state"] == "missing"
    }


def test_where_everything_is_set_up_nothing_is_missing_and_a_card_is_posted(
    verb: Verb, everything: Path, slack: SlackServer
) -> None:
    done = verb("doctor", "--post", "#checkout", "--format", "json")
    assert _missing(done) == {}
    assert done.code == 0
    (message,) = slack.in_channel("C0CHECKOUT")
    assert "dbspec can write here" in message.body["text"]
    assert {"forge", "settings", "Slack"} == {each["name"] for each in json.loads(done.out)["areas"]}


def test_slack_tells_the_scopes_channels_and_tokens_that_are_missing(
    verb: Verb, everything: Path, slack: SlackServer
) -> None:
    people = everything.parent / "specs" / "people.yaml"
    people.write_text('teams: {checkout: {channel: "#secrets"}, identity: {channel: "#nowhere"}}\n')
    slack.tokens[BOT_TOKEN] = frozenset(SCOPES) - {"im:history"}
    slack.tokens[APP_TOKEN] = frozenset()
    done = verb("doctor", "--format", "json")
    assert done.code == 3
    assert set(_missing(done)) == {"scopes", "app-level token", "channel #secrets", "channel #nowhere"}
    del slack.tokens[BOT_TOKEN]
    assert set(_missing(verb("doctor", "--format", "json"))) == {"bot token"}


def test_settings_that_lack_a_secret_or_a_database_say_so(
    verb: Verb, everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBSPEC_SLACK_APP_TOKEN")
    (everything.parent / "data").rmdir()
    done = verb("doctor", "--format", "json")
    assert done.code == 3
    assert set(_missing(done)) == {"secrets", "database"}


def test_a_doctor_without_settings_looks_at_the_forge_alone(
    verb: Verb, everything: Path, github: GithubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything.unlink()
    for name, value in github.environ("admin").items():
        monkeypatch.setenv(name, value)
    github.rules.places = {}
    done = verb("doctor", "--color", "never")
    assert done.code == 3
    assert "  missing  environment prod: GitHub has none of that name" in done.out
    assert "Slack" not in done.out
    assert "environment dev" not in done.out  # it lives in the sandbox
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert "GITHUB_REPOSITORY names no repository" in verb("doctor").out


def test_a_doctor_whose_forge_is_away_looks_at_slack_all_the_same(
    verb: Verb, everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(environ: Mapping[str, str]) -> Forge:
        raise ForgeError("GitHub cannot be reached: ConnectionError", again=True)

    monkeypatch.setattr("bot.forge.connect.connect", away)
    done = verb("doctor", "--color", "never")
    assert "forge: GitHub cannot be reached: ConnectionError" in done.out
    assert "bot token: acts as dbspec" in done.out


def test_the_manifest_says_how_slack_comes_to_the_bot(verb: Verb) -> None:
    by_socket = json.loads(verb("manifest").out)
    assert by_socket["settings"]["socket_mode_enabled"] is True
    assert by_socket == manifest("/database")
    by_http = json.loads(verb("manifest", "--url", "https://bot.example.org/", "--command", "/db").out)
    assert by_http["settings"]["socket_mode_enabled"] is False
    (command,) = by_http["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/db", "https://bot.example.org/slack/events")
    assert by_http["settings"]["interactivity"]["request_url"] == command["url"]
    assert verb("manifest", "--url", "http://bot.example.org").code == 2


def test_the_bot_has_the_scopes_of_every_method_that_it_calls() -> None:
    from tests.chat import slack_server

    text = "".join(
        path.read_text() for path in (Path(__file__).parents[2] / "bot" / "chat" / "slack").glob("*.py")
    )
    called = {method for method in slack_server.SCOPES if f".{method.replace('.', '_')}" in text}
    assert {"chat.postMessage", "conversations.history", "conversations.open"} <= called
    needed = {slack_server.SCOPES[each] for each in called} - {"", "connections:write"}
    assert needed <= set(SCOPES)


def test_the_audit_trail_is_exported_and_checked(verb: Verb, everything: Path) -> None:
    trail = Trail(engine(f"sqlite:///{everything.parent}/data/requests.sqlite"), lambda: NOW)
    trail.create()
    rows = [trail.add("submit", "U0ADA", f"prod/{each}", {"id": each}) for each in range(3)]
    exported = [json.loads(line) for line in verb("audit", "export").out.splitlines()]
    assert [each["digest"] for each in exported] == [each.digest for each in rows]
    assert exported[0]["about"] == "prod/0"
    assert verb("audit", "verify").out == f"3 rows, {rows[2].digest}\n"
    assert verb("audit", "verify", "--digest", rows[0].digest).code == 0
    cut = verb("audit", "verify", "--digest", "0" * 63 + "1")
    assert cut.code == 3
    assert "rows were cut off" in cut.err


def test_a_trail_that_is_not_there_is_said(verb: Verb, everything: Path) -> None:
    done = verb("audit", "export")
    assert done.code == 3
    assert "audit/database" in done.err
