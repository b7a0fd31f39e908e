"""Redis and Valkey on ElastiCache."""

from __future__ import annotations

from compiler.kinds.kind import Kind
from compiler.kinds.redis.cost import components
from compiler.kinds.redis.derived import claims, derive
from compiler.kinds.redis.resources import compile_stack
from compiler.kinds.redis.rules import check
from compiler.kinds.redis.spec import Redis

KIND = Kind(
    name="redis",
    package="compiler/kinds/redis",
    spec=Redis,
    check=check,
    claims=claims,
    derive=derive,
    compile=compile_stack,
    cost=components,
    asks=("purpose", "topology", "node_type", "access", "description"),
)
