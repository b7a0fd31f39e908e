"""Terraform states, format 4, read without Terraform: their outputs, sensitive ones kept secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from compiler.diagnostics import Place, fail
from compiler.shared.network import Outputs, Secret
from compiler.shared.sources import TerraformLocal, TerraformS3

_VERSION = 4


def from_file(source: TerraformLocal, folder: Path, at: Place | None) -> Outputs:
    """The outputs of a state in a file; a relative path starts in `folder`."""
    path = folder / Path(source.path).expanduser()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise fail(
            "shared/state-file",
            f"the Terraform state {path} is not readable: {error.strerror}",
            "correct `terraform_local.path`",
            at,
        ) from error
    return outputs(data, str(path), at)


def from_s3(source: TerraformS3, at: Place | None) -> Outputs:
    """The outputs of a state in S3. UserError where AWS refuses or there is none."""
    from compiler.account.session import client, told

    place = f"s3://{source.bucket}/{source.object_key}"
    ways_out = {
        "AccessDenied": "allow s3:GetObject there, s3:ListBucket on the bucket (without it, what does not exist "
        "looks forbidden), and kms:Decrypt where a key of KMS encrypts it",
        "NoSuchBucket": "correct `terraform_s3.bucket`",
        "NoSuchKey": "correct `terraform_s3.key` and `workspace`, or apply that Terraform first",
        "InvalidRequest": "if a key of the customer (SSE-C) encrypts it, give dbspec a copy without",
        "PermanentRedirect": "correct `terraform_s3.region`",
    }
    with told(f"reading the Terraform state {place}", fixes=ways_out, at=at):
        s3 = client("s3", region=source.region, role_arn=source.role_arn)
        data = s3.get_object(Bucket=source.bucket, Key=source.object_key)["Body"].read()
    return outputs(data, place, at)


def outputs(data: bytes, place: str, at: Place | None) -> Outputs:
    """The outputs in the text of a state."""
    state = _state(data, place, at)
    found = state.get("outputs") or {}
    origin = f"the Terraform state {place}"
    return Outputs(origin, {name: _value(output) for name, output in found.items()})


def _value(output: Any) -> Any:
    value = output.get("value")
    return Secret(value) if output.get("sensitive") else value


def _state(data: bytes, place: str, at: Place | None) -> dict[str, Any]:
    what = f"the Terraform state {place}"
    if not data.strip():
        raise fail("shared/state", f"{what} is empty", "apply that Terraform first", at)
    try:
        state = json.loads(data)
    except ValueError:
        raise fail("shared/state", f"{what} is not JSON", "name the state itself, not a plan", at) from None
    if not isinstance(state, dict):
        raise fail("shared/state", f"{what} is no state", "name the state itself, not a plan", at)
    if "encrypted_data" in state:
        way_out = "export what dbspec needs to a state in clear, or write it as `literal`"
        raise fail(
            "shared/state", f"{what} is encrypted by OpenTofu, which dbspec does not open", way_out, at
        )
    if state.get("version") != _VERSION:
        written = f"has the format {state['version']!r}" if "version" in state else "says no format"
        way_out = "write it anew with Terraform 0.12 or later (`terraform apply`)"
        raise fail("shared/state", f"{what} {written}, and dbspec reads {_VERSION}", way_out, at)
    found = state.get("outputs") or {}
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise fail("shared/state", f"{what} has outputs that are none", "name the state itself", at)
    return state
