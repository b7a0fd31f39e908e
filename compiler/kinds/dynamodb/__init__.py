"""DynamoDB tables."""

from __future__ import annotations

from compiler.kinds.dynamodb.cost import components
from compiler.kinds.dynamodb.derived import claims, derive
from compiler.kinds.dynamodb.resources import compile_stack
from compiler.kinds.dynamodb.rules import check
from compiler.kinds.dynamodb.spec import DynamoDB
from compiler.kinds.kind import Kind

KIND = Kind(
    name="dynamodb",
    package="compiler/kinds/dynamodb",
    spec=DynamoDB,
    check=check,
    claims=claims,
    derive=derive,
    compile=compile_stack,
    cost=components,
    asks=("range_key", "ttl", "billing_mode", "replicas", "description"),
)
