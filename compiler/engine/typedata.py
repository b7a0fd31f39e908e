"""The type data of compiler/aws, written from the installed pulumi_aws and pulumi_random.

Run `python -m compiler.engine.typedata` after their versions or the list of types changed.
"""

from __future__ import annotations

import collections.abc
import enum
import importlib
import importlib.metadata
import inspect
import json
import re
import sys
import types
import typing
from pathlib import Path
from typing import Any

from compiler.aws.types import DATA

TYPES = (
    "aws:appautoscaling:Policy",
    "aws:appautoscaling:Target",
    "aws:backup:Plan",
    "aws:backup:Selection",
    "aws:backup:Vault",
    "aws:cloudtrail:Trail",
    "aws:cloudwatch:Dashboard",
    "aws:cloudwatch:LogGroup",
    "aws:cloudwatch:MetricAlarm",
    "aws:dynamodb:ContributorInsights",
    "aws:dynamodb:Table",
    "aws:dynamodb:TableReplica",
    "aws:ec2:SecurityGroup",
    "aws:elasticache:ParameterGroup",
    "aws:elasticache:ReplicationGroup",
    "aws:elasticache:SubnetGroup",
    "aws:elasticache:User",
    "aws:elasticache:UserGroup",
    "aws:iam:Policy",
    "aws:iam:Role",
    "aws:iam:RolePolicy",
    "aws:iam:RolePolicyAttachment",
    "aws:kms:Alias",
    "aws:kms:Key",
    "aws:rds:EventSubscription",
    "aws:rds:Instance",
    "aws:rds:InstanceAutomatedBackupsReplication",
    "aws:rds:OptionGroup",
    "aws:rds:ParameterGroup",
    "aws:rds:SubnetGroup",
    "aws:s3:Bucket",
    "aws:s3:BucketLifecycleConfiguration",
    "aws:s3:BucketPolicy",
    "aws:s3:BucketPublicAccessBlock",
    "aws:scheduler:Schedule",
    "aws:secretsmanager:Secret",
    "aws:secretsmanager:SecretRotation",
    "aws:secretsmanager:SecretVersion",
    "aws:sns:Topic",
    "aws:sns:TopicPolicy",
    "aws:sns:TopicSubscription",
    "aws:vpc:SecurityGroupEgressRule",
    "aws:vpc:SecurityGroupIngressRule",
    "random:RandomId",
    "random:RandomPassword",
)

# Sensitive in the provider's schema (internal/service/elasticache/user.go): of what is nested, the Python
# classes do not say so.
SECRET_OBJECT_FIELDS = {
    ("UserAuthenticationMode", "passwords"),
    ("UserAuthenticationModeArgs", "passwords"),
}

SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def files() -> dict[str, str]:
    """The text of every data file by its name, as the installed packages have it."""
    services: dict[str, dict[str, Any]] = {}
    for name in TYPES:
        package, *service, cls = name.split(":")
        version = importlib.metadata.version(f"pulumi-{package}")
        data = services.setdefault(
            service[0] if service else package, {"version": version, "types": {}, "objects": {}}
        )
        module = ".".join([f"pulumi_{package}", *service])
        data["types"][name] = _resource(module, cls, data["objects"])
    return {f"{service}.json": _text(data) for service, data in sorted(services.items())}


def write(directory: Path) -> None:
    """Writes the files and removes those of services that are no longer in the list."""
    directory.mkdir(exist_ok=True)
    current = files()
    for stale in {path.name for path in directory.glob("*.json")} - current.keys():
        (directory / stale).unlink()
    for name, text in current.items():
        (directory / name).write_text(text, encoding="utf-8")


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def _resource(module: str, name: str, objects: dict[str, Any]) -> dict[str, Any]:
    package = importlib.import_module(module)
    cls = getattr(package, name)
    args = _args_class(cls)
    source = inspect.getsource(cls)
    token = re.search(rf"super\({name}, __self__\).__init__\(\s*'([^']+)'", source)
    if token is None:
        raise ValueError(f"{module}.{name}: no type token in its source")
    return {
        "token": token[1],
        "module": module,
        "inputs": _fields(args, objects, _secret_inputs(source), _required_parameters(args)),
        "outputs": _fields(cls, objects, _secret_outputs(source)),
    }


