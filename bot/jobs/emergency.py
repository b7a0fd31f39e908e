"""Applying what nobody reviewed: who may, and that it is said where everybody sees it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.forge.forge import Account, Forge, ForgeError
from bot.jobs import outcome
from bot.jobs.applied import Applied, Emergency
from bot.jobs.outbox import Outbox
from bot.permissions import Action, Principal, allowed, subject, user_of
from compiler.catalog import Catalog
from compiler.diagnostics import Exit, UserError, fail
from compiler.render.inline import code, words

_LONGEST = 2000
LABEL = "dbspec-emergency"


def permitted(environ: Mapping[str, str], found: Catalog, environment: str, reason: str) -> Emergency:
    """The emergency of whoever started this job, by what people.yaml of main grants them.

    Raises UserError (refused) where it grants them nothing, or nobody can tell who they are.
    """
    if not reason.strip():
        raise fail(
            "emergency/reason",
            "an emergency has a reason",
            "write it after --emergency",
            exit_code=Exit.USAGE,
        )
    account = _account(environ)
    who = Principal(github=account)
    verdict = allowed(who, Action.EMERGENCY, subject(environment, found, found), found.people, found.people)
    if not verdict.allowed:
        raise fail(
            "emergency/right",
            verdict.reason,
            "let somebody who may start it; or have what is refused reviewed: a pull request that touches its file, "
            "be it by a comment, reviews all that is pending for it",
            exit_code=Exit.REFUSED,
        )
    return Emergency(user_of(found.people, who) or account.login, reason.strip()[:_LONGEST])


def issue(applied: Applied, key: str) -> dict[str, str]:
    """What its issue says, as far as it has come."""
    said = applied.emergency
    assert said is not None
    body = [
        f"{code(said.by)} applied to {code(applied.environment)} what nobody had reviewed, at {code(applied.commit)}.",
        f"**Reason**: {words(said.reason)}",
        "Close this once somebody has looked at what was done, and the specs say what is there.",
        outcome.applied(applied.result(0, applied.commit)) if applied.reports else "It has begun.",
    ]
    return {
        "key": f"emergency/{applied.environment}/{key or applied.commit}",
        "title": f"Emergency apply to {applied.environment} by {said.by}",
        "body": "\n\n".join(body),
    }


def tell(forge: Forge, outbox: Outbox) -> list[str]:
    """Opens the issues of all emergencies that nobody was told of, or brings them up to date; what failed, in words.

    A person closes them.
    """
    unsaid: list[str] = []
    try:
        for name, said in outbox.declared().items():
            forge.checks.put_issue(said["key"], said["title"], said["body"], [LABEL])
            outbox.declared_to_all(name)
    except (ForgeError, UserError, KeyError) as error:
        unsaid.append(f"the issue of the emergency: {error}")
    return unsaid


def _account(environ: Mapping[str, str]) -> Account:
    id, login = environ.get("GITHUB_ACTOR_ID", ""), environ.get("GITHUB_ACTOR", "")
    if not id.isdecimal():
        raise fail(
            "emergency/unknown",
            "nobody can tell who started this: GITHUB_ACTOR_ID names no account",
            "start the workflow `apply` by hand on the forge",
            exit_code=Exit.REFUSED,
        )
    # Whoever starts a run again has not the rights of whoever started it first.
    again = environ.get("GITHUB_TRIGGERING_ACTOR", login)
    if again != login:
        raise fail(
            "emergency/again",
            f"{again} started again what {login} had started, and nobody can tell whose emergency that is",
            "start the workflow `apply` anew",
            exit_code=Exit.REFUSED,
        )
    return Account(int(id), login)
