"""`dbspec-bot ci`: what CI runs, one module a job."""

from __future__ import annotations

from compiler.commands.program import group

JOBS = {
    "preview": "Say what a pull request would do.",
    "plan": "Share its stacks out among jobs.",
    "begin": "Say that a preview is running.",
    "conclude": "Tell what the jobs of a preview found.",
    "environments": "Print the environments that are in an account, as a matrix.",
    "apply": "Apply what was merged and reviewed.",
    "drift": "Look for what differs in the accounts.",
    "compile": "Write the graphs of a commit as data.",
}

app = group("bot.commands", JOBS, "What CI runs.\n\nExample: dbspec-bot ci preview --pull 12")
