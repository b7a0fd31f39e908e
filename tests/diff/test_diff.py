"""What differs between revisions of a real repository, and what caused it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Ran, Repository

ROOT = Path(__file__).parents[2]


def _causes(ran: Ran, stack: str = "prod.orders") -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The keys that caused each effect, by resource and paths."""
    report = next(each for each in ran.data["reports"] if each["stack"] == stack)
    return {
        (each["resource"], tuple(each["paths"])): [cause["key"] for cause in each["causes"]]
        for each in report["effects"]
    }


def _endings(ran: Ran) -> dict[str, str]:
    return {each["stack"]: each["outcome"]["ending"] for each in ran.data["reports"]}


def _json(repository: Repository, *arguments: str) -> Ran:
    return repository.diff(*(arguments or ("BASE",)), "--format", "json")


def test_two_revisions_are_compared_whatever_the_work_tree_says(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "instance_class: db.r7g.xlarge\n")
    repository.commit("HEAD-1")
    repository.write("prod/orders.yaml", "kind: nonsense\n")

    ran = _json(repository, "BASE", "HEAD-1")

    assert (ran.code, _endings(ran)) == (0, {"prod.orders": "changes"})
    assert (ran.data["base"], ran.data["head"]) == ("BASE", "HEAD-1")


def test_the_exit_code_tells_of_differences_only_where_that_is_asked_for(repository: Repository) -> None:
    assert repository.diff("BASE", "--detailed-exitcode").code == 0
    repository.remove("prod/orders.yaml")
    assert repository.diff("BASE").code == 0
    assert repository.diff("BASE", "--detailed-exitcode").code == 10


def test_reformatting_comments_order_and_moving_files_change_nothing(repository: Repository) -> None:
    repository.remove("prod/orders.yaml")
    lines = repository.orders.splitlines()
    repository.write("prod/checkout/orders.yaml", "# moved\n" + "\n\n".join(reversed(lines)) + "\n")
    repository.change("prod/environment.yaml", 'edition: "2026.11"', "edition: '2026.11' # the same")

    ran = repository.diff("BASE", "--detailed-exitcode")

    assert (ran.code, ran.out) == (0, "nothing differs in 4 stacks\n")


def test_a_changed_default_reaches_those_that_it_reaches(repository: Repository) -> None:
    for number in range(5):
        own = "instance_class: db.r7g.2xlarge\n" if number % 2 else ""
        repository.write(f"prod/db-{number}.yaml", repository.orders.replace("orders", f"db{number}") + own)
        repository.write(f"staging/db-{number}.yaml", repository.orders.replace("orders", f"db{number}"))
    repository.commit("many")
    repository.change("prod/environment.yaml", "db.r7g.large", "db.r8g.large")

    ran = _json(repository, "many")

    assert _endings(ran) == dict.fromkeys(("prod.db-0", "prod.db-2", "prod.db-4", "prod.orders"), "changes")
    assert ran.data["unchanged"] == 10
    [cause] = {key for keys in _causes(ran).values() for key in keys}
    assert cause == "defaults.mysql.instance_class"
    [at] = {(each["path"], each["line"]) for each in ran.data["reports"][0]["effects"][0]["causes"]}
    assert at == ("specs/prod/environment.yaml", 17)


def test_every_effect_names_the_key_that_caused_it(repository: Repository) -> None:
    repository.write(
        "prod/orders.yaml",
        repository.orders
        + "instance_class: db.r7g.xlarge\n"
        + "storage: {allocated_gib: 200}\n"
        + "backup: {retention_days: 35}\n"
        + "monitoring: {interval: 60}\n",
    )

    causes = _causes(_json(repository))

    assert causes["instance", ("instance_class",)] == ["instance_class"]
    assert causes["instance", ("allocated_storage",)] == ["storage.allocated_gib"]
    assert causes["instance", ("backup_retention_period",)] == ["backup.retention_days"]
    assert causes["instance", ("monitoring_interval",)] == ["monitoring.interval"]
    assert causes["instance-storage", ("threshold",)] == ["storage.allocated_gib"]
    assert causes["instance-memory", ("threshold",)] == ["instance_class"]


