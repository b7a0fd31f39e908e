"""What reading and writing the state needs: its bucket, the key of the secrets in it, and what others built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from compiler.catalog import Environment
from compiler.shared.sources import StackReference, TerraformS3

Statement = dict[str, Any]


def reading(environment: Environment) -> list[Statement]:
    """For previews: the state of the environment's stacks, with its secrets in clear, and the list of all."""
    return [
        *_state(environment, ["s3:GetObject"], writes=False),
        *_key(environment, ["kms:Decrypt", "kms:DescribeKey"]),
        *_shared(environment),
    ]


def writing(environment: Environment) -> list[Statement]:
    """For applies: the state of the environment's stacks, their locks and records."""
    return [
        *_state(environment, ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], writes=True),
        *_key(environment, ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]),
        *_shared(environment),
    ]


def _state(environment: Environment, actions: list[str], *, writes: bool) -> Iterator[Statement]:
    spec = environment.spec
    if spec.state is None or not spec.state.backend.startswith("s3://"):
        return
    parts = urlsplit(spec.state.backend)
    bucket = f"arn:{spec.partition}:s3:::{parts.netloc}"
    folder = parts.path.strip("/")
    top = f"{bucket}/{folder}/" if folder else f"{bucket}/"
    own = [f"{top}.pulumi/*/dbspec/{environment.name}.*", f"{top}.dbspec/*/{environment.name}.*"]
    yield _allow("StateBucket", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket])
    yield _allow("State", actions, own)
    # The first says which form the state has. Whoever asks Pulumi which stacks there are has it read all of them; what
    # is secret in those of other environments is encrypted under other keys.
    listed = [f"{top}.pulumi/meta.yaml", f"{top}.pulumi/stacks/dbspec/*"]
    yield _allow("StateList", ["s3:GetObject"], listed)
    if key := _said(parts.query, "kmskeyid"):
        allowed = ["kms:Decrypt", "kms:GenerateDataKey"] if writes else ["kms:Decrypt"]
        yield _on_key(environment, "StateBucketKey", allowed, key, _said(parts.query, "region"))


def _key(environment: Environment, actions: list[str]) -> Iterator[Statement]:
    spec = environment.spec
    if spec.state and spec.state.secrets.startswith("awskms://"):
        parts = urlsplit(spec.state.secrets)
        name = (parts.netloc + parts.path).strip("/")
        yield _on_key(environment, "StateSecrets", actions, name, _said(parts.query, "region"))


def _shared(environment: Environment) -> Iterator[Statement]:
    spec = environment.spec
    given = spec.shared_infrastructure.given if spec.shared_infrastructure else None
    if isinstance(given, TerraformS3):
        if given.role_arn:
            yield _allow("Shared", ["sts:AssumeRole"], [given.role_arn])
            return
        bucket = f"arn:{spec.partition}:s3:::{given.bucket}"
        yield _allow("Shared", ["s3:GetObject"], [f"{bucket}/{given.object_key}"])
        yield _allow("SharedBucket", ["s3:ListBucket"], [bucket])
    elif isinstance(given, StackReference):
        backend = urlsplit(given.backend or (spec.state.backend if spec.state else ""))
        if backend.scheme == "s3":
            bucket = f"arn:{spec.partition}:s3:::{backend.netloc}"
            yield _allow("Shared", ["s3:GetObject"], [f"{bucket}{backend.path.rstrip('/')}/.pulumi/*"])
            yield _allow("SharedBucket", ["s3:ListBucket"], [bucket])


def _on_key(environment: Environment, sid: str, actions: list[str], key: str, region: str) -> Statement:
    """On the key of that name: an id, an ARN, or an alias, by which no policy can name a key as its resource."""
    spec = environment.spec
    if key.startswith("arn:") and ":alias/" not in key:
        return _allow(sid, actions, [key])
    here = f"arn:{spec.partition}:kms:{region or spec.region}:{spec.account}:key/"
    if "alias/" not in key:
        return _allow(sid, actions, [here + key])
    alias = key[key.index("alias/") :]
    found = _allow(sid, actions, [f"{here}*"])
    return found | {"Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}}


def _allow(sid: str, actions: list[str], resources: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _said(query: str, name: str) -> str:
    return parse_qs(query).get(name, [""])[-1]
