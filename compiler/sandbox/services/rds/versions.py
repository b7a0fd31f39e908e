"""Versions of MySQL on RDS: which there are, and which is newer."""

from __future__ import annotations

import re

from compiler.aws.rds import MYSQL_VERSIONS


def newest(version: str) -> str:
    """The minor version that RDS takes for a version or its prefix; "" where there is none."""
    offered = [each for versions in MYSQL_VERSIONS.values() for each in versions]
    fitting = [each for each in offered if each == version or each.startswith(f"{version}.")]
    return max(fitting, key=parts, default="")


def major(version: str) -> str:
    """`8.4` of `8.4.7`."""
    return ".".join(version.split(".")[:2])


def parts(version: str) -> tuple[int, ...]:
    """The version as numbers, which compare: `8.0.46-rds.20260908` is newer than `8.0.46`."""
    return tuple(int(each) for each in re.findall(r"\d+", version))
