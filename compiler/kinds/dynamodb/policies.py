"""What an application's role must be allowed, since IAM alone decides who reads and writes a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compiler.graph import Concat, Json, Value
from compiler.kinds.dynamodb import derived
from compiler.parts import names
from compiler.parts.assembly import Made

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB

READ = ("BatchGetItem", "ConditionCheckItem", "DescribeTable", "GetItem", "PartiQLSelect", "Query", "Scan")
WRITE = (
    "BatchWriteItem",
    "DeleteItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PutItem",
    "UpdateItem",
)
READ_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator")

# Who reads or writes a table needs its key too. Source: "DynamoDB encryption at rest: usage notes" and "Authorizing
# use of your customer managed key" in the DynamoDB developer guide.
READ_KEY = ("kms:Decrypt", "kms:DescribeKey")
WRITE_KEY = ("kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def reading(database: Database[DynamoDB], table: Made, keys: Mapping[str, Value]) -> Value:
    """The IAM policy for reading the table, its indexes, replicas and stream; `keys` are ARNs by region."""
    return _policy(database, table, keys, READ, READ_KEY)


def writing(database: Database[DynamoDB], table: Made, keys: Mapping[str, Value]) -> Value:
    """The IAM policy for reading and writing."""
    return _policy(database, table, keys, READ + WRITE, READ_KEY + WRITE_KEY)


def _policy(
    database: Database[DynamoDB],
    table: Made,
    keys: Mapping[str, Value],
    actions: tuple[str, ...],
    key_actions: tuple[str, ...],
) -> Value:
    spec, home = database.spec, database.environment.spec
    name = names.identifier(database)
    domain = "amazonaws.com.cn" if home.partition == "aws-cn" else "amazonaws.com"
    tables: list[Value] = [
        table["arn"],
        *(
            f"arn:{home.partition}:dynamodb:{region}:{home.account}:table/{name}"
            for region in sorted(spec.replicas)
        ),
    ]
    statements: list[Value] = [
        {
            "Effect": "Allow",
            "Action": [f"dynamodb:{each}" for each in sorted(actions)],
            "Resource": tables + _below(tables, "/index/*"),
        }
    ]
    if derived.stream(spec):
        statements.append(
            {
                "Effect": "Allow",
                "Action": [f"dynamodb:{each}" for each in READ_STREAM],
                "Resource": _below(tables, "/stream/*"),
            }
        )
    if keys:
        statements.append(
            {
                "Effect": "Allow",
                "Action": sorted(key_actions),
                "Resource": [keys[region] for region in sorted(keys)],
                # By way of DynamoDB alone: the key opens nothing else.
                "Condition": {
                    "StringEquals": {
                        "kms:ViaService": [f"dynamodb.{region}.{domain}" for region in sorted(keys)]
                    }
                },
            }
        )
    return Json({"Version": "2012-10-17", "Statement": statements})


def _below(tables: list[Value], end: str) -> list[Value]:
    return [each + end if isinstance(each, str) else Concat((each, end)) for each in tables]
