"""What an account says of itself and of where the state lies, for whoever sets it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from compiler.account.session import client, code, told


@dataclass(frozen=True, slots=True)
class Caller:
    """Who one is to AWS; `at` is AWS's own time, None where it does not say."""

    account: str
    arn: str
    at: datetime | None

    @property
    def role(self) -> str:
        """The name of the role that it acts in, "" where it is none."""
        resource = self.arn.split(":", 5)[5] if self.arn.count(":") >= 5 else ""
        return resource.split("/")[1] if resource.startswith("assumed-role/") else ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`region` is where it lies; what could not be asked is None."""

    region: str
    versioned: bool | None
    encryption: str | None
    closed: bool | None


@dataclass(frozen=True, slots=True)
class Key:
    """`usable` is False where it is disabled, or waits for its deletion."""

    arn: str
    usable: bool
    state: str


def caller(region: str, role_arn: str | None = None) -> Caller:
    """Who the credentials are, with that role assumed. Raises UserError where there are none, or AWS refuses."""
    with told(f"assuming {role_arn}" if role_arn else "asking AWS who this is"):
        answer = client("sts", region=region, role_arn=role_arn).get_caller_identity()
    date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return Caller(str(answer["Account"]), str(answer["Arn"]), parsedate_to_datetime(date) if date else None)


def bucket(s3: Any, name: str) -> Bucket:
    """A bucket by its name. Raises UserError where it is not to be reached."""
    with told(
        f"asking for the bucket {name}",
        fixes={"404": "make it, or correct `state.backend`", "AccessDenied": "allow s3:ListBucket on it"},
    ):
        headers = s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]
    versioning = _asked(s3.get_bucket_versioning, name)
    encryption = _asked(s3.get_bucket_encryption, name, {})
    access = _asked(s3.get_public_access_block, name, {})
    return Bucket(
        headers.get("x-amz-bucket-region", ""),
        None if versioning is None else versioning.get("Status") == "Enabled",
        None if encryption is None else _algorithm(encryption),
        None if access is None else all(access.get("PublicAccessBlockConfiguration", {"": False}).values()),
    )


def key(name: str, region: str) -> Key:
    """A key by its id, ARN or alias. Raises UserError where it is not to be reached."""
    ways_out = {"NotFoundException": "make it, or correct `state.secrets`"}
    with told(f"asking for the key {name}", fixes=ways_out):
        found = client("kms", region=region).describe_key(KeyId=name)["KeyMetadata"]
    return Key(str(found["Arn"]), bool(found["Enabled"]), str(found["KeyState"]))


def policies(role: str, region: str) -> Mapping[str, Any] | None:
    """The managed policies of a role by name, without those of AWS's own; None where they may not be asked for.

    Raises UserError where there is no such role.
    """
    from botocore.exceptions import ClientError

    with told(
        f"asking for the policies of {role}", fixes={"NoSuchEntity": "make it: docs/setup.md says how"}
    ):
        iam = client("iam", region=region)
        found: dict[str, Any] = {}
        try:
            for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
                for each in page["AttachedPolicies"]:
                    arn = each["PolicyArn"]
                    if ":iam::aws:" not in arn:
                        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                        answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
                        found[each["PolicyName"]] = answer["PolicyVersion"]["Document"]
        except ClientError as error:
            if code(error) in ("AccessDenied", "AccessDeniedException"):
                return None
            raise
    return found


def _asked(call: Any, name: str, nothing: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    """The answer; `nothing` where there is none of it, None where it may not be asked."""
    from botocore.exceptions import ClientError

    with told(f"asking about the bucket {name}"):
        try:
            answer: Mapping[str, Any] = call(Bucket=name)
        except ClientError as error:
            if code(error) in ("AccessDenied", "403"):
                return None
            if nothing is not None and code(error).startswith(("NoSuch", "ServerSideEncryption")):
                return nothing
            raise
        return answer


def _algorithm(answer: Mapping[str, Any]) -> str:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    return next((each["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for each in rules), "")
