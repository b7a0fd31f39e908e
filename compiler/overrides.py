"""The escape hatch: any input of any resource of a database, by its pulumi_aws name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from compiler import document, route
from compiler.aws import mismatches
from compiler.aws.mismatches import Mismatch, Problem
from compiler.aws.types import Field, Shape, input_at, resource_type
from compiler.diagnostics import Diagnostic, Place
from compiler.document import Node
from compiler.graph import Resource, Stack, Value
from compiler.route import Route
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.kind import DatabaseSpec

KEY = "overrides"

# Inputs that stay as dbspec gives them, by type (`*` is any) and name: why, and what to write instead.
KEPT: Mapping[tuple[str, str], tuple[str, str]] = {
    ("*", "region"): (
        "everything a database is made of lies where its environment and its spec say",
        "move the spec to an environment in that region",
    ),
    ("aws:rds:Instance", "identifier"): (
        "its log groups and alarms go by that name, and so does the check that nobody else has it",
        "write the key `identifier` of the spec",
    ),
    ("aws:rds:Instance", "identifier_prefix"): (
        "its log groups and alarms go by its whole name",
        "write the key `identifier` of the spec",
    ),
    ("aws:rds:Instance", "db_name"): (
        "the secret tells clients the same name",
        "write the key `database_name` of the spec",
    ),
    ("aws:rds:Instance", "username"): (
        "the secret tells clients the same name",
        "write the key `credentials.username` of the spec",
    ),
    ("aws:rds:Instance", "manage_master_user_password"): (
        "who keeps the password decides which secret clients read",
        "write the key `credentials.mode` of the spec",
    ),
    ("aws:rds:Instance", "port"): (
        "the security group lets clients in on the same port",
        "write the key `port` of the spec",
    ),
    ("aws:rds:Instance", "replicate_source_db"): (
        "it is what makes a replica one, and a primary none",
        "write the key `read_replicas` of the spec",
    ),
    ("aws:elasticache:ReplicationGroup", "replication_group_id"): (
        "its alarms and scaling go by that name, and so does the check that nobody else has it",
        "write the key `identifier` of the spec",
    ),
    ("aws:elasticache:ReplicationGroup", "port"): (
        "the security group lets clients in on the same port",
        "write the key `port` of the spec",
    ),
    ("aws:dynamodb:Table", "name"): (
        "its alarms and scaling go by that name, and so does the check that nobody else has it",
        "write the key `identifier` of the spec",
    ),
    ("aws:dynamodb:TableReplica", "global_table_arn"): (
        "it would be a replica of somebody else's table",
        "take the line out",
    ),
    ("aws:elasticache:User", "user_name"): (
        "clients are told the same name",
        "write the key `identifier` of the spec",
    ),
    ("aws:appautoscaling:Target", "resource_id"): (
        "it would scale something of somebody else's",
        "take the line out",
    ),
    ("aws:kms:Alias", "target_key_id"): (
        "it names the key that encrypts the data",
        "write the key `encryption.kms_key` of the spec",
    ),
    ("aws:secretsmanager:SecretVersion", "secret_id"): (
        "the credentials would go into somebody else's secret",
        "take the line out",
    ),
    ("aws:vpc:SecurityGroupIngressRule", "security_group_id"): (
        "the rule would open somebody else's security group",
        "take the line out",
    ),
}


def apply(database: Database[DatabaseSpec], stack: Stack) -> tuple[Stack, tuple[Diagnostic, ...]]:
    """The stack with the spec's overrides laid over it, and what is wrong with them: that is left out.

    Mappings merge deep, lists replace, a null leaves the input unset. A resource remembers what was overridden.
    """
    if not database.spec.overrides:
        return stack, ()
    wanted = _at(database.node, (KEY,))
    resources = {each.name: each for each in stack.resources}
    found: list[Diagnostic] = []
    for name, node in _items(wanted):
        if name not in resources:
            found.append(_unknown_resource(database, name, resources))
            continue
        wrong = list(_problems(resources[name], node))
        found += (_diagnostic(database, name, each) for each in wrong)
        if not wrong:
            resources[name] = _overridden(resources[name], node)
    return replace(stack, resources=tuple(resources.values())), tuple(found)


def place(database: Database[DatabaseSpec], resource: Resource, input: str) -> Place | None:
    """Where an override of that input stands; None where dbspec itself decided it."""
    for each in resource.overridden:
        at = route.parse(each)
        if at[0] == input:
            return document.locate(database.node, (KEY, resource.name, *at), key=True)
    return None


def _overridden(resource: Resource, node: Node) -> Resource:
    inputs = _laid(resource.inputs, document.plain(node))
    assert isinstance(inputs, Mapping)
    leaves = tuple(sorted(route.text(at) for at, _ in _leaves(node)))
    return replace(resource, inputs=inputs, overridden=leaves)


def _laid(below: Value, above: Any) -> Value:
    if isinstance(above, dict):
        inputs = dict(below) if isinstance(below, Mapping) else {}
        for key, item in above.items():
            if item is None:
                inputs.pop(key, None)
            else:
                inputs[key] = _laid(inputs.get(key), item)
        return inputs
    if isinstance(above, list):
        return [_laid(None, item) for item in above]
    # A number that remembers how it was written is plain from here on.
    return float(above) if isinstance(above, document.Float) else above


class _Wrong(NamedTuple):
    """What is wrong with an override: `at` leads from the resource's inputs to it, `key` to its key."""

    rule: str
    at: Route
    message: str
    fix: str
    key: bool = True


