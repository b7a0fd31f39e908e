"""Many stacks at once in one process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.changes import Known
from compiler.graph import Stack
from compiler.report import Ending, Phase

if TYPE_CHECKING:
    from conftest import Room

# pulumi_aws is imported anew: in this process other tests have done so already, one at a time.
_FIRST_IMPORT = """
import os, runpy, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
there = runpy.run_path(sys.argv[1])
room = there["make_room"](Path(sys.argv[2]), dict(os.environ))
stacks = [there["make_database"](f"dev.number-{number}") for number in range(6)]
from compiler.report import Phase
for report in room.run(Phase.PREVIEW, *stacks, parallel=6):
    print(report.stack, report.outcome.ending, len(report.changes), *report.outcome.failures)
"""


def test_six_stacks_on_six_threads_import_pulumi_aws_only_once(tmp_path: Path) -> None:
    conftest = Path(__file__).with_name("conftest.py")
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_IMPORT, str(conftest), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert sorted(done.stdout.splitlines()) == sorted(f"dev.number-{n} changes 8" for n in range(6))


def test_stacks_that_are_applied_at_once_do_not_mix(room: Room, database: Callable[..., Stack]) -> None:
    stacks = [
        database(f"dev.number-{number}", alarms=1, instance={"db_name": f"number{number}"})
        for number in range(4)
    ]

    reports = room.run(Phase.APPLY, *stacks, parallel=4)

    assert [each.outcome.ending for each in reports] == [Ending.APPLIED] * 4
    endpoints = {each.stack: each.outputs["endpoint"] for each in reports}
    assert all(side.known is Known.KNOWN for side in endpoints.values())
    assert all(side.value.startswith(f"{stack.replace('.', '-')}.") for stack, side in endpoints.items())
    assert len({room.password(each.id) for each in stacks}) == 4