def test_keys_that_are_valid_only_together_are_named_together(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "storage: {type: io2, iops: 3000}\n")

    causes = _causes(_json(repository))

    assert causes["instance", ("storage_type",)] == ["storage.iops", "storage.type"]
    assert causes["instance", ("iops",)] == ["storage.iops", "storage.type"]


def test_a_key_that_was_taken_out_is_named_where_it_would_stand(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "instance_class: db.r7g.xlarge\n")
    repository.commit("large")
    repository.write("prod/orders.yaml", repository.orders)

    report = _json(repository, "large").data["reports"][0]

    [cause] = next(each for each in report["effects"] if each["paths"] == ["instance_class"])["causes"]
    assert cause == {"key": "instance_class", "path": "specs/prod/orders.yaml", "line": 1, "column": 1}


def test_what_another_tier_changes_comes_of_its_line_and_not_of_an_edition(repository: Repository) -> None:
    repository.change("prod/environment.yaml", "tier: production", "tier: staging")

    ran = _json(repository)

    causes = _causes(ran)
    assert {key for keys in causes.values() for key in keys} == {"tier"}
    places = {
        (each["path"], each["line"])
        for effect in ran.data["reports"][0]["effects"]
        for each in effect["causes"]
    }
    assert places <= {("specs/prod/environment.yaml", 1)}


def test_what_an_environment_says_is_a_cause_like_any_other(repository: Repository) -> None:
    repository.change("prod/environment.yaml", "sg-0a1b2c3d", "sg-0ffffff1")

    causes = _causes(_json(repository))

    assert causes["access-checkout-api", ("referenced_security_group_id",)] == [
        "clients.checkout-api.security_group"
    ]


def test_another_owner_is_a_change_of_tags_alone(repository: Repository) -> None:
    repository.change("prod/orders.yaml", "owner: checkout", "owner: identity")

    report = _json(repository).data["reports"][0]

    assert {path for each in report["effects"] for path in each["paths"]} == {"tags.Owner"}
    assert {each["gravity"] for each in report["effects"]} == {"harmless"}


def test_what_replaces_or_is_refused_is_shown_and_ends_nothing(repository: Repository) -> None:
    repository.change("prod/orders.yaml", "database_name: orders", "database_name: shop")

    ran = _json(repository)

    refusals = ran.data["reports"][0]["refusals"]
    assert ran.code == 0
    assert "gate/replace" in {each["rule"] for each in refusals}
    worst = ran.data["reports"][0]["effects"][0]
    assert (worst["data"], worst["replaces"], worst["paths"]) == ("lost", True, ["db_name"])


@pytest.mark.parametrize("tiers", [("production", "development"), ("development", "production")])
def test_what_changes_together_with_its_tier_is_judged_by_the_stricter(
    tiers: tuple[str, str], repository: Repository
) -> None:
    repository.change("prod/environment.yaml", "tier: production", f"tier: {tiers[0]}")
    repository.git("commit", "-q", "--allow-empty", "-am", "before")
    repository.git("tag", "-f", "BASE")
    repository.change("prod/environment.yaml", f"tier: {tiers[0]}", f"tier: {tiers[1]}")
    repository.change("prod/orders.yaml", "database_name: orders", "database_name: shop")

    reports = {each["stack"]: each for each in _json(repository).data["reports"]}

    refusals = reports["prod.orders"]["refusals"]
    assert "gate/replace" in {each["rule"] for each in refusals}


def test_a_broken_base_is_said_and_the_rest_compared(repository: Repository) -> None:
    repository.write("prod/users.yaml", "kind: mysql\nproject: shop\n")
    repository.write("prod/carts.yaml", repository.orders.replace("orders", "carts"))
    repository.commit("broken")
    repository.write("prod/users.yaml", repository.orders.replace("orders", "users"))
    repository.change("prod/carts.yaml", "owner: checkout", "owner: identity")

    ran = _json(repository, "broken")

    assert ran.code == 0
    assert _endings(ran) == {"prod.carts": "changes", "prod.users": "uncompared"}
    assert "wrong at broken" in ran.err
    assert "specs/prod/users.yaml:1:1" in ran.err
    assert {each["rule"] for each in ran.data["problems"]["base"]} == {"spec/missing-key"}
    assert repository.diff("broken", "--detailed-exitcode").code == 10