def _problems(resource: Resource, node: Node) -> Iterator[_Wrong]:
    refused = [*_kept(resource, node), *_ignored(resource, node)]
    refused += _secrets(resource_type(resource.type).inputs, node, ())
    yield from refused
    written = document.plain(node)
    laid = _laid(resource.inputs, written)
    assert isinstance(laid, Mapping)
    # A name that does not exist is found where it was written: laid over the rest, a null leaves no trace.
    unknown = (each for each in mismatches.check(resource.type, written) if each.problem is Problem.UNKNOWN)
    others = (each for each in mismatches.check(resource.type, laid) if each.problem is not Problem.UNKNOWN)
    for each in (*unknown, *others):
        # What is refused as a secret must not be repeated in a message about its type.
        if not any(each.route[: len(wrong.at)] == wrong.at for wrong in refused):
            yield _mismatch(resource, node, each)


def _kept(resource: Resource, node: Node) -> Iterator[_Wrong]:
    for name, item in _items(node):
        kept = KEPT.get((resource.type, name)) or KEPT.get(("*", name))
        if kept:
            why, way = kept
            yield _Wrong("kept-input", (name,), f"{name} of {resource.name} stays as it is: {why}", way)
        if name == "tags":
            yield from _kept_tags(item)


def _kept_tags(tags: Node) -> Iterator[_Wrong]:
    ours = [key for key, _ in _items(tags) if key.startswith("dbspec:")]
    for at in [("tags",)] if tags.value is None else [("tags", each) for each in ours]:
        message = "the tags that start with dbspec: stay as they are: by them dbspec finds its own"
        yield _Wrong("kept-input", at, message, "take the line out")


def _ignored(resource: Resource, node: Node) -> Iterator[_Wrong]:
    ignored = [route.parse(each) for each in resource.options.ignore_changes]
    for at, _ in _leaves(node):
        if any(at[: len(each)] == each for each in ignored):
            message = f"{route.text(at)} of {resource.name} is left as scaling or a restore makes it"
            yield _Wrong("ignored-input", at, message, "write the spec's own key for it")


def _secrets(fields: Mapping[str, Field], node: Node, at: Route) -> Iterator[_Wrong]:
    """Secrets among inputs, however deep: none can be written, and none taken away."""
    for name, item in _items(node):
        field = fields.get(name)
        if field is not None and field.secret:
            message = f"{route.text((*at, name))} is a secret, which no override sets"
            # What somebody has written down is none any more.
            fix = "take the line out" + ("" if item.value is None else ", and replace what it was")
            yield _Wrong("secret-input", (*at, name), message, fix)
        elif field is not None:
            yield from _inside(field.shape, item, (*at, name))


def _inside(shape: Shape, node: Node, at: Route) -> Iterator[_Wrong]:
    if shape.fields is not None:
        yield from _secrets(shape.fields, node, at)
    elif shape.item is not None:
        for step, item in enumerate(node.value) if isinstance(node.value, list) else _items(node):
            yield from _inside(shape.item, item, (*at, step))


def _mismatch(resource: Resource, node: Node, found: Mismatch) -> _Wrong:
    at, shape = found.route, input_at(resource.type, found.route)
    value = _at(node, at).value
    match found.problem:
        case Problem.UNKNOWN:
            fix = found.fix or f"look up {resource.type} in the reference of pulumi_aws"
            return _Wrong(found.problem, at, found.message, fix)
        case Problem.MISSING:
            fields = (shape.fields if shape else None) or {}
            taken = [
                name
                for name, item in _items(_at(node, at))
                if item.value is None and name in fields and fields[name].required
            ]
            return _Wrong(found.problem, (*at, *taken[:1]), found.message, found.fix)
    fix = _FIXES.get(shape.kind, "") if shape else ""
    if shape and shape.kind == "string" and isinstance(value, list | dict):
        fix = "write a single value"
    return _Wrong(found.problem, at, found.message, found.fix or fix, key=False)


_FIXES = {
    "string": "put it in quotes",
    "integer": "write it in digits, without quotes",
    "number": "write it in digits, without quotes",
    "boolean": "write true or false",
    "list": "write it as a list: [...]",
    "map": "write `key: value` lines below it",
    "object": "write `key: value` lines below it",
}


def _diagnostic(database: Database[DatabaseSpec], name: str, wrong: _Wrong) -> Diagnostic:
    place = document.locate(database.node, (KEY, name, *wrong.at), key=wrong.key)
    return Diagnostic(
        f"{KEY}/{wrong.rule}", document.visible(wrong.message), document.visible(wrong.fix), place
    )


def _unknown_resource(
    database: Database[DatabaseSpec], name: str, known: Mapping[str, Resource]
) -> Diagnostic:
    near = closest(name, known)
    message = f"{database.id} has no resource {name!r}"
    return Diagnostic(
        f"{KEY}/unknown-resource",
        document.visible(message) + (f"; did you mean {near!r}?" if near else ""),
        "" if near else f"`dbspec explain {database.id}` lists what it is made of",
        document.locate(database.node, (KEY, name), key=True),
    )


def _leaves(node: Node, at: Route = ()) -> Iterator[tuple[Route, Node]]:
    for key, item in _items(node):
        if isinstance(item.value, dict) and item.value:
            yield from _leaves(item, (*at, key))
        else:
            yield (*at, key), item


def _items(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        yield from node.value.items()


def _at(node: Node, at: Route) -> Node:
    """The part of a document that is there; where it ends, its last part."""
    for step in at:
        if isinstance(node.value, dict) and step in node.value:
            node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int):
            node = node.value[step]
    return node
