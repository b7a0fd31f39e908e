"""What the account does with things of any type: names, references, time, drift, faults, ownership."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import UserError
from compiler.sandbox.account import Account, FaultError
from compiler.sandbox.refusal import AwsError, NotSimulatedError

REGION = "ap-northeast-2"
KEY = {"region": REGION, "description": "orders"}


def _tags(resource: str, stack: str = "prod.orders") -> dict[str, Any]:
    return {"tags": {"dbspec:stack": stack, "dbspec:resource": resource}}


def _group(name: str = "orders", **inputs: Any) -> dict[str, Any]:
    return {"region": REGION, "name": name, "family": "mysql8.4", **inputs}


def test_what_was_made_is_read_with_its_inputs(account: Account) -> None:
    made = account.create("aws:kms:Key", KEY)
    read = account.read("aws:kms:Key", made.id)
    assert read == made
    assert read.outputs["description"] == "orders"


def test_a_thing_is_read_by_its_arn_and_by_its_id_with_a_region(account: Account) -> None:
    made = account.create("aws:kms:Key", KEY)
    assert account.read("aws:kms:Key", made.outputs["arn"]) == made
    assert account.read("aws:kms:Key", f"{made.id}@{REGION}") == made
    assert account.read("aws:kms:Key", f"{made.id}@us-east-1") is None


def test_the_same_name_is_free_in_another_region(account: Account) -> None:
    account.create("aws:rds:ParameterGroup", _group())
    with pytest.raises(AwsError, match="DBParameterGroupAlreadyExists"):
        account.create("aws:rds:ParameterGroup", _group())
    made = account.create("aws:rds:ParameterGroup", _group(region="us-east-1"))
    assert made.outputs["arn"] == "arn:aws:rds:us-east-1:000000000000:pg:orders"


def test_ids_are_the_same_in_every_account_whatever_else_is_made(tmp_path: Path) -> None:
    first, second = Account(tmp_path / "1.db"), Account(tmp_path / "2.db")
    second.create("aws:kms:Key", {**KEY, **_tags("other")})
    ours = {**KEY, **_tags("key")}
    assert first.create("aws:kms:Key", ours).id == second.create("aws:kms:Key", ours).id
    assert first.create("aws:kms:Key", ours).id != second.create("aws:kms:Key", {**KEY, **_tags("spare")}).id


def test_a_second_thing_of_the_same_resource_has_an_id_of_its_own(account: Account) -> None:
    ours = {**KEY, **_tags("key")}
    assert account.create("aws:kms:Key", ours).id != account.create("aws:kms:Key", ours).id


def test_a_reference_to_nothing_is_refused(account: Account) -> None:
    with pytest.raises(AwsError, match="NotFoundException: Key 'nothing' does not exist"):
        account.create(
            "aws:kms:Alias", {"region": REGION, "name": "alias/orders", "target_key_id": "nothing"}
        )


def test_a_name_that_is_no_name_is_not_created(account: Account) -> None:
    failures = account.check("aws:kms:Alias", {"name": "orders", "target_key_id": "k"})
    assert failures == [
        (("name",), r"invalid value for name (must match alias/(?!aws/)[a-zA-Z0-9/_-]+): orders")
    ]


def test_wrong_inputs_are_found_before_anything_is_asked(account: Account) -> None:
    failures = account.check("aws:cloudwatch:LogGroup", {"nam": "x", "retention_in_days": "seven"})
    assert [route for route, _ in failures] == [("nam",), ("retention_in_days",), ("retention_in_days",)]
    assert "did you mean 'name'" in failures[0][1]


def test_a_deleted_group_takes_its_own_rules_along(account: Account) -> None:
    group = account.create("aws:ec2:SecurityGroup", {"region": REGION, "name": "g", "vpc_id": "vpc-0a1b"})
    rule = account.create(
        "aws:vpc:SecurityGroupIngressRule",
        {
            "region": REGION,
            "security_group_id": group.id,
            "referenced_security_group_id": group.id,
            "ip_protocol": "-1",
        },
    )
    account.delete("aws:ec2:SecurityGroup", group.id)
    assert account.read("aws:vpc:SecurityGroupIngressRule", rule.id) is None


def test_a_group_that_another_ones_rule_names_stays(account: Account) -> None:
    group = account.create("aws:ec2:SecurityGroup", {"region": REGION, "name": "g", "vpc_id": "vpc-0a1b"})
    rule = {"region": REGION, "security_group_id": "sg-0clients", "ip_protocol": "-1"}
    made = account.create(
        "aws:vpc:SecurityGroupEgressRule", {**rule, "referenced_security_group_id": group.id}
    )
    with pytest.raises(AwsError, match="DependencyViolation"):
        account.delete("aws:ec2:SecurityGroup", group.id)
    account.delete("aws:vpc:SecurityGroupEgressRule", made.id)
    account.delete("aws:ec2:SecurityGroup", group.id)


def test_a_group_tells_the_rules_that_were_made_for_it(account: Account) -> None:
    rule = {
        "region": REGION,
        "security_group_id": "sg-0clients",
        "ip_protocol": "tcp",
        "from_port": 1,
        "to_port": 2,
    }
    account.create("aws:vpc:SecurityGroupIngressRule", {**rule, "cidr_ipv4": "10.0.0.0/8"})
    found = account.read("aws:ec2:SecurityGroup", "sg-0clients")
    assert found is not None
    assert [each["cidr_blocks"] for each in found.outputs["ingress"]] == [["10.0.0.0/8"]]


def test_the_same_rule_is_refused_twice(account: Account) -> None:
    rule = {
        "region": REGION,
        "security_group_id": "sg-0clients",
        "ip_protocol": "-1",
        "cidr_ipv4": "10.0.0.0/8",
    }
    account.create("aws:vpc:SecurityGroupIngressRule", rule)
    with pytest.raises(AwsError, match=r"InvalidPermission\.Duplicate"):
        account.create("aws:vpc:SecurityGroupIngressRule", rule)


def test_an_alarm_is_overwritten_by_one_of_its_name(account: Account) -> None:
    alarm = {
        "region": REGION,
        "name": "cpu",
        "metric_name": "CPUUtilization",
        "namespace": "AWS/RDS",
        "statistic": "Average",
        "comparison_operator": "GreaterThanThreshold",
        "period": 60,
        "evaluation_periods": 5,
    }
    account.create("aws:cloudwatch:MetricAlarm", {**alarm, "threshold": 90})
    account.create("aws:cloudwatch:MetricAlarm", {**alarm, "threshold": 80})
    found = account.read("aws:cloudwatch:MetricAlarm", "cpu")
    assert found is not None
    assert found.outputs["threshold"] == 80
    with pytest.raises(AwsError, match="DatapointsToAlarm"):
        account.update("aws:cloudwatch:MetricAlarm", "cpu", {**alarm, "datapoints_to_alarm": 6})


def test_a_topic_is_made_twice_only_with_the_same_tags(account: Account) -> None:
    first = account.create("aws:sns:Topic", {"region": REGION, "name": "alerts", **_tags("alerts")})
    assert (
        account.create("aws:sns:Topic", {"region": REGION, "name": "alerts", **_tags("alerts")}).id
        == first.id
    )
    with pytest.raises(AwsError, match="already exists with different tags"):
        account.create("aws:sns:Topic", {"region": REGION, "name": "alerts"})


def test_a_role_with_policies_is_not_deleted(account: Account) -> None:
    account.create("aws:iam:Role", {"name": "monitoring", "assume_role_policy": "{}"})
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    attached = account.create("aws:iam:RolePolicyAttachment", {"role": "monitoring", "policy_arn": policy})
    with pytest.raises(AwsError, match="DeleteConflict"):
        account.delete("aws:iam:Role", "monitoring")
    account.delete("aws:iam:RolePolicyAttachment", attached.id)
    account.delete("aws:iam:Role", "monitoring")
    assert account.read("aws:iam:Role", "monitoring") is None


def test_the_name_of_a_deleted_secret_stays_taken_until_its_time_is_over(account: Account) -> None:
    secret = account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders/master"})
    account.delete("aws:secretsmanager:Secret", secret.id, {"recovery_window_in_days": 7})
    assert account.read("aws:secretsmanager:Secret", secret.id) is None
    with pytest.raises(AwsError, match="already scheduled for deletion"):
        account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders/master"})
    assert account.advance(timedelta(days=6, hours=23)) == []
    assert len(account.advance(timedelta(hours=1))) == 1
    account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders/master"})


def test_a_secret_without_a_waiting_time_goes_at_once(account: Account) -> None:
    secret = account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders/master"})
    account.delete("aws:secretsmanager:Secret", secret.id, {"recovery_window_in_days": 0})
    account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "orders/master"})


def test_a_deleted_key_is_of_no_use_and_takes_its_alias_along_in_the_end(account: Account) -> None:
    key = account.create("aws:kms:Key", KEY)
    alias = {"region": REGION, "name": "alias/orders", "target_key_id": key.id}
    account.create("aws:kms:Alias", alias)
    account.delete("aws:kms:Key", key.id, {"deletion_window_in_days": 7})
    with pytest.raises(AwsError, match="NotFoundException"):
        account.create("aws:kms:Alias", {**alias, "name": "alias/other"})
    account.advance(timedelta(days=7))
    assert account.read("aws:kms:Alias", "alias/orders") is None


def test_drift_shows_when_it_is_read(account: Account) -> None:
    account.create(
        "aws:rds:ParameterGroup", _group(parameters=[{"name": "a", "value": "1"}]), ("prod.orders", "p")
    )
    (thing,) = account.owned("prod.orders")
    account.drift(thing, ("parameters", 0, "value"), "2")
    account.drift(thing, ("description",), None)
    found = account.read("aws:rds:ParameterGroup", "orders").inputs
    assert found["parameters"] == [{"apply_method": "immediate", "name": "a", "value": "2"}]


def test_two_changes_behind_our_back_add_up(account: Account) -> None:
    account.create("aws:kms:Key", KEY, ("prod.orders", "key"))
    (thing,) = account.owned("prod.orders")
    account.drift(thing, ("description",), "x")
    account.drift(thing, ("enable_key_rotation",), True)
    found = account.read("aws:kms:Key", thing.id).inputs
    assert (found["description"], found["enable_key_rotation"]) == ("x", True)


def test_a_fault_strikes_as_often_as_it_was_asked_to(account: Account) -> None:
    account.fault("aws:kms:Key", times=2, message="api error Throttling: slow down")
    for _ in range(2):
        with pytest.raises(FaultError, match="slow down"):
            account.create("aws:kms:Key", KEY)
    account.create("aws:kms:Key", KEY)


def test_a_fault_strikes_only_its_own_type_and_phase(account: Account) -> None:
    account.fault("aws:kms:Key", message="no", phase="delete")
    key = account.create("aws:kms:Key", KEY)
    account.create("aws:rds:ParameterGroup", _group())
    account.delete("aws:rds:ParameterGroup", "orders")
    with pytest.raises(FaultError):
        account.delete("aws:kms:Key", key.id)
    assert account.read("aws:kms:Key", key.id) is not None


def test_a_late_fault_leaves_what_was_made(account: Account) -> None:
    account.fault("aws:kms:Key", message="timeout", late=True)
    with pytest.raises(FaultError) as struck:
        account.create("aws:kms:Key", {**KEY, **_tags("key")})
    assert struck.value.made is not None
    assert account.find("aws:kms:Key", "prod.orders", "key", {}) == struck.value.made.id


def test_a_refused_operation_does_not_use_up_a_late_fault(account: Account) -> None:
    account.fault("aws:kms:Alias", message="timeout", late=True)
    with pytest.raises(AwsError):
        account.create("aws:kms:Alias", {"region": REGION, "name": "alias/x", "target_key_id": "nothing"})
    assert len(account.show()["faults"]) == 1


def test_a_slow_operation_does_not_hold_up_the_account(account: Account) -> None:
    account.fault("aws:kms:Key", delay=60)
    slow = threading.Thread(target=account.create, args=("aws:kms:Key", KEY))
    slow.start()
    while account.show()["faults"]:
        time.sleep(0.01)
    account.create("aws:rds:ParameterGroup", _group())
    assert slow.is_alive()
    account.delays(False)
    slow.join()
    assert len([each for each in account.show()["things"] if each["type"] == "aws:kms:Key"]) == 1


def test_ours_is_found_by_its_tags(account: Account) -> None:
    made = account.create("aws:kms:Key", {**KEY, **_tags("key")})
    account.create("aws:kms:Key", {**KEY, **_tags("key", "prod.other")})
    assert account.find("aws:kms:Key", "prod.orders", "key", KEY) == made.id
    assert account.find("aws:kms:Key", "prod.orders", "spare", KEY) is None


def test_what_the_state_knows_is_not_found_again(account: Account) -> None:
    old = account.create("aws:kms:Key", {**KEY, **_tags("key")})
    new = account.create("aws:kms:Key", {**KEY, **_tags("key")})
    assert account.find("aws:kms:Key", "prod.orders", "key", KEY, {old.id}) == new.id
    assert account.find("aws:kms:Key", "prod.orders", "key", KEY, {old.outputs["arn"], new.id}) is None


def test_two_of_ours_cannot_be_told_apart(account: Account) -> None:
    for _ in range(2):
        account.create("aws:kms:Key", {**KEY, **_tags("key")})
    with pytest.raises(UserError, match="there are 2 of it"):
        account.find("aws:kms:Key", "prod.orders", "key", KEY)


def test_what_has_our_name_and_not_our_tags_is_never_taken(account: Account) -> None:
    account.create("aws:rds:ParameterGroup", _group())
    with pytest.raises(UserError, match="exists and is not ours"):
        account.find("aws:rds:ParameterGroup", "prod.orders", "parameters", _group())


def test_what_has_no_tags_is_ours_where_its_parent_is(account: Account) -> None:
    ours = account.create("aws:kms:Key", {**KEY, **_tags("key")})
    theirs = account.create("aws:kms:Key", KEY)
    for name, key in (("alias/ours", ours), ("alias/theirs", theirs)):
        account.create("aws:kms:Alias", {"region": REGION, "name": name, "target_key_id": key.id})
    assert account.find("aws:kms:Alias", "prod.orders", "alias", {"name": "alias/ours"}) == "alias/ours"
    assert account.find("aws:kms:Alias", "prod.orders", "alias", {"name": "alias/free"}) is None
    with pytest.raises(UserError, match="alias/theirs exists and is not ours"):
        account.find("aws:kms:Alias", "prod.orders", "alias", {"name": "alias/theirs"})


def test_the_newest_version_of_our_secret_is_found(account: Account) -> None:
    secret = account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "s", **_tags("secret")})
    versions = [
        account.create(
            "aws:secretsmanager:SecretVersion",
            {"region": REGION, "secret_id": secret.id, "secret_string": text},
        )
        for text in ("old", "new")
    ]
    inputs = {"secret_id": secret.id}
    assert (
        account.find("aws:secretsmanager:SecretVersion", "prod.orders", "content", inputs) == versions[1].id
    )
    known = {versions[1].id}
    assert (
        account.find("aws:secretsmanager:SecretVersion", "prod.orders", "content", inputs, known)
        == versions[0].id
    )


def test_what_others_built_is_prepared_once_and_is_nobodys(account: Account) -> None:
    topic = f"arn:aws:sns:{REGION}:000000000000:alerts"
    for _ in range(2):
        account.prepare(["vpc-0a1b", topic], REGION)
    assert [each["id"] for each in account.show()["things"]].count(topic) == 1
    assert account.find("aws:sns:Topic", "prod.orders", "alerts", {}) is None


def test_what_cannot_be_told_is_not_prepared(account: Account) -> None:
    with pytest.raises(UserError, match="cannot tell what 'orders' is"):
        account.prepare(["orders"], REGION)


def test_a_type_that_is_not_simulated_says_so(account: Account) -> None:
    with pytest.raises(NotSimulatedError, match="the sandbox does not simulate aws:glue:Job"):
        account.create("aws:glue:Job", {})


def test_what_is_shown_holds_no_secret(account: Account) -> None:
    secret = account.create("aws:secretsmanager:Secret", {"region": REGION, "name": "s"})
    inputs = {"region": REGION, "secret_id": secret.id, "secret_string": "hunter2"}
    account.create("aws:secretsmanager:SecretVersion", inputs)
    assert "hunter2" not in str(account.show())


def test_a_reset_account_is_as_a_new_one(account: Account, tmp_path: Path) -> None:
    account.create("aws:kms:Key", KEY)
    account.fault("aws:kms:Key", message="no")
    account.advance(timedelta(days=3))
    account.reset()
    assert account.show() == Account(tmp_path / "new.db").show()


def test_a_file_that_is_no_account_is_refused_and_can_be_reset(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    path.write_text("{}")
    account = Account(path)
    with pytest.raises(UserError, match="dbspec sandbox reset"):
        account.show()
    account.reset()
    assert account.show()["things"] == []


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    Account(tmp_path / "sandbox.db").show()
    assert (tmp_path / "sandbox.db").stat().st_mode & 0o077 == 0
