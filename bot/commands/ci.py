"""`dbspec-bot ci`: what CI runs, one module a job."""

from __future__ import annotations

from compiler.commands.program import group

JOBS: dict[str, str] = {}

app = group("bot.commands", JOBS, "What CI runs.\n\nExample: dbspec-bot ci preview --pull 12")
