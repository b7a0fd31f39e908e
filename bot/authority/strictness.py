"""How strictly a change is judged: by the tier of base or that of head, whichever is stricter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compiler import edition
from compiler.catalog import Catalog, Environment

if TYPE_CHECKING:
    from compiler.engine.job import Job


def stricter(base: Environment | None, head: Environment | None) -> str:
    """The tier by which gates judge; production where neither is known."""
    return edition.stricter(*(each.spec.tier for each in (base, head) if each))


def strictly(job: Job, base: Catalog, head: Catalog) -> Job:
    """The job judged by the stricter tier of its environment: whoever lowers a tier gains nothing in that change.

    An environment that cannot be read at base is judged as production.
    """
    name = job.target.environment
    if name in base.unread:
        tier = edition.TIERS[-1]
    else:
        tier = stricter(base.environments.get(name), head.environments.get(name))
    return replace(job, target=replace(job.target, tier=tier))
