"""What all tests share: golden files, and the Pulumi CLI where a test needs the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write golden files anew, to be reviewed as a diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the file that holds what it should be, or writes that file under --rewrite."""

    def check(path: Path, actual: str) -> None:
        if request.config.getoption("--rewrite"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
            return
        assert path.exists(), f"{path.name} is missing: run pytest --rewrite and review what it writes"
        assert actual == path.read_text(encoding="utf-8")

    return check
