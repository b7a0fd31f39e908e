"""`dbspec-bot ci drift`: looking for what differs in the accounts."""

from __future__ import annotations

import os
import sys

from bot.commands import about
from bot.commands.apply import Branch, Environments
from compiler.commands import options
from compiler.diagnostics import Exit


def drift(
    environments: Environments = None,
    branch: Branch = "main",
    parallel: about.Parallel = 4,
    deadline: about.Deadline = 900,
    specs: options.Specs = options.SPECS,
    today: options.Today = None,
) -> Exit:
    """Compare the accounts with what was applied, and keep an issue for each stack that differs; changes nothing else.

    What waivers and holds end soon is told too. To find something is no failure. Example: dbspec-bot ci drift prod
    """
    from bot.forge.connect import connect
    from bot.jobs.apply import environments as named
    from bot.jobs.conclude import attempt
    from bot.jobs.drift import drift as look
    from bot.jobs.main import clone_of, credentials
    from compiler.online.run import session
    from compiler.render import report, terminal

    os.environ.update(credentials(os.environ))
    forge, main, day = connect(os.environ), clone_of(specs, branch), options.date_of(today)
    sha = main.fetch()
    codes: set[Exit] = set()
    with session(os.environ, deadline=deadline) as running:
        for name in named(main, sha, environments or ()):
            found = look(main, forge, running, sha, name, day, parallel, attempt(os.environ).url)
            codes.add(found.exit)
            sys.stdout.write(report.text(found.reports))
            sys.stderr.write(terminal.diagnostics(found.diagnostics))
            sys.stderr.writelines(f"{name}: {each}\n" for each in found.failures)
    return next((each for each in (Exit.ENGINE, Exit.SPECS) if each in codes), Exit.DONE)
