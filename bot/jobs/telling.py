"""Telling what an apply did where people look: the check of each commit, the pull requests, the deployments.

The apply is never undone nor done again for want of an answer: what could not be told stays in the outbox, and the next
run tells it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.forge.forge import CheckState, Conclusion, DeniedError, DeploymentState, Forge, ForgeError, NewCheck
from bot.jobs import outcome
from bot.jobs.applied import Applied, check_data, check_name
from bot.jobs.landed import Landed, landed
from bot.jobs.main import Main
from bot.jobs.outbox import Outbox
from compiler.diagnostics import Exit, UserError
from compiler.report import totals

_DESCRIPTION = 140


def begin(forge: Forge, environment: str, commit: str, url: str) -> None:
    """Says that a commit is being brought to an environment; nothing depends on it."""
