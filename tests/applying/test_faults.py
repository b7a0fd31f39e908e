"""What goes wrong while main is applied: killed runs, forges that are down, locks of the dead, credentials that end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.forge.forge import Conclusion, DeniedError, Forge, ForgeError, Pull
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.jobs import run as runs
from bot.jobs.outbox import Outbox
from compiler.diagnostics import Exit
from compiler.engine.store import lock, open_store, record
from compiler.report import Ending, Outcome, Phase, Report
from tests.applying.conftest import PEOPLE, TABLE, endings
from tests.forge.github_server import Fault, GithubServer

if TYPE_CHECKING:
    from tests.applying.conftest import Town

CHANGED = TABLE + "table_class: STANDARD_INFREQUENT_ACCESS\n"


class Down:
    """A part of a forge of which some calls fail."""

    def __init__(self, part: Any, error: Exception, *names: str) -> None:
        self.part = part
        self.error = error
        self.names = names

    def __getattr__(self, name: str) -> Any:
        if any(name.startswith(each) for each in self.names):
            return self._fail
        return getattr(self.part, name)

    def _fail(self, *_: object, **__: object) -> None:
        raise self.error


def down(forge: Forge, *names: str, error: Exception | None = None) -> Forge:
    why = error or ForgeError("502 Bad Gateway", again=True)
    return Forge(Down(forge.pulls, why, *names), Down(forge.checks, why, *names))


@pytest.fixture
def merged(town: Town) -> Pull:
    """A change that waits to be applied, everything else being applied already."""
    return town.merge({"specs/prod/orders.yaml": CHANGED})


def test_what_could_not_be_told_is_told_by_the_next_run_and_applied_no_second_time(
    town: Town, merged: Pull
) -> None:
    unsaid = town.apply(forge=down(town.forge, "put_"))
    assert town.comments(merged) == []

    again = town.apply()

    assert (unsaid["prod"].exit, again["prod"].exit) == (Exit.ENGINE, Exit.DONE)
    assert any("the next run tells it" in each for each in unsaid["prod"].failures)
    assert town.engine.did == ["prod.orders"]
    assert endings(again["prod"]) == {"prod.orders": "applied"}
    (comment,) = town.comments(merged)
    assert "prod.orders" in comment.body
    assert town.told(merged.merged_sha or "") == {"prod.orders": "applied"}
    assert endings(town.apply()["prod"]) == {}


def test_what_is_left_to_be_told_waits_while_other_things_are_applied(town: Town, merged: Pull) -> None:
    town.apply(forge=down(town.forge, "put_"))
    other = town.merge({"specs/prod/sessions.yaml": CHANGED}, "Change sessions")

    found = town.apply()

    assert endings(found["prod"]) == {"prod.orders": "applied", "prod.sessions": "applied"}
    for pull, name in ((merged, "orders"), (other, "sessions")):
        (comment,) = town.comments(pull)
        assert f"prod.{name}" in comment.body


def test_what_the_token_may_not_write_is_said_and_no_failure(town: Town, merged: Pull) -> None:
    denied = DeniedError("the token may write no deployment", "give it `deployments: write`")

    found = town.apply(forge=down(town.forge, "put_deployment", error=denied))

    assert found["prod"].exit is Exit.DONE
    assert any("the token may write no deployment" in each for each in town.said)
    assert [each.key for each in town.comments(merged)] == ["apply/prod"]


def test_where_nobody_can_say_what_was_reviewed_nothing_is_begun(town: Town, merged: Pull) -> None:
    found = town.apply(forge=down(town.forge, "pull_of"))

    assert town.engine.did == []
    assert endings(found["prod"]) == {"prod.orders": "failed"}
    assert "cannot be found out: 502" in found["prod"].reports[0].outcome.failures[0].message
    town.apply()
    assert town.engine.did == ["prod.orders"]
    (comment,) = town.comments(merged)
    assert "cannot be found out" not in comment.body


def test_a_run_that_is_killed_between_applying_and_telling_is_made_up_for(
    town: Town, merged: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(runs.announcing, "tell", _die)
        with pytest.raises(SystemExit):
            town.apply()

    found = town.apply()

    assert town.engine.did == ["prod.orders"]
    assert endings(found["prod"]) == {"prod.orders": "applied"}
    assert [each.key for each in town.comments(merged)] == ["apply/prod"]


def test_a_run_that_is_killed_before_it_could_keep_what_it_did_is_told_all_the_same(
    town: Town, merged: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(runs.Outbox, "put", _die)
        with suppress(SystemExit):
            town.apply()

    town.apply()

    assert town.engine.did == ["prod.orders"]
    (comment,) = town.comments(merged)
    assert "it is as main has it since 2026-11-23 12:00 UTC" in comment.body


def _die(*_: object, **__: object) -> None:
    raise SystemExit


def test_credentials_that_end_in_the_middle_are_told_and_the_next_run_converges(town: Town) -> None:
    pull = town.merge({"specs/prod/carts.yaml": TABLE, "specs/prod/wishes.yaml": TABLE})
    town.account.fault(
        "aws:dynamodb:Table",
        2,
        "ExpiredTokenException: The security token included in the request is expired",
    )

    failed = town.apply()
    (told,) = town.comments(pull)
    healed = town.apply()

    assert endings(failed["prod"]) == {"prod.carts": "failed", "prod.wishes": "failed"}
    assert failed["prod"].exit is Exit.ENGINE
    assert "ExpiredTokenException" in told.body
    assert endings(healed["prod"]) == {"prod.carts": "applied", "prod.wishes": "applied"}
    (told,) = town.comments(pull)
    assert "ExpiredTokenException" not in told.body
    assert town.told(pull.merged_sha or "") == {"prod.carts": "applied", "prod.wishes": "applied"}


def test_what_fails_of_one_merge_is_no_fault_of_another(town: Town) -> None:
    fails = town.merge({"specs/prod/carts.yaml": TABLE})
    works = town.merge({"specs/prod/sessions.yaml": TABLE + "description: Sessions\n"}, "Say what they are")
    town.merge({"specs/people.yaml": PEOPLE + "# nobody new\n"}, "Look at people")
    town.account.fault("aws:dynamodb:Table", message="LimitExceededException")

    town.apply()

    conclusions = [
        check.conclusion
        for pull in (fails, works)
        for check in town.forge.checks.checks(pull.merged_sha or "", "dbspec/apply (prod)")
    ]
    assert conclusions == [Conclusion.FAILURE, Conclusion.SUCCESS]
    assert "LimitExceededException" in town.comments(fails)[0].body
    assert "LimitExceededException" not in town.comments(works)[0].body


def test_a_lock_that_a_dead_job_left_is_broken(town: Town, merged: Pull) -> None:
    store = open_store((town.clone / ".dbspec" / "state").as_uri())
    script = (
        "import sys, os\n"
        "from compiler.engine.store import lock, open_store\n"
        f"lock.acquire(open_store({(town.clone / '.dbspec' / 'state').as_uri()!r}), 'prod.orders', 'apply', wait=0, "
        "on_wait=print)\n"
        "os._exit(9)\n"
    )
    died = subprocess.run([sys.executable, "-c", script], check=False)
    assert died.returncode == 9
    assert store.keys("locks/") == ["locks/prod.orders.json"]

    found = town.apply()

    assert endings(found["prod"]) == {"prod.orders": "applied"}
    assert store.keys("locks/") == []


def test_a_stack_that_another_run_works_on_is_left_to_it(town: Town, merged: Pull) -> None:
    store = open_store((town.clone / ".dbspec" / "state").as_uri())
    with lock.acquire(store, "prod.orders", "apply", wait=0, on_wait=lambda _: None):
        found = town.apply()

    assert endings(found["prod"]) == {"prod.orders": "failed"}
    assert "prod.orders is locked by" in found["prod"].reports[0].outcome.failures[0].message
    assert endings(town.apply()["prod"]) == {"prod.orders": "applied"}


def test_a_lost_record_is_made_anew_and_nothing_twice(town: Town, merged: Pull) -> None:
    town.apply()
    town.engine.did.clear()
    (town.clone / ".dbspec/state/.dbspec/applied/prod.orders.json").unlink()

    found = town.apply()

    assert endings(found["prod"]) == {"prod.orders": "unchanged"}
    said = town.record("prod.orders")
    assert said
    assert said.last.outcome is record.Outcome.APPLIED


@pytest.fixture
def github(town: Town) -> Iterator[GithubServer]:
    with GithubServer(town.local) as server:
        server.largest_page = 2
        yield server
    assert server.problems == []


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.LOST, Fault.SECONDARY, Fault.RETRY_AFTER])
def test_whatever_github_does_each_pull_request_is_told_once(
    town: Town, merged: Pull, github: GithubServer, fault: Fault
) -> None:
    waits: list[float] = []
    forge = connect(github.environ(), Patience(tries=2, sleep=waits.append))
    github.faults.extend([fault] * 40)

    town.apply(forge=forge)
    github.faults.clear()
    town.apply(forge=forge)

    assert town.engine.did == ["prod.orders"]
    (comment,) = town.comments(merged)
    assert "prod.orders" in comment.body
    assert town.told(merged.merged_sha or "", forge) == {"prod.orders": "applied"}


def test_two_runs_at_once_do_everything_once_and_tell_it_once(town: Town, merged: Pull) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = (each.result() for each in [pool.submit(town.apply, wait=30) for _ in range(2)])

    assert {*endings(first["prod"]).values(), *endings(second["prod"]).values()} <= {"applied", "unchanged"}
    assert (first["prod"].exit, second["prod"].exit) == (Exit.DONE, Exit.DONE)
    assert town.engine.changed == ["prod.orders"]
    assert [each.key for each in town.comments(merged)] == ["apply/prod"]


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (Ending.APPLIED, Ending.UNCHANGED, Ending.APPLIED),
        (Ending.DESTROYED, Ending.UNCHANGED, Ending.DESTROYED),
        (Ending.FAILED, Ending.UNCHANGED, Ending.UNCHANGED),
        (Ending.APPLIED, Ending.FAILED, Ending.FAILED),
    ],
)
def test_what_was_done_and_not_told_is_kept_and_what_was_not_done_is_not(
    tmp_path: Path, before: Ending, now: Ending, kept: Ending
) -> None:
    outbox = Outbox(open_store(tmp_path.as_uri()), "prod")
    for ending, commit in ((before, "first"), (now, "second")):
        outbox.put(Report("prod.orders", Phase.APPLY, Outcome(ending)), commit)

    left = outbox.left()["prod.orders"]

    assert (left.report.outcome.ending, left.since) == (kept, "first")
    outbox.clear()
    assert outbox.left() == {}


def test_what_cannot_be_read_any_more_counts_as_told(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    outbox = Outbox(store, "prod")
    for number, text in enumerate((b"{", b"[]", b'{"format": 1, "report": {}}', b'{"format": 2}')):
        store.create(f"untold/prod.a-{number}.json", text)

    assert outbox.left() == {}
