"""The first tier: what a pull request would do, from git objects alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.commands.app import run
from bot.forge.local.contributor import Contributor
from bot.jobs import result as results
from bot.jobs.result import Phase
from bot.jobs.verdict import passes
from compiler.diagnostics import Severity, UserError
from compiler.report import Ending
from tests.jobs.conftest import ENVIRONMENT, ORDERS, SESSIONS, Shop, git


def test_only_what_differs_has_a_report(shop: Shop) -> None:
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"}))
    assert [each.stack for each in found.reports] == ["prod.orders"]
    assert found.unchanged == 4
    assert found.phase is Phase.DONE
    (report,) = found.reports
    assert report.effects
    assert report.effects[0].causes[0].key == "instance_class"
    assert report.cost is not None


def test_reformatting_a_file_changes_nothing(shop: Shop) -> None:
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": "# the orders\n" + ORDERS}))
    assert (found.reports, found.diagnostics) == ((), ())


def test_a_removed_spec_is_refused_outside_development(shop: Shop) -> None:
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": None, "specs/dev/sessions.yaml": None}))
    rules = {each.stack: [one.rule for one in each.refusals] for each in found.reports}
    assert rules == {"prod.orders": ["gate/vanished"], "dev.sessions": []}


def test_what_is_wrong_has_its_place_and_all_of_it_is_said(shop: Shop) -> None:
    found = shop.preview(
        shop.pull(
            {
                "specs/prod/orders.yaml": ORDERS + "storrage: {}\n",
                "specs/prod/sessions.yaml": SESSIONS + "owner_: x\n",
            }
        )
    )
    places = [str(each.at) for each in found.diagnostics if each.severity is Severity.ERROR]
    assert places == ["specs/prod/orders.yaml:6:1", "specs/prod/sessions.yaml:6:1"]
    assert {each.outcome.ending for each in found.reports} == {Ending.UNCOMPARED}


BREAKS = {
    "unknown key": {"specs/dev/sessions.yaml": SESSIONS + "broken: true\n"},
    "no YAML": {"specs/dev/sessions.yaml": "{"},
    "override": {"specs/dev/sessions.yaml": SESSIONS + "overrides: {table: {no_such_input: 1}}\n"},
    "environment": {"specs/dev/environment.yaml": "tier: nonsense\n"},
    "people": {"specs/people.yaml": "teams: {checkout: {members: [nobody]}}\n"},
}


@pytest.mark.parametrize("broken", BREAKS)
def test_what_is_broken_on_main_stops_nobody_else(shop: Shop, broken: str) -> None:
    shop.grace.commit("main", BREAKS[broken], "Break it")
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"}))
    assert all(each.severity is Severity.WARNING and "already" in each.message for each in found.diagnostics)
    assert [each.stack for each in found.reports] == ["prod.orders"]
    assert passes(found)


@pytest.mark.parametrize("broken", BREAKS)
def test_what_a_pull_request_breaks_stops_it(shop: Shop, broken: str) -> None:
    assert not passes(shop.preview(shop.pull(BREAKS[broken])))


def test_who_touches_what_is_broken_on_main_has_to_mend_it(shop: Shop) -> None:
    shop.grace.commit("main", BREAKS["environment"], "Break it")
    found = shop.preview(shop.pull({"specs/dev/sessions.yaml": SESSIONS + "ttl: gone_at\n"}))
    assert [each.stack for each in found.reports] == ["dev.sessions"]
    assert not passes(found)


def test_mending_a_spec_is_compared_with_the_last_commit_at_which_it_could_be_read(shop: Shop) -> None:
    shop.grace.commit("main", {"specs/prod/orders.yaml": ORDERS + "broken: true\n"}, "Break it")
    shop.grace.commit("main", {"specs/dev/sessions.yaml": SESSIONS + "ttl: expires_at\n"}, "Something else")
    pull = shop.pull(
        {"specs/prod/orders.yaml": ORDERS.replace("database_name: orders", "database_name: shop")}
    )
    (report,) = shop.preview(pull).reports
    assert report.outcome.ending is Ending.CHANGES
    assert "what base says of it is wrong" in report.outcome.notes[-1]
    assert [each.rule for each in report.refusals] == ["gate/replace"]


def test_removing_a_spec_that_is_broken_on_main_is_refused_all_the_same(shop: Shop) -> None:
    shop.grace.commit("main", {"specs/prod/orders.yaml": ORDERS + "broken: true\n"}, "Break it")
    (report,) = shop.preview(shop.pull({"specs/prod/orders.yaml": None})).reports
    assert [each.rule for each in report.refusals] == ["gate/vanished"]


def test_removing_what_nobody_can_read_any_more_waits_until_it_is_mended(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.preview._EARLIER", 0)
    shop.grace.commit("main", {"specs/prod/orders.yaml": ORDERS + "broken: true\n"}, "Break it")
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": None}))
    assert [each.rule for each in found.diagnostics] == ["preview/unlooked"]
    assert not passes(found)
    mended = shop.preview(shop.pull({"specs/prod/orders.yaml": ORDERS}, branch="mend"))
    assert passes(mended)


def test_mending_a_spec_to_what_it_was_is_no_change(shop: Shop) -> None:
    shop.grace.commit("main", {"specs/prod/orders.yaml": ORDERS + "broken: true\n"}, "Break it")
    found = shop.preview(shop.pull({"specs/prod/orders.yaml": ORDERS}))
    assert (found.reports, found.unchanged) == ((), 5)


def test_a_preview_older_than_main_shows_what_merging_does_and_not_what_main_did(shop: Shop) -> None:
    pull = shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"})
    shop.grace.commit(
        "main",
        {"specs/prod/environment.yaml": ENVIRONMENT + "    backup: {retention_days: 20}\n"},
        "Keep backups for longer",
    )
    found = shop.preview(shop.forge.pulls.pull(pull.number))
    (report,) = found.reports
    assert [
        str(each.route[0])
        for change in report.changes
        for each in change.properties
        if change.resource == "instance"
    ] == ["instance_class"]
    assert found.head == pull.head_sha


def test_a_branch_that_conflicts_with_main_is_told_so(shop: Shop) -> None:
    pull = shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"})
    shop.grace.commit(
        "main", {"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.2xlarge\n"}, "Other"
    )
    found = shop.preview(shop.forge.pulls.pull(pull.number))
    assert [each.rule for each in found.diagnostics] == ["preview/conflict"]
    assert [each.stack for each in found.reports] == ["prod.orders"]


def test_a_fork_is_previewed_as_any_other(shop: Shop) -> None:
    other: Contributor = shop.local.contributor("linus")
    pull = other.open_from_fork(
        "fix", {"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"}, "Fix"
    )
    assert [each.stack for each in shop.preview(pull).reports] == ["prod.orders"]


def test_a_commit_that_is_not_fetched_is_said_to_be(shop: Shop) -> None:
    pull = shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"})
    from bot.jobs.revisions import revisions

    with pytest.raises(UserError, match="fetched"):
        revisions(shop.clone / "specs", pull.base_sha, pull.head_sha)


def test_what_fails_a_control_is_wrong_where_it_is_touched_and_nowhere_else(shop: Shop) -> None:
    bare = (
        ENVIRONMENT.replace("waive:", "waive: {}\nx_waive:")
        .replace("x_waive", "tags")
        .replace('{RDS.23: {reason: "clients have 3306 compiled in", until: 2027-12-31}}', "{a: b}")
    )
    shop.grace.commit("main", {"specs/prod/environment.yaml": bare}, "Let the waiver go")
    touched = shop.preview(shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"}))
    other = shop.preview(shop.pull({"specs/prod/sessions.yaml": SESSIONS + "ttl: gone_at\n"}, branch="other"))
    assert any("RDS.23" in f"{each.rule} {each.message}" for each in touched.diagnostics)
    assert not any("RDS.23" in f"{each.rule} {each.message}" for each in other.diagnostics)


def test_the_verb_leaves_a_result_as_data(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = shop.pull({"specs/prod/orders.yaml": ORDERS + "instance_class: db.r7g.xlarge\n"})
    shop.fetch()
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps(
            {
                "pull_request": {
                    "number": pull.number,
                    "head": {"sha": pull.head_sha, "repo": {"full_name": "acme/databases"}},
                    "base": {"sha": pull.base_sha},
                },
                "repository": {"full_name": "acme/databases"},
            }
        )
    )
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    monkeypatch.chdir(shop.clone)
    assert run(["ci", "preview", "--out", str(tmp_path / "out")]) == 0
    (file,) = (tmp_path / "out").iterdir()
    found = results.from_data(json.loads(file.read_text()))
    assert (found.number, found.head) == (pull.number, pull.head_sha)
    assert [each.stack for each in found.reports] == ["prod.orders"]
    assert git(shop.clone, "status", "--porcelain") == ""


def test_what_is_held_is_said_not_to_take_hold(shop: Shop) -> None:
    held = ORDERS + "instance_class: db.r7g.xlarge\nhold: {reason: the audit, until: 2026-12-31}\n"
    (report,) = shop.preview(shop.pull({"specs/prod/orders.yaml": held})).reports
    assert str(report.held) == "held until the end of 2026-12-31: the audit"


def test_waivers_that_a_pull_request_writes_are_told(shop: Shop) -> None:
    waived = SESSIONS + "waive: {DynamoDB.6: {reason: a cache, until: 2027-01-01}}\n"
    assert shop.preview(shop.pull({"specs/prod/sessions.yaml": waived})).waivers == (
        "`DynamoDB.6` for prod/sessions until 2027-01-01: a cache",
    )
