"""The tiers that ask the real engine, on simulated accounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.app import run
from bot.jobs import asking, files, graphs
from bot.jobs.preview import sides
from bot.jobs.result import Phase, Result
from compiler import catalog
from compiler.changes import Op
from compiler.engine.store import open_store, record
from compiler.report import Ending
from compiler.source import at_revision
from tests.jobs.conftest import SESSIONS, TODAY, Shop, git

pytestmark = pytest.mark.xdist_group("engine")


def test_a_rehearsal_makes_what_was_and_then_what_will_be_and_leaves_nothing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = shop.pull(
        {
            "specs/dev/sessions.yaml": SESSIONS + "ttl: gone_at\n",
            "specs/prod/sessions.yaml": SESSIONS.replace("session_id", "id"),
        }
    )
    shop.fetch()
    monkeypatch.chdir(shop.clone)
    asked = ["--pull", str(pull.number), "--head", pull.head_sha, "--base", pull.base_sha]
    assert run(["ci", "preview", "--tier", "sandbox", "--out", str(tmp_path / "out"), *asked]) == 0
    ((name, found),) = files.read_all(tmp_path / "out")
    assert name == "sandbox-1"
    assert found.phase is Phase.DONE, found.failures
    endings = {each.stack: each.outcome.ending for each in found.reports}
    assert endings == {"dev.sessions": Ending.APPLIED, "prod.sessions": Ending.REFUSED}
    changed = [change for each in found.reports if each.stack == "dev.sessions" for change in each.changes]
    assert [(change.resource, change.op) for change in changed] == [("table", Op.UPDATE)]
    assert git(shop.clone, "status", "--porcelain", "--ignored") == ""


def test_an_account_is_asked_about_graphs_that_other_code_compiled(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = shop.pull({"specs/dev/sessions.yaml": SESSIONS + "# touched\n"})
    revisions = shop.revisions(pull)
    made = graphs.compiled(catalog.load(at_revision(shop.clone / "specs", pull.head_sha)), pull.head_sha)
    file = tmp_path / "graphs.json"
    graphs.write(made, file)
    data = json.loads(file.read_text())
    (stack,) = (each for each in data["stacks"] if each["id"] == "dev.sessions")
    (table,) = (each for each in stack["resources"] if each["name"] == "table")
    table["inputs"]["name"] = "as-head-has-it"
    file.write_text(json.dumps(data))
    monkeypatch.chdir(shop.clone)
    # What was applied once, and has no spec on either side.
    (shop.clone / ".dbspec" / "state").mkdir(parents=True)
    store = open_store((shop.clone / ".dbspec" / "state").as_uri())
    attempt = record.Attempt(None, "", record.Outcome.FAILED, datetime(2026, 1, 1, tzinfo=UTC))
    record.write(store, record.Applied("dev.forgotten", None, attempt), None)
    found: Result = asking.ask(
        shop.event(pull), revisions, sides(revisions), ["dev.sessions"], 1, 300, TODAY, graphs.read(file)
    )
    assert found.phase is Phase.DONE, found.failures
    assert found.orphans == ("dev.forgotten",)
    (report,) = found.reports
    assert report.outcome.ending is Ending.CHANGES, report.outcome
    (made_table,) = (each for each in report.changes if each.resource == "table")
    assert "as-head-has-it" in {each.after.value for each in made_table.properties if each.route == ("name",)}
