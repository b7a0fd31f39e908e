"""Whatever an account is asked through here, the roles that dbspec prints allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from compiler.account import session
from compiler.aws import iam

PREFIXES = {"resourcegroupstaggingapi": "tag"}
# S3 names its actions by what they allow.
S3 = {"HeadBucket": "s3:ListBucket", "ListBuckets": "", "GetBucketTagging": "s3:GetBucketTagging"}


def action(service: str, operation: str) -> str:
    if service == "s3":
        return S3[operation]
    return f"{PREFIXES.get(service, service)}:{operation}"


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    asked: set[str] = set()
    made = session._session

    def watched(profile: str | None) -> Any:
        found = made(profile)
        found.register(
            "before-call",
            lambda model, **_: asked.add(action(model.service_model.service_name, model.name)),
        )
        return found

    monkeypatch.setattr(session, "_session", watched)
    yield
    known = {
        one
        for needs in (*iam.NEEDS.values(), iam.ACCOUNT)
        for grant in (*needs.read, *(needs.write if needs is iam.ACCOUNT else ()))
        for one in grant.actions
    }
    # Who one is, AWS tells anybody; a role is taken by what the roles' own statements say.
    assert asked - known <= {"sts:GetCallerIdentity", "sts:AssumeRole"}
