"""How each type of resource is found in an account, and by which id Pulumi imports it.

The import ids are those of pulumi_aws's documentation. Where AWS has a call that finds a thing by its name, that
one is asked: it answers with what exists now, while the Resource Groups Tagging API may be minutes late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from compiler.account.session import code


class NamelessError(Exception):
    """The input that names a thing is not known."""


@dataclass(frozen=True, slots=True)
class Question:
    """`client(service)` is a boto3 client of the right region; `tags` are those that make a thing ours.

    `known` are the ids that the state has.
    """

    client: Callable[[str], Any]
    inputs: Mapping[str, Any]
    tags: Mapping[str, str]
    known: frozenset[str]

    def text(self, input: str) -> str:
        """An input as text, empty where it is not known."""
        value = self.inputs.get(input)
        return value if isinstance(value, str) else ""

    def name(self, input: str) -> str:
        """An input by which AWS is asked. NamelessError where it is not known: AWS would answer with everything."""
        if value := self.text(input):
            return value
        raise NamelessError(input)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be the thing: `ids` are all by which a state may know it.

    `busy` says what AWS is still doing with it (`creating`), empty where it can be imported.
    """

    import_id: str
    tags: Mapping[str, str]
    ids: frozenset[str]
    busy: str = ""


Lookup: TypeAlias = Callable[[Question], Iterable[Candidate]]


