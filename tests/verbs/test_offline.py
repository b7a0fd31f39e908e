"""What works offline stays offline, and starts light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROBE = """
import socket, sys
def refuse(*_):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
from compiler.commands.app import run
code = run(sys.argv[1:])
heavy = {"pulumi", "pulumi_aws", "boto3", "botocore", "grpc", "rich", "git", "socketserver"} & set(sys.modules)
print("LOADED", sorted(heavy), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "verb",
    [
        ["validate"],
        ["validate", "--format", "sarif"],
        ["compile"],
        ["compile", "--format", "pulumi-yaml", "--out", "{out}"],
        ["cost", "--by", "owner"],
        ["explain", "prod/orders"],
        ["explain", "--controls"],
        ["schema", "mysql"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_an_offline_verb_loads_nothing_heavy_and_reads_no_credential(verb: list[str], tmp_path: Path) -> None:
    arguments = [each.replace("{out}", str(tmp_path / "out")) for each in verb]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stderr
