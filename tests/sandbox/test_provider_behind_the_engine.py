"""How the simulated provider answers the real engine: secrets, previews, refusals, faults, drift, imports."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from compiler.sandbox.account import Account

REGION = "ap-northeast-2"
Made = Mapping[str, Any]


def _of(resource: str, output: str) -> Callable[[Made], Any]:
    return lambda made: getattr(made[resource], output)


def _content(made: Made) -> Any:
    import pulumi

    return pulumi.Output.json_dumps({"host": made["instance"].address, "password": made["password"].result})


def _database(**changes: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """A small database; the changes are the instance's."""
    return {
        "password": ("random:RandomPassword", {"length": 24, "special": False}),
        "instance": (
            "aws:rds:Instance",
            {
                "region": REGION,
                "identifier": "orders",
                "engine": "mysql",
                "engine_version": "8.4",
                "instance_class": "db.t4g.micro",
                "allocated_storage": 20,
                "username": "dbadmin",
                "password": _of("password", "result"),
                "skip_final_snapshot": True,
                "apply_immediately": True,
                "tags": {"dbspec:stack": "prod.orders", "dbspec:resource": "instance"},
                **changes,
            },
        ),
        "secret": (
            "aws:secretsmanager:Secret",
            {"region": REGION, "name": "orders", "recovery_window_in_days": 0},
        ),
        "content": (
            "aws:secretsmanager:SecretVersion",
            {"region": REGION, "secret_id": _of("secret", "id"), "secret_string": _content},
        ),
    }


