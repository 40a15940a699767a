"""Headings that a format marks as such, as lines that the structure parser knows."""

from __future__ import annotations

from ingest.lines import classify


def headline(level: int, words: str) -> str:
    """The heading as one line: with `level` `#` marks, unless its own words (第一章, 第3条, 附則, 別表) already show what it is."""
    return words if classify(words)[0].kind in ("heading", "article") else f"{'#' * level} {words}"
