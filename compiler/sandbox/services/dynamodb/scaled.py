"""Whether the write capacity of a table and its indexes follows traffic, which global tables need."""

from __future__ import annotations

from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Values, World


def check_scaled(world: World, region: str, table: Values) -> None:
    """Refuses to replicate a table whose write capacity, or that of an index, is a fixed number."""
    if table.get("billing_mode") != "PROVISIONED":
        return
    scaled = {
        (each.inputs["resource_id"], each.inputs["scalable_dimension"])
        for each in world.things("aws:appautoscaling:Policy")
        if each.region == region
    }
    name = table["name"]
    if (f"table/{name}", "dynamodb:table:WriteCapacityUnits") not in scaled:
        text = "Table write capacity should either be Pay-Per-Request or AutoScaled."
        raise AwsError("ValidationException", text)
    for index in table.get("global_secondary_indexes") or []:
        if (f"table/{name}/index/{index['name']}", "dynamodb:index:WriteCapacityUnits") not in scaled:
            text = "Index write capacity should either be Pay-Per-Request or AutoScaled."
            raise AwsError("ValidationException", f"{text} IndexName: {index['name']}")