def _key(**changes: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    tags = {"dbspec:stack": "prod.orders", "dbspec:resource": "key"}
    return {"key": ("aws:kms:Key", {"region": REGION, "description": "orders", "tags": tags, **changes})}


def _keys(account: Account) -> int:
    return sum(each["type"] == "aws:kms:Key" for each in account.show()["things"])


def test_secrets_stay_secret_in_the_state(engine: Any, tmp_path: Path) -> None:
    engine.up(_database())
    resources = engine.stack.export_stack().deployment["resources"]
    clear = json.dumps(resources)
    password = next(
        json.loads(each["outputs"]["result"]["plaintext"])
        for each in resources
        if "RandomPassword" in each["type"]
    )
    assert password in clear
    for file in (tmp_path / "state").rglob("*.json"):
        assert password not in file.read_text()
    engine.preview(_database())
    assert engine.steps() == {}


def test_a_preview_says_nothing_of_what_only_follows_from_something_stable(engine: Any) -> None:
    engine.up(_database())
    engine.preview(_database(instance_class="db.t4g.small"))
    assert engine.steps() == {"instance": "update"}


def test_a_preview_says_what_will_follow_from_another_name(engine: Any) -> None:
    engine.up(_database())
    renamed = _database(identifier="sales")
    engine.preview(renamed)
    foreseen = engine.steps()
    assert foreseen.keys() == {"instance", "content"}
    engine.up(renamed)
    assert engine.steps() == foreseen
    engine.preview(renamed)
    assert engine.steps() == {}


def test_drift_is_found_and_put_back(engine: Any, account: Account) -> None:
    engine.up(_database())
    (thing,) = [each for each in account.owned("prod.orders") if each.owner[1] == "instance"]
    account.drift(thing, ("instance_class",), "db.r7g.large")
    account.drift(thing, ("tags", "owner"), "somebody")
    engine.preview(_database())
    assert engine.steps() == {}  # nobody looked
    engine.refresh()
    assert engine.outcomes() == {"instance": "update"}
    engine.up(_database())
    assert engine.difference("instance") == {"instanceClass": "update", "tags.owner": "delete"}
    engine.refresh()
    assert engine.outcomes() == {}


def test_what_somebody_deleted_is_found_gone_and_made_again(engine: Any, account: Account) -> None:
    engine.up(_database())
    account.delete("aws:rds:Instance", "orders", {"skip_final_snapshot": True})
    engine.refresh()
    assert engine.outcomes() == {"instance": "delete"}
    engine.up(_database())
    assert engine.steps()["instance"] == "create"


def test_what_somebody_deleted_cannot_be_changed(engine: Any, account: Account) -> None:
    engine.up(_key())
    (key,) = account.owned("prod.orders")
    account.delete("aws:kms:Key", key.id)
    engine.preview(_key(enable_key_rotation=True))
    assert engine.steps() == {"key": "update"}
    with pytest.raises(Exception, match=r"updating KMS Key \(key\): .* does not exist any more"):
        engine.up(_key(enable_key_rotation=True))


def test_a_change_that_waits_is_shown_again_until_its_window(engine: Any, account: Account) -> None:
    waiting = {"apply_immediately": False, "instance_class": "db.t4g.small"}
    engine.up(_database())
    engine.up(_database(**waiting))
    for _ in range(2):
        engine.preview(_database(**waiting))
        assert engine.difference("instance") == {"instanceClass": "update"}
        engine.refresh()
    assert account.pending("aws:rds:Instance", "orders") == {"instance_class": "db.t4g.small"}
    account.advance(timedelta(days=7))
    engine.refresh()
    engine.preview(_database(**waiting))
    assert engine.steps() == {}


def test_aws_is_quoted_where_it_refuses(engine: Any, account: Account) -> None:
    resources = _database()
    account.create("aws:rds:Instance", {**resources["instance"][1], "password": "x" * 20, "tags": {}})
    with pytest.raises(
        Exception, match=r"creating RDS DB Instance \(orders\): api error DBInstanceAlreadyExists"
    ):
        engine.up(resources)


def test_an_instance_is_replaced_only_where_the_old_one_goes_first(engine: Any) -> None:
    import pulumi

    engine.up(_database())
    with pytest.raises(Exception, match="DBInstanceAlreadyExists"):
        engine.up(_database(db_name="orders"))
    options = {"instance": pulumi.ResourceOptions(delete_before_replace=True)}
    engine.up(_database(db_name="orders"), options=options)
    assert engine.steps()["instance"] == "delete-replaced, replace, create-replacement"


def test_wrong_inputs_stop_the_preview(engine: Any) -> None:
    with pytest.raises(
        Exception, match=r"expected storage_type to be one of \[standard, gp2, gp3, io1, io2\], got gp9"
    ):
        engine.preview(_database(storage_type="gp9"))


def test_a_name_that_nobody_chose_is_made_up_and_kept(engine: Any, account: Account) -> None:
    topic = {"alerts": ("aws:sns:Topic", {"region": REGION})}
    engine.up(topic)
    (made,) = account.owned("prod.orders")
    assert made.inputs["name"].startswith("alerts-")
    engine.preview(topic)
    assert engine.steps() == {}
    # With such a name the new one can be made first.
    engine.up({"alerts": ("aws:sns:Topic", {"region": REGION, "name": "alerts"})})
    assert engine.steps() == {"alerts": "delete-replaced, replace, create-replacement"}


def test_what_is_ignored_does_not_differ(engine: Any) -> None:
    import pulumi

    engine.up(_database())
    options = {"instance": pulumi.ResourceOptions(ignore_changes=["instanceClass", "tags"])}
    engine.preview(_database(instance_class="db.t4g.small", tags={}), options=options)
    assert engine.steps() == {}


def test_a_fault_fails_the_run_and_the_next_one_goes_on(engine: Any, account: Account) -> None:
    account.fault("aws:kms:Key", message="api error Throttling: slow down")
    with pytest.raises(Exception, match=r"creating KMS Key \(key\): api error Throttling: slow down"):
        engine.up(_key())
    assert _keys(account) == 0
    engine.up(_key())
    assert _keys(account) == 1


def test_what_fails_after_it_was_made_is_kept_and_mended(engine: Any, account: Account) -> None:
    account.fault("aws:kms:Key", message="timeout while waiting for state", late=True)
    with pytest.raises(Exception, match="timeout while waiting for state"):
        engine.up(_key())
    assert _keys(account) == 1
    engine.up(_key())
    assert engine.steps() == {"key": "update"}
    assert _keys(account) == 1
    engine.preview(_key())
    assert engine.steps() == {}


def test_a_fault_may_strike_updates_and_deletions_too(engine: Any, account: Account) -> None:
    engine.up(_key())
    account.fault("aws:kms:Key", message="not now", phase="update", late=True)
    with pytest.raises(Exception, match="not now"):
        engine.up(_key(enable_key_rotation=True))
    (key,) = account.owned("prod.orders")
    assert key.inputs["enable_key_rotation"] is True
    engine.up(_key(enable_key_rotation=True))
    account.fault("aws:kms:Key", message="not now", phase="delete")
    with pytest.raises(Exception, match=r"deleting KMS Key \(key\): not now"):
        engine.destroy()
    engine.destroy()
    assert account.owned("prod.orders") == []


def test_what_exists_is_adopted_by_its_id(engine: Any, account: Account) -> None:
    import pulumi

    resources = {name: each for name, each in _database().items() if name in ("password", "instance")}
    made = account.create("aws:rds:Instance", {**resources["instance"][1], "password": "x" * 20})
    found = account.find("aws:rds:Instance", "prod.orders", "instance", {})
    assert found == made.id
    engine.up(resources, options={"instance": pulumi.ResourceOptions(import_=found)})
    assert engine.steps() == {"password": "create", "instance": "import, update"}
    assert sum(each["type"] == "aws:rds:Instance" for each in account.show()["things"]) == 1
    engine.preview(resources)
    assert engine.steps() == {}


def test_what_does_not_exist_is_not_adopted(engine: Any) -> None:
    import pulumi

    options = {"key": pulumi.ResourceOptions(import_="00000000-0000-0000-0000-000000000000")}
    with pytest.raises(Exception, match="does not exist"):
        engine.preview(_key(), options=options)


def test_what_is_not_simulated_is_named(engine: Any) -> None:
    import pulumi

    def queue() -> None:
        import pulumi_aws

        pulumi_aws.sqs.Queue("jobs")

    def caller() -> None:
        import pulumi_aws

        pulumi.export("account", pulumi_aws.get_caller_identity().account_id)

    for program, words in (
        (queue, "the sandbox does not simulate aws:sqs/queue:Queue"),
        (caller, "the sandbox does not simulate the function aws:index/getCallerIdentity:getCallerIdentity"),
    ):
        engine.stack.workspace.program = program
        with pytest.raises(Exception, match=words):
            engine.stack.preview()
