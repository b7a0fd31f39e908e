"""Controls: what Security Hub and dbspec itself want of a graph, and who waived what."""

from __future__ import annotations

from compiler.controls.control import Control, Fault, Level, Scene, together
from compiler.controls.diagnosis import problems, unneeded
from compiler.controls.events import speaks_for
from compiler.controls.table import CONTROLS
from compiler.controls.verdict import Judgement, Verdict, judge, judge_environment
from compiler.controls.waiving import Waived

__all__ = [
    "CONTROLS",
    "Control",
    "Fault",
    "Judgement",
    "Level",
    "Scene",
    "Verdict",
    "Waived",
    "judge",
    "judge_environment",
    "problems",
    "speaks_for",
    "together",
    "unneeded",
]
