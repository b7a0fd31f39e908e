"""Permissions as managed policies, each as long as AWS takes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compiler.aws.iam import Grant, When
from compiler.roles.reach import Reach
from compiler.roles.state import Statement

LONGEST = 6_144
"""Characters of a managed policy, white space not counted. Source: IAM and STS quotas."""
MOST = 10
"""Managed policies of a role, unless AWS was asked for more. Source: IAM and STS quotas."""


def statements(grants: Iterable[Grant], reach: Reach) -> list[Statement]:
    """As few as say all of them: one for what is on the same resources, on the same condition."""
    actions: dict[tuple[tuple[str, ...], When], set[str]] = {}
    for each in grants:
        resources = tuple(sorted({arn for one in each.on for arn in reach.arns(one)}))
        # On all resources the service makes no difference, elsewhere it follows from them.
        actions.setdefault((resources, each.when), set()).update(each.actions)
    everywhere = actions.get((("*",), When.ALWAYS), set())
    found: list[Statement] = []
    for (resources, when), names in sorted(actions.items()):
        left = names if resources == ("*",) and not when else names - everywhere
        if left:
            condition = reach.conditions[when]
            found.append(
                {"Effect": "Allow", "Action": sorted(left), "Resource": list(resources)}
                | ({"Condition": condition} if condition else {})
            )
    return found


def split(name: str, found: Sequence[Statement]) -> dict[str, Mapping[str, Any]]:
    """The statements as policies of at most LONGEST, by name; one statement is never split."""
    parts: list[list[Statement]] = [[]]
    for each in sorted(found, key=size, reverse=True):
        room = next((part for part in parts if size(document([*part, each])) <= LONGEST), None)
        if room is None:
            parts.append(room := [])
        room.append(each)
    if len(parts) == 1:
        return {name: document(parts[0])}
    return {f"{name}-{number}": document(part) for number, part in enumerate(parts, 1)}


def document(found: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(found)}


def size(value: Any) -> int:
    """In characters, as AWS counts them."""
    return len(json.dumps(value, separators=(",", ":")))
