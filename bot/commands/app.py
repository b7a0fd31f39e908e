"""The command `dbspec-bot`: its verbs."""

from __future__ import annotations

from bot.forge.forge import ForgeError
from compiler.commands.program import Program, group

VERBS = {
    "serve": "Run the bot: Slack on one side, pull requests on the other.",
    "console": "Try the bot in a terminal, on a forge in a folder and a simulated account.",
    "doctor": "Say what the forge, Slack and the bot's database lack, and how to get it.",
    "manifest": "Print what Slack makes the bot's App from.",
    "audit": "Export and check the trail of who asked for what.",
    "codeowners": "Write CODEOWNERS, by which GitHub asks the right people for reviews.",
    "ci": "What CI runs: previews of pull requests, applies, drift.",
}

dbspec_bot = Program(
    "dbspec-bot",
    group(
        "bot.commands",
        VERBS,
        "Bring reviewed database specs to AWS.\n\nExample: dbspec-bot ci preview --pull 12",
        "dbspec-bot",
    ),
    expected=(ForgeError,),
)
main, run = dbspec_bot.main, dbspec_bot.run

if __name__ == "__main__":
    main()
