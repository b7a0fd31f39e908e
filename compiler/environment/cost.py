"""What the databases of an environment share costs a month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.cost import Component
from compiler.graph import Stack
from compiler.parts import cost

if TYPE_CHECKING:
    from compiler.catalog import Environment


def components(environment: Environment, stack: Stack) -> Iterator[Component]:
    """Every component of the environment's own stack."""
    for resource in stack.resources:
        yield from cost.components(resource)
