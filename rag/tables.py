"""The hand-made tables of words beside the models: rows of words, the comments left out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "models" / "verification"


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a table, each as its words."""
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split()) for line in lines if line.strip() and not line.startswith("#"))


@cache
def words(name: str) -> frozenset[str]:
    """The lemmas of a named list of words.txt."""
    return frozenset(word for first, *rest in rows("words.txt") if first == name for word in rest)
