"""Applies that are killed or interrupted at any moment: the next one converges, and nothing is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Place

KEY = ("aws:kms:Key", "aws:kms/key:Key")
INSTANCE = ("aws:rds:Instance", "aws:rds/instance:Instance")
VERSION = ("aws:secretsmanager:SecretVersion", "aws:secretsmanager/secretVersion:SecretVersion")


@pytest.mark.parametrize(
    ("victims", "what", "made"),
    [
        ("cli", KEY, True),
        ("python", KEY, True),
        ("both", INSTANCE, True),
        ("both", INSTANCE, False),
        ("both", VERSION, True),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_an_apply_that_is_killed_is_finished_by_the_next(
    place: Place, victims: str, what: tuple[str, str], made: bool
) -> None:
    type, token = what
    # Late, it exists in the account and nobody has been told; early, AWS was asked and has not begun.
    place.account.fault(type, delay=4, late=made)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", token)

    _kill(place, run, victims)

    _converges(place)


def test_an_apply_that_is_killed_while_it_adopts_is_finished_by_the_next(place: Place) -> None:
    place.account.fault(KEY[0], delay=4, late=True)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", KEY[1])
    _kill(place, run, "both")
    place.account.fault(INSTANCE[0], delay=4, late=True)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", INSTANCE[1])

    _kill(place, run, "both")

    assert KEY[1] in place.pending("dev.orders")
    _converges(place)


def test_an_update_that_is_killed_is_finished_by_the_next(place: Place) -> None:
    place.run("apply", "dev")
    spec = place.folder / "specs" / "dev" / "orders.yaml"
    spec.write_text(spec.read_text() + "storage: {allocated_gib: 40}\n")
    place.account.fault(INSTANCE[0], phase="update", delay=4, late=True)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", INSTANCE[1])

    _kill(place, run, "both")

    _converges(place)


def test_sigterm_to_python_alone_lets_the_running_step_finish(place: Place) -> None:
    place.account.fault(INSTANCE[0], delay=2, late=True)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", INSTANCE[1])

    run.send_signal(signal.SIGTERM)
    printed, _ = run.communicate(timeout=60)

    _ended_in_order(place, run, printed)


def test_ctrl_c_twice_lets_the_running_step_finish(place: Place) -> None:
    place.account.fault(INSTANCE[0], delay=3, late=True)
    run = place.begin("apply", "dev")
    place.until_making(run, "dev.orders", INSTANCE[1])

    os.killpg(run.pid, signal.SIGINT)  # as a terminal sends it: to everybody in the foreground
    place.until_said(run, "nothing new is begun")
    os.killpg(run.pid, signal.SIGINT)
    printed, _ = run.communicate(timeout=60)

    assert "still ending" in printed
    _ended_in_order(place, run, printed)


def test_ctrl_c_before_anything_is_changed_changes_nothing(place: Place) -> None:
    run = place.begin("apply", "dev")
    place.until_said(run, "applying")

    os.killpg(run.pid, signal.SIGINT)
    printed, _ = run.communicate(timeout=60)

    assert run.returncode == 3
    assert "dev.orders: not begun" in printed
    assert place.account.owned("dev.orders") == []
    _converges(place)


def _kill(place: Place, run: subprocess.Popen[str], victims: str) -> None:
    clis = place.clis(run)
    assert clis, "the CLI runs"
    if victims in ("cli", "both"):
        for each in clis:
            os.kill(each, signal.SIGKILL)
    if victims in ("python", "both"):
        run.kill()
    run.communicate(timeout=60)
    assert run.returncode == (3 if victims == "cli" else -signal.SIGKILL)


def _ended_in_order(place: Place, run: subprocess.Popen[str], printed: str) -> None:
    """The instance is in the state, nothing is pending or locked, and what comes after it was not begun."""
    assert run.returncode == 3, printed
    assert "dev.orders: interrupted" in printed
    assert place.pending("dev.orders") == []
    assert place.locks() == []
    in_state = {each["type"] for each in place.deployment("dev.orders")["resources"]}
    assert INSTANCE[1] in in_state
    assert VERSION[1] not in in_state
    _converges(place)


def _converges(place: Place) -> None:
    code, printed = place.run("apply", "dev")
    assert code == 0, printed
    assert place.twice("dev.orders") == []
    assert place.pending("dev.orders") == []
    assert place.locks() == []
    code, printed = place.run("preview", "dev", "--detailed-exitcode")
    assert code == 0, printed
