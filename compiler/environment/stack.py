"""The environment's own stack: what its databases need and nobody owns. It is applied before them.

What it offers has names that follow from the environment (compiler/parts/names.py), so that no preview of a database
needs to read it; and nothing in it follows from its databases, so that none of them changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.environment import account, alerts, audit, dashboard, events, roles, vault
from compiler.graph import Stack, Value
from compiler.parts import names
from compiler.parts.assembly import Assembly

if TYPE_CHECKING:
    from compiler.catalog import Environment


def compile_stack(environment: Environment) -> Stack:
    """Topics, roles, and what the environment asks for of vault, trail, dashboard, and the account's events."""
    spec = environment.spec
    stack_id = names.environment_stack_id(environment)
    assembly = Assembly(stack_id, spec.region, names.tags(environment, stack_id))
    own = alerts.add(assembly, environment)
    topic: Value = own["arn"] if own else names.alert_topic_arn(environment)
    outputs: dict[str, Value] = {
        "alert_topic_arn": topic,
        "monitoring_role_arn": roles.monitoring(assembly, environment)["arn"],
    }
    if spec.tier == "development":
        roles.schedule(assembly, environment)
    if spec.backups.vault:
        outputs["backup_vault_arn"] = vault.add(assembly, environment)["arn"]
        outputs["backup_role_arn"] = roles.backup(assembly, environment)["arn"]
    if spec.account_wide:
        events.add(assembly, environment.name, topic, (alerts.POLICY,) if own else ())
        account.add_alarms(assembly, environment)
    if spec.audit.trail:
        audit.add(assembly, environment)
    if spec.dashboard:
        dashboard.add(assembly, environment)
    return assembly.stack(outputs)