def _db_instance(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    identifier = question.name("identifier")
    found = _or_none("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=identifier)
    for each in found["DBInstances"] if found else ():
        name, status = each["DBInstanceIdentifier"], each.get("DBInstanceStatus", "")
        ids = frozenset({name, each.get("DbiResourceId", name), each["DBInstanceArn"]})
        busy = status if status in ("creating", "deleting") else ""
        yield Candidate(name, _tags(each.get("TagList", ())), ids, busy)


def _subnet_group(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = _or_none("DBSubnetGroupNotFound", rds.describe_db_subnet_groups, DBSubnetGroupName=asked)
    for each in found["DBSubnetGroups"] if found else ():
        name, arn = each["DBSubnetGroupName"], each["DBSubnetGroupArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield Candidate(name, _tags(tags), frozenset({name, arn}))


def _parameter_group(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = _or_none("DBParameterGroupNotFound", rds.describe_db_parameter_groups, DBParameterGroupName=asked)
    for each in found["DBParameterGroups"] if found else ():
        name, arn = each["DBParameterGroupName"], each["DBParameterGroupArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield Candidate(name, _tags(tags), frozenset({name, arn}))


def _security_group(question: Question) -> Iterator[Candidate]:
    ec2 = question.client("ec2")
    by_name = _by({"group-name": question.name("name"), "vpc-id": question.text("vpc_id")})
    for filters in (_by_tags(question), by_name):
        found = [
            Candidate(each["GroupId"], _tags(each.get("Tags", ())), frozenset({each["GroupId"]}))
            for page in ec2.get_paginator("describe_security_groups").paginate(Filters=filters)
            for each in page["SecurityGroups"]
        ]
        if found:
            yield from found
            return


def _ingress_rule(question: Question) -> Iterator[Candidate]:
    return _security_group_rule(question, egress=False)


def _egress_rule(question: Question) -> Iterator[Candidate]:
    return _security_group_rule(question, egress=True)


def _security_group_rule(question: Question, *, egress: bool) -> Iterator[Candidate]:
    """Those with our tags, and the one that lets the same through: a second of that AWS would refuse."""
    pages = question.client("ec2").get_paginator("describe_security_group_rules")
    filters = _by({"group-id": question.text("security_group_id")})
    for page in pages.paginate(Filters=filters or _by_tags(question)):
        for each in page["SecurityGroupRules"]:
            tags = _tags(each.get("Tags", ()))
            if each["IsEgress"] == egress and (
                tags.items() >= question.tags.items() or _is_same_rule(question, each)
            ):
                id = each["SecurityGroupRuleId"]
                yield Candidate(id, tags, frozenset({id, each.get("SecurityGroupRuleArn", id)}))


def _is_same_rule(question: Question, rule: Mapping[str, Any]) -> bool:
    peer = rule.get("ReferencedGroupInfo") or {}
    theirs = {
        "ip_protocol": rule.get("IpProtocol"),
        "from_port": _port(rule.get("FromPort")),
        "to_port": _port(rule.get("ToPort")),
        "cidr_ipv4": rule.get("CidrIpv4"),
        "cidr_ipv6": rule.get("CidrIpv6"),
        "prefix_list_id": rule.get("PrefixListId"),
        "referenced_security_group_id": peer.get("GroupId"),
    }
    return all(question.inputs.get(name) == value for name, value in theirs.items())


def _port(value: int | None) -> int | None:
    return None if value == -1 else value


def _key(question: Question) -> Iterator[Candidate]:
    """The Tagging API may be late: where it knows nothing new, every key is asked for its tags."""
    kms = question.client("kms")
    for arn, tags in (_tagged(question, "kms:key") or _all_keys(question)).items():
        found = _or_none("NotFoundException", kms.describe_key, KeyId=arn)
        key = found["KeyMetadata"] if found else {"KeyState": "PendingDeletion"}
        # A key that waits for its deletion is not usable any more: a new one is made.
        if key["KeyState"] not in ("PendingDeletion", "PendingReplicaDeletion"):
            busy = "creating" if key["KeyState"] == "Creating" else ""
            yield Candidate(key["KeyId"], tags, frozenset({key["KeyId"], key["Arn"]}), busy)


def _tagged(question: Question, type: str) -> dict[str, dict[str, str]]:
    """What has our tags, by ARN, without what the state knows."""
    pages = question.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": name, "Values": [value]} for name, value in question.tags.items()]
    found = pages.paginate(ResourceTypeFilters=[type], TagFilters=filters)
    return {
        each["ResourceARN"]: _tags(each["Tags"])
        for page in found
        for each in page["ResourceTagMappingList"]
        if not {each["ResourceARN"], each["ResourceARN"].rpartition("/")[2]} & question.known
    }


def _all_keys(question: Question) -> dict[str, dict[str, str]]:
    kms = question.client("kms")
    found = {}
    for page in kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            # What we may not ask about is not ours: our keys let the account's policies decide.
            answer = _or_none("AccessDeniedException", kms.list_resource_tags, KeyId=each["KeyArn"])
            tags = _tags(answer["Tags"]) if answer else {}
            if tags.items() >= question.tags.items():
                found[each["KeyArn"]] = tags
    return found


def _alias(question: Question) -> Iterator[Candidate]:
    """An alias has no tags: it is ours where it stands for the key that it should, or for one of this stack."""
    kms = question.client("kms")
    wanted = question.text("target_key_id").rpartition("/")[2]
    for page in kms.get_paginator("list_aliases").paginate():
        for each in page["Aliases"]:
            target = each.get("TargetKeyId", "")
            if each["AliasName"] != question.name("name"):
                continue
            tags = question.tags if target and target == wanted else {}
            if target and not tags:
                of_key = _tags(kms.list_resource_tags(KeyId=target)["Tags"])
                tags = question.tags if _same_stack(question, of_key) else of_key
            yield Candidate(each["AliasName"], tags, frozenset({each["AliasName"], each["AliasArn"]}))


def _secret(question: Question) -> Iterator[Candidate]:
    manager = question.client("secretsmanager")
    found = _or_none("ResourceNotFoundException", manager.describe_secret, SecretId=question.name("name"))
    # One that waits for its deletion keeps its name, and AWS says so when it is made again.
    if found and "DeletedDate" not in found:
        yield Candidate(found["ARN"], _tags(found.get("Tags", ())), frozenset({found["ARN"], found["Name"]}))


def _secret_version(question: Question) -> Iterator[Candidate]:
    """A version has no tags: the current one of a secret of this stack is ours."""
    manager = question.client("secretsmanager")
    secret = question.name("secret_id")
    found = _or_none("ResourceNotFoundException", manager.describe_secret, SecretId=secret) or {}
    of_secret = _tags(found.get("Tags", ()))
    for version, stages in found.get("VersionIdsToStages", {}).items():
        if "AWSCURRENT" in stages:
            id = f"{found['ARN']}|{version}"
            tags = question.tags if _same_stack(question, of_secret) else of_secret
            yield Candidate(id, tags, frozenset({id}))


def _log_group(question: Question) -> Iterator[Candidate]:
    logs, name = question.client("logs"), question.name("name")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for each in page["logGroups"]:
            if each["logGroupName"] == name:
                arn = each["arn"].removesuffix(":*")
                tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
                yield Candidate(name, tags, frozenset({name, arn}))


def _topic(question: Question) -> Iterator[Candidate]:
    sns, name = question.client("sns"), question.name("name")
    for page in sns.get_paginator("list_topics").paginate():
        for each in page["Topics"]:
            arn = each["TopicArn"]
            if arn.rpartition(":")[2] == name:
                tags = sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
                yield Candidate(arn, _tags(tags), frozenset({arn}))


def _role(question: Question) -> Iterator[Candidate]:
    iam = question.client("iam")
    found = _or_none("NoSuchEntity", iam.get_role, RoleName=question.name("name"))
    if found:
        role = found["Role"]
        tags = iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        yield Candidate(role["RoleName"], _tags(tags), frozenset({role["RoleName"], role["Arn"]}))


def _caches(
    describe: str, argument: str, answer: str, input: str, named: str, missing: str
) -> Callable[[Question], Iterator[Candidate]]:
    """How ElastiCache is asked: `describe` by `argument`; each of its `answer` has its name at `named`."""

    def lookup(question: Question) -> Iterator[Candidate]:
        elasticache, asked = question.client("elasticache"), question.name(input)
        found = _or_none(missing, getattr(elasticache, describe), **{argument: asked})
        for each in found[answer] if found else ():
            name, status = each[named], each.get("Status", "")
            tags = elasticache.list_tags_for_resource(ResourceName=each["ARN"])["TagList"]
            busy = status if status in ("creating", "deleting") else ""
            yield Candidate(name, _tags(tags), frozenset({name, each["ARN"]}), busy)

    return lookup


_cache_group = _caches(
    *("describe_replication_groups", "ReplicationGroupId", "ReplicationGroups"),
    *("replication_group_id", "ReplicationGroupId", "ReplicationGroupNotFound"),
)
_cache_subnets = _caches(
    *("describe_cache_subnet_groups", "CacheSubnetGroupName", "CacheSubnetGroups"),
    *("name", "CacheSubnetGroupName", "CacheSubnetGroupNotFound"),
)
_cache_parameters = _caches(
    *("describe_cache_parameter_groups", "CacheParameterGroupName", "CacheParameterGroups"),
    *("name", "CacheParameterGroupName", "CacheParameterGroupNotFound"),
)
_cache_user = _caches("describe_users", "UserId", "Users", "user_id", "UserId", "UserNotFound")
_cache_users = _caches(
    *("describe_user_groups", "UserGroupId", "UserGroups"),
    *("user_group_id", "UserGroupId", "UserGroupNotFound"),
)


def _table(question: Question) -> Iterator[Candidate]:
    name = question.name("name")
    yield from _described_table(question.client("dynamodb"), name, name)


def _table_replica(question: Question) -> Iterator[Candidate]:
    """A replica has the name of its table, in its own region; the provider calls it by the table's region too."""
    arn = question.name("global_table_arn")
    home, name = arn.split(":")[3], arn.rpartition("/")[2]
    yield from _described_table(question.client("dynamodb"), name, f"{name}:{home}")


def _described_table(dynamodb: Any, name: str, import_id: str) -> Iterator[Candidate]:
    found = _or_none("ResourceNotFoundException", dynamodb.describe_table, TableName=name)
    if found:
        arn, status = found["Table"]["TableArn"], found["Table"]["TableStatus"]
        pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        tags = [each for page in pages for each in page["Tags"]]
        busy = status.lower() if status in ("CREATING", "DELETING") else ""
        yield Candidate(import_id, _tags(tags), frozenset({import_id, arn}), busy)


def _backup_vault(question: Question) -> Iterator[Candidate]:
    """By the list: asked for one vault that does not exist, AWS answers that nobody may look."""
    backup, name = question.client("backup"), question.name("name")
    for page in backup.get_paginator("list_backup_vaults").paginate():
        for each in page["BackupVaultList"]:
            if each["BackupVaultName"] == name:
                arn = each["BackupVaultArn"]
                tags = backup.list_tags(ResourceArn=arn)["Tags"]
                yield Candidate(name, tags, frozenset({name, arn}))


def _backup_plan(question: Question) -> Iterator[Candidate]:
    backup, name = question.client("backup"), question.name("name")
    for page in backup.get_paginator("list_backup_plans").paginate():
        for each in page["BackupPlansList"]:
            if each["BackupPlanName"] == name:
                id, arn = each["BackupPlanId"], each["BackupPlanArn"]
                yield Candidate(id, backup.list_tags(ResourceArn=arn)["Tags"], frozenset({id, arn}))


def _backup_selection(question: Question) -> Iterator[Candidate]:
    """A selection has no tags: it is whose its plan is."""
    backup, plan, name = question.client("backup"), question.name("plan_id"), question.name("name")
    for page in backup.get_paginator("list_backup_selections").paginate(BackupPlanId=plan):
        for each in page["BackupSelectionsList"]:
            if each["SelectionName"] == name:
                arn = backup.get_backup_plan(BackupPlanId=plan)["BackupPlanArn"]
                tags = backup.list_tags(ResourceArn=arn)["Tags"]
                id = each["SelectionId"]
                ours = question.tags if _same_stack(question, tags) else tags
                yield Candidate(f"{plan}|{id}", ours, frozenset({id}))


LOOKUPS: Mapping[str, Lookup] = {
    "aws:rds:Instance": _db_instance,  # the identifier; a state has the DbiResourceId
    "aws:rds:SubnetGroup": _subnet_group,  # the name
    "aws:rds:ParameterGroup": _parameter_group,  # the name
    "aws:ec2:SecurityGroup": _security_group,  # sg-
    "aws:vpc:SecurityGroupIngressRule": _ingress_rule,  # sgr-
    "aws:vpc:SecurityGroupEgressRule": _egress_rule,  # sgr-
    "aws:kms:Key": _key,  # the key's id
    "aws:kms:Alias": _alias,  # the name, alias/ included
    "aws:secretsmanager:Secret": _secret,  # the ARN
    "aws:secretsmanager:SecretVersion": _secret_version,  # the secret's ARN, |, the version
    "aws:cloudwatch:LogGroup": _log_group,  # the name
    "aws:sns:Topic": _topic,  # the ARN
    "aws:iam:Role": _role,  # the name
    "aws:elasticache:ReplicationGroup": _cache_group,  # the id
    "aws:elasticache:SubnetGroup": _cache_subnets,  # the name
    "aws:elasticache:ParameterGroup": _cache_parameters,  # the name
    "aws:elasticache:User": _cache_user,  # the id
    "aws:elasticache:UserGroup": _cache_users,  # the id
    "aws:dynamodb:Table": _table,  # the name
    "aws:dynamodb:TableReplica": _table_replica,  # the name, :, the table's region
    "aws:backup:Vault": _backup_vault,  # the name
    "aws:backup:Plan": _backup_plan,  # the id
    "aws:backup:Selection": _backup_selection,  # the plan's id, |, the selection's
}

REMADE: Mapping[str, str] = {
    "aws:appautoscaling:Policy": "PutScalingPolicy writes over the policy of that name",
    "aws:appautoscaling:Target": "RegisterScalableTarget writes over the target of that dimension",
    "aws:cloudwatch:MetricAlarm": "PutMetricAlarm writes over the alarm of that name",
    "aws:dynamodb:ContributorInsights": "UpdateContributorInsights does nothing where they are on",
    "aws:sns:TopicPolicy": "a topic has one policy, which SetTopicAttributes writes over",
    "aws:iam:RolePolicyAttachment": "AttachRolePolicy does nothing where it is attached",
}
"""Types of which making one again makes no second one, and why: nothing needs to be found."""


def _same_stack(question: Question, tags: Mapping[str, str]) -> bool:
    return tags.get("dbspec:stack") == question.tags["dbspec:stack"]


def _or_none(missing: str, ask: Callable[..., Any], **arguments: str) -> Any:
    """The answer, None where AWS says that there is no such thing; RDS ends some of its codes in Fault."""
    from botocore.exceptions import ClientError

    try:
        return ask(**arguments)
    except ClientError as error:
        if code(error).removesuffix("Fault") == missing:
            return None
        raise


def _tags(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """RDS, EC2, IAM and others say Key and Value, KMS says TagKey and TagValue."""
    return {
        each.get("Key", each.get("TagKey", "")): each.get("Value", each.get("TagValue", ""))
        for each in listed
    }


def _by_tags(question: Question) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in question.tags.items()]


def _by(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]} for name, value in values.items() if value]
