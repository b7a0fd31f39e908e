"""Whom GitHub asks for reviews."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.codeowners import BEGIN, END, codeowners
from bot.commands.app import run
from compiler.catalog import Catalog

Specs = Callable[..., Catalog]

PEOPLE = """\
teams:
  checkout: {github: acme/checkout, members: [ada]}
  identity: {members: [ada, grace]}
  nobody: {}
users:
  ada: {github: {id: 1, login: ada}}
  grace: {slack: U0GRACE}
  barbara: {github: {id: 4, login: barbara}}
grants:
  "*": {change: [owner, barbara]}
  prod: {change: [nobody]}
"""


def test_who_may_approve_is_asked(specs: Specs) -> None:
    found = specs({"people.yaml": PEOPLE, "prod/a shop/carts.yaml": FILE})
    made = codeowners(found, "specs")
    assert made.lines == (
        "/.github/ @barbara",
        "/bot/ @barbara",
        "/compiler/ @barbara",
        "/Makefile @barbara",
        "/pyproject.toml @barbara",
        "/requirements.lock @barbara",
        "/specs/ @barbara",
        "/specs/dev/ @barbara",
        "/specs/dev/orders.yaml @acme/checkout @barbara",
        "/specs/prod/ @barbara",
        "/specs/prod/a\\ shop/carts.yaml @acme/checkout @barbara",
        "/specs/prod/orders.yaml @acme/checkout @barbara",
        "/specs/prod/sessions.yaml @ada @barbara",
    )
    assert [str(each) for each in made.problems] == [
        "specs/people.yaml:4:3: GitHub can ask nobody of nobody for a review; give nobody `github`, or members with it"
    ]


FILE = "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: carts\n"


def test_what_people_wrote_stays_where_it_is(specs: Specs) -> None:
    made = codeowners(specs({"people.yaml": PEOPLE}), "specs")
    once = made.put_into("* @acme/everybody\n")
    assert once.startswith(f"* @acme/everybody\n\n{BEGIN}\n/.github/ @barbara\n")
    more = f"{once}/docs/ @acme/writers\n"
    assert made.put_into(more) == more
    fewer = more.replace("/specs/dev/ @barbara\n", "")
    assert fewer != more
    assert made.put_into(fewer) == more
    assert made.put_into("").startswith(BEGIN)
    assert made.put_into("").endswith(f"{END}\n")


def test_the_verb_writes_it_and_tells_when_it_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], specs: Specs
) -> None:
    for path, data in specs({"people.yaml": PEOPLE}).texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".github/CODEOWNERS"
    assert run(["codeowners", "--check"]) == 1
    assert "run dbspec-bot codeowners" in capsys.readouterr().err
    assert not file.exists()
    assert run(["codeowners"]) == 0
    assert run(["codeowners", "--check"]) == 0
    (tmp_path / "specs/prod/orders.yaml").unlink()
    assert run(["codeowners", "--check"]) == 1
    assert "orders" in file.read_text(encoding="utf-8")