def _args_class(cls: Any) -> Any:
    """The class of all inputs: `InstanceArgs`, `TableReplicaInitArgs` where a nested block took the name."""
    for each in typing.get_overloads(cls.__init__):
        parameters = inspect.signature(each, eval_str=True).parameters
        if "args" in parameters:  # `InstanceArgs`, or `Optional[KeyArgs]` where nothing is required
            return _members(parameters["args"].annotation)[0]
    raise TypeError(f"{cls.__name__} takes no args")


def _secret_inputs(source: str) -> set[str]:
    """`__props__.__dict__["password"] = None if password is None else pulumi.Output.secret(password)`"""
    return set(re.findall(r'__dict__\["(\w+)"\] = .*pulumi\.Output\.secret\(', source))


def _secret_outputs(source: str) -> set[str]:
    """`additional_secret_outputs=["password", "passwordWo"]`: wire names."""
    found = re.search(r"additional_secret_outputs=\[([^\]]*)\]", source)
    return set(re.findall(r'"(\w+)"', found[1])) if found else set()


def _required_parameters(args: Any) -> set[str]:
    parameters = inspect.signature(args.__init__).parameters.values()
    return {each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty}


def _fields(
    cls: Any, objects: dict[str, Any], secret: set[str], required: set[str] | None = None
) -> dict[str, str]:
    """Every getter of a class; without `required`, a field is required where its type is not optional."""
    fields = {}
    for name, getter in inspect.getmembers(cls, lambda member: isinstance(member, property)):
        wire = getattr(getter.fget, "_pulumi_name", None)
        if wire is None:  # `id` and `urn`, which every resource inherits
            continue
        annotation = getter.fget.__annotations__["return"]
        shape, optional = _shape(annotation, vars(sys.modules[cls.__module__]), objects)
        needed = name in required if required is not None else not optional
        flags = [*(["required"] if needed else []), *(["secret"] if {name, wire} & secret else [])]
        fields[name] = " ".join([wire, shape, *flags])
    return fields


def _shape(annotation: Any, scope: dict[str, Any], objects: dict[str, Any]) -> tuple[str, bool]:
    """The shape that an annotation means, as it is written in the data, and whether it may be None."""
    members = _members(annotation)
    optional = type(None) in members
    members = [each for each in members if each is not type(None)]
    if str in members:  # text does for all of `Union[str, SomeEnum]`, `Union[str, PolicyDocumentArgs]`, ...
        return "string", optional
    if len(members) != 1:
        raise TypeError(f"a union that text does not do for: {annotation}")
    return _shape_of(members[0], scope, objects), optional


def _members(annotation: Any) -> list[Any]:
    """A type's members without pulumi's wrappers: `Input[T]` is `Union[T, Awaitable[T], "Output[T]"]`."""
    if isinstance(annotation, typing.ForwardRef):
        return [] if annotation.__forward_arg__.startswith("Output[") else [annotation.__forward_arg__]
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return [each for part in typing.get_args(annotation) for each in _members(part)]
    if origin is collections.abc.Awaitable:
        return []
    if getattr(origin, "__module__", "") == "pulumi.output":
        return _members(typing.get_args(annotation)[0])
    return [annotation]


def _shape_of(cls: Any, scope: dict[str, Any], objects: dict[str, Any]) -> str:
    if isinstance(cls, str):
        cls = eval(cls, scope)  # noqa: S307
    origin = typing.get_origin(cls)
    if origin is collections.abc.Sequence:
        return f"[{_shape(typing.get_args(cls)[0], scope, objects)[0]}]"
    if origin is collections.abc.Mapping:
        return f"{{{_shape(typing.get_args(cls)[1], scope, objects)[0]}}}"
    if cls is Any:
        return "any"
    if cls in SCALARS:
        return SCALARS[cls]
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return "string"
    name: str = cls.__name__
    if name not in objects:
        objects[name] = {}  # known from here on, so that an object inside itself ends the descent
        is_input = hasattr(cls, "_pulumi_input_type")
        secret = {field for owner, field in SECRET_OBJECT_FIELDS if owner == name}
        objects[name] = _fields(cls, objects, secret, _required_parameters(cls) if is_input else None)
    return name


if __name__ == "__main__":
    write(DATA)
