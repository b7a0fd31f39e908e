"""What RDS offers for MySQL: instance classes and engine versions, as of 2026-10-20.

Source: the CloudFormation schemas and extensions that cfn-lint 1.58.0 carries; the tests hold this data against them.
Memory and vCPUs follow from family and size (https://aws.amazon.com/rds/instance-types/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UP_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_UP_TO_24 = (*_UP_TO_16, "24xlarge")
_UP_TO_32 = (*_UP_TO_24, "32xlarge")
_UP_TO_48 = (*_UP_TO_24, "48xlarge")
_BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")

CLASSES: dict[str, tuple[str, ...]] = {
    "c6gd": ("medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"),
    "m5": _UP_TO_24,
    "m5d": _UP_TO_24,
    "m6g": _UP_TO_16,
    "m6gd": _UP_TO_16,
    "m6i": _UP_TO_32,
    "m6id": _UP_TO_32,
    "m6idn": _UP_TO_32,
    "m6in": _UP_TO_32,
    "m7g": _UP_TO_16,
    "m7i": _UP_TO_48,
    "m8a": _UP_TO_48,
    "m8g": _UP_TO_48,
    "m8gd": _UP_TO_48,
    "m9g": _UP_TO_48,
    "r5": _UP_TO_24,
    "r5b": _UP_TO_24,
    "r5d": _UP_TO_24,
    "r6g": _UP_TO_16,
    "r6gd": _UP_TO_16,
    "r6i": _UP_TO_32,
    "r6id": _UP_TO_32,
    "r6idn": _UP_TO_32,
    "r6in": _UP_TO_32,
    "r7g": _UP_TO_16,
    "r7i": _UP_TO_48,
    "r8a": _UP_TO_48,
    "r8g": _UP_TO_48,
    "r8gd": _UP_TO_48,
    "t3": _BURSTABLE,
    "t4g": _BURSTABLE,
    "x2g": _UP_TO_16,
    "x2iedn": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"),
}

_GIB_A_VCPU = {"c": 2, "m": 4, "r": 8, "x2g": 16, "x2iedn": 32}
_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}

# Minor versions that AWS still creates, oldest first; what is not here and not deprecated is unknown to this edition.
MYSQL_VERSIONS: dict[str, tuple[str, ...]] = {
    "8.0": ("8.0.42", "8.0.43", "8.0.44", "8.0.45", "8.0.46"),
    "8.4": ("8.4.5", "8.4.6", "8.4.7", "8.4.8", "8.4.9", "8.4.10", "8.4.11"),
}

# Majors past their standard support: created only where extended support is paid for.
MYSQL_EXTENDED_SUPPORT = frozenset({"8.0"})


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """One instance class; memory in GiB."""

    name: str
    family: str
    size: str
    vcpus: int
    memory_gib: int

    @property
    def supports_insights(self) -> bool:
        """Performance Insights and Database Insights are missing for MySQL on the smallest burstable classes.

        Source: the table in the RDS User Guide, USER_DatabaseInsights.Engines.
        """
        return not (self.family in {"t2", "t3", "t4g"} and self.size in {"micro", "small"})


def instance_class(name: str) -> InstanceClass | None:
    """`db.r7g.large` as facts; None for a class that RDS for MySQL does not have."""
    match = re.fullmatch(r"db\.([a-z0-9]+)\.([a-z0-9]+)", name)
    if match is None or match[2] not in CLASSES.get(match[1], ()):
        return None
    family, size = match[1], match[2]
    vcpus = _vcpus(family, size)
    if family.startswith("t"):
        return InstanceClass(name, family, size, vcpus, _BURSTABLE_GIB[size])
    per_vcpu = _GIB_A_VCPU.get(family) or _GIB_A_VCPU[family[0]]
    return InstanceClass(name, family, size, vcpus, vcpus * per_vcpu)


def class_names() -> list[str]:
    """Every class of RDS for MySQL."""
    return [f"db.{family}.{size}" for family, sizes in CLASSES.items() for size in sizes]


def _vcpus(family: str, size: str) -> int:
    if size.endswith("xlarge"):
        return 4 * int(size.removesuffix("xlarge") or 1)
    return 1 if (family, size) == ("c6gd", "medium") else 2
