"""A graph replayed as the program that Pulumi runs: its resources as pulumi_aws's classes."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi

from compiler import graph, route
from compiler.aws import types
from compiler.engine.scrub import Scrubber
from compiler.engine.target import Target
from compiler.graph import Concat, Json, Ref, Resource, Shared, Stack, Value
from compiler.shared import network

# The name of the provider resource in every stack.
PROVIDER = "aws"

_IMPORTING = threading.RLock()


def touch(stacks: Iterable[Stack]) -> None:
    """Imports every class that the stacks use: pulumi_aws is lazy about it, and threads must not be at once."""
    for name in sorted({each.type for stack in stacks for each in stack.resources} | {"aws:kms:Key"}):
        _class(name)
    _provider_class()


def program(
    stack: Stack, target: Target, scrubber: Scrubber, adopted: Mapping[str, str] | None = None
) -> Callable[[], None]:
    """The program of a stack. `adopted` are ids of what exists already, by resource; the scrubber learns secrets."""

    def run() -> None:
        # Every resource names its region; account and role are the provider's.
        provider = _provider(target)
        made: dict[str, Any] = {}
        for each in graph.ordered(stack):
            options = _options(each, made, (adopted or {}).get(each.name))
            if each.type.startswith("aws:"):
                options.provider = provider
            made[each.name] = _make(each, options, made, target, scrubber)
        for name, value in stack.outputs.items():
            pulumi.export(name, _given(value, made, target))

    return run


def _provider(target: Target) -> Any:
    aws = _provider_class()
    roles = [aws.ProviderAssumeRoleArgs(role_arn=target.role, session_name="dbspec")] if target.role else None
    return aws.Provider(
        PROVIDER, region=target.region, allowed_account_ids=[target.account], assume_roles=roles
    )


def _provider_class() -> Any:
    aws = importlib.import_module("pulumi_aws")
    for name in ("Provider", "ProviderAssumeRoleArgs"):
        getattr(aws, name)
    return aws


def _class(name: str) -> Any:
    found = types.resource_type(name)
    with _IMPORTING:
        return getattr(importlib.import_module(found.module), found.cls)


def _options(resource: Resource, made: Mapping[str, Any], adopt: str | None) -> pulumi.ResourceOptions:
    said = resource.options
    return pulumi.ResourceOptions(
        protect=said.protect,
        retain_on_delete=said.retain_on_delete,
        delete_before_replace=said.delete_before_replace or None,
        depends_on=[made[name] for name in said.depends_on],
        ignore_changes=[_wire(resource.type, each) for each in said.ignore_changes],
        import_=adopt,
    )


def _make(
    resource: Resource,
    options: pulumi.ResourceOptions,
    made: Mapping[str, Any],
    target: Target,
    scrubber: Scrubber,
) -> Any:
    found = types.resource_type(resource.type)
    inputs: dict[str, Any] = {}
    for name, value in resource.inputs.items():
        inputs[name] = _given(value, made, target)
        if name in found.inputs and found.inputs[name].secret:
            inputs[name] = pulumi.Output.secret(inputs[name])
            inputs[name].apply(scrubber.learn)
    one = _class(resource.type)(resource.name, opts=options, **inputs)
    for name, field in found.outputs.items():
        if field.secret:
            getattr(one, name).apply(scrubber.learn)
    return one


def _given(value: Value, made: Mapping[str, Any], target: Target) -> Any:
    match value:
        case Ref():
            return _output(value, made)
        case Shared():
            return _shared(value, target)
        case Concat():
            return pulumi.Output.concat(*(_given(part, made, target) for part in value.parts))
        case Json():
            return pulumi.Output.json_dumps(_given(value.value, made, target), sort_keys=True)
        case list():
            return [_given(item, made, target) for item in value]
        case Mapping():
            return {key: _given(item, made, target) for key, item in value.items()}
    return value


def _shared(value: Shared, target: Target) -> Any:
    if target.shared is None:
        raise pulumi.RunError(
            f"{graph.text(value)} is not there: the environment has no shared_infrastructure"
        )
    found = network.value_of(target.shared, value)
    return pulumi.Output.secret(found.value) if isinstance(found, network.Secret) else found


def _output(ref: Ref, made: Mapping[str, Any]) -> Any:
    first, *rest = route.parse(ref.path)
    output = getattr(made[ref.resource], str(first))
    if not rest:
        return output
    return output.apply(lambda value: _below(value, rest, ref))


def _below(value: Any, steps: list[str | int], ref: Ref) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise pulumi.RunError(f"{graph.text(ref)} is not there: AWS gave no {step!r}") from None
    return value


def _wire(type: str, written: str) -> str:
    """A route of ours as the engine's property path."""
    fields: Mapping[str, types.Field] | None = types.resource_type(type).inputs
    shape: types.Shape | None = types.Shape("object", fields=fields)
    steps: list[str | int] = []
    for step in route.parse(written):
        if shape is not None and shape.fields is not None:
            field = shape.fields.get(str(step))
            steps.append(field.wire if field else step)
            shape = field.shape if field else None
        else:
            steps.append(step)
            shape = shape.item if shape else None
    return route.text(tuple(steps))
