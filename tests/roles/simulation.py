"""IAM's evaluation of policies, as far as ours use it: what is not allowed is denied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Context = Mapping[str, str | list[str]]


def allows(policies: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context) -> bool:
    """Whether one statement allows the action there; `context` holds the condition keys of the request."""
    return any(
        like(action, statement["Action"])
        and like(resource, statement.get("Resource", "*"))
        and holds(statement.get("Condition", {}), context)
        for policy in policies
        for statement in policy["Statement"]
    )


def trusts(policy: Mapping[str, Any], action: str, principal: str, context: Context) -> bool:
    return any(
        statement["Action"] == action
        and principal in [one for each in statement["Principal"].values() for one in _many(each)]
        and holds(statement["Condition"], context)
        for statement in policy["Statement"]
    )


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    for operator, keys in condition.items():
        name = operator.removeprefix("ForAnyValue:")
        optional = name.endswith("IfExists")
        compare = {
            "StringEquals": lambda value, pattern: value == pattern,
            "StringLike": lambda value, pattern: like(value, pattern),
            "ArnEquals": lambda value, pattern: like(value, pattern),
        }[name.removesuffix("IfExists")]
        for key, patterns in keys.items():
            if key not in context:
                if optional:
                    continue
                return False
            if not any(compare(value, one) for value in _many(context[key]) for one in _many(patterns)):
                return False
    return True


def like(value: str, patterns: Any) -> bool:
    return any(
        re.fullmatch(re.escape(one).replace(r"\*", ".*").replace(r"\?", "."), value)
        for one in _many(patterns)
    )


def _many(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
