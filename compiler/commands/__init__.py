"""The verbs of `dbspec`, one module a verb."""
