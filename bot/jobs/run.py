"""A run of the apply job: what is due is applied, what was done is told, and what was done before and not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date

from bot.forge.forge import Forge, ForgeError
from bot.jobs import announcing
from bot.jobs import emergency as emergencies
from bot.jobs.applied import Applied, Emergency
from bot.jobs.apply import apply, environments
from bot.jobs.conclude import Attempt
from bot.jobs.due import Due, since
from bot.jobs.main import Main
from bot.jobs.outbox import Outbox
from compiler.diagnostics import UserError
from compiler.engine.job import Job
from compiler.engine.session import Session
from compiler.report import Report


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was asked for. `names` are environments, all that main has where there are none.

    `emergency` is the reason for one, of whoever started the job that `environ` is of.
    """

    today: date
    names: Sequence[str] = ()
    emergency: str | None = None
    parallel: int = 4
    run: Attempt = field(default=Attempt())


def run(
    main: Main,
    forge: Forge,
    session: Session,
    order: Order,
    environ: Mapping[str, str],
    say: Callable[[str], None],
) -> tuple[Applied, ...]:
    """What came of each environment; what could not be told is among its failures, and `say` hears of the rest.

    Raises UserError where main is not to be had, where there is no such environment, and where the emergency is none.
    """
    sha = main.fetch()
    names = environments(main, sha, order.names)
    declared: dict[str, Emergency] = {}
    if order.emergency is not None:
        found = main.catalog(sha)
        declared = {name: emergencies.permitted(environ, found, name, order.emergency) for name in names}

    def begun(name: str, due: Due) -> None:
        with suppress(ForgeError, UserError):
            announcing.begin(forge, name, sha, order.run.url)
        if name in declared:
            _kept(Outbox(due.store, name), Applied(name, sha, emergency=declared[name]), order, say)

    def ended(job: Job, report: Report, due: Due) -> None:
        try:
            Outbox(due.store, job.target.environment).put(report, since(job, due.records))
        except UserError as error:
            say(f"{job.stack.id}: what was done could not be kept until it is told: {error}")

    done = apply(main, forge, session, sha, names, order.today, declared, order.parallel, begun, ended)
    return tuple(_told(main, forge, order, each.applied, each.due, say) for each in done)


def _told(
    main: Main, forge: Forge, order: Order, applied: Applied, due: Due | None, say: Callable[[str], None]
) -> Applied:
    applied = replace(applied, url=order.run.url)
    outbox = Outbox(due.store, applied.environment) if due else None
    starts, standing = (due.starts(), due.standing()) if due else ({}, {})
    told = announcing.tell(main, forge, outbox, applied, starts, standing, order.run.key)
    for each in told.denied:
        say(each)
    unsaid = list(told.unsaid)
    if outbox:
        if applied.emergency:
            _kept(outbox, told.applied, order, say)
        unsaid += emergencies.tell(forge, outbox)
    return replace(
        told.applied,
        failures=(
            *told.applied.failures,
            *(f"it was done, and could not be told ({each}): the next run tells it" for each in unsaid),
        ),
    )


def _kept(outbox: Outbox, applied: Applied, order: Order, say: Callable[[str], None]) -> None:
    """An emergency is said even if the forge is down now, or this run dies."""
    try:
        outbox.declare(order.run.key or applied.commit, emergencies.issue(applied, order.run.key))
    except UserError as error:
        say(f"the emergency could not be kept until it is told: {error}")
