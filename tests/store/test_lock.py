from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine.store import Store, open_store
from compiler.engine.store.alive import Alive, all_dead
from compiler.engine.store.holder import Holder, from_bytes, myself
from compiler.engine.store.lock import LEASE, Clock, Lock, acquire

KEY = "locks/prod.orders.json"


class Hands(Clock):
    """A clock whose time passes only in waiting for a lock, and by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
        self.since_boot = 1000.0

    def now(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.since_boot

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return event.wait()  # the renewing thread: a test renews by hand
        self.pass_by(seconds)
        return event.is_set()

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_boot += seconds

    def sleep(self, seconds: float) -> None:
        """The lid is closed: the day goes on, the steady clock does not."""
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Hands:
    return Hands()


def take(store: Store, clock: Clock, wait: float = 0, **more: Any) -> Lock:
    return acquire(store, "prod.orders", "apply", wait=wait, on_wait=lambda holder: None, clock=clock, **more)


def elsewhere(store: Store, clock: Clock, **changes: Any) -> Holder:
    """Puts a lock into the store as a run on another machine does."""
    me = myself("destroy", Path("/somewhere/alive/1"), clock.now(), LEASE, {})
    other = replace(me, host="runner-7", boot="another-boot", who="ci@runner-7", pid=42, **changes)
    store.create(KEY, other.to_bytes())
    return other


def renew(store: Store, holder: Holder) -> None:
    found = store.read(KEY)
    assert found is not None
    assert store.replace(KEY, holder.to_bytes(), found[1])


def test_a_lock_is_free_again_once_it_was_let_go(store: Store, clock: Hands) -> None:
    for _ in range(2):
        with take(store, clock) as lock:
            assert lock.broke is None
            assert not lock.lost
    assert store.read(KEY) is None
    assert list(store.runtime.iterdir()) == []


def test_a_lock_is_let_go_when_its_work_fails(store: Store, clock: Hands) -> None:
    with pytest.raises(ZeroDivisionError), take(store, clock):
        _ = 1 / 0
    assert store.read(KEY) is None


def test_locks_of_two_stacks_do_not_meet(store: Store, clock: Hands) -> None:
    with (
        take(store, clock),
        acquire(store, "prod.users", "apply", wait=0, on_wait=print, clock=clock) as other,
    ):
        assert other.broke is None


def test_who_holds_it_since_when_and_the_way_out_are_said_when_the_waiting_is_over(
    store: Store, clock: Hands
) -> None:
    elsewhere(store, clock)
    begun, told = clock.steady(), []
    with pytest.raises(UserError) as caught:
        acquire(store, "prod.orders", "apply", wait=30, on_wait=told.append, clock=clock)
    assert caught.value.exit_code == Exit.ENGINE
    assert str(caught.value) == (
        "prod.orders is locked by ci@runner-7 "
        "(destroy since 2026-11-23 06:00:00 UTC, process 42 on runner-7); "
        "let it end; if it is dead, waiting for it 120 seconds proves that"
    )
    assert clock.steady() == begun + 30
    assert [holder.who for holder in told] == ["ci@runner-7"]
    assert list(store.runtime.iterdir()) == []


def test_no_waiting_is_announced_where_there_is_none(store: Store, clock: Hands) -> None:
    elsewhere(store, clock)
    with pytest.raises(UserError, match="is locked by"):
        acquire(store, "prod.orders", "apply", wait=0, on_wait=pytest.fail, clock=clock)


def test_every_new_holder_is_announced(store: Store, clock: Hands) -> None:
    first = elsewhere(store, clock)
    told: list[str] = []

    def on_wait(holder: Holder) -> None:
        told.append(holder.who)
        if len(told) < 3:
            renew(store, replace(first, id=str(len(told)), who=f"next-{len(told)}"))

    with pytest.raises(UserError, match="is locked by next-2"):
        acquire(store, "prod.orders", "apply", wait=60, on_wait=on_wait, clock=clock)
    assert told == ["ci@runner-7", "next-1", "next-2"]


def test_waiting_ends_at_an_interrupt(store: Store, clock: Hands) -> None:
    elsewhere(store, clock)
    stop = threading.Event()
    with pytest.raises(UserError, match="interrupted while it was locked by ci@runner-7"):
        acquire(store, "prod.orders", "apply", wait=9, on_wait=lambda _: stop.set(), stop=stop, clock=clock)


def test_another_machines_lock_is_broken_once_its_lease_was_watched_to_its_end(
    store: Store, clock: Hands
) -> None:
    # Its clock runs an hour ahead: the lease as written would not end before that.
    other = elsewhere(store, clock, renewed=clock.now() + timedelta(hours=1))
    begun = clock.steady()
    with take(store, clock, wait=600) as lock:
        assert lock.broke == other
        assert clock.steady() - begun >= LEASE


def test_another_machines_lock_that_is_renewed_is_never_broken(store: Store, clock: Hands) -> None:
    other = elsewhere(store, clock, renewed=clock.now() - timedelta(seconds=LEASE + 200))

    class Renewing(Hands):
        def pass_by(self, seconds: float) -> None:
            super().pass_by(seconds)
            renew(store, other.renew(self.now() - timedelta(seconds=LEASE + 200)))  # its clock is late

    with pytest.raises(UserError, match="is locked by"):
        take(store, Renewing(), wait=LEASE + 400)


def test_another_machines_lock_is_broken_at_once_long_after_its_lease(store: Store, clock: Hands) -> None:
    elsewhere(store, clock)
    clock.pass_by(LEASE + 299)
    with pytest.raises(UserError, match="is locked by"):
        take(store, clock)
    clock.pass_by(1)
    with take(store, clock) as lock:
        assert lock.broke is not None


def test_a_lock_of_the_boot_before_this_one_waits_for_its_lease(store: Store, clock: Hands) -> None:
    me = myself("apply", Path("/gone"), clock.now(), LEASE, {})
    store.create(KEY, replace(me, boot="the-boot-before").to_bytes())
    with pytest.raises(UserError, match="waiting for it 120 seconds proves that"):
        take(store, clock)


def test_a_lock_whose_alive_file_is_missing_waits_for_its_lease(store: Store, clock: Hands) -> None:
    store.create(KEY, myself("apply", store.runtime / "gone", clock.now(), LEASE, {}).to_bytes())
    with pytest.raises(UserError, match="is locked by"):
        take(store, clock, wait=LEASE - 1)
    with take(store, clock, wait=2 * LEASE) as lock:
        assert lock.broke is not None


def test_a_lock_held_here_outlives_any_lease(store: Store, clock: Hands) -> None:
    # As under SIGSTOP: the holder renews nothing, and lives.
    with take(store, clock) as held:
        clock.pass_by(100 * LEASE)
        assert held.lost
        with pytest.raises(UserError, match="is locked by"):
            take(store, clock, wait=1000)


def test_a_lock_is_renewed(store: Store, clock: Hands) -> None:
    with take(store, clock) as lock:
        for _ in range(10):
            clock.pass_by(LEASE - 1)
            assert not lock.lost
            lock.renew()
    assert store.read(KEY) is None


def test_a_lock_that_was_broken_after_a_sleep_says_so_and_is_not_renewed_or_taken_away(
    store: Store, clock: Hands
) -> None:
    with take(store, clock) as lock:
        clock.sleep(3600)
        assert lock.lost
        other = replace(lock.holder, id="another", who="ci@runner-7", renewed=clock.now())
        renew(store, other)
        lock.renew()
        assert lock.lost
    found = store.read(KEY)
    assert found is not None
    assert from_bytes(found[0], "").id == "another"


def test_a_lock_that_nobody_took_during_a_sleep_is_held_again(store: Store, clock: Hands) -> None:
    with take(store, clock) as lock:
        clock.sleep(3600)
        assert lock.lost
        lock.renew()
        assert not lock.lost


def test_a_lock_that_was_removed_by_hand_is_lost(store: Store, clock: Hands) -> None:
    with take(store, clock) as lock:
        found = store.read(KEY)
        assert found is not None
        store.delete(KEY, found[1])
        lock.renew()
        assert lock.lost


def test_a_renewal_that_fails_is_made_up_for_and_loses_nothing(
    s3_url: str, between: Any, clock: Hands
) -> None:
    store = open_store(between.url(s3_url))
    with take(store, clock) as lock:
        clock.pass_by(LEASE / 2)
        between.instead = lambda method, path: between.refusal("AccessDenied")
        lock.renew()
        assert not lock.lost
        clock.pass_by(LEASE / 2)
        assert lock.lost
        between.instead = lambda method, path: None
        lock.renew()
        assert not lock.lost
    assert store.read(KEY) is None


def test_a_lock_that_could_not_be_let_go_is_free_at_once_on_this_machine(
    s3_url: str, between: Any, clock: Hands
) -> None:
    store = open_store(between.url(s3_url))
    with take(store, clock):
        between.instead = lambda method, path: between.refusal("AccessDenied") if method == "DELETE" else None
    with take(store, clock) as lock:
        assert lock.broke is not None


@pytest.mark.parametrize("passes", ["pass_by", "sleep"])
def test_the_renewing_thread_renews_by_whichever_clock_went_on(store: Store, passes: str) -> None:
    renewed = threading.Event()

    class Quick(Hands):
        def wait(self, event: threading.Event, seconds: float) -> bool:
            getattr(self, passes)(seconds)
            return event.wait(0.001)

    class Seen:
        def __getattr__(self, name: str) -> Any:
            if name == "replace":
                renewed.set()
            return getattr(store, name)

    seen: Any = Seen()
    with take(seen, Quick()) as lock:
        assert renewed.wait(30)
        assert not lock.lost


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"format": 1}', b"\xff", b'{"format": 2, "id": 1}']
)
def test_a_lock_that_cannot_be_read_is_named_with_the_way_out(
    store: Store, clock: Hands, data: bytes
) -> None:
    store.create(KEY, data)
    with pytest.raises(UserError, match="nothing runs on that stack, delete") as caught:
        take(store, clock)
    assert store.place(KEY) in str(caught.value)
    assert caught.value.exit_code == Exit.ENGINE


def test_a_ci_job_is_known_by_its_run() -> None:
    environ = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/databases",
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "2",
    }
    holder = myself("apply", Path("/a"), datetime(2026, 11, 23, tzinfo=UTC), LEASE, environ)
    assert holder.who == "https://github.com/acme/databases/actions/runs/77/attempts/2"
    assert from_bytes(holder.to_bytes(), "") == holder


def test_an_alive_file_tells_when_everybody_is_gone(tmp_path: Path) -> None:
    alive = Alive.hold(tmp_path)
    assert all_dead(alive.path) is False
    alive.close(forget=False)
    assert all_dead(alive.path) is True
    assert all_dead(tmp_path / "missing") is None


def test_what_is_no_alive_file_proves_nothing(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert [all_dead(tmp_path / name) for name in ("pipe", "link", ".")] == [None, None, None]


def test_a_runtime_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".dbspec").mkdir()
    (tmp_path / ".dbspec" / "alive").touch()
    with pytest.raises(UserError, match="make that directory writable") as caught:
        take(open_store(f"file://{tmp_path}"), Clock())
    assert caught.value.exit_code == Exit.ENGINE
