"""What a kind of database is to the rest of the compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field

from compiler.environment.model import Tags
from compiler.lifecycle.model import Acknowledgement, Decommission, Hold
from compiler.model import Model, invalid, shaped
from compiler.waivers import Waivers

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.cost import Component
    from compiler.diagnostics import Diagnostic
    from compiler.graph import Stack

import re

_PROJECT = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


def _project(value: str) -> str:
    if re.fullmatch(_PROJECT, value):
        return value
    raise invalid(
        "spec/project",
        f"{value!r} cannot be part of AWS names",
        "use lower-case letters, digits and single hyphens, a letter first",
    )


class Usage(Model):
    """What only traffic decides, for the cost. Each kind has keys of its own, all of which may be left out."""


class DatabaseSpec(Model):
    """What every kind of database knows."""

    kind: str = Field(description="The kind of database.")
    project: Annotated[str, AfterValidator(_project), shaped(_PROJECT, "ecommerce")] = Field(
        description="The project it belongs to: the first part of its name in AWS."
    )
    owner: str = Field(description="The team of people.yaml that is asked and told.", examples=["checkout"])
    description: str = Field(
        "",
        description="What it is for, in a sentence.",
        examples=["Orders and payments of the shop."],
        max_length=1000,
    )
    tags: Tags = Field(
        {}, description="Tags of everything the database is made of.", examples=[{"CostCenter": "shop"}]
    )
    access: list[str] = Field(
        [],
        description="The clients, of those the environment names, that may connect.",
        examples=[["checkout-api"]],
    )
    identifier: str | None = Field(
        None,
        description="Its name in AWS, where that is not `<project>-<environment>-<name>`.",
        examples=["ecommerce-prod-orders"],
    )
    formerly: str | None = Field(
        None,
        description="The name it had before, `environment/name`: it is renamed, and nothing of it made anew.",
        pattern=r"^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$",
        examples=["prod/old-orders"],
    )
    dashboard: bool = Field(
        False,
        description="Whether CloudWatch has a dashboard of it, for $3 a month; its environment has one of all.",
    )
    usage: Usage = Field(Usage(), description="What traffic decides, for the cost; it changes nothing else.")
    overrides: dict[str, dict[str, Any]] = Field(
        {},
        description="By resource: inputs by their pulumi_aws names, over what dbspec gives; null leaves one unset.",
        examples=[{"instance": {"ca_cert_identifier": "rds-ca-ecc384-g1"}}],
    )
    waive: Waivers = Field(
        {},
        description="Controls that are accepted as not met.",
        examples=[{"RDS.23": {"reason": "clients have 3306 compiled in", "until": "2027-01-31"}}],
    )
    hold: Hold | None = Field(None, description="Applies leave the database alone for a while.")
    decommission: Decommission | None = Field(
        None, description="Its end: applied, it is destroyed, and then its file can go."
    )
    fresh: bool = Field(False, description="That it begins empty under the name of one that was destroyed.")
    acknowledge: list[Acknowledgement] = Field(
        [],
        description="Losses of data that are let through; each counts until it has been applied.",
        examples=[
            [{"resource": "instance", "property": "kms_key_id", "data_loss": "nobody wrote to it yet"}]
        ],
    )


S = TypeVar("S", bound=DatabaseSpec)


@dataclass(frozen=True, slots=True)
class Derived:
    """A value that no file says: what it is, and the rule it follows from."""

    value: object
    rule: str


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """One kind: its model, and what is made of a database that fits it.

    `check` yields what the model alone cannot see (two keys that do not fit together, what AWS refuses);
    `claims` are the names it takes in AWS; `derive` the values that follow from others, by the route they are shown
    at; `compile` makes the stack of a database that `check` found nothing in; `cost` are the components of such a
    stack, of which the kind says what it knows and leaves the rest to `parts.cost`; `asks` are the keys that matter
    most to who wants one, beside those that nothing gives.
    """

    name: str
    package: str
    spec: type[S]
    check: Callable[[Database[S]], Iterable[Diagnostic]]
    claims: Callable[[Database[S]], Iterable[str]]
    derive: Callable[[Database[S]], Mapping[str, Derived]]
    compile: Callable[[Database[S]], Stack]
    cost: Callable[[Database[S], Stack], Iterator[Component]] | None = None
    asks: tuple[str, ...] = ()
