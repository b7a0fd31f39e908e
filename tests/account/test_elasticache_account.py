"""What ElastiCache answers that moto does not simulate, written by hand after its API's model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from compiler.account.aws import AwsAccount
from compiler.diagnostics import UserError

REGION = "ap-northeast-2"
ARN = f"arn:aws:elasticache:{REGION}:123456789012"
OURS = [{"Key": "dbspec:stack", "Value": "prod.carts"}, {"Key": "dbspec:resource", "Value": "it"}]

GROUPS = {
    "aws:elasticache:UserGroup": (
        "describe_user_groups",
        {"UserGroupId": "carts"},
        {"UserGroups": [{"UserGroupId": "carts", "Status": "active", "ARN": f"{ARN}:usergroup:carts"}]},
        {"user_group_id": "carts"},
        "UserGroupNotFound",
    ),
    "aws:elasticache:ParameterGroup": (
        "describe_cache_parameter_groups",
        {"CacheParameterGroupName": "carts"},
        {
            "CacheParameterGroups": [
                {"CacheParameterGroupName": "carts", "ARN": f"{ARN}:parametergroup:carts"}
            ]
        },
        {"name": "carts"},
        "CacheParameterGroupNotFound",
    ),
}


@pytest.fixture
def asked(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """What AWS is asked, and answers: every question must be one that was expected."""
    client = boto3.client("elasticache", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(AwsAccount, "_client", lambda self, service, region: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def find(type: str, inputs: dict[str, Any]) -> str | None:
    return AwsAccount(REGION).find(type, "prod.carts", "it", inputs)


@pytest.mark.parametrize("type", GROUPS)
def test_what_carries_our_tags_is_found_by_its_name(asked: Stubber, type: str) -> None:
    operation, arguments, answer, inputs, _ = GROUPS[type]
    asked.add_response(operation, answer, arguments)
    asked.add_response("list_tags_for_resource", {"TagList": OURS})
    assert find(type, inputs) == "carts"


@pytest.mark.parametrize("type", GROUPS)
def test_what_is_tagged_by_others_is_theirs(asked: Stubber, type: str) -> None:
    operation, arguments, answer, inputs, _ = GROUPS[type]
    asked.add_response(operation, answer, arguments)
    asked.add_response("list_tags_for_resource", {"TagList": OURS[:1]})
    with pytest.raises(UserError, match="exists and is not ours"):
        find(type, inputs)


@pytest.mark.parametrize("type", GROUPS)
def test_what_does_not_exist_is_not_found(asked: Stubber, type: str) -> None:
    operation, arguments, _, inputs, missing = GROUPS[type]
    asked.add_client_error(operation, missing, expected_params=arguments)
    assert find(type, inputs) is None


def test_what_waits_for_its_window_is_told_by_our_names(asked: Stubber) -> None:
    group = {
        "ReplicationGroupId": "carts",
        "MemberClusters": ["carts-001", "carts-002"],
        "PendingModifiedValues": {"ClusterMode": "Compatible", "TransitEncryptionMode": "required"},
    }
    node = {
        "CacheClusterId": "carts-001",
        "PendingModifiedValues": {"CacheNodeType": "cache.r7g.xlarge", "EngineVersion": "8.2"},
    }
    asked.add_response(
        "describe_replication_groups", {"ReplicationGroups": [group]}, {"ReplicationGroupId": "carts"}
    )
    asked.add_response("describe_cache_clusters", {"CacheClusters": [node]}, {"CacheClusterId": "carts-001"})
    assert AwsAccount(REGION).pending("aws:elasticache:ReplicationGroup", "carts") == {
        "cluster_mode": "compatible",
        "engine_version": "8.2",
        "node_type": "cache.r7g.xlarge",
        "transit_encryption_mode": "required",
    }


def test_nothing_waits_where_nothing_is(asked: Stubber) -> None:
    asked.add_client_error("describe_replication_groups", "ReplicationGroupNotFoundFault")
    assert AwsAccount(REGION).pending("aws:elasticache:ReplicationGroup", "carts") == {}
