"""What a change takes for itself, and who at base has to agree to that."""

from __future__ import annotations

from bot.authority.merged import merged
from bot.authority.need import Need, Right, Scope
from bot.authority.needs import needs, problems
from bot.authority.strictness import stricter, strictly

__all__ = ["Need", "Right", "Scope", "merged", "needs", "problems", "stricter", "strictly"]
