"""An environment's two roles, whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.aws import iam
from compiler.catalog import Database, Environment
from compiler.environment.model import Account
from compiler.roles import state, trust
from compiler.roles.policies import split, statements
from compiler.roles.reach import Reach
from compiler.roles.repository import ISSUER, Repository


@dataclass(frozen=True, slots=True)
class Role:
    """`use` is `preview` or `apply`; `policies` are managed ones by name."""

    use: str
    arn: str
    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """Without its path."""
        return self.arn.rpartition("/")[2]


def both(
    environment: Environment,
    databases: Iterable[Database[Any]],
    repository: Repository,
    readers: Sequence[str] = (),
) -> tuple[Role, Role]:
    """The preview role and the apply role of an environment that lives in an account."""
    target = _target(environment)
    may = permissions(environment, databases)
    reading = trust.of_preview(environment, target.preview_role, repository, readers)
    changing = trust.of_apply(environment, target.apply_role, repository)
    return (
        Role("preview", target.preview_role, reading, may["preview"]),
        Role("apply", target.apply_role, changing, may["apply"]),
    )


def permissions(
    environment: Environment, databases: Iterable[Database[Any]]
) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """What the roles may do, by `preview` and `apply`: managed policies by name."""
    target = _target(environment)
    reach = Reach(environment, databases)
    read = [grant for each in iam.NEEDS.values() for grant in each.read]
    write = [grant for each in (*iam.NEEDS.values(), iam.ACCOUNT) for grant in each.write]
    of = {
        "preview": (read, state.reading(environment), target.preview_role),
        "apply": ([*read, *write], state.writing(environment), target.apply_role),
    }
    return {
        use: split(f"dbspec-{environment.name}-{use}", [*statements(grants, reach), *more, _again(role)])
        for use, (grants, more, role) in of.items()
    }


def to_data(environment: Environment, found: Sequence[Role]) -> dict[str, Any]:
    """As `dbspec roles` prints them."""
    return {
        "version": 1,
        "environment": environment.name,
        "account": environment.spec.account,
        "identity_provider": {
            "arn": trust.provider(environment),
            "url": f"https://{ISSUER}",
            "audience": trust.audience(environment),
        },
        "roles": {
            each.use: {
                "name": each.name,
                "arn": each.arn,
                "trust_policy": each.trust,
                "policies": each.policies,
            }
            for each in found
        },
    }


def _target(environment: Environment) -> Account:
    target = environment.spec.target
    assert isinstance(target, Account), "the sandbox has no roles"
    return target


def _again(role: str) -> dict[str, Any]:
    """A role takes itself again only where its own policy lets it too."""
    return {"Sid": "Itself", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
