"""Versions of Redis OSS and Valkey on ElastiCache: what runs behind each, and which is newer."""

from __future__ import annotations

# The newest patch of each, as engine_version_actual tells it (ElastiCache User Guide, "Engine versions"); a version
# that is not here is its own patch 0.
_PATCHES = {("redis", "6.0"): "6.0.5", ("redis", "6.2"): "6.2.6", ("redis", "7.0"): "7.0.7"}


def actual(engine: str, version: str) -> str:
    """`7.0.7` of `7.0`."""
    return _PATCHES.get((engine, version)) or (version if version.count(".") > 1 else f"{version}.0")


def family(engine: str, version: str) -> str:
    """The parameter group family that an engine version takes."""
    major = version.split(".")[0]
    if engine == "redis":
        return {"4": "redis4.0", "5": "redis5.0", "6": "redis6.x", "7": "redis7"}[major]
    return f"valkey{major}"


def parts(version: object) -> tuple[int, ...]:
    """The version as numbers, which compare; `6.x` is newer than every 6. What is no version has none."""
    steps = version.split(".") if isinstance(version, str) else []
    if not all(each.isdecimal() or each == "x" for each in steps):
        return ()
    return tuple(10**6 if each == "x" else int(each) for each in steps)
