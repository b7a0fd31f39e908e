from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compiler.diagnostics import UserError
from compiler.engine.store import Store, open_store
from compiler.engine.store.lock import Lock, acquire

ROOT = Path(__file__).parents[2]
HOLDER = """
    import subprocess, sys, time
    from compiler.engine.store import open_store
    from compiler.engine.store.lock import acquire

    with acquire(open_store(sys.argv[1]), "prod.orders", "apply", wait=0, on_wait=print) as lock:
        child = subprocess.Popen(["sleep", "600"], pass_fds=[lock.alive_fd], start_new_session=True)
        print(child.pid, flush=True)
        time.sleep(600)
"""
RACER = """
    import os, sys, time
    from compiler.engine.store import open_store
    from compiler.engine.store.lock import acquire

    url, inside, counter = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(50):
        with acquire(open_store(url), "prod.orders", "apply", wait=300, on_wait=lambda holder: None):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            with open(counter) as file:
                count = int(file.read())
            time.sleep(0.001)
            with open(counter, "w") as file:
                file.write(str(count + 1))
            os.unlink(inside)
"""
BREAKER = """
    import sys
    from compiler.diagnostics import UserError
    from compiler.engine.store import open_store
    from compiler.engine.store.lock import acquire

    print("ready", flush=True)
    sys.stdin.readline()
    try:
        lock = acquire(open_store(sys.argv[1]), "prod.orders", "apply", wait=0, on_wait=print)
    except UserError:
        print("waits")
    else:
        print("broke" if lock.broke else "took", flush=True)
        sys.stdin.readline()
        lock.release()
"""


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"file://{tmp_path}/state"
    found: str = request.getfixturevalue("s3_url")
    return found


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for each in started:
        each.kill()
        each.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def begin(processes: list[subprocess.Popen[str]]) -> None:
    for each in processes:
        assert line(each) == "ready"
    for each in processes:
        go_on(each)


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def take(store: Store, wait: float = 0) -> Lock:
    return acquire(store, "prod.orders", "apply", wait=wait, on_wait=lambda holder: None)


def test_a_lock_is_kept_for_as_long_as_any_process_of_its_run_lives(
    url: str, run: Callable[..., subprocess.Popen[str]]
) -> None:
    store = open_store(url)
    holder = run(HOLDER, url)
    child = int(line(holder))
    try:
        with pytest.raises(UserError, match=f"stop it with `kill -INT {holder.pid}`"):
            take(store)
        holder.kill()
        holder.wait()
        with pytest.raises(UserError, match="the Pulumi CLI it started still runs"):
            take(store)
    finally:
        kill(child)
    # The kernel ends the child in its own time; the lease would take two minutes.
    with take(store, wait=60) as lock:
        assert lock.broke is not None
        assert lock.broke.pid == holder.pid
    assert list(store.runtime.iterdir()) == []


def test_a_lock_is_kept_while_only_the_python_process_lives(
    url: str, run: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = run(HOLDER, url)
    kill(int(line(holder)))
    with pytest.raises(UserError, match="is locked by"):
        take(open_store(url), wait=0.5)


def test_a_child_that_is_not_given_the_lock_does_not_keep_it(
    url: str, run: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = run(HOLDER.replace("pass_fds=[lock.alive_fd]", "close_fds=False"), url)
    child = int(line(holder))
    try:
        holder.kill()
        holder.wait()
        with take(open_store(url), wait=60) as lock:
            assert lock.broke is not None
    finally:
        kill(child)


def test_two_processes_that_race_are_never_inside_together(
    tmp_path: Path, run: Callable[..., subprocess.Popen[str]]
) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    arguments = (f"file://{tmp_path}/state", str(tmp_path / "inside"), str(counter))
    racers = [run(RACER, *arguments), run(RACER, *arguments)]
    begin(racers)
    assert [each.wait(300) for each in racers] == [0, 0]
    assert counter.read_text() == "100"


def test_of_many_who_find_a_dead_holder_one_breaks_its_lock(
    tmp_path: Path, run: Callable[..., subprocess.Popen[str]]
) -> None:
    url = f"file://{tmp_path}/state"
    for _ in range(5):
        holder = run(HOLDER, url)
        kill(int(line(holder)))
        holder.kill()
        holder.wait()
        breakers = [run(BREAKER, url) for _ in range(4)]
        begin(breakers)
        answers = [line(each) for each in breakers]
        assert sorted(answers) == ["broke", "waits", "waits", "waits"]
        go_on(breakers[answers.index("broke")])
        for each in breakers:
            each.wait(60)
