"""When a change that interrupts service takes hold: at once, or in the maintenance window."""

from __future__ import annotations

from dataclasses import replace

from compiler.effects import Effect, Entry, Inputs, When


def in_its_time(effect: Effect) -> Entry:
    """What AWS does in the maintenance window, unless changes are applied immediately."""
    return lambda _, after: replace(effect, when=when(after))


def when(after: Inputs) -> When:
    """When AWS does what it would leave for the window; RDS and ElastiCache call the input alike."""
    return When.NOW if after.get("apply_immediately") else When.WINDOW