def test_a_broken_head_is_said_the_rest_compared_and_the_exit_code_says_so(repository: Repository) -> None:
    repository.write("prod/users.yaml", "kind: mysql\nproject: shop\n")
    repository.remove("prod/orders.yaml")

    ran = _json(repository)

    assert (ran.code, _endings(ran)) == (1, {"prod.orders": "removed", "prod.users": "uncompared"})
    assert "wrong at the work tree" in ran.err


def test_a_broken_environment_takes_its_databases_with_it_and_no_others(repository: Repository) -> None:
    repository.write("staging/orders.yaml", repository.orders)
    repository.change("prod/environment.yaml", "tier: production", "tier: huge")
    repository.commit("broken")
    repository.change("prod/environment.yaml", "tier: huge", "tier: production")
    repository.change("staging/orders.yaml", "owner: checkout", "owner: identity")

    ran = _json(repository, "broken")

    assert _endings(ran) == {
        "prod.environment": "uncompared",
        "prod.orders": "uncompared",
        "staging.orders": "changes",
    }


def test_what_is_new_may_be_a_whole_environment(repository: Repository) -> None:
    base = (repository.root / "specs/prod/environment.yaml").read_text()
    repository.write("qa/environment.yaml", base)
    repository.write("qa/orders.yaml", repository.orders)

    assert _endings(_json(repository)) == {"qa.environment": "added", "qa.orders": "added"}


def test_only_what_is_asked_for_is_compared(repository: Repository) -> None:
    for path in ("prod/a", "prod/b", "staging/a"):
        repository.write(f"{path}.yaml", repository.orders)
        repository.change(f"{path}.yaml", "project: ecommerce", f"project: {path.replace('/', '-')}")

    assert _endings(_json(repository, "BASE", "--only", "prod/a")) == {"prod.a": "added"}
    assert _endings(_json(repository, "BASE", "--only", "prod/a", "--only", "staging")) == {
        "prod.a": "added",
        "staging.a": "added",
    }
    unknown = repository.diff("BASE", "--only", "prod/order")
    assert unknown.code == 2
    assert "did you mean 'prod/orders'?" in unknown.err


def test_what_went_can_be_asked_for_by_its_old_name(repository: Repository) -> None:
    repository.remove("prod/orders.yaml")

    assert _endings(_json(repository, "BASE", "--only", "prod/orders")) == {"prod.orders": "removed"}


@pytest.mark.parametrize("revision", ["nowhere", "HEAD~9", "--", "BASE..HEAD"])
def test_a_revision_that_is_none_is_said_plainly(revision: str, repository: Repository) -> None:
    ran = repository.diff(revision)

    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_outside_a_repository_there_is_nothing_to_compare_with(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("plain"))

    ran = repository.diff("BASE")

    assert (ran.code, "not in a git repository" in ran.err) == (2, True)


def test_a_repository_may_hold_its_specs_in_any_folder(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.root / "infra").mkdir()
    repository.git("mv", "specs", "infra/databases")
    repository.commit("moved")
    file = repository.root / "infra/databases/prod/orders.yaml"
    file.write_text(file.read_text() + "instance_class: db.r7g.xlarge\n")
    monkeypatch.chdir(repository.root / "infra")

    ran = repository.diff("moved", "--specs", "databases", "--format", "json")

    assert _endings(ran) == {"prod.orders": "changes"}


def test_a_revision_from_before_there_were_specs_has_none(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "empty")
    repository.git("commit", "-q", "--allow-empty", "-m", "nothing")
    repository.git("rm", "-rqf", "--cached", ".")
    repository.git("commit", "-q", "--allow-empty", "-m", "still nothing")

    endings = _endings(_json(repository, "empty"))

    assert set(endings.values()) == {"added"}
    assert "prod.orders" in endings


