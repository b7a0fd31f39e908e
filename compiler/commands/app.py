"""The command `dbspec`: its verbs."""

from __future__ import annotations

from compiler.commands.program import Program, group

VERBS = {
    "validate": "Find every problem in every file.",
    "compile": "Print the graph: every resource of every stack.",
    "diff": "Show what differs between two revisions, and what that does.",
    "explain": "Say where each value comes from, and why each resource is there.",
    "cost": "Say what everything costs a month, as far as a dated price is known.",
    "schema": "Print the JSON Schema of a kind, for editors.",
    "preview": "Show what an apply would change.",
    "apply": "Change the account to what the specs say.",
    "drift": "Show what differs in the account from what was applied.",
    "status": "Show what was applied, where databases are, and what is pending.",
    "destroy": "Remove databases of a development tier or the sandbox.",
    "sandbox": "Look at the simulated account, and make things happen in it.",
    "roles": "Print the policies of the roles that an environment's account is reached by.",
    "doctor": "Say whether everything is there that dbspec needs, and how to get what is not.",
    "engine": "Say which Pulumi CLI is used and why, or get one.",
}

dbspec = Program(
    "dbspec",
    group(
        "compiler.commands",
        VERBS,
        "Compile database specs into stacks on AWS.\n\nExample: dbspec validate",
        "dbspec",
    ),
)
main, run = dbspec.main, dbspec.run

if __name__ == "__main__":
    main()
