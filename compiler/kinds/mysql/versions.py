"""Which versions of MySQL there are, and how one follows another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.rds import (
    AS_OF,
    MYSQL_EXTENDED_SUPPORT,
    MYSQL_SUPPORT,
    MYSQL_VERSIONS,
)
from compiler.diagnostics import Diagnostic

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.mysql.spec import MySQL
    from compiler.route import Route

PATTERN = r"^\d+\.\d+(\.\d+(-rds\.\d+)?)?$"
NEWEST = next(reversed(MYSQL_VERSIONS))


def check(database: Database[MySQL]) -> Iterator[Diagnostic]:
    """What is wrong with the version."""
    spec = database.spec
    if problem := unknown(database, spec.engine_version, ("engine_version",)):
        yield problem
        return
    own = major(spec.engine_version)
    if spec.engine_version == own and not spec.upgrades.auto_minor:
        yield database.problem(
            "mysql/version-prefix",
            ("engine_version",),
            f"{own} stands for its newest minor version, which only follows where AWS may upgrade",
            f"write a full version such as {MYSQL_VERSIONS[own][-1]}, or set upgrades.auto_minor to true",
            {"this keeps the version": ("upgrades", "auto_minor")},
        )
    if own in MYSQL_EXTENDED_SUPPORT and spec.engine_lifecycle_support.endswith("disabled"):
        yield database.problem(
            "mysql/extended-support",
            ("engine_version",),
            f"MySQL {own} left standard support on {MYSQL_SUPPORT[own].standard}, and extended support is off: "
            "AWS refuses to make it",
            f"write {NEWEST}, or pay for extended support with "
            "engine_lifecycle_support: open-source-rds-extended-support",
        )


def unknown(database: Database[MySQL], version: str, route: Route) -> Diagnostic | None:
    """What is wrong with a version that RDS does not make."""
    own = major(version)
    known = MYSQL_VERSIONS.get(own)
    if known is None:
        return database.problem("mysql/version", route, *_foreign(version))
    if version == own or version in known:
        return None
    message = f"AWS no longer makes MySQL {version}"
    if parts(version) > parts(known[-1]):
        message = f"RDS made no MySQL {version} as of {AS_OF}, when dbspec last looked"
    fix = f"write {own} for the newest, or one of {', '.join(known)}"
    if own in MYSQL_EXTENDED_SUPPORT:
        fix = f"write {NEWEST}; {own} itself is made where extended support is paid for"
    return database.problem("mysql/version", route, message, fix)


def _foreign(version: str) -> tuple[str, str]:
    """What is wrong with a version of which RDS makes none, and the way out."""
    own = major(version)
    if own in MYSQL_SUPPORT:
        ends = MYSQL_SUPPORT[own].extended
        return f"dbspec makes no MySQL {own}: its extended support ends on {ends}", f"write {NEWEST}"
    choice = f"write one of {', '.join(reversed(MYSQL_VERSIONS))}"
    if parts(version) < min(parts(each) for each in MYSQL_VERSIONS):
        return f"AWS no longer makes MySQL {version}", choice
    return f"RDS made no MySQL {version} as of {AS_OF}, when dbspec last looked", choice


def major(version: str) -> str:
    """`8.4` of `8.4.9`."""
    return ".".join(version.split(".")[:2])


def parts(version: str) -> tuple[int, ...]:
    """The version as numbers, which compare: `8.0.46-rds.20260908` is newer than `8.0.46`."""
    return tuple(int(each) for each in re.findall(r"\d+", version))


def older(version: str, other: str) -> bool:
    """Whether a version is older than another, as far as both say: `8.4` is not older than `8.4.9`."""
    first, second = parts(version), parts(other)
    said = min(len(first), len(second))
    return first[:said] < second[:said]
