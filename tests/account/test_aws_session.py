from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from compiler.account.session import client
from compiler.diagnostics import Exit, UserError

ROLE = "arn:aws:iam::210987654321:role/dbspec-apply"


def identity(**given: Any) -> str:
    from compiler.account.session import told

    with told("asking who we are"):
        return str(client("sts", region="eu-west-1", **given).get_caller_identity()["Arn"])


def test_a_role_is_assumed_with_the_credentials_of_a_profile(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[ops]\naws_access_key_id = of-ops\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UserError, match="no AWS credentials"):
        identity(role_arn=ROLE)
    assert ":210987654321:assumed-role/dbspec-apply/dbspec" in identity(role_arn=ROLE, profile="ops")


def test_credentials_of_a_role_are_fetched_again_before_they_run_out(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import moto.sts.models as sts

    # A role may give up to an hour; botocore renews in the last fifteen minutes.
    real = sts.STSBackend.assume_role
    monkeypatch.setattr(
        sts.STSBackend,
        "assume_role",
        lambda self, *args, **more: real(self, *args, **{**more, "duration": 30}),
    )
    asked = client("sts", region="eu-west-1", role_arn=ROLE)
    for _ in range(3):
        asked.get_caller_identity()
    with urllib.request.urlopen(f"{aws}/moto-api/data.json") as answer:
        assumed = json.load(answer)["sts"]["AssumedRole"]
    assert len(assumed) > 1


def test_a_role_that_refuses_us_is_said_with_the_way_out(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import moto.sts.models as sts
    from moto.core.exceptions import AccessDeniedError

    def refuse(*_: Any, **__: Any) -> None:
        raise AccessDeniedError("arn:aws:iam::123456789012:user/x", "sts:AssumeRole")

    monkeypatch.setattr(sts.STSBackend, "assume_role", refuse)
    with pytest.raises(UserError, match="AWS refused the role while asking who we are") as caught:
        identity(role_arn=ROLE)
    assert "trust policy" in str(caught.value)
    assert "not authorized to perform: sts:AssumeRole" in str(caught.value)
    assert caught.value.exit_code == Exit.ENGINE
