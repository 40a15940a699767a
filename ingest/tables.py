"""Table cells that span rows and columns, written out so that every row reads alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WIDEST = 1000
"""The widest span that HTML allows."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and how many rows and columns it covers; `rowspan` 0 reaches to the last row."""

    text: str
    rowspan: int = 1
    colspan: int = 1


def expand(rows: Sequence[Sequence[Cell]], repeats: int) -> tuple[list[list[str]], int]:
    """The grid of the rows, a spanning cell's text in each place it covers, and what is left of `repeats`.

    `repeats` is how many characters may be written out beyond those that the cells hold: when it is used up, a span is cut to
    its first place, for spans can turn a small page into gigabytes.
    """
    grid: list[list[str]] = []
    waiting: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    for number, row in enumerate(rows):
        line: list[str] = []
        for cell in row:
            _fill(line, waiting)
            down = min(cell.rowspan or len(rows), len(rows) - number)
            across = min(max(cell.colspan, 1), _WIDEST)
            cost = (down * across - 1) * (len(cell.text) + 1)
            if cost > repeats:
                down = across = 1
            else:
                repeats -= cost
            for _ in range(across):
                waiting.pop(len(line), None)
                if down > 1:
                    waiting[len(line)] = (down - 1, cell.text)
                line.append(cell.text)
        gap = max(0, max(waiting, default=-1) + 1 - len(line))
        if gap <= repeats:
            repeats -= gap
            _fill(line, waiting, gap)
        grid.append(line)
    return grid, repeats


def _fill(line: list[str], waiting: dict[int, tuple[int, str]], gap: int = 0) -> None:
    """Write what waits from rows above at the line's end, and over `gap` columns also where nothing waits."""
    end = len(line) + gap
    while len(line) in waiting or len(line) < end:
        column = len(line)
        left, text = waiting.pop(column, (0, ""))
        line.append(text)
        if left > 1:
            waiting[column] = (left - 1, text)
