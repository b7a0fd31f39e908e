"""Who may take a role: jobs of one repository, by the token that GitHub gives each of them.

Source of the condition keys: AWS STS validates a token's `job_workflow_ref`, `ref` and `repository_id` beside its
subject since January 2026 (IAM User Guide, "Available keys for AWS OIDC federation").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.catalog import Environment
from compiler.roles.repository import ISSUER, Repository

Document = dict[str, Any]


def audience(environment: Environment) -> str:
    """Whom a token is meant for."""
    return "sts.amazonaws.com.cn" if environment.spec.partition == "aws-cn" else "sts.amazonaws.com"


def provider(environment: Environment) -> str:
    """The ARN of the identity provider that the account has for GitHub's tokens."""
    spec = environment.spec
    return f"arn:{spec.partition}:iam::{spec.account}:oidc-provider/{ISSUER}"


def of_preview(
    environment: Environment, role: str, repository: Repository, readers: Sequence[str] = ()
) -> Document:
    """Jobs of named workflows as they are on the main branch, whatever a pull request changes in them.

    `readers` are ARNs of roles whose people preview by hand.
    """
    contexts = (
        "pull_request",
        f"ref:refs/heads/{repository.branch}",
        f"ref:refs/heads/gh-readonly-queue/{repository.branch}/*",
    )
    jobs = _jobs(environment, repository, [each for one in contexts for each in repository.subjects(one)])
    jobs["Condition"]["StringEquals"] |= {f"{ISSUER}:job_workflow_ref": repository.workflow_refs()}
    return _document(jobs, _by_arn("Itself", environment, [role]), *_readers(environment, readers))


def of_apply(environment: Environment, role: str, repository: Repository) -> Document:
    """Jobs on the main branch that run in GitHub's environment of the same name."""
    jobs = _jobs(environment, repository, repository.subjects(f"environment:{environment.name}"))
    jobs["Condition"]["StringEquals"] |= {f"{ISSUER}:ref": f"refs/heads/{repository.branch}"}
    return _document(jobs, _by_arn("Itself", environment, [role]))


def _jobs(environment: Environment, repository: Repository, subjects: list[str]) -> Document:
    equals: Document = {f"{ISSUER}:aud": audience(environment)}
    if repository.id:
        # A repository that takes over the name has another.
        equals[f"{ISSUER}:repository_id"] = str(repository.id)
    return {
        "Sid": "Jobs",
        "Effect": "Allow",
        "Principal": {"Federated": provider(environment)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": equals, "StringLike": {f"{ISSUER}:sub": subjects}},
    }


def _readers(environment: Environment, readers: Sequence[str]) -> list[Document]:
    return [_by_arn("Readers", environment, sorted(readers))] if readers else []


def _by_arn(sid: str, environment: Environment, roles: list[str]) -> Document:
    """Whoever acts in these roles. A job that has the role takes it again for the engine, and no role trusts itself
    unless it says so; named as a principal it would have to be there before it is made."""
    accounts = sorted({each.split(":")[4] for each in roles})
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:{environment.spec.partition}:iam::{each}:root" for each in accounts]},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": roles}},
    }


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
