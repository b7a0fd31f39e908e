"""What a request would write, with what is wrong at each key and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.requests.draft import Draft, Main, defaults, draft
from bot.requests.request import Intent, Request, from_data, to_data
from compiler import catalog
from compiler.report import Ending
from compiler.source import WorkTree

TODAY = date(2026, 11, 23)
PEOPLE = "teams:\n  checkout: {channel: '#checkout'}\n  platform: {channel: '#platform', members: [grace]}\nusers:\n"
PEOPLE += "  grace: {slack: U2}\n"
ENVIRONMENT = "tier: {tier}\nedition: '2026.11'\nregion: ap-northeast-2\ntarget: sandbox\n"
ENVIRONMENT += "clients: {{api: {{security_group: sg-0c0ffee0000000003}}}}\n"
ORDERS = """\
# Orders of the shop.
kind: mysql
project: shop
owner: checkout # a team

database_name: orders
"""


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    for name, tier in {"dev": "development", "prod": "production"}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "environment.yaml").write_text(ENVIRONMENT.format(tier=tier))
        (folder / name / "orders.yaml").write_text(ORDERS)
    (folder / "people.yaml").write_text(PEOPLE)
    return folder


def drafted(
    specs: Path,
    action: Intent,
    target: str,
    answers: Mapping[str, Any] | None = None,
    kind: str = "",
    reason: str = "",
    *,
    gone: bool = False,
) -> Draft:
    files = _files(specs)
    main = Main("0" * 40, "specs", files, catalog.load(_Shown(files)))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    request = Request("1a", action, target, "U1", "C1", at, kind, answers or {}, reason)
    assert from_data(to_data(request)) == request
    return draft(request, main, TODAY, gone=gone)


def _files(specs: Path) -> list[Any]:
    return [replace(file, shown=f"specs/{file.path}") for file in WorkTree(specs).files()]


class _Shown:
    name = "specs"

    def __init__(self, files: list[Any]) -> None:
        self._files = files

    def files(self) -> Any:
        return iter(self._files)


def keys(found: Draft) -> set[str]:
    return {each.key for each in found.problems}


def test_a_new_spec_says_only_what_is_no_default(specs: Path) -> None:
    answers = {
        "project": "shop",
        "owner": "checkout",
        "database_name": "billing",
        "multi_az": False,
        "access": ["api"],
        "tags": {},
        "storage.allocated_gib": 50,
    }
    found = drafted(specs, Intent.REQUEST, "dev/billing", answers, "mysql")
    assert found.path == "specs/dev/billing.yaml"
    assert (found.after or b"").decode() == (
        "kind: mysql\nproject: shop\nowner: checkout\naccess: [api]\ndatabase_name: billing\n"
        "storage: {allocated_gib: 50}\n"
    )
    assert not found.problems
    assert [each.outcome.ending for each in found.reports] == [Ending.ADDED]
    assert found.cost is not None
    assert found.cost.total.dollars > 0


def test_every_problem_stands_at_its_key(specs: Path) -> None:
    answers = {"project": "Shop", "owner": "chekout", "storage.allocated_gib": "many", "access": ["app"]}
    found = drafted(specs, Intent.REQUEST, "dev/billing", answers, "mysql")
    assert keys(found) == {"project", "owner", "storage.allocated_gib", "access[0]", "database_name"}
    assert next(str(each) for each in found.problems if each.key == "owner") == (
        "there is no team 'chekout'; did you mean 'checkout'?; name a team of people.yaml, or add it there"
    )


def test_rules_between_keys_and_controls_are_problems_too(specs: Path) -> None:
    found = drafted(
        specs,
        Intent.REQUEST,
        "prod/sessions",
        {"project": "shop", "owner": "checkout", "auth.mode": "none"},
        "redis",
    )
    assert keys(found) == {"auth.mode"}
    assert [each.control.id for each in found.refused] == ["ElastiCache.6"]


def test_a_waived_control_is_told(specs: Path) -> None:
    answers = {"waive": {"RDS.23": {"reason": "compiled in", "until": "2027-01-31"}}, "port": 3306}
    found = drafted(specs, Intent.CHANGE, "prod/orders", answers)
    assert [each.control.id for each in found.waived] == ["RDS.23"]


def test_a_change_touches_only_what_was_answered(specs: Path) -> None:
    found = drafted(specs, Intent.CHANGE, "prod/orders", {"instance_class": "db.r6g.xlarge", "port": None})
    assert (found.after or b"").decode() == ORDERS + "instance_class: db.r6g.xlarge\n"
    assert not found.problems
    assert [each.outcome.ending for each in found.reports] == [Ending.CHANGES]
    assert found.reports[0].effects


def test_what_a_gate_would_refuse_is_a_problem(specs: Path) -> None:
    found = drafted(specs, Intent.CHANGE, "prod/orders", {"project": "store"})
    assert "identifier: shop-prod-orders" in str(found.problems)


@pytest.mark.parametrize(
    ("action", "target", "says"),
    [
        (Intent.REQUEST, "prod/orders", "there already"),
        (Intent.REQUEST, "test/orders", "no environment"),
        (Intent.REQUEST, "prod/environment", "cannot name a database"),
        (Intent.REQUEST, "prod/../people", "cannot name a database"),
        (Intent.REQUEST, "prod/", "cannot name a database"),
        (Intent.REQUEST, "../x", "no environment"),
        (Intent.CHANGE, "prod/carts", "no database"),
        (Intent.CHANGE, "prod/environment", "no database"),
        (Intent.CHANGE, "prod/orders", "changes nothing"),
        (Intent.REMOVE, "prod/carts", "no database"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(
    specs: Path, action: Intent, target: str, says: str
) -> None:
    found = drafted(specs, action, target, {}, "mysql")
    assert says in str(found.problems)
    assert found.after is None or found.before == found.after


@pytest.mark.parametrize("key", ["a[0]", "", "a b", "storage..x"])
def test_an_answer_to_no_key_is_a_problem(specs: Path, key: str) -> None:
    assert keys(drafted(specs, Intent.CHANGE, "prod/orders", {key: 1})) == {key}


def test_a_key_answered_twice_is_a_problem(specs: Path) -> None:
    found = drafted(specs, Intent.REQUEST, "dev/a", {"storage": 1, "storage.type": "gp2"}, "mysql")
    assert keys(found) == {"storage.type"}


def test_production_goes_in_two_steps_and_the_second_waits_for_the_first(specs: Path) -> None:
    assert keys(drafted(specs, Intent.REMOVE, "prod/orders")) == {"decommission.reason"}
    first = drafted(specs, Intent.REMOVE, "prod/orders", reason="over")
    line = "decommission: {reason: over, final_snapshot: shop-prod-orders-final}\n"
    assert (first.after or b"").decode() == ORDERS + line
    assert not first.problems
    (specs / "prod/orders.yaml").write_bytes(first.after or b"")
    assert "still there" in str(drafted(specs, Intent.REMOVE, "prod/orders").problems)
    second = drafted(specs, Intent.REMOVE, "prod/orders", gone=True)
    assert second.after is None
    assert not second.problems


def test_a_snapshot_can_be_declined(specs: Path) -> None:
    found = drafted(
        specs, Intent.REMOVE, "prod/orders", {"decommission.final_snapshot": False}, reason="over"
    )
    assert b"final_snapshot: false" in (found.after or b"")


def test_development_goes_by_its_file(specs: Path) -> None:
    found = drafted(specs, Intent.REMOVE, "dev/orders")
    assert (found.after, found.problems) == (None, ())
    assert [each.outcome.ending for each in found.reports] == [Ending.REMOVED]


def test_whoever_joins_is_who_the_chat_says(specs: Path) -> None:
    answers = {"slack": "U2", "id": 12, "login": "ada-l", "team": "platform"}
    found = drafted(specs, Intent.JOIN, "ada", answers)
    text = (found.after or b"").decode()
    assert "members: [grace, ada]" in text
    assert "  ada: {slack: U1, github: {id: 12, login: ada-l}}\n" in text
    assert not found.problems


@pytest.mark.parametrize(
    ("name", "answers", "says"),
    [
        ("grace", {}, "somebody else"),
        ("Ada L.", {}, "cannot name a user"),
        ("ada", {"team": "carts"}, "no team 'carts'"),
    ],
)
def test_nobody_takes_the_place_of_another(
    specs: Path, name: str, answers: Mapping[str, Any], says: str
) -> None:
    assert says in str(drafted(specs, Intent.JOIN, name, answers).problems)


def test_whoever_is_known_joins_no_second_time(specs: Path) -> None:
    people = specs / "people.yaml"
    people.write_text(people.read_text().replace("U2", "U1"))
    assert "knows you already, as grace" in str(drafted(specs, Intent.JOIN, "ada").problems)


def test_what_was_wrong_before_keeps_nobody_from_another_database(specs: Path) -> None:
    (specs / "prod/carts.yaml").write_text("kind: mysql\n")
    assert not drafted(specs, Intent.CHANGE, "prod/orders", {"port": 3399}).problems


def test_what_goes_wrong_elsewhere_because_of_it_is_told_with_its_place(specs: Path) -> None:
    answers = {"project": "shop", "owner": "checkout", "database_name": "x", "identifier": "shop-prod-orders"}
    found = drafted(specs, Intent.REQUEST, "prod/copy", answers, "mysql")
    assert "would both be called shop-prod-orders" in str(found.problems)


def test_a_form_is_filled_with_what_the_environment_gives(specs: Path) -> None:
    file = specs / "prod/environment.yaml"
    file.write_text(file.read_text() + "defaults: {mysql: {instance_class: db.r5.large}}\n")
    files = _files(specs)
    prod = catalog.load(_Shown(files)).environments["prod"]
    known = defaults(prod, "mysql")
    assert (known["instance_class"], known["multi_az"]) == ("db.r5.large", True)
    assert defaults(prod, "redis")["topology"] == "replicated"
