"""What ElastiCache offers for Valkey and Redis OSS: node types, their regions, and engine versions, as of 2026-10-20.

Source: the CloudFormation schemas and extensions that cfn-lint 1.58.0 carries; the tests hold this data against them.
vCPUs follow from the size; memory is what the ElastiCache pricing page says (the 8th generation's is taken to be the
7th's), connections what the user guide says of `maxclients`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_UP_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_INTEL = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")
_BURSTABLE = ("micro", "small", "medium")

NODE_TYPES: Mapping[str, tuple[str, ...]] = {
    "c7gn": _UP_TO_16,
    "c8gn": _UP_TO_16,
    "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge"),
    "m5": _INTEL,
    "m6g": _UP_TO_16,
    "m7g": _UP_TO_16,
    "m8g": _UP_TO_16,
    "r4": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"),
    "r5": _INTEL,
    "r6g": _UP_TO_16,
    "r6gd": _UP_TO_16[1:],
    "r7g": _UP_TO_16,
    "r8g": _UP_TO_16,
    "t2": _BURSTABLE,
    "t3": _BURSTABLE,
    "t4g": _BURSTABLE,
}

_OLD = ("m4", "r4", "t2")
# Families that a region does not have; a region that is not here is unknown.
MISSING: Mapping[str, tuple[str, ...]] = {
    "af-south-1": ("c7gn", "r6gd", *_OLD),
    "ap-east-1": ("c7gn", "r6gd", *_OLD),
    "ap-east-2": ("c7gn", "c8gn", "m5", "m8g", "r5", "r6gd", "r8g", *_OLD),
    "ap-northeast-1": ("c7gn",),
    "ap-northeast-2": ("c7gn", "r6gd"),
    "ap-northeast-3": ("c7gn", "c8gn", "m4", "r6gd"),
    "ap-south-1": ("c7gn",),
    "ap-south-2": ("c7gn", "r6gd", *_OLD),
    "ap-southeast-1": ("c7gn",),
    "ap-southeast-2": ("c7gn",),
    "ap-southeast-3": ("c7gn", "r6gd", *_OLD),
    "ap-southeast-4": ("c7gn", "r6gd", *_OLD),
    "ap-southeast-5": ("c7gn", "m5", "r5", "r6gd", *_OLD),
    "ap-southeast-6": ("c7gn", "c8gn", "m5", "m8g", "r5", "r6gd", "t3", *_OLD),
    "ap-southeast-7": ("c7gn", "m5", "r5", "r6gd", *_OLD),
    "ca-central-1": ("c7gn",),
    "ca-west-1": ("c7gn", "m7g", "r6gd", *_OLD),
    "cn-north-1": ("c7gn", "m5", "r6gd"),
    "cn-northwest-1": ("c7gn", "m5", "r6gd"),
    "eu-central-1": ("c7gn",),
    "eu-central-2": ("c7gn", "r6gd", *_OLD),
    "eu-north-1": ("c7gn", *_OLD),
    "eu-south-1": ("c7gn", "m7g", "r6gd", *_OLD),
    "eu-south-2": ("c7gn", "r6gd", *_OLD),
    "eu-west-1": (),
    "eu-west-2": ("c7gn", "r6gd"),
    "eu-west-3": ("c7gn", "c8gn", "m4"),
    "il-central-1": ("c7gn", "c8gn", "m8g", "r6gd", "r8g", *_OLD),
    "me-central-1": ("c7gn", "c8gn", "m8g", "r6gd", "r8g", "t4g", *_OLD),
    "me-south-1": ("c7gn", "c8gn", "m8g", "r6gd", "r8g", "t4g", *_OLD),
    "mx-central-1": ("c7gn", "c8gn", "m5", "m8g", "r5", "r6gd", *_OLD),
    "sa-east-1": ("c7gn",),
    "us-east-1": (),
    "us-east-2": (),
    "us-gov-east-1": ("c7gn", "m4", "r6gd"),
    "us-gov-west-1": ("c7gn", "m4", "r6gd"),
    "us-west-1": ("c7gn",),
    "us-west-2": (),
}

# Versions that AWS creates, oldest first.
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "redis": ("4.0.10", "5.0.6", "6.0", "6.2", "7.0", "7.1"),
    "valkey": ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1"),
}

# Past their standard support since 2026-02-01: AWS goes on running them, for 80 % more, and later 160 %.
# Source: ElastiCache User Guide, "Redis OSS versions end of life schedule".
EXTENDED_SUPPORT = frozenset({"4.0.10", "5.0.6"})

# The first version in which encryption in transit can be changed on a group that exists.
# Source: the provider's documentation of `transit_encryption_enabled`.
CHANGEABLE_TLS = (7, 0)

# What can scale itself. Source: ElastiCache User Guide, "Auto Scaling Valkey and Redis OSS clusters".
SCALING_FAMILIES = frozenset({"c7gn", "c8gn", "m5", "m6g", "m7g", "m8g", "r5", "r6g", "r6gd", "r7g", "r8g"})
SCALING_SIZES = frozenset({"large", "xlarge", "2xlarge"})

# Source: CreateReplicationGroup in the ElastiCache API reference, and its quota on nodes of a cluster.
MOST_REPLICAS = 5
NODES_BY_DEFAULT = 90
MOST_NODES = 500

_BURSTABLE_GIB = {"micro": 0.5, "small": 1.37, "medium": 3.09}
_GIB: Mapping[str, Mapping[str, float]] = {
    "c": dict(zip(_UP_TO_16, (3.09, 6.38, 12.94, 26.05, 52.26, 78.56, 105.81), strict=True)),
    "m": dict(
        zip(
            (*_UP_TO_16, "24xlarge"), (6.38, 12.93, 26.04, 52.26, 103.68, 157.12, 209.55, 314.32), strict=True
        )
    ),
    "r": dict(
        zip(
            (*_UP_TO_16, "24xlarge"),
            (13.07, 26.32, 52.82, 105.81, 209.55, 317.77, 419.09, 635.61),
            strict=True,
        )
    ),
    "m4": {"large": 6.42, "xlarge": 14.28, "2xlarge": 29.7, "4xlarge": 60.78, "10xlarge": 154.64},
    "r4": dict(zip(NODE_TYPES["r4"], (12.3, 25.05, 50.47, 101.38, 203.26, 407.0), strict=True)),
    "t2": {"micro": 0.555, "small": 1.55, "medium": 3.22},
    "t3": _BURSTABLE_GIB,
    "t4g": _BURSTABLE_GIB,
}


@dataclass(frozen=True, slots=True)
class NodeType:
    """One node type; memory in GiB, `connections` is how many clients a node takes at once."""

    name: str
    family: str
    size: str
    vcpus: int
    memory_gib: float
    connections: int

    @property
    def burstable(self) -> bool:
        """Whether it runs on CPU credits."""
        return self.family.startswith("t")

    @property
    def tiered(self) -> bool:
        """Whether it keeps what is used least on an SSD, which such nodes must and others cannot."""
        return self.family == "r6gd"

    @property
    def scales(self) -> bool:
        """Whether clusters of it can scale themselves."""
        return self.family in SCALING_FAMILIES and self.size in SCALING_SIZES

    def offered_in(self, region: str) -> bool:
        """Whether a region has it; also where nothing is known of the region."""
        return self.family not in MISSING.get(region, ())


def node_type(name: str) -> NodeType | None:
    """`cache.r7g.large` as facts; None for a type that ElastiCache does not have."""
    match = re.fullmatch(r"cache\.([a-z0-9]+)\.([a-z0-9]+)", name)
    if match is None or match[2] not in NODE_TYPES.get(match[1], ()):
        return None
    family, size = match[1], match[2]
    memory = (_GIB.get(family) or _GIB[family[0]])[size]
    return NodeType(name, family, size, _vcpus(family, size), memory, _connections(family, size))


def node_types(region: str = "") -> list[str]:
    """Every node type, or every one of a region."""
    return [
        f"cache.{family}.{size}"
        for family, sizes in NODE_TYPES.items()
        if family not in MISSING.get(region, ())
        for size in sizes
    ]


def parameter_family(engine: str, version: str) -> str:
    """`valkey8`. Source: CacheParameterGroupFamily of CreateCacheParameterGroup; `valkey9` the user guide's own."""
    major = version.partition(".")[0]
    if engine == "redis" and int(major) < 6:
        return f"redis{major}.0"
    return "redis6.x" if (engine, major) == ("redis", "6") else f"{engine}{major}"


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, which compare."""
    return tuple(int(each) for each in version.split("."))


def _vcpus(family: str, size: str) -> int:
    if size.endswith("xlarge"):
        return 4 * int(size.removesuffix("xlarge") or 1)
    return 1 if family == "t2" and size != "medium" else 2


def _connections(family: str, size: str) -> int:
    if family == "t2" or size == "micro":
        return 20_000
    return 46_000 if family == "t3" else 65_000
