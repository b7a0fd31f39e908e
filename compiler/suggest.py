"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or None where nothing is like it."""
    import difflib  # only those who mistyped pay for it

    folded = {_fold(each): each for each in sorted(candidates, reverse=True)}
    near = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _fold(word: str) -> str:
    return word.lower().replace("-", "_")
