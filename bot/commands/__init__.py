"""The command `dbspec-bot`: one module a verb."""
