"""Controls: what Security Hub and dbspec itself want of a graph, and who waived what."""

from __future__ import annotations

from compiler.controls.control import Control, Fault, Level, Scene, together
from compiler.controls.table import CONTROLS
from compiler.controls.verdict import Judgement, Verdict, judge, problems, unneeded
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
    "problems",
    "together",
    "unneeded",
]
