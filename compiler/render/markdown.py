"""A difference as GitHub's Markdown: the worst first, one row a stack, all the rest folded."""

from __future__ import annotations

from compiler.difference import Difference
from compiler.render import inline, rows
from compiler.render.fold import fold
from compiler.render.report import totals
from compiler.render.worry import worst_first


def difference(found: Difference) -> str:
    """The document. Whatever users wrote in it stays text."""
    reports = worst_first(found.reports)
    if not reports:
        return f"### Nothing differs in {found.unchanged} stacks\n"
    blocks = [
        f"### {totals(reports, found.unchanged)}",
        inline.table(rows.HEADER, map(rows.row, reports)),
        *map(fold, reports),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"
