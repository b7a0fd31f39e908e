"""Differences between what was applied and what is there that are meant to be: each has its rule."""

from __future__ import annotations

from compiler import route
from compiler.changes import Known, Side
from compiler.graph import Resource
from compiler.route import Route

# What AWS installed is an output of its own, beside the version that was asked for.
INSTALLED = "engine_version_actual"


def reason(resource: Resource, at: Route, applied: Side, found: Side) -> str:
    """Why the account may have that there instead of what was applied; empty where no rule says so."""
    if any(at[: len(each)] == each for each in map(route.parse, resource.options.ignore_changes)):
        return "the spec leaves it to the account: scaling decides it" if _scaled(at) else _LEFT
    if at == ("allocated_storage",) and _grew(resource, applied, found):
        return f"storage autoscaling, up to {resource.inputs['max_allocated_storage']} GiB"
    if at == (INSTALLED,) and resource.inputs.get("auto_minor_version_upgrade") and _minor(applied, found):
        return "a minor version that AWS installs by itself: auto_minor_version_upgrade"
    return ""


_LEFT = "the spec leaves it to the account"
_COUNTS = ("read_capacity", "write_capacity", "num_node_groups", "replicas_per_node_group")


def _scaled(at: Route) -> bool:
    return at[-1] in _COUNTS


def _grew(resource: Resource, applied: Side, found: Side) -> bool:
    most = resource.inputs.get("max_allocated_storage")
    if not isinstance(most, int) or applied.known is not Known.KNOWN or found.known is not Known.KNOWN:
        return False
    return bool(applied.value <= found.value <= most)


def _minor(applied: Side, found: Side) -> bool:
    """The version went up, and only its last part did (8.4.6 to 8.4.8, 7.1.0 to 7.1.2)."""
    try:
        was, now = (tuple(map(int, str(each.value).split("."))) for each in (applied, found))
    except ValueError:
        return False
    return len(was) == len(now) > 1 and was[:-1] == now[:-1] and now > was
