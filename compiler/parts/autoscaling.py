"""Capacities that follow traffic: what may scale, how far, and the measure that it follows."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.graph import Value
from compiler.parts import names
from compiler.parts.assembly import Assembly, Made


@dataclass(frozen=True, slots=True)
class Scaled:
    """One capacity: `dimension` is Application Auto Scaling's name for it, its first part the service's.

    `resource_id` is Application Auto Scaling's too (`table/orders`, `replication-group/cart`); `metric` is one of its
    predefined ones, which it keeps at `target`. Cooldowns are seconds, None where the service's own hold.
    """

    name: str
    resource_id: Value
    dimension: str
    least: int
    most: int
    metric: str
    target: float
    why: str
    scale_in_cooldown: int | None = None
    scale_out_cooldown: int | None = None


def add(assembly: Assembly, scaled: Scaled) -> Made:
    """Adds the target and the policy, which it returns.

    What they scale needs `ignore_changes` for its own count: it is theirs now.
    """
    target = assembly.add(
        f"{scaled.name}-scaling",
        "aws:appautoscaling:Target",
        f"{scaled.why}, within these limits",
        {
            "service_namespace": scaled.dimension.partition(":")[0],
            "resource_id": scaled.resource_id,
            "scalable_dimension": scaled.dimension,
            "min_capacity": scaled.least,
            "max_capacity": scaled.most,
        },
    )
    tracking: dict[str, Value] = {
        "target_value": scaled.target,
        "predefined_metric_specification": {"predefined_metric_type": scaled.metric},
        "scale_in_cooldown": scaled.scale_in_cooldown,
        "scale_out_cooldown": scaled.scale_out_cooldown,
    }
    return assembly.add(
        f"{scaled.name}-policy",
        "aws:appautoscaling:Policy",
        f"{scaled.why}, by {scaled.metric}",
        {
            "name": names.shortened(f"{scaled.name}-{scaled.metric}", 256),
            "policy_type": "TargetTrackingScaling",
            "service_namespace": target["service_namespace"],
            "resource_id": target["resource_id"],
            "scalable_dimension": target["scalable_dimension"],
            "target_tracking_scaling_policy_configuration": {
                key: value for key, value in tracking.items() if value is not None
            },
        },
    )
