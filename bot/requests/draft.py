"""What a request would write, what is wrong with it, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from compiler.controls import Judgement
from compiler.cost import Delta
from compiler.report import Report


class Problem(NamedTuple):
    """What is wrong at one key of the answers, a route such as `storage.allocated_gib`; "" for the whole."""

    key: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}" if self.fix else self.message


@dataclass(frozen=True, slots=True)
class Draft:
    """A file before and after, None where it is not there; `path` is from the repository's top.

    `base` is the commit of main that it was drafted on. `problems` keep it from being carried out, `notes` do not.
    `reports` are the stacks that differ, `cost` what is added a month. `refused` and `waived` are the controls that
    stop the database and those that somebody accepted. `approvers` are the users of people.yaml who may approve,
    `approvals` how many of them must.
    """

    path: str
    before: bytes | None
    after: bytes | None
    base: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    cost: Delta | None = None
    refused: tuple[Judgement, ...] = ()
    waived: tuple[Judgement, ...] = ()
    approvers: tuple[str, ...] = ()
    approvals: int = 0
