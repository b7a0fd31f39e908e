"""Caches and tables, found in an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compiler.account.lookup.question import Candidate, Lookup, Question, or_none
from compiler.account.lookup.question import tags as tags_of


def _caches(
    describe: str, argument: str, answer: str, input: str, named: str, missing: str
) -> Callable[[Question], Iterator[Candidate]]:
    """How ElastiCache is asked: `describe` by `argument`; each of its `answer` has its name at `named`."""

    def lookup(question: Question) -> Iterator[Candidate]:
        elasticache, asked = question.client("elasticache"), question.name(input)
        found = or_none(missing, getattr(elasticache, describe), **{argument: asked})
        for each in found[answer] if found else ():
            name, status = each[named], each.get("Status", "")
            tags = elasticache.list_tags_for_resource(ResourceName=each["ARN"])["TagList"]
            busy = status if status in ("creating", "deleting") else ""
            yield Candidate(name, tags_of(tags), frozenset({name, each["ARN"]}), busy)

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
    found = or_none("ResourceNotFoundException", dynamodb.describe_table, TableName=name)
    if found:
        arn, status = found["Table"]["TableArn"], found["Table"]["TableStatus"]
        pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        tags = [each for page in pages for each in page["Tags"]]
        busy = status.lower() if status in ("CREATING", "DELETING") else ""
        yield Candidate(import_id, tags_of(tags), frozenset({import_id, arn}), busy)


LOOKUPS: Mapping[str, Lookup] = {
    "aws:elasticache:ReplicationGroup": _cache_group,  # the id
    "aws:elasticache:SubnetGroup": _cache_subnets,  # the name
    "aws:elasticache:ParameterGroup": _cache_parameters,  # the name
    "aws:elasticache:User": _cache_user,  # the id
    "aws:elasticache:UserGroup": _cache_users,  # the id
    "aws:dynamodb:Table": _table,  # the name
    "aws:dynamodb:TableReplica": _table_replica,  # the name, :, the table's region
}
