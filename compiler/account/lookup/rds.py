"""RDS's things, found in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.account.lookup.question import Candidate, Lookup, Question, or_none
from compiler.account.lookup.question import tags as tags_of


def _db_instance(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    identifier = question.name("identifier")
    found = or_none("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=identifier)
    for each in found["DBInstances"] if found else ():
        name, status = each["DBInstanceIdentifier"], each.get("DBInstanceStatus", "")
        ids = frozenset({name, each.get("DbiResourceId", name), each["DBInstanceArn"]})
        busy = status if status in ("creating", "deleting") else ""
        yield Candidate(name, tags_of(each.get("TagList", ())), ids, busy)


def _subnet_group(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = or_none("DBSubnetGroupNotFound", rds.describe_db_subnet_groups, DBSubnetGroupName=asked)
    for each in found["DBSubnetGroups"] if found else ():
        name, arn = each["DBSubnetGroupName"], each["DBSubnetGroupArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield Candidate(name, tags_of(tags), frozenset({name, arn}))


def _parameter_group(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = or_none("DBParameterGroupNotFound", rds.describe_db_parameter_groups, DBParameterGroupName=asked)
    for each in found["DBParameterGroups"] if found else ():
        name, arn = each["DBParameterGroupName"], each["DBParameterGroupArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield Candidate(name, tags_of(tags), frozenset({name, arn}))


def _event_subscription(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = or_none("SubscriptionNotFound", rds.describe_event_subscriptions, SubscriptionName=asked)
    for each in found["EventSubscriptionsList"] if found else ():
        name, arn = each["CustSubscriptionId"], each["EventSubscriptionArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        busy = each.get("Status", "") if each.get("Status") in ("creating", "deleting") else ""
        yield Candidate(name, tags_of(tags), frozenset({name, arn}), busy)


def _option_group(question: Question) -> Iterator[Candidate]:
    rds = question.client("rds")
    asked = question.name("name")
    found = or_none("OptionGroupNotFound", rds.describe_option_groups, OptionGroupName=asked)
    for each in found["OptionGroupsList"] if found else ():
        name, arn = each["OptionGroupName"], each["OptionGroupArn"]
        tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        yield Candidate(name, tags_of(tags), frozenset({name, arn}))


def _backup_copies(question: Question) -> Iterator[Candidate]:
    """Copies have no tags: a source has them once in a region, and the source is ours."""
    source = question.name("source_db_instance_arn")
    pages = question.client("rds").get_paginator("describe_db_instance_automated_backups").paginate()
    for page in pages:
        for each in page["DBInstanceAutomatedBackups"]:
            if each.get("DBInstanceArn") == source and each.get("Status") != "retained":
                arn = each["DBInstanceAutomatedBackupsArn"]
                yield Candidate(arn, question.tags, frozenset({arn}))


LOOKUPS: Mapping[str, Lookup] = {
    "aws:rds:Instance": _db_instance,  # the identifier; a state has the DbiResourceId
    "aws:rds:SubnetGroup": _subnet_group,  # the name
    "aws:rds:ParameterGroup": _parameter_group,  # the name
    "aws:rds:EventSubscription": _event_subscription,  # the name
    "aws:rds:InstanceAutomatedBackupsReplication": _backup_copies,  # the ARN
    "aws:rds:OptionGroup": _option_group,  # the name
}
