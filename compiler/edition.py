"""Editions: dated sets of defaults, which never change once they are released."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from compiler import document
from compiler.diagnostics import Place

EDITIONS = ("2026.11",)
TIERS = ("development", "staging", "production")


def stricter(*tiers: str) -> str:
    """The strictest of these; that of production where there is none."""
    return max(tiers, key=TIERS.index, default=TIERS[-1])


@cache
def defaults(package: str, edition: str, tier: str) -> document.Node:
    """The defaults of one package (`compiler/kinds/mysql`) for an edition and a tier.

    The file has the sections `all` and one for each tier, which goes over `all`.
    """
    path = f"{package}/editions/{edition}.yaml"
    sections = document.read(path, (Path(__file__).parents[1] / path).read_bytes()).value
    assert isinstance(sections, dict)
    return document.merge(sections["all"], sections[tier])


def holds(place: Place) -> bool:
    """Whether a place is in an edition, which nobody edits."""
    return "/editions/" in place.path and place.path.startswith("compiler/")
