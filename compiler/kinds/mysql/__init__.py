"""MySQL on RDS."""

from __future__ import annotations

from compiler.kinds.kind import Kind
from compiler.kinds.mysql.cost import components
from compiler.kinds.mysql.derived import claims, derive
from compiler.kinds.mysql.resources import compile_stack
from compiler.kinds.mysql.rules import check
from compiler.kinds.mysql.spec import MySQL

KIND = Kind(
    name="mysql",
    package="compiler/kinds/mysql",
    spec=MySQL,
    check=check,
    claims=claims,
    derive=derive,
    compile=compile_stack,
    cost=components,
    asks=("access", "instance_class", "storage.allocated_gib", "read_replicas", "description"),
)
