"""Many at once: threads and processes on one account."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compiler.sandbox.account import Account

MAKE = """
import sys
from pathlib import Path
from compiler.sandbox.account import Account
account, name = Account(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    account.create("aws:kms:Key", {"region": "us-east-1", "description": f"{name} {number}"})
    print(number, flush=True)
"""


def _maker(path: Path, name: str, times: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(MAKE), str(path), name, str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _descriptions(path: Path) -> list[str]:
    return sorted(each["attributes"]["description"] for each in Account(path).show()["things"])


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    makers = [_maker(path, name, 40) for name in ("a", "b")]
    for maker in makers:
        _go(maker)
    assert [maker.wait() for maker in makers] == [0, 0]
    assert _descriptions(path) == sorted(f"{name} {number}" for name in "ab" for number in range(40))


def test_many_threads_lose_nothing_of_each_other(tmp_path: Path) -> None:
    account = Account(tmp_path / "sandbox.db")
    with ThreadPoolExecutor(16) as pool:
        keys = [{"region": "us-east-1", "description": str(number)} for number in range(64)]
        made = list(pool.map(lambda inputs: account.create("aws:kms:Key", inputs).id, keys))
    assert len(set(made)) == 64
    assert len(account.show()["things"]) == 64


def test_a_process_that_is_killed_leaves_an_account_with_all_it_had_made(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    maker = _maker(path, "a", 10_000)
    _go(maker)
    assert maker.stdout is not None
    for _ in range(20):
        last = int(maker.stdout.readline())
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    assert len(_descriptions(path)) > last
    Account(path).create("aws:kms:Key", {"region": "us-east-1", "description": "after"})
    assert "after" in _descriptions(path)
