"""Controls of an environment: whether somebody is told what happens to its databases.

Source: the Security Hub user guide's page of controls for RDS, RDS.20 to RDS.22. AWS looks at whole accounts: one
environment of an account and region subscribes to what happens to the databases of all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from compiler.controls.control import Control, Fault, Judge, Level, Scene
from compiler.graph import Resource, Stack

if TYPE_CHECKING:
    from compiler.catalog import Environment

# What stands for an environment itself in the scene of its stack: no resource has such a type.
ENVIRONMENT = "environment"

_SUBSCRIPTION = "aws:rds:EventSubscription"


def scene(environment: Environment, stack: Stack, speaker: Stack | None) -> Scene:
    """An environment as controls look at it; `speaker` is the stack of the one that speaks for its account."""
    itself = Resource(environment.name, ENVIRONMENT, {}, "")
    told = speaker.resources if speaker and speaker.id != stack.id else ()
    subscriptions = (each for each in told if each.type == _SUBSCRIPTION)
    return Scene(replace(stack, resources=(*stack.resources, *subscriptions, itself)))


def speaks_for(environment: Environment, environments: Collection[Environment]) -> Environment | None:
    """The one of these environments that speaks for the account and region of this one."""
    place = (environment.spec.account, environment.spec.region)
    for each in environments:
        if each.spec.account_wide and (each.spec.account, each.spec.region) == place:
            return each
    return None


def _told(source: str, *categories: str) -> Judge:
    def judge(resource: Resource, scene: Scene) -> Iterator[Fault]:
        heard: set[object] = set()
        for each in scene.of(_SUBSCRIPTION):
            listed = each.inputs.get("event_categories")
            if each.inputs.get("source_type") == source and each.inputs.get("enabled") is not False:
                heard |= set(listed) if isinstance(listed, list) else set(categories)  # without a list: all
        if missing := sorted(set(categories) - heard):
            yield Fault(resource, "account_wide", f"hears of no {', '.join(missing)} of a {source}")

    return judge


_QUIET = "nobody is to be woken by what happens to {} databases"
_TIERS = {tier: (Level.OFF, _QUIET.format(tier)) for tier in ("development", "staging")}
_FIX = "write `account_wide: true`"

EVENTS = tuple(
    Control(
        id, f"somebody is told what happens to {what}", "low", (ENVIRONMENT,), judge, fix=_FIX, tiers=_TIERS
    )
    for id, what, judge in (
        ("RDS.20", "instances", _told("db-instance", "maintenance", "configuration change", "failure")),
        ("RDS.21", "parameter groups", _told("db-parameter-group", "configuration change")),
        ("RDS.22", "security groups", _told("db-security-group", "configuration change", "failure")),
    )
)
