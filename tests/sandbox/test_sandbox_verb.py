"""`dbspec sandbox`, as people type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.commands.app import run
from compiler.diagnostics import Exit
from compiler.sandbox import default_path
from compiler.sandbox.account import Account, FaultError

REGION = "ap-northeast-2"
Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sandbox(account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types `dbspec sandbox ...` about the account; gives exit code, stdout, stderr."""
    tags = {"tags": {"dbspec:stack": "prod.orders", "dbspec:resource": "parameters"}}
    group = {"region": REGION, "name": "orders-84", "family": "mysql8.4", **tags}
    parameters = [{"name": "a", "value": "1"}]
    account.create(
        "aws:rds:ParameterGroup", {**group, "parameters": parameters}, ("prod.orders", "parameters")
    )
    monkeypatch.setenv("DBSPEC_SANDBOX", str(account.path))

    def type(*words: str) -> tuple[int, str, str]:
        code = run(["sandbox", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return type


def test_what_is_in_the_account_is_shown_by_stack(sandbox: Type) -> None:
    code, out, _ = sandbox("show")
    assert code == Exit.DONE
    assert out.startswith(
        "account 000000000000, 2026-11-23 00:00 UTC\n\nprod.orders\n  parameters  aws:rds:ParameterGroup"
    )
    assert "of nobody's stack" in out


def test_json_stands_alone_on_stdout(sandbox: Type) -> None:
    _, out, err = sandbox("show", "--format", "json")
    assert json.loads(out)["things"][-1]["id"] == "orders-84"
    assert err == ""


def test_a_property_drifts(sandbox: Type, account: Account) -> None:
    code, out, _ = sandbox("drift", "prod/orders", "parameters", "parameters[0].value=22")
    assert (code, out) == (Exit.DONE, 'prod/orders parameters: parameters[0].value is now "22"\n')
    inputs = account.read("aws:rds:ParameterGroup", "orders-84").inputs
    assert inputs["parameters"][0]["value"] == "22"
    sandbox("drift", "prod/orders", "parameters", 'tags["dbspec:stack"]=null')
    assert account.read("aws:rds:ParameterGroup", "orders-84").inputs["tags"] == {
        "dbspec:resource": "parameters"
    }


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("advance", "3x"), "'3x' is not a duration; write it as 90m, 12h, 3d, 2w or 1d12h"),
        (("drift", "prod/order", "parameters", "x=1"), "did you mean 'prod/orders'?"),
        (("drift", "prod/orders", "parameter", "x=1"), "did you mean 'parameters'?"),
        (("drift", "prod/orders", "parameters", "descripton=x"), "did you mean 'description'?"),
        (("drift", "prod/orders", "parameters", "description"), "write it as PROPERTY=VALUE"),
        (("drift", "prod/orders", "parameters", "parameters=7"), "parameters is a list, not 7"),
        (
            ("drift", "prod/orders", "parameters", "parameters[5].value=7"),
            "parameters has nothing at parameters[5].value",
        ),
        (("fault", "aws:rds:Instanc"), "did you mean 'aws:rds:Instance'?"),
        (("shwo",), "see dbspec sandbox --help"),
    ],
)
def test_what_is_mistyped_gets_the_way_out(sandbox: Type, words: tuple[str, ...], answer: str) -> None:
    code, out, err = sandbox(*words)
    assert (code, out) == (Exit.USAGE, "")
    assert answer in err


def test_a_fault_is_set_and_told(sandbox: Type, account: Account) -> None:
    code, out, _ = sandbox("fault", "aws:kms:Key", "--times", "2", "--message", "no", "--after")
    assert (code, out) == (Exit.DONE, "create of aws:kms:Key, 2 times: is done, and then fails: no\n")
    for _ in range(2):
        with pytest.raises(FaultError):
            account.create("aws:kms:Key", {"region": REGION})
    account.create("aws:kms:Key", {"region": REGION})


def test_a_fault_of_nothing_in_particular_is_an_internal_error(sandbox: Type) -> None:
    _, out, _ = sandbox("fault", "aws:kms:Key", "--phase", "delete")
    assert (
        out == "delete of aws:kms:Key, once: fails: api error InternalFailure: An internal error occurred\n"
    )


def test_time_passes(sandbox: Type, account: Account) -> None:
    key = account.create("aws:kms:Key", {"region": REGION})
    account.delete("aws:kms:Key", key.id, {"deletion_window_in_days": 7})
    assert "will be deleted for good on 2026-11-30 00:00 UTC" in sandbox("show")[1]
    _, out, _ = sandbox("advance", "6d23h60m")
    assert out == f"it is 2026-11-30 00:00 UTC\naws:kms:Key {key.id} was deleted for good\n"


def test_a_reset_account_is_empty(sandbox: Type, account: Account) -> None:
    assert sandbox("reset")[0] == Exit.DONE
    assert account.show()["things"] == []


def test_an_account_that_nobody_made_is_not_made_by_looking(
    tmp_path: Path, sandbox: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBSPEC_SANDBOX")
    code, _, err = sandbox("show", "--specs", str(tmp_path / "specs"))
    assert code == Exit.USAGE
    assert f"there is no sandbox at {tmp_path / '.dbspec' / 'sandbox.db'}" in err
    assert default_path(tmp_path / "specs").exists() is False
