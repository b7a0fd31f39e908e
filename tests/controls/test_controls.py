"""Controls: what each looks at, what it is in each tier, and what a waiver does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from compiler import catalog, compilation
from compiler.commands.app import run
from compiler.controls import CONTROLS, Judgement, Level, Verdict
from compiler.diagnostics import Diagnostic, Severity
from compiler.source import File

HERE = Path(__file__).parent
TODAY = date(2026, 11, 23)

SPECS = {
    "mysql": "kind: mysql\nproject: shop\nowner: checkout\ndatabase_name: orders\naccess: [api]\n",
    "redis": "kind: redis\nproject: shop\nowner: checkout\naccess: [api]\n",
    "dynamodb": "kind: dynamodb\nproject: shop\nowner: checkout\nattributes: {id: S}\nhash_key: id\n",
}
ENVIRONMENT = """\
tier: {tier}
edition: "2026.11"
region: ap-northeast-2
target: sandbox
clients: {{api: {{cidr: 10.0.0.0/16}}}}
"""


class Texts:
    """A specs folder in memory."""

    name = "specs"

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def files(self) -> Iterator[File]:
        for path, text in sorted(self.texts.items()):
            yield File(path, f"specs/{path}", text.encode())


def _catalog(spec: str, environment: str = "", tier: str = "production") -> catalog.Catalog:
    return catalog.load(
        Texts(
            {
                "people.yaml": "teams: {checkout: {}}\n",
                "prod/environment.yaml": ENVIRONMENT.format(tier=tier) + environment,
                "prod/orders.yaml": spec,
            }
        )
    ).checked()


def _judged(
    spec: str, environment: str = "", tier: str = "production", today: date = TODAY
) -> dict[str, Judgement]:
    found = _catalog(spec, environment, tier)
    known = found.environments.values()
    database, own = compilation.judged(known, found.databases.values(), today, known)
    return {each.control.id: each for each in (*own.judgements, *database.judgements)}


def _problems(
    spec: str, environment: str = "", tier: str = "production", today: date = TODAY
) -> list[Diagnostic]:
    return list(compilation.diagnostics(_catalog(spec, environment, tier), today))


def _overrides(**resources: str) -> str:
    lines = (f"  {name.replace('_', '-')}: {inputs}\n" for name, inputs in resources.items())
    return "overrides:\n" + "".join(lines)


# Of each control what fails it. RDS.1 is not here: nothing that dbspec makes can share a snapshot.
FAILS = {
    "DBSPEC.1": ("mysql", _overrides(subnets="{subnet_ids: [subnet-0a1b2c3d, subnet-1a2b3c4d]}")),
    "DBSPEC.2": ("mysql", _overrides(access_api="{cidr_ipv4: 0.0.0.0/0}")),
    "DBSPEC.3": ("redis", _overrides(replication_group="{security_group_ids: [sg-0a1b2c3d]}")),
    "RDS.2": ("mysql", _overrides(instance="{publicly_accessible: true}")),
    "RDS.3": ("mysql", _overrides(instance="{storage_encrypted: false}")),
    "RDS.4": ("mysql", _overrides(instance="{storage_encrypted: null}")),
    "RDS.5": ("mysql", "multi_az: false\n"),
    "RDS.6": ("mysql", "monitoring: {interval: 0}\n"),
    "RDS.8": ("mysql", "deletion_protection: false\n"),
    "RDS.9": ("mysql", "logs: {exports: [error, general]}\n"),
    "RDS.10": ("mysql", "iam_database_authentication: false\n"),
    "RDS.11": ("mysql", "backup: {retention_days: 6}\n"),
    "RDS.13": ("mysql", 'engine_version: "8.4.8"\nupgrades: {auto_minor: false}\n'),
    "RDS.17": ("mysql", "backup: {copy_tags_to_snapshot: false}\n"),
    "RDS.18": ("mysql", _overrides(instance="{db_subnet_group_name: null}")),
    "RDS.20": ("mysql", ""),
    "RDS.21": ("mysql", ""),
    "RDS.22": ("mysql", ""),
    "RDS.23": ("mysql", ""),
    "RDS.26": ("mysql", ""),
    "RDS.39": ("mysql", "parameters: {require_secure_transport: 0}\n"),
    "ElastiCache.1": ("redis", "snapshot: {retention_days: 0}\n"),
    "ElastiCache.2": ("redis", "upgrades: {auto_minor: false}\n"),
    "ElastiCache.3": ("redis", "replicas: 0\n"),
    "ElastiCache.4": ("redis", _overrides(replication_group="{at_rest_encryption_enabled: false}")),
    "ElastiCache.5": ("redis", _overrides(replication_group="{transit_encryption_enabled: false}")),
    "ElastiCache.6": ("redis", "auth: {mode: none}\n"),
    "ElastiCache.7": ("redis", _overrides(replication_group="{subnet_group_name: default}")),
    "DynamoDB.1": ("dynamodb", "billing_mode: PROVISIONED\ncapacity: {read: 5, write: {min: 1, max: 9}}\n"),
    "DynamoDB.2": ("dynamodb", "replicas: {us-east-1: {pitr: false}}\n"),
    "DynamoDB.4": ("dynamodb", "backup_plan: null\n"),
    "DynamoDB.6": ("dynamodb", "deletion_protection: false\n"),
    "KMS.4": ("mysql", _overrides(key="{enable_key_rotation: false}")),
    "SecretsManager.1": ("mysql", ""),
    "SecretsManager.4": ("redis", ""),
}
# What no spec and no override can fail, since dbspec keeps it: the name of the user, and its own tags.
KEPT = {"RDS.1", "RDS.25", "RDS.30", "RDS.33", "DynamoDB.5"}

ALONE = "account_wide: false\n"


def test_every_control_has_a_spec_that_fails_it() -> None:
    assert FAILS.keys() | KEPT == CONTROLS.keys()
    assert not FAILS.keys() & KEPT


@pytest.mark.parametrize("control", FAILS)
def test_what_fails_a_control_is_found_in_the_graph(control: str) -> None:
    kind, text = FAILS[control]
    judgement = _judged(SPECS[kind] + text, ALONE)[control]
    assert judgement.faults
    level, _ = CONTROLS[control].level("production")
    assert judgement.verdict is (Verdict.OFF if level is Level.OFF else Verdict.UNMET)


@pytest.mark.parametrize("control", FAILS)
def test_what_fails_a_control_is_said_as_its_level_and_with_a_way_out(control: str) -> None:
    kind, text = FAILS[control]
    found = [each for each in _problems(SPECS[kind] + text, ALONE) if each.rule == f"control/{control}"]
    level, reason = CONTROLS[control].level("production")
    if level is Level.OFF:
        assert found == []
        assert reason
    else:
        assert {each.severity for each in found} == {Severity(level.value)}
        assert all(each.fix and each.at for each in found)
        assert all((f"waive {control}" in each.fix) is not CONTROLS[control].final for each in found)


@pytest.mark.parametrize("tier", ["development", "staging", "production"])
@pytest.mark.parametrize("kind", SPECS)
def test_the_defaults_of_a_tier_fail_nothing_but_the_port_in_production(kind: str, tier: str) -> None:
    expected = ["control/RDS.23"] if (kind, tier) == ("mysql", "production") else []
    assert [each.rule for each in _problems(SPECS[kind], tier=tier)] == expected


@pytest.mark.parametrize("tier", ["development", "staging", "production"])
@pytest.mark.parametrize("kind", SPECS)
def test_how_the_defaults_stand_to_every_control(
    kind: str,
    tier: str,
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(tmp_path, SPECS[kind], tier=tier)
    monkeypatch.chdir(tmp_path)
    assert run(["explain", "--controls", "--today", "2026-11-23"]) == 0
    golden(HERE / "explained" / f"{tier}-{kind}.txt", capsys.readouterr().out)


WAIVED = "waive: {RDS.5: {reason: one zone does, until: 2026-11-23}}\n"


def test_explained_controls_as_data(
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(tmp_path, SPECS["mysql"] + "multi_az: false\n" + WAIVED)
    monkeypatch.chdir(tmp_path)
    assert run(["explain", "--controls", "--format", "json", "--today", "2026-11-23", "prod/orders"]) == 0
    out = capsys.readouterr().out
    golden(HERE / "explained" / "data.json", out)
    (judged,) = json.loads(out)["judged"]
    waived = next(each for each in judged["controls"] if each["id"] == "RDS.5")
    assert waived["verdict"] == "waived"
    assert waived["waiver"] == {
        "reason": "one zone does",
        "until": "2026-11-23",
        "path": "specs/prod/orders.yaml",
        "line": 7,
        "column": 9,
    }


@pytest.mark.parametrize("where", ["spec", "environment", "defaults"])
def test_a_waiver_counts_until_its_last_day_and_not_a_day_longer(where: str) -> None:
    spec, environment = SPECS["mysql"] + "multi_az: false\nport: 3307\n", ""
    if where == "spec":
        spec += WAIVED
    else:
        environment = WAIVED if where == "environment" else f"defaults: {{mysql: {{{WAIVED.strip()}}}}}\n"
    assert _judged(spec, environment)["RDS.5"].verdict is Verdict.WAIVED
    assert _judged(spec, environment, today=TODAY + timedelta(days=1))["RDS.5"].verdict is Verdict.UNMET
    (note,) = _problems(spec, environment)
    assert (note.rule, note.severity) == ("control/waiver-ends", Severity.NOTE)
    (error,) = _problems(spec, environment, today=TODAY + timedelta(days=1))
    assert (error.rule, error.severity) == ("control/RDS.5", Severity.ERROR)
    assert [each.message for each in error.also] == ["its waiver ended on 2026-11-23"]
    assert error.also[0].at == note.at


def test_a_waiver_that_ends_in_a_month_is_told_of_and_a_day_before_that_not_yet() -> None:
    spec = SPECS["mysql"] + "multi_az: false\nport: 3307\n" + WAIVED
    assert _problems(spec, today=TODAY - timedelta(days=31)) == []
    assert [each.rule for each in _problems(spec, today=TODAY - timedelta(days=30))] == [
        "control/waiver-ends"
    ]


def test_a_specs_own_waiver_goes_before_its_environments_unless_it_has_ended() -> None:
    environment = "waive: {RDS.5: {reason: theirs, until: 2027-06-30}}\n"
    own = "waive: {{RDS.5: {{reason: ours, until: {until}}}}}\n"
    spec = SPECS["mysql"] + "multi_az: false\n"
    for until, reason in (("2027-01-31", "ours"), ("2026-11-22", "theirs")):
        waived = _judged(spec + own.format(until=until), environment)["RDS.5"].waived
        assert waived is not None
        assert waived.waiver.reason == reason


def test_what_an_environment_requires_is_an_error_in_any_tier_until_it_is_met_or_waived() -> None:
    off, environment = {"RDS.5", "RDS.23"}, "require: [RDS.5, RDS.23]\n"
    levels = {"development": Level.OFF, "production": Level.WARNING}
    for tier, level in levels.items():
        before = _judged(SPECS["mysql"], tier=tier)["RDS.23"]
        assert (before.level, before.why != "") == (level, True)
        required = _judged(SPECS["mysql"], environment, tier=tier)
        assert {(required[id].level, required[id].why) for id in off} == {(Level.ERROR, "")}
    found = _problems(SPECS["mysql"], environment, tier="development")
    assert {each.rule for each in found if each.severity is Severity.ERROR} == {f"control/{id}" for id in off}

    assert all("the environment requires it" in [note.message for note in each.also] for each in found)

    met = SPECS["mysql"] + "multi_az: true\nport: 3307\n"
    assert not _problems(met, environment, tier="development")
    waived = "".join(f"  {id}: {{reason: not yet, until: 2027-06-30}}\n" for id in sorted(off))
    assert not _problems(SPECS["mysql"], f"{environment}waive:\n{waived}", tier="development")


def test_a_waiver_of_one_control_waives_no_other() -> None:
    found = _problems(SPECS["mysql"] + "multi_az: false\ndeletion_protection: false\nport: 3307\n" + WAIVED)
    assert [each.rule for each in found] == ["control/RDS.8", "control/waiver-ends"]


def test_an_environments_waiver_that_one_database_needs_is_needed() -> None:
    waiver = "waive: {RDS.5: {reason: x, until: 2027-06-30}}\n"
    texts = {
        "people.yaml": "teams: {checkout: {}}\n",
        "prod/environment.yaml": ENVIRONMENT.format(tier="production") + waiver,
        "prod/orders.yaml": SPECS["mysql"] + "port: 3307\n",
    }
    found = catalog.load(Texts(texts)).checked()
    assert [each.rule for each in compilation.diagnostics(found, TODAY)] == ["control/waiver-unneeded"]
    texts["prod/users.yaml"] = SPECS["mysql"] + "port: 3307\nmulti_az: false\n"
    found = catalog.load(Texts(texts)).checked()
    assert compilation.diagnostics(found, TODAY) == ()


def test_a_waiver_of_what_nothing_here_has_yet_may_stay_in_an_environment_but_not_in_a_spec() -> None:
    waiver = "waive: {ElastiCache.3: {reason: x, until: 2027-06-30}}\n"
    assert _problems(SPECS["mysql"] + "port: 3307\n", waiver) == []
    found = _problems(SPECS["mysql"] + "port: 3307\n" + waiver)
    assert [each.rule for each in found] == ["control/waiver-unneeded"]


def test_replicas_stand_to_the_controls_that_are_their_own() -> None:
    judged = _judged(SPECS["mysql"] + "read_replicas: 1\nmonitoring: {interval: 0}\nmulti_az: false\n")
    assert [fault.resource.name for fault in judged["RDS.6"].faults] == ["instance", "replica-1"]
    assert [fault.resource.name for fault in judged["RDS.5"].faults] == ["instance"]


def test_one_environment_may_hear_what_happens_for_all_of_its_account_and_region() -> None:
    texts = {
        "people.yaml": "teams: {checkout: {}}\n",
        "prod/environment.yaml": ENVIRONMENT.format(tier="production") + ALONE,
        "prod/orders.yaml": SPECS["mysql"] + "port: 3307\n",
        "tools/environment.yaml": ENVIRONMENT.format(tier="staging") + "account_wide: true\n",
    }
    assert compilation.diagnostics(catalog.load(Texts(texts)), TODAY) == ()
    texts["tools/environment.yaml"] = texts["tools/environment.yaml"].replace("ap-northeast-2", "us-east-1")
    found = compilation.diagnostics(catalog.load(Texts(texts)), TODAY)
    assert [each.rule for each in found] == ["control/RDS.20", "control/RDS.21", "control/RDS.22"]
    assert {str(each.at) for each in found} == {"specs/prod/environment.yaml:6:15"}


def test_nobody_needs_to_hear_of_rds_where_there_is_none() -> None:
    assert _problems(SPECS["redis"], ALONE) == []


@pytest.mark.parametrize(
    ("network", "wide"),
    [
        ("cidr_ipv4: 0.0.0.0/0", True),
        ("cidr_ipv4: 64.0.0.0/7", True),
        ("cidr_ipv4: 10.0.0.0/8", False),
        ("cidr_ipv6: '::/0'", True),
        ("cidr_ipv6: '2000::/3'", True),
        ("cidr_ipv6: '2001::/16'", False),
    ],
)
def test_a_network_is_most_of_the_internet_from_a_certain_width_on(network: str, wide: bool) -> None:
    judged = _judged(SPECS["mysql"] + _overrides(access_api=f"{{{network}}}"))
    assert bool(judged["DBSPEC.2"].faults) is wide


def test_verbs_that_change_things_refuse_what_fails_a_control_and_judge_only_what_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, SPECS["mysql"] + "multi_az: false\n" + WAIVED)
    (tmp_path / "specs" / "prod" / "users.yaml").write_text(SPECS["mysql"])
    monkeypatch.chdir(tmp_path)
    # Whoever gets past the controls asks for the engine, which is not there.
    monkeypatch.setenv("DBSPEC_PULUMI", str(tmp_path / "nowhere"))
    for verb in ("preview", "apply"):
        assert run([verb, "prod/orders", "--today", "2026-11-24"]) == 1
        assert "control/RDS.5" in capsys.readouterr().err
        assert run([verb, "prod/orders", "--today", "2026-11-23"]) == 3
        assert run([verb, "prod/users", "--today", "2026-11-24"]) == 3
        capsys.readouterr()


def test_validate_judges_by_the_day_that_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, SPECS["mysql"] + "multi_az: false\nport: 3307\n" + WAIVED)
    monkeypatch.chdir(tmp_path)
    assert run(["validate", "--today", "2026-10-01"]) == 0
    assert "no problems" in capsys.readouterr().out
    assert run(["validate", "--today", "2026-11-24"]) == 1
    assert run(["validate", "--today", "soon"]) == 2


def _write(folder: Path, spec: str, tier: str = "production") -> None:
    place = folder / "specs" / "prod"
    place.mkdir(parents=True)
    (place.parent / "people.yaml").write_text("teams: {checkout: {}}\n")
    (place / "environment.yaml").write_text(ENVIRONMENT.format(tier=tier))
    (place / "orders.yaml").write_text(spec)
