"""What DynamoDB offers and refuses, as dated data."""

from __future__ import annotations

from collections.abc import Mapping

# The regions with DynamoDB by partition: nothing is replicated from one partition to another.
# Read on 2026-11-23 from the endpoints of botocore 1.44.5; cfn-lint 1.58.0 has the same but for me-south-1.
REGIONS: Mapping[str, frozenset[str]] = {
    "aws": frozenset(
        {
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        }
    ),
    "aws-cn": frozenset({"cn-north-1", "cn-northwest-1"}),
    "aws-us-gov": frozenset({"us-gov-east-1", "us-gov-west-1"}),
}

# The regions among which a global table can be strongly consistent: all of its regions lie in one of these sets.
# Source: GlobalTableWitnessUpdates of UpdateTable in the DynamoDB API reference (botocore 1.44.5).
STRONG_SETS = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)

# Source: the shapes TableName and IndexName, CreateTable and Projection in the DynamoDB API reference.
SHORTEST_NAME = 3
LONGEST_NAME = 255
NAME = rf"[a-zA-Z0-9_.-]{{{SHORTEST_NAME},{LONGEST_NAME}}}"  # of a table, and of an index
LONGEST_KEY = 255  # characters in the name of a key attribute
MOST_INDEXES = 20  # a quota, which AWS raises on request
MOST_LOCAL_INDEXES = 5
MOST_PROJECTED = 20  # attributes that one index includes
MOST_PROJECTED_IN_ALL = 100

# The least that can be asked to be kept warm, and what every on-demand table has.
# Source: WarmThroughput in the DynamoDB developer guide; the provider's documentation of warm_throughput.
LEAST_WARM_READ = 12000
LEAST_WARM_WRITE = 4000

# What a client can be slow or wrong at; the values of CloudWatch's dimension Operation.
# Source: "DynamoDB metrics and dimensions" in the DynamoDB developer guide.
OPERATIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
)
