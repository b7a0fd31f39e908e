"""What RDS offers for MySQL: instance classes and engine versions, as of 2026-10-20.

Source: the CloudFormation schemas and extensions that cfn-lint 1.58.0 carries; the tests hold this data against them.
Memory and vCPUs follow from family and size (https://aws.amazon.com/rds/instance-types/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_UP_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_UP_TO_24 = (*_UP_TO_16, "24xlarge")
_UP_TO_32 = (*_UP_TO_24, "32xlarge")
_UP_TO_48 = (*_UP_TO_24, "48xlarge")
_BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")

CLASSES: dict[str, tuple[str, ...]] = {
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

_GIB_A_VCPU = {"m": 4, "r": 8, "x2g": 16, "x2iedn": 32}
_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}

# Families that came with a major version: AWS makes no older one on them.
_SINCE = {"m8a": "8.4"}

# Families that a region lacks; it has all sizes of the others.
_LACKING: dict[str, str] = {
    "af-south-1": "m6gd m6id m6idn m6in m7g m7i m8a m8gd m9g r5b r6gd r6id r6idn r6in r7g r7i r8a r8g x2g x2iedn",
    "ap-east-1": "m6id m6idn m6in m7g m7i m8a m8gd m9g r5b r6gd r6id r6idn r6in r7i r8a x2g x2iedn",
    "ap-east-2": "m5 m5d m6idn m6in m8a m8g m8gd m9g r5 r5b r5d r6gd r6idn r6in r8g r8gd x2g x2iedn",
    "ap-northeast-1": "m9g x2g x2iedn",
    "ap-northeast-2": "m6id m6idn m6in m8a m8gd m9g r5b r6gd r6id r6idn r6in r8a x2g x2iedn",
    "ap-northeast-3": "m6id m6idn m6in m7i m8a m8g m8gd m9g r5b r6id r6idn r6in r7i r8a r8gd x2g x2iedn",
    "ap-south-1": "m6id m6idn m6in m8gd m9g r5b r6id r6idn r6in r8a r8gd x2g x2iedn",
    "ap-south-2": "m5d m6id m6idn m6in m7i m8gd m9g r5b r5d r6gd r6i r6id r6idn r6in r7i r8a r8gd x2g x2iedn",
    "ap-southeast-1": "m6id m6idn m6in m8a m8gd m9g r6id r6idn r6in r8a r8gd x2g x2iedn",
    "ap-southeast-2": "m6idn m6in m8a m9g r5b r6idn r6in r8a x2g",
    "ap-southeast-3": "m6id m6idn m6in m8a m8g m8gd m9g r5b r6i r6id r6idn r6in r8a x2g x2iedn",
    "ap-southeast-4": "m5d m6i m6id m6idn m6in m8a m8g m8gd m9g r5b r5d r6gd "
    "r6i r6id r6idn r6in r7g r7i r8a r8gd x2g x2iedn",
    "ap-southeast-5": "m5 m5d m6idn m6in m8a m9g r5 r5b r5d r6idn r6in r8a x2g x2iedn",
    "ap-southeast-6": "m5 m5d m6idn m6in m8a m8g m8gd m9g r5 r5b r5d r6gd r6idn r6in r8a r8g r8gd x2g x2iedn",
    "ap-southeast-7": "m5 m5d m6idn m6in m7i m8a m8g m8gd m9g r5 r5b r5d r6idn r6in r7i r8a r8g r8gd x2g x2iedn",
    "ca-central-1": "m6id m6idn m6in m8a m8g m9g r5b r6id r6idn r6in x2g",
    "ca-west-1": "m5 m5d m6idn m6in m7g m7i m8a m8gd m9g r5 r5b r5d r6gd r6idn r6in r7i r8a r8g t4g x2g x2iedn",
    "cn-north-1": "m6gd m6i m6id m6idn m6in m7i m8a m8gd m9g r5b r6i r6id r6idn r6in r7i r8a r8gd x2g x2iedn",
    "cn-northwest-1": "m6gd m6i m6id m6idn m6in m7i m8a m8gd m9g r5b r6gd r6i r6id r6idn r6in r7i r8a r8gd x2g x2iedn",
    "eu-central-1": "m6idn m6in r6idn r6in x2g",
    "eu-central-2": "m5d m6i m6id m6idn m6in m7i m8a m8gd m9g r5b r5d r6i r6id r6idn r6in r7i r8a r8gd x2g x2iedn",
    "eu-north-1": "m6id m6idn m6in m8a m8gd m9g r5b r6gd r6id r6idn r6in r8a r8gd x2g",
    "eu-south-1": "m6id m6idn m6in m7g m7i m8a m8gd m9g r5b r6gd r6id r6idn r6in r8a r8g r8gd x2g",
    "eu-south-2": "m5d m6i m6id m6idn m6in m9g r5b r5d r6i r6id r6idn r6in x2g x2iedn",
    "eu-west-1": "m9g r5b",
    "eu-west-2": "m6id m6idn m6in m8a m9g r5b r6gd r6id r6idn r6in r8a x2g x2iedn",
    "eu-west-3": "m6id m6idn m6in m8a m8gd m9g r5b r6id r6idn r6in r7g r8a r8gd x2g x2iedn",
    "il-central-1": "m5d m6id m6idn m6in m7i m8a m8g m8gd m9g r5b r5d r6idn r6in r7i r8a r8g r8gd x2g x2iedn",
    "me-central-1": "m6i m6id m6idn m6in m7i m8a m8g m8gd m9g r5b r6gd r6i "
    "r6id r6idn r6in r7g r7i r8a r8g r8gd x2g x2iedn",
    "me-south-1": "m6id m6idn m6in m7i m8a m8g m8gd m9g r5b r6gd r6id r6idn r6in r7i r8a r8g r8gd x2g x2iedn",
    "mx-central-1": "m5 m5d m6idn m6in m8a m8g m8gd m9g r5 r5b r5d r6idn r6in r8a r8gd x2g x2iedn",
    "sa-east-1": "m6gd m6id m6idn m6in m8a m9g r5b r6gd r6id r6idn r6in r8a x2g x2iedn",
    "us-east-1": "",
    "us-east-2": "x2iedn",
    "us-gov-east-1": "m5d m6id m6idn m6in m8a m8g m8gd m9g r5b r5d r6i r6id r6idn r6in r8a r8gd x2g x2iedn",
    "us-gov-west-1": "m5d m6id m6idn m6in m7g m8a m8g m8gd m9g r5b r5d r6i r6id r6idn r6in r8a r8gd x2g x2iedn",
    "us-west-1": "m6id m6idn m6in m8a m8gd m9g r5b r6id r6idn r6in r8a x2g x2iedn",
    "us-west-2": "",
}

REGIONS = tuple(_LACKING)

# When this data was true.
AS_OF = date(2026, 10, 20)

# Minor versions that AWS still creates, oldest first: older ones it does not make any more, newer ones came later.
MYSQL_VERSIONS: dict[str, tuple[str, ...]] = {
    "8.0": (
        *("8.0.42", "8.0.43", "8.0.44", "8.0.45", "8.0.46"),
        *("8.0.46-rds.20260624", "8.0.46-rds.20260908"),
    ),
    "8.4": ("8.4.5", "8.4.6", "8.4.7", "8.4.8", "8.4.9", "8.4.10", "8.4.11"),
}

# Majors past their standard support: created only where extended support is paid for.
MYSQL_EXTENDED_SUPPORT = frozenset({"8.0"})


@dataclass(frozen=True, slots=True)
class Support:
    """The last days on which AWS supports a major version for nothing, and for money."""

    standard: date
    extended: date


# Source: RDS User Guide, "Supported MySQL major versions on Amazon RDS".
MYSQL_SUPPORT: dict[str, Support] = {
    "5.7": Support(date(2024, 2, 29), date(2027, 2, 28)),
    "8.0": Support(date(2026, 7, 31), date(2029, 7, 31)),
    "8.4": Support(date(2029, 7, 31), date(2032, 7, 31)),
}


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """One instance class; memory in GiB."""

    name: str
    family: str
    size: str
    vcpus: int
    memory_gib: int

    @property
    def burstable(self) -> bool:
        """Whether it earns CPU credits while it is idle and spends them while it is not."""
        return self.family.startswith("t")

    @property
    def since(self) -> str:
        """The oldest major version that AWS makes on it; empty where it makes any."""
        return _SINCE.get(self.family, "")

    def offered_in(self, region: str) -> bool | None:
        """Whether that region has it; None where the region is newer than this data."""
        lacking = _LACKING.get(region)
        return None if lacking is None else self.family not in lacking.split()

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
    vcpus = _vcpus(size)
    if family in ("t3", "t4g"):
        return InstanceClass(name, family, size, vcpus, _BURSTABLE_GIB[size])
    per_vcpu = _GIB_A_VCPU.get(family) or _GIB_A_VCPU[family[0]]
    return InstanceClass(name, family, size, vcpus, vcpus * per_vcpu)


def class_names() -> list[str]:
    """Every class of RDS for MySQL."""
    return [f"db.{family}.{size}" for family, sizes in CLASSES.items() for size in sizes]


def _vcpus(size: str) -> int:
    return 4 * int(size.removesuffix("xlarge") or 1) if size.endswith("xlarge") else 2