def test_an_override_is_named_as_the_cause(repository: Repository) -> None:
    override = "overrides: {instance: {ca_cert_identifier: rds-ca-ecc384-g1}}\n"
    repository.write("prod/orders.yaml", repository.orders + override)

    causes = _causes(_json(repository))

    assert causes["instance", ("ca_cert_identifier",)] == ["overrides.instance.ca_cert_identifier"]


def test_what_would_be_all_the_same_without_a_key_is_not_said_to_come_of_it(repository: Repository) -> None:
    table = "kind: dynamodb\nproject: shop\nowner: checkout\nhash_key: id\n"
    repository.write("prod/carts.yaml", table + "attributes: {id: S}\n")
    repository.commit("carts")
    # Neither of the first two is a valid spec without the other.
    changed = "attributes: {id: S, at: S}\nrange_key: at\ntable_class: STANDARD_INFREQUENT_ACCESS\n"
    repository.write("prod/carts.yaml", table + changed)

    causes = _causes(_json(repository, "carts"), "prod.carts")

    assert causes["table", ("range_key",)] == ["attributes.at", "range_key"]


def test_wrong_overrides_are_said_and_the_rest_compared(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "overrides: {nothing: {x: 1}}\n")
    repository.commit("wrong")
    repository.write("prod/orders.yaml", repository.orders)

    there, back = _json(repository, "wrong"), _json(repository, "BASE", "wrong")

    assert (there.code, _endings(there)) == (0, {"prod.orders": "uncompared"})
    assert "overrides" in there.data["problems"]["base"][0]["rule"]
    assert (back.code, _endings(back)) == (1, {"prod.orders": "uncompared"})


def test_a_changed_output_is_told_though_no_resource_changes(repository: Repository) -> None:
    from dataclasses import replace

    from compiler import catalog
    from compiler.causes import compiled
    from compiler.difference import compared
    from compiler.graph import Ref
    from compiler.source import WorkTree

    database = catalog.load(WorkTree(Path("specs"))).checked().databases["prod/orders"]
    before, _ = compiled(database)
    outputs = {**before.stack.outputs, "address": Ref("instance", "address")}
    report = compared(before, before._replace(stack=replace(before.stack, outputs=outputs)))

    assert report is not None
    assert (report.changes, report.outcome.notes) == ((), ("the output address comes",))
    assert compared(before, before) is None


def test_markdown_lets_nobody_mention_link_or_break_out(repository: Repository) -> None:
    repository.change(
        "prod/orders.yaml",
        "project: ecommerce",
        'project: ecommerce\ntags: {Evil: "a @team https://example.org x"}',
    )
    repository.write(
        "prod/orders.yaml",
        (repository.root / "specs/prod/orders.yaml").read_text()
        + 'parameters: {init_connect: "`|` <b> @all </details> [x](y)"}\n',
    )

    out = repository.diff("BASE", "--format", "markdown").out

    outside = _outside_code(out)
    for dangerous in ("@team", "@all", "https://", "<b>", "[x](y)"):
        assert dangerous in out.replace("<!-- -->", "")
        assert dangerous not in outside
    assert out.count("</details>") - 1 == out.count("<details>")


def _outside_code(text: str) -> str:
    """The text without its code spans, as CommonMark delimits them."""
    out, position = "", 0
    while position < len(text):
        if text[position] != "`":
            out += text[position]
            position += 1
            continue
        length = len(text[position:]) - len(text[position:].lstrip("`"))
        end = text.find("`" * length, position + length)
        position = end + length
    return out


def test_it_works_offline_and_imports_no_pulumi(repository: Repository) -> None:
    repository.remove("prod/orders.yaml")
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a socket')\n"
        "socket.socket.connect = refuse\n"
        "from compiler.commands import app\n"
        "code = app.run(['diff', 'BASE', '--format', 'json'])\n"
        "heavy = {'pulumi', 'pulumi_aws', 'boto3', 'botocore', 'grpc'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
        "sys.exit(code)\n"
    )
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done: Any = subprocess.run(
        [sys.executable, "-c", program], cwd=repository.root, env=environ, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
