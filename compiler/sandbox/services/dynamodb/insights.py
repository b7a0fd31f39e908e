"""Contributor Insights, which live as long as their table or index."""

from __future__ import annotations

from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import ACCOUNT


def _insights(step: Step) -> dict[str, Any]:
    index = step.inputs.get("index_name", "")
    return {"id": f"name:{step.inputs['table_name']}/index:{index}/{ACCOUNT}"}


def _index_exists(step: Step) -> None:
    wanted = step.get("index_name")
    table = step.find("aws:dynamodb:Table", step.get("table_name"))
    if table is None or not wanted:
        return
    if wanted not in {each["name"] for each in table.inputs.get("global_secondary_indexes") or []}:
        raise AwsError("ResourceNotFoundException", f"Index: {wanted} not found for table: {table.id}")


# Turning on what is on already is no error: so does UpdateContributorInsights.
CONTRIBUTOR_INSIGHTS = Declaration(
    noun="DynamoDB Contributor Insights",
    outputs=_insights,
    identity=("table_name", "index_name"),
    defaults={"mode": "ACCESSED_AND_THROTTLED_KEYS"},
    choices={"mode": ("ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS")},
    references=(
        Reference(
            "table_name",
            ("aws:dynamodb:Table",),
            Hold.PARENT,
            "ResourceNotFoundException",
            "Requested resource not found: Table: {value} not found",
        ),
    ),
    rules=(_index_exists,),
    replaces=frozenset({"index_name", "table_name"}),
)
