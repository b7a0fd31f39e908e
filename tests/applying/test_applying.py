"""What the apply job does with what was merged: which stacks, in which order, by which commit, and what stops what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Town

from tests.applying.conftest import endings


def test_everything_is_applied_once_the_environment_first(town: Town) -> None:
    first = town.apply()
    second = town.apply()

    assert endings(first["prod"]) == {
        "prod.environment": "applied",
        "prod.orders": "applied",
        "prod.sessions": "applied",
    }
    assert town.engine.did.index("prod.environment") < town.engine.did.index("prod.orders")
    assert len(town.engine.did) == 5
    assert (second["prod"].reports, second["prod"].unchanged) == ((), 3)
    found = town.record("prod.orders")
    assert found
    assert found.converged
    assert found.converged.commit == town.main
