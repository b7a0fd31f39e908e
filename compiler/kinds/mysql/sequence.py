"""What has to happen to one instance of a MySQL database before something else may happen to another."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.effects import Effect, Feasibility, Inputs
from compiler.graph import Stack
from compiler.kinds.mysql.versions import major, older, parts

_TYPE = "aws:rds:Instance"
_UPGRADES = "Upgrades of the RDS for MySQL DB engine in the RDS User Guide"
_COPIES = "Limitations and considerations for blue/green deployments in the RDS User Guide"
# What the provider makes on a copy where it may.
_ON_A_COPY = (
    "allocated_storage",
    "engine_version",
    "instance_class",
    "iops",
    "parameter_group_name",
    "storage_type",
)


def steps(base: Stack, head: Stack) -> Iterator[tuple[str, str, Effect]]:
    """Resource, input and effect of each change that has to wait for another."""
    before, after = _instances(base), _instances(head)
    was, becomes = before.get("instance"), after.get("instance")
    if was is None or becomes is None:
        return
    replicas = {name: each for name, each in before.items() if name != "instance"}
    yield from _back(was, becomes, replicas, after)
    yield from _behind(was, becomes, replicas, after)
    yield from _copy(was, becomes, replicas)


def _instances(stack: Stack) -> dict[str, Inputs]:
    return {each.name: each.inputs for each in stack.resources if each.type == _TYPE}


def _back(
    was: Inputs, becomes: Inputs, replicas: dict[str, Inputs], after: dict[str, Inputs]
) -> Iterator[tuple[str, str, Effect]]:
    """A replica that is ahead of its primary stays ahead: MySQL never goes back."""
    for name in sorted(replicas.keys() & after.keys()):
        runs, wanted = _version(replicas[name], was), _version(after[name], becomes)
        if "engine_version" not in after[name] and parts(wanted) and older(wanted, runs):
            yield (
                name,
                "engine_version",
                Effect(
                    f"{name} runs {runs} already, and MySQL never goes back to {wanted}",
                    _UPGRADES,
                    feasibility=Feasibility.REFUSED,
                    fix=f"keep its engine_version: {runs} until the primary runs that too",
                ),
            )


def _behind(
    was: Inputs, becomes: Inputs, replicas: dict[str, Inputs], after: dict[str, Inputs]
) -> Iterator[tuple[str, str, Effect]]:
    """What goes, goes last: a replica would still hold its primary back from the next major version."""
    wanted = _version(becomes, becomes)
    going = [
        name
        for name in sorted(replicas.keys() - after.keys())
        if major(_version(replicas[name], was)) != major(wanted)
    ]
    if going and major(_version(was, was)) != major(wanted):
        yield (
            "instance",
            "engine_version",
            Effect(
                f"replicas that go would still be there ({', '.join(going)}), and RDS upgrades none whose replicas "
                "are behind",
                _UPGRADES,
                feasibility=Feasibility.TWO_STEPS,
                fix="take the replicas out first, and apply that",
            ),
        )


def _copy(was: Inputs, becomes: Inputs, replicas: dict[str, Inputs]) -> Iterator[tuple[str, str, Effect]]:
    """What stands in the way of a copy has to be gone before it is made."""
    green = becomes.get("blue_green_update")
    if not (isinstance(green, dict) and green.get("enabled")):
        return
    changed = next((name for name in _ON_A_COPY if was.get(name) != becomes.get(name)), None)
    reason, fix = "", ""
    if replicas:
        reason = "the provider makes no copy while there are read replicas"
        fix = "take the replicas out first, and apply that"
    elif was.get("manage_master_user_password"):
        reason = "RDS makes no copy of a database whose password it still keeps itself"
        fix = "write credentials.mode: self_managed first, and apply that"
    elif not was.get("backup_retention_period"):
        reason = "the copy starts from a backup, and there is none yet"
        fix = "set backup.retention_days first, and apply that"
    if changed and reason:
        yield "instance", changed, Effect(reason, _COPIES, feasibility=Feasibility.TWO_STEPS, fix=fix)


def _version(instance: Inputs, primary: Inputs) -> str:
    return str(instance.get("engine_version") or primary.get("engine_version", ""))
