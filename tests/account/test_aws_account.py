"""Everything that dbspec emits, made by hand in a simulated AWS and looked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from compiler import catalog, compilation
from compiler.account import Account
from compiler.account.aws import AwsAccount
from compiler.account.lookup import LOOKUPS, REMADE
from compiler.diagnostics import Exit, UserError
from compiler.source import WorkTree

REGION = "ap-northeast-2"
OURS = {"dbspec:stack": "prod.orders", "dbspec:resource": "it"}
ROLE = "arn:aws:iam::123456789012:role/dbspec"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})

Tags = Mapping[str, str]
Made = tuple[dict[str, Any], str, str]
"""The inputs that name a thing, its import id, and the id that a state knows it by."""


def client(service: str, region: str = REGION) -> Any:
    return boto3.client(service, region_name=region)


def listed(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def subnets() -> list[str]:
    found = client("ec2").describe_subnets()["Subnets"]
    return [each["SubnetId"] for each in found[:2]]


def instance(tags: Tags) -> Made:
    made = client("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="mysql",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="dbadmin",
        MasterUserPassword="not-so-secret",
        Tags=listed(tags),
    )["DBInstance"]
    return {"identifier": "orders"}, "orders", made["DbiResourceId"]


def subnet_group(tags: Tags) -> Made:
    client("rds").create_db_subnet_group(
        DBSubnetGroupName="orders",
        DBSubnetGroupDescription="x",
        SubnetIds=subnets(),
        Tags=listed(tags),
    )
    return {"name": "orders"}, "orders", "orders"


def parameter_group(tags: Tags) -> Made:
    client("rds").create_db_parameter_group(
        DBParameterGroupName="orders-mysql84",
        DBParameterGroupFamily="mysql8.4",
        Description="x",
        Tags=listed(tags),
    )
    return {"name": "orders-mysql84"}, "orders-mysql84", "orders-mysql84"


def security_group(tags: Tags) -> Made:
    vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    given = {"TagSpecifications": [{"ResourceType": "security-group", "Tags": listed(tags)}]} if tags else {}
    made = client("ec2").create_security_group(GroupName="orders", Description="x", VpcId=vpc, **given)
    return {"name": "orders", "vpc_id": vpc}, made["GroupId"], made["GroupId"]


def rule(tags: Tags, direction: str, peer: Mapping[str, Any], inputs: Mapping[str, Any]) -> Made:
    ec2 = client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["rules"]}])
    if groups["SecurityGroups"]:
        group = groups["SecurityGroups"][0]["GroupId"]
    else:
        group = ec2.create_security_group(
            GroupName="rules", Description="x", VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        )["GroupId"]
    given = (
        {"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": listed(tags)}]} if tags else {}
    )
    permission = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, **peer}
    authorize = getattr(ec2, f"authorize_security_group_{direction}")
    made = authorize(GroupId=group, IpPermissions=[permission], **given)["SecurityGroupRules"][0]
    named = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 3306, "to_port": 3306, **inputs}
    return named, made["SecurityGroupRuleId"], made["SecurityGroupRuleId"]


def ingress_rule(tags: Tags) -> Made:
    return rule(tags, "ingress", {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}, {"cidr_ipv4": "10.0.0.0/16"})


def egress_rule(tags: Tags) -> Made:
    return rule(tags, "egress", {"IpRanges": [{"CidrIp": "10.1.0.0/16"}]}, {"cidr_ipv4": "10.1.0.0/16"})


def key(tags: Tags) -> Made:
    given = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
    made = client("kms").create_key(Tags=given)["KeyMetadata"]
    return {}, made["KeyId"], made["KeyId"]


def alias(tags: Tags) -> Made:
    _, id, _ = key({**tags, "dbspec:resource": "key"} if tags else {})
    client("kms").create_alias(AliasName="alias/orders", TargetKeyId=id)
    return {"name": "alias/orders", "target_key_id": "not-known-to-be-ours"}, "alias/orders", "alias/orders"


def secret(tags: Tags) -> Made:
    made = client("secretsmanager").create_secret(Name="prod/orders", SecretString="x", Tags=listed(tags))
    return {"name": "prod/orders"}, made["ARN"], made["ARN"]


def secret_version(tags: Tags) -> Made:
    of_secret = {**tags, "dbspec:resource": "secret"} if tags else {}
    made = client("secretsmanager").create_secret(Name="prod/cart", SecretString="1", Tags=listed(of_secret))
    second = client("secretsmanager").put_secret_value(SecretId=made["ARN"], SecretString="2")
    id = f"{made['ARN']}|{second['VersionId']}"
    return {"secret_id": made["ARN"]}, id, id


def log_group(tags: Tags) -> Made:
    name = "/aws/rds/instance/orders/error"
    client("logs").create_log_group(logGroupName=name, tags=dict(tags))
    client("logs").create_log_group(logGroupName=f"{name}-too")
    return {"name": name}, name, name


def topic(tags: Tags) -> Made:
    client("sns").create_topic(Name="not-dbspec-prod-alerts")
    made = client("sns").create_topic(Name="dbspec-prod-alerts", Tags=listed(tags))
    return {"name": "dbspec-prod-alerts"}, made["TopicArn"], made["TopicArn"]


def role(tags: Tags) -> Made:
    client("iam").create_role(RoleName="dbspec-monitoring", AssumeRolePolicyDocument=TRUST, Tags=listed(tags))
    return {"name": "dbspec-monitoring"}, "dbspec-monitoring", "dbspec-monitoring"


def cache_group(tags: Tags) -> Made:
    client("elasticache").create_replication_group(
        ReplicationGroupId="carts", ReplicationGroupDescription="x", Engine="valkey", Tags=listed(tags)
    )
    return {"replication_group_id": "carts"}, "carts", "carts"


def cache_subnets(tags: Tags) -> Made:
    client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName="carts",
        CacheSubnetGroupDescription="x",
        SubnetIds=subnets(),
        Tags=listed(tags),
    )
    return {"name": "carts"}, "carts", "carts"


def cache_user(tags: Tags) -> Made:
    client("elasticache").create_user(
        UserId="carts",
        UserName="carts",
        Engine="redis",
        AccessString="on ~* +@all",
        Passwords=["not-so-secret-at-all"],
        Tags=listed(tags),
    )
    return {"user_id": "carts"}, "carts", "carts"


def table(tags: Tags) -> Made:
    client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=listed(tags),
    )
    return {"name": "orders"}, "orders", "orders"


def table_replica(tags: Tags) -> Made:
    table(tags)
    id = "orders:us-east-1"
    return {"global_table_arn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"}, id, id


def backup_vault(tags: Tags) -> Made:
    client("backup").create_backup_vault(BackupVaultName="orders", BackupVaultTags=dict(tags))
    return {"name": "orders"}, "orders", "orders"


def backup_plan(tags: Tags) -> Made:
    plan = {"BackupPlanName": "orders", "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "orders"}]}
    made = client("backup").create_backup_plan(BackupPlan=plan, BackupPlanTags=dict(tags))["BackupPlanId"]
    return {"name": "orders"}, made, made


def event_subscription(tags: Tags) -> Made:
    topic = client("sns").create_topic(Name="events")["TopicArn"]
    client("rds").create_event_subscription(
        SubscriptionName="dbspec-prod", SnsTopicArn=topic, SourceType="db-instance", Tags=listed(tags)
    )
    return {"name": "dbspec-prod"}, "dbspec-prod", "dbspec-prod"


def option_group(tags: Tags) -> Made:
    client("rds").create_option_group(
        OptionGroupName="orders-mysql84",
        EngineName="mysql",
        MajorEngineVersion="8.0",
        OptionGroupDescription="x",
        Tags=listed(tags),
    )
    return {"name": "orders-mysql84"}, "orders-mysql84", "orders-mysql84"


def bucket(tags: Tags) -> Made:
    client("s3").create_bucket(Bucket="audit", CreateBucketConfiguration={"LocationConstraint": REGION})
    if tags:
        client("s3").put_bucket_tagging(Bucket="audit", Tagging={"TagSet": listed(tags)})
    return {"bucket": "audit"}, "audit", "audit"


def trail(tags: Tags) -> Made:
    client("s3").create_bucket(Bucket="trails", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = client("cloudtrail").create_trail(Name="audit", S3BucketName="trails", TagsList=listed(tags))
    return {"name": "audit"}, made["TrailARN"], made["TrailARN"]


def schedule(tags: Tags) -> Made:
    client("scheduler").create_schedule(
        Name="orders-stop",
        Description=f"dbspec {tags.get('dbspec:stack', 'nobody')}",
        ScheduleExpression="cron(0 20 ? * MON-FRI *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance", "RoleArn": ROLE, "Input": "{}"},
    )
    return {"name": "orders-stop"}, "default/orders-stop", "default/orders-stop"


MAKERS: Mapping[str, Callable[[Tags], Made]] = {
    "aws:rds:Instance": instance,
    "aws:rds:SubnetGroup": subnet_group,
    "aws:rds:ParameterGroup": parameter_group,
    "aws:ec2:SecurityGroup": security_group,
    "aws:vpc:SecurityGroupIngressRule": ingress_rule,
    "aws:vpc:SecurityGroupEgressRule": egress_rule,
    "aws:kms:Key": key,
    "aws:kms:Alias": alias,
    "aws:secretsmanager:Secret": secret,
    "aws:secretsmanager:SecretVersion": secret_version,
    "aws:cloudwatch:LogGroup": log_group,
    "aws:sns:Topic": topic,
    "aws:iam:Role": role,
    "aws:elasticache:ReplicationGroup": cache_group,
    "aws:elasticache:SubnetGroup": cache_subnets,
    "aws:elasticache:User": cache_user,
    "aws:dynamodb:Table": table,
    "aws:dynamodb:TableReplica": table_replica,
    "aws:backup:Vault": backup_vault,
    "aws:backup:Plan": backup_plan,
    "aws:cloudtrail:Trail": trail,
    "aws:rds:EventSubscription": event_subscription,
    "aws:rds:OptionGroup": option_group,
    "aws:s3:Bucket": bucket,
    "aws:scheduler:Schedule": schedule,
}
# What moto does not simulate is held against answers written by hand, in test_elasticache_account.py and
# test_backup_account.py.
BY_HAND = {
    "aws:rds:InstanceAutomatedBackupsReplication",
    "aws:elasticache:ParameterGroup",
    "aws:elasticache:UserGroup",
    "aws:backup:Selection",
}
every_type = pytest.mark.parametrize("type", [type for type in LOOKUPS if type not in BY_HAND])
# Nothing but its tags tells such a thing from another.
NAMELESS = {"aws:kms:Key"}
named_types = pytest.mark.parametrize("type", [type for type in LOOKUPS if type not in NAMELESS | BY_HAND])


@pytest.fixture
def account(aws: str) -> Account:
    return AwsAccount(REGION)


def find(account: Account, type: str, inputs: Mapping[str, Any], **more: Any) -> str | None:
    return account.find(type, "prod.orders", "it", inputs, **more)


@every_type
def test_what_carries_our_tags_is_found_by_its_import_id(account: Account, type: str) -> None:
    inputs, import_id, _ = MAKERS[type](OURS)
    assert find(account, type, inputs) == import_id


@every_type
def test_what_does_not_exist_is_not_found(account: Account, type: str) -> None:
    name = "alias/orders" if type == "aws:kms:Alias" else "orders"
    names = {"identifier": "orders", "name": name, "security_group_id": "sg-0a1b2c3d4e5f60718"}
    names |= {"replication_group_id": "orders", "user_id": "orders", "bucket": "orders"}
    names |= {"global_table_arn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"}
    assert find(account, type, {**names, "secret_id": "prod/orders"}) is None


@every_type
def test_what_the_state_knows_is_not_found_again(account: Account, type: str) -> None:
    inputs, _, id = MAKERS[type](OURS)
    assert find(account, type, inputs, known=[id, "something-else"]) is None


@named_types
@pytest.mark.parametrize(
    "tags",
    [{}, {"Owner": "dba"}, {**OURS, "dbspec:stack": "prod.users"}],
    ids=["untagged", "of others", "of another stack"],
)
def test_what_has_the_name_and_not_our_tags_is_somebody_elses(
    account: Account, type: str, tags: Tags
) -> None:
    inputs, import_id, _ = MAKERS[type](tags)
    with pytest.raises(UserError, match="exists and is not ours") as caught:
        find(account, type, inputs)
    assert import_id in str(caught.value)
    assert "it (" + type + ") of prod.orders" in str(caught.value)
    assert caught.value.exit_code == Exit.ENGINE


@every_type
def test_a_thing_of_another_region_is_not_found_in_this_one(account: Account, type: str) -> None:
    inputs, import_id, _ = MAKERS[type](OURS)
    found = find(account, type, {**inputs, "region": "eu-west-1"})
    assert found == (import_id if type == "aws:iam:Role" else None)


@named_types
def test_a_thing_whose_name_is_not_known_cannot_be_told(account: Account, type: str) -> None:
    inputs, _, _ = MAKERS[type]({})
    if type.startswith("aws:vpc:"):
        assert find(account, type, {}) is None  # asked by tags
        return
    with pytest.raises(
        UserError,
        match=r"the state does not know its "
        r"(name|identifier|secret_id|replication_group_id|user_id|global_table_arn|bucket)",
    ):
        find(account, type, dict.fromkeys(inputs))


@pytest.mark.parametrize("type", [*REMADE, "random:RandomPassword"])
def test_what_is_made_again_without_harm_is_not_looked_for(no_aws: None, type: str) -> None:
    assert find(AwsAccount(REGION), type, {}) is None


def test_what_dbspec_does_not_know_to_look_for_is_said(no_aws: None) -> None:
    with pytest.raises(UserError, match=r"does not know how to look for it \(aws:neptune:Cluster\)"):
        find(AwsAccount(REGION), "aws:neptune:Cluster", {})


def test_every_type_that_dbspec_emits_can_be_looked_for() -> None:
    found = catalog.load(WorkTree(Path(__file__).parents[2] / "specs")).checked()
    stacks = compilation.stacks(*found.select([]))
    emitted = {
        each.type for stack in stacks for each in stack.resources if not each.type.startswith("random:")
    }
    assert emitted > {"aws:rds:Instance", "aws:sns:Topic"}
    assert emitted <= {*LOOKUPS, *REMADE}


def test_of_two_that_carry_our_tags_none_is_taken(account: Account) -> None:
    first, second = key(OURS)[1], key(OURS)[1]
    with pytest.raises(UserError, match="there are 2 of it") as caught:
        find(account, "aws:kms:Key", {})
    assert first in str(caught.value)
    assert second in str(caught.value)


def test_of_two_keys_the_one_that_the_state_does_not_know_is_taken(account: Account) -> None:
    first, second = key(OURS)[1], key(OURS)[1]
    assert find(account, "aws:kms:Key", {}, known=[first]) == second


def test_a_key_that_waits_for_its_deletion_is_none(account: Account) -> None:
    gone = key(OURS)[1]
    client("kms").schedule_key_deletion(KeyId=gone)
    assert find(account, "aws:kms:Key", {}) is None


def test_a_key_that_the_tagging_api_does_not_know_yet_is_found(account: Account, monkeypatch: Any) -> None:
    import moto.resourcegroupstaggingapi.models as tagging

    monkeypatch.setattr(
        tagging.ResourceGroupsTaggingAPIBackend, "_get_resources_generator", lambda *_, **__: iter(())
    )
    for _ in range(3):
        key({**OURS, "dbspec:stack": "prod.users"})
    made = key(OURS)[1]
    assert find(account, "aws:kms:Key", {}) == made


def test_an_alias_is_ours_where_it_stands_for_the_key_it_should(account: Account) -> None:
    inputs, _, _ = alias({})
    target = next(
        each for each in client("kms").list_aliases()["Aliases"] if each["AliasName"] == "alias/orders"
    )
    assert (
        find(account, "aws:kms:Alias", {**inputs, "target_key_id": target["TargetKeyId"]}) == "alias/orders"
    )


def test_a_secret_that_waits_for_its_deletion_is_none(account: Account) -> None:
    inputs, arn, _ = secret(OURS)
    client("secretsmanager").delete_secret(SecretId=arn)
    assert find(account, "aws:secretsmanager:Secret", inputs) is None


@pytest.mark.parametrize(
    ("peer", "inputs"),
    [
        ({"UserIdGroupPairs": [{"GroupId": "GROUP"}]}, {"referenced_security_group_id": "GROUP"}),
        ({"Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]}, {"cidr_ipv6": "fd00::/8"}),
        ({"IpRanges": [{"CidrIp": "10.2.0.0/16"}]}, {"cidr_ipv4": "10.2.0.0/16"}),
    ],
)
def test_a_rule_of_others_that_lets_the_same_through_is_seen(
    account: Account, peer: dict[str, Any], inputs: dict[str, Any]
) -> None:
    _, group, _ = security_group({})
    filled = json.loads(json.dumps([peer, inputs]).replace("GROUP", group))
    named, id, _ = rule({}, "ingress", filled[0], filled[1])
    with pytest.raises(UserError, match=f"{id} exists and is not ours"):
        find(account, "aws:vpc:SecurityGroupIngressRule", named)
    assert find(account, "aws:vpc:SecurityGroupIngressRule", {**named, "to_port": 3307}) is None
    assert find(account, "aws:vpc:SecurityGroupEgressRule", named) is None


def answering(monkeypatch: pytest.MonkeyPatch, statuses: list[str]) -> None:
    """The simulated RDS says these one after the other; its own instances are available at once."""
    import moto.rds.models as rds

    left = iter(statuses)
    real = rds.RDSBackend.describe_db_instances

    def describe(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = real(self, *args, **kwargs)
        for each in found:
            each.status = next(left)
        return found

    monkeypatch.setattr(rds.RDSBackend, "describe_db_instances", describe)


def test_an_instance_that_is_still_being_created_is_waited_for(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, _, _ = instance(OURS)
    answering(monkeypatch, ["creating", "creating", "backing-up"])
    told: list[str] = []
    account = AwsAccount(REGION, wait=lambda reason: not told.append(reason))
    assert find(account, "aws:rds:Instance", inputs) == "orders"
    assert told == ["it (aws:rds:Instance) of prod.orders: orders is creating"] * 2


def test_an_instance_that_is_still_being_created_is_not_imported_half_done(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, _, _ = instance(OURS)
    answering(monkeypatch, ["creating"])
    with pytest.raises(UserError, match="orders is creating; run it again"):
        find(account, "aws:rds:Instance", inputs)


def test_the_account_is_told_by_its_number(account: Account) -> None:
    assert account.identity() == "123456789012"


def test_a_role_is_assumed_in_its_own_account(aws: str) -> None:
    there = AwsAccount(REGION, role_arn="arn:aws:iam::210987654321:role/dbspec-preview")
    assert there.identity() == "210987654321"
    secret(OURS)
    assert find(there, "aws:secretsmanager:Secret", {"name": "prod/orders"}) is None


def test_missing_credentials_are_said(no_aws: None) -> None:
    with pytest.raises(UserError, match="no AWS credentials for asking AWS which account") as caught:
        AwsAccount(REGION).identity()
    assert caught.value.exit_code == Exit.ENGINE


def refusing(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    import moto.rds.models as rds
    from moto.core.exceptions import AccessDeniedError

    def refuse(*_: Any, **__: Any) -> None:
        raise AccessDeniedError("arn:aws:iam::123456789012:user/x", action)

    monkeypatch.setattr(rds.RDSBackend, "describe_db_instances", refuse)


def test_what_aws_refuses_is_not_taken_for_absence(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "rds:DescribeDBInstances")
    with pytest.raises(
        UserError, match=r"AWS refused looking for it .*AccessDenied.*rds:DescribeDBInstances"
    ):
        find(account, "aws:rds:Instance", {"identifier": "orders"})


def test_an_answer_that_is_not_aws_is_not_quoted(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    import moto.rds.models as rds

    def fall_over(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(rds.RDSBackend, "describe_db_instances", fall_over)  # the server answers in HTML
    with pytest.raises(UserError, match=r"the answer is not AWS's\); check the proxy") as caught:
        find(account, "aws:rds:Instance", {"identifier": "orders"})
    assert "html" not in str(caught.value)


@pytest.mark.parametrize("by", ["identifier", "resource id"])
def test_modifications_that_wait_are_told_by_our_names(
    account: Account, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    import moto.rds.models as rds

    _, identifier, resource_id = instance(OURS)
    accepted = {
        "DBInstanceClass": "db.r7g.large",
        "AllocatedStorage": 200,
        "MultiAZ": True,
        "MasterUserPassword": "hunter2",
        "PendingCloudwatchLogsExports": {"LogTypesToEnable": ["slowquery"], "LogTypesToDisable": ["error"]},
    }
    changed(monkeypatch, rds, accepted)
    found = account.pending("aws:rds:Instance", identifier if by == "identifier" else resource_id)
    assert found == {
        "instance_class": "db.r7g.large",
        "allocated_storage": 200,
        "multi_az": True,
        "enabled_cloudwatch_logs_exports": ["slowquery"],
        "parameters": "pending-reboot",
    }


def changed(monkeypatch: pytest.MonkeyPatch, rds: Any, accepted: Mapping[str, Any]) -> None:
    """The simulated RDS applies everything at once, so what waits is put into its answers."""
    for backend in rds.rds_backends["123456789012"].values():
        for database in backend.databases.values():
            monkeypatch.setattr(database, "pending_modified_values", accepted, raising=False)
            monkeypatch.setattr(database, "enabled_cloudwatch_logs_exports", ["error"])
    waiting = [{"DBParameterGroupName": "orders", "ParameterApplyStatus": "pending-reboot"}]
    monkeypatch.setattr(rds.DBInstance, "db_parameter_group_status_list", waiting)


def test_nothing_is_pending_for_what_is_gone_or_never_waits(account: Account) -> None:
    assert account.pending("aws:rds:Instance", "orders") == {}
    assert account.pending("aws:rds:Instance", "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ") == {}
    assert account.pending("aws:iam:Role", "x") == {}


def test_the_simulated_account_answers_the_same_questions(tmp_path: Path) -> None:
    from compiler.sandbox.account import Account as Sandbox

    account: Account = Sandbox(tmp_path / "sandbox")
    assert account.identity() == "000000000000"
    assert find(account, "aws:rds:Instance", {"identifier": "orders"}) is None
    assert account.pending("aws:rds:Instance", "orders") == {}
