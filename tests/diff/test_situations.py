"""What a reviewer reads, in every situation: golden files for each format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repository

GOLDEN = Path(__file__).parent / "golden"


def _added(repository: Repository) -> None:
    repository.write("dev/users.yaml", repository.orders.replace("orders", "users"))


def _removed(repository: Repository) -> None:
    repository.remove("prod/orders.yaml")


def _another_class(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "instance_class: db.r7g.xlarge\n")


def _upgraded(repository: Repository) -> None:
    """From a version that is paid for, in two steps: before BASE, and after it."""
    support = "engine_lifecycle_support: open-source-rds-extended-support\n"
    repository.write("prod/orders.yaml", repository.orders + support + 'engine_version: "8.0"\n')
    repository.commit("old")
    repository.git("tag", "-f", "BASE")
    repository.write(
        "prod/orders.yaml",
        repository.orders + support + "upgrades: {allow_major: true, apply_immediately: true}\n",
    )


def _shrunk(repository: Repository) -> None:
    repository.write("prod/orders.yaml", repository.orders + "storage: {allocated_gib: 50}\n")


def _another_name(repository: Repository) -> None:
    repository.change("prod/orders.yaml", "database_name: orders", "database_name: shop")


def _another_default(repository: Repository) -> None:
    """It reaches one of two: the other says something of its own."""
    own = repository.orders.replace("orders", "users") + "instance_class: db.r7g.2xlarge\n"
    repository.write("prod/users.yaml", own)
    repository.commit("two")
    repository.git("tag", "-f", "BASE")
    repository.change("prod/environment.yaml", "db.r7g.large", "db.r8g.large")


def _acknowledged(repository: Repository) -> None:
    unprotected = repository.orders + "deletion_protection: false\n"
    repository.write("prod/orders.yaml", unprotected)
    repository.commit("unprotected")
    repository.git("tag", "-f", "BASE")
    repository.write(
        "prod/orders.yaml",
        unprotected
        + "encryption:\n  kms_key: arn:aws:kms:ap-northeast-2:123456789012:key/0a\n"
        + "acknowledge:\n  - {resource: instance, property: kms_key_id, data_loss: nobody has written to it yet}\n",
    )


def _acknowledged_before(repository: Repository) -> None:
    """The same line lets one change through, not the next."""
    _acknowledged(repository)
    repository.commit("shop")
    repository.git("tag", "-f", "BASE")
    repository.change("prod/orders.yaml", ":key/0a", ":key/0b")


def _decommissioned(repository: Repository) -> None:
    leaving = "decommission: {reason: moved into the new shop, final_snapshot: orders-final}\n"
    repository.write("prod/orders.yaml", repository.orders + leaving)


def _decommissioned_and_removed(repository: Repository) -> None:
    _decommissioned(repository)
    repository.commit("decommissioned")
    repository.git("tag", "-f", "BASE")
    repository.remove("prod/orders.yaml")


def _decommission_reverted(repository: Repository) -> None:
    _decommissioned(repository)
    repository.commit("decommissioned")
    repository.git("tag", "-f", "BASE")
    repository.write("prod/orders.yaml", repository.orders)


def _removed_in_development(repository: Repository) -> None:
    repository.write("dev/users.yaml", repository.orders.replace("orders", "users"))
    repository.commit("users")
    repository.git("tag", "-f", "BASE")
    repository.remove("dev/users.yaml")


def _another_project(repository: Repository) -> None:
    """What follows from the name is told by the name; what does not is told beside it."""
    repository.write(
        "prod/orders.yaml",
        repository.orders.replace("ecommerce", "shop") + "storage: {allocated_gib: 50}\n",
    )


def _renamed(repository: Repository) -> None:
    repository.remove("prod/orders.yaml")
    kept = "formerly: prod/orders\nidentifier: ecommerce-prod-orders\n"
    repository.write("prod/purchases.yaml", repository.orders + kept)


def _several(repository: Repository) -> None:
    """The worst first, each with its own key."""
    repository.write(
        "prod/orders.yaml",
        repository.orders.replace("[checkout-api]", "[back-office]")
        + "backup: {retention_days: 35}\n"
        + "parameters: {performance_schema: 1, long_query_time: 1}\n"
        + "storage: {allocated_gib: 50, type: gp2}\n",
    )


def _overridden(repository: Repository) -> None:
    """A stack that is new has an override too, and one that was overridden is not any more."""
    override = "overrides: {instance: {multi_az: false, tags: {Team: data}}}\n"
    repository.write("prod/users.yaml", repository.orders.replace("orders", "users") + override)
    repository.commit("users")
    repository.git("tag", "-f", "BASE")
    repository.write("prod/users.yaml", repository.orders.replace("orders", "users"))
    repository.write("prod/orders.yaml", repository.orders + override)
    repository.write("prod/carts.yaml", repository.orders.replace("orders", "carts") + override)


def _nothing(repository: Repository) -> None:
    repository.change("prod/orders.yaml", "access: [checkout-api]", "access:\n  - checkout-api # as ever")


SITUATIONS = {
    "added": _added,
    "another-class": _another_class,
    "another-default": _another_default,
    "another-name": _another_name,
    "acknowledged": _acknowledged,
    "acknowledged-before": _acknowledged_before,
    "another-project": _another_project,
    "decommissioned": _decommissioned,
    "decommissioned-and-removed": _decommissioned_and_removed,
    "decommission-reverted": _decommission_reverted,
    "removed-in-development": _removed_in_development,
    "nothing": _nothing,
    "overridden": _overridden,
    "removed": _removed,
    "renamed": _renamed,
    "several": _several,
    "shrunk": _shrunk,
    "upgraded": _upgraded,
}


@pytest.mark.parametrize("situation", sorted(SITUATIONS))
@pytest.mark.parametrize(("format", "suffix"), [("text", "txt"), ("markdown", "md")])
def test_a_situation_reads_like_this(
    situation: str, format: str, suffix: str, repository: Repository, golden: Callable[[Path, str], None]
) -> None:
    SITUATIONS[situation](repository)

    ran = repository.diff("BASE", "--format", format)

    assert (ran.code, ran.err) == (0, "")
    golden(GOLDEN / f"{situation}.{suffix}", ran.out)


@pytest.mark.parametrize("situation", ["acknowledged", "another-class", "nothing", "shrunk"])
def test_a_situation_is_this_data(
    situation: str, repository: Repository, golden: Callable[[Path, str], None]
) -> None:
    SITUATIONS[situation](repository)

    golden(GOLDEN / f"{situation}.json", repository.diff("BASE", "--format", "json").out)
