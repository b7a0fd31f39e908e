"""The command `dbspec-bot`: its verbs, their help, exit codes, and what they import."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer

from bot.commands import ci
from bot.commands.app import VERBS, dbspec_bot, run
from bot.forge.forge import ForgeError
from compiler import __version__
from tests.jobs.conftest import ORDERS, ROOT, Shop


def _help(*words: str) -> str:
    command: Any = typer.main.get_command(dbspec_bot.app)
    for word in words:
        command = command.get_command(None, word)
    return " ".join(str(command.help).split())


@pytest.mark.parametrize("job", ci.JOBS)
def test_the_help_of_every_job_shows_an_example(job: str) -> None:
    assert f"Example: dbspec-bot ci {job}" in _help("ci", job)


def test_every_verb_is_there_and_says_what_it_is_for() -> None:
    for verb in VERBS:
        assert _help(verb), verb


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cy"], "there is no verb 'cy'; write one of "),
        (["ci", "previw"], "did you mean 'preview'?; see dbspec-bot ci --help"),
        (["ci", "preview", "--tear", "specs"], "see dbspec-bot ci preview --help"),
        (["ci", "preview", "--out", "x", "--pull", "1"], "--pull, --head and --base belong together"),
        (["ci", "preview", "--out", "x"], "this is no job of a pull request"),
        (["ci", "preview", "--out", "x", "--tier", "account"], "an account is that of one environment"),
        ([], "Usage: dbspec-bot"),
    ],
    ids=str,
)
def test_wrong_usage_is_one_message_and_exit_code_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_a_part_that_is_none_is_wrong_usage(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.clone)
    asked = ["--tier", "sandbox", "--shard", "3/2", "--pull", "1", "--head", "HEAD", "--base", "HEAD"]
    assert run(["ci", "preview", "--out", "x", *asked]) == 2
    assert "3/2 is no part" in capsys.readouterr().err


def test_a_forge_that_fails_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise ForgeError("GitHub answered 502 six times")

    monkeypatch.setattr("bot.forge.connect.connect", broken)
    asked = ["--pull", "1", "--head", "0" * 40, "--base", "0" * 40]
    assert run(["ci", "begin", *asked]) == 3
    assert capsys.readouterr().err == "GitHub answered 502 six times\n"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"dbspec-bot {__version__}\n"


def test_the_first_tier_imports_nothing_of_an_engine_and_opens_no_socket(shop: Shop) -> None:
    pull = shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"})
    shop.fetch()
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a socket')\n"
        "socket.socket.connect = refuse\n"
        "from bot.commands.app import run\n"
        f"code = run(['ci', 'preview', '--out', 'out', '--pull', '1', '--head', '{pull.head_sha}', "
        f"'--base', '{pull.base_sha}'])\n"
        "heavy = {'pulumi', 'pulumi_aws', 'boto3', 'botocore', 'grpc', 'github', 'requests', 'slack_sdk', 'dbos'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=shop.clone,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
