"""Our data about ElastiCache against cfn-lint's, which is AWS's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from compiler.aws import elasticache

EXTENSIONS = Path(str(cfnlint.__file__)).parent / "data/schemas/extensions/aws_elasticache_cachecluster"


def _json(file: str) -> Any:
    return json.loads((EXTENSIONS / file).read_text())


REGIONS = {
    region: set(each["enum"])
    for region, each in _json("cachenodetype_enum.json").items()
    if isinstance(each, dict)
}


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_the_versions_are_those_that_aws_makes(engine: str) -> None:
    (theirs,) = [
        each["then"]["properties"]["EngineVersion"]["enum"]
        for each in _json("engine_version.json")["allOf"]
        if each["if"]["properties"]["Engine"].get("const") == engine
    ]
    assert elasticache.VERSIONS[engine] == tuple(sorted(theirs, key=elasticache.numbers))


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_the_node_types_are_those_of_the_region(region: str) -> None:
    assert set(elasticache.node_types(region)) == REGIONS[region]


def test_every_region_is_known_and_every_node_type_somewhere() -> None:
    assert elasticache.MISSING.keys() == REGIONS.keys()
    assert set(elasticache.node_types()) == set.union(*REGIONS.values())


def test_every_node_type_has_facts_that_grow_with_its_size() -> None:
    for family, sizes in elasticache.NODE_TYPES.items():
        facts = [elasticache.node_type(f"cache.{family}.{size}") for size in sizes]
        known = [each for each in facts if each]
        assert len(known) == len(sizes)
        assert sorted(known, key=lambda each: (each.vcpus, each.memory_gib)) == known, family
        assert sorted(each.memory_gib for each in known) == [each.memory_gib for each in known]


def test_node_types_have_what_aws_says_of_them() -> None:
    names = ("cache.t4g.micro", "cache.t3.small", "cache.t2.micro", "cache.r7g.large", "cache.m4.10xlarge")
    facts = {name: elasticache.node_type(name) for name in names}
    assert {
        name: (each.vcpus, each.memory_gib, each.connections) for name, each in facts.items() if each
    } == {
        "cache.t4g.micro": (2, 0.5, 20_000),
        "cache.t3.small": (2, 1.37, 46_000),
        "cache.t2.micro": (1, 0.555, 20_000),
        "cache.r7g.large": (2, 13.07, 65_000),
        "cache.m4.10xlarge": (40, 154.64, 65_000),
    }


def test_what_aws_does_not_have_has_no_facts() -> None:
    for name in ("cache.r6gd.large", "cache.r7g", "db.r7g.large", "cache.t3.large", "r7g.large"):
        assert elasticache.node_type(name) is None


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [
        ("redis", "4.0.10", "redis4.0"),
        ("redis", "5.0.6", "redis5.0"),
        ("redis", "6.0", "redis6.x"),
        ("redis", "6.2", "redis6.x"),
        ("redis", "7.1", "redis7"),
        ("valkey", "7.2", "valkey7"),
        ("valkey", "8.2", "valkey8"),
        ("valkey", "9.0", "valkey9"),
    ],
)
def test_a_version_has_its_family(engine: str, version: str, family: str) -> None:
    assert elasticache.parameter_family(engine, version) == family


def test_a_region_that_is_not_known_is_not_refused() -> None:
    found = elasticache.node_type("cache.r7g.large")
    assert found is not None
    assert found.offered_in("mars-east-1")
