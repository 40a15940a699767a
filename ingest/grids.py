"""Ruled tables: from the lines of a page to grids of cells, those that span rows or columns included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEAR = 3.0
"""Lines this many points apart are one, and lines that miss each other by as much meet."""
_MOST_LINES = 600
_MOST_CELLS = 10_000

Lines = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A table: the edges of its columns (left to right) and rows (downwards) in points, and the number of the cell that covers each
    place, shape (rows, columns); a spanning cell has the same number in each of its places."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: NDArray[np.int32]

    def places(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
        """The number of the cell that each point lies in, -1 outside."""
        column, row = np.searchsorted(self.xs, x) - 1, np.searchsorted(self.ys, y) - 1
        inside = (column >= 0) & (column < len(self.xs) - 1) & (row >= 0) & (row < len(self.ys) - 1)
        found = np.full(len(x), -1, np.int32)
        found[inside] = self.cells[row[inside], column[inside]]
        return found

    def box_of(self, cell: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a cell."""
        rows, columns = np.nonzero(self.cells == cell)
        return self.xs[columns.min()], self.ys[rows.min()], self.xs[columns.max() + 1], self.ys[rows.max() + 1]


def grids_of(across: Lines, down: Lines) -> list[Grid]:
    """The tables that the lines (y, left, right) and (x, top, bottom) rule, from the top; a lone frame around text is none."""
    flat, upright = _merged(across), _merged(down)
    if not 0 < len(flat) <= _MOST_LINES or not 0 < len(upright) <= _MOST_LINES:
        return []
    meets = (
        (upright[None, :, 0] >= flat[:, None, 1] - _NEAR)
        & (upright[None, :, 0] <= flat[:, None, 2] + _NEAR)
        & (flat[:, None, 0] >= upright[None, :, 1] - _NEAR)
        & (flat[:, None, 0] <= upright[None, :, 2] + _NEAR)
    )
    grids = [grid for rows, columns in _components(meets) if (grid := _grid(flat[rows], upright[columns])) is not None]
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _merged(lines: Lines) -> Lines:
    """Lines at nearly the same place whose ends meet, as one."""
    done: list[list[float]] = []
    level: list[list[float]] = []  # the merged lines at the current place
    for at, start, end in sorted(lines.tolist()):
        if level and at - level[0][0] > _NEAR / 2:
            done += level
            level = []
        for other in level:
            if start <= other[2] + _NEAR and end >= other[1] - _NEAR:
                other[1], other[2] = min(start, other[1]), max(end, other[2])
                break
        else:
            level.append([at, start, end])
    merged = np.array(done + level, np.float64).reshape(-1, 3)
    return merged[merged[:, 2] - merged[:, 1] > 2 * _NEAR]


def _components(meets: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The groups of lines that hang together, as indices of the rows and the columns of `meets`."""
    found = []
    free: NDArray[np.bool_] = np.asarray(meets.any(1))
    while free.any():
        rows: NDArray[np.bool_] = np.zeros(len(free), np.bool_)
        rows[np.flatnonzero(free)[0]] = True
        while True:
            columns = np.asarray(meets[rows].any(0))
            wider = np.asarray(meets[:, columns].any(1))
            if (wider == rows).all():
                break
            rows = wider
        free &= ~rows
        found.append((np.flatnonzero(rows), np.flatnonzero(columns)))
    return found


def _grid(flat: Lines, upright: Lines) -> Grid | None:
    xs = _edges(upright[:, 0], flat[:, 1].min(), flat[:, 2].max())
    ys = _edges(flat[:, 0], upright[:, 1].min(), upright[:, 2].max())
    rows, columns = len(ys) - 1, len(xs) - 1
    if columns < 2 or rows < 1 or rows * columns > _MOST_CELLS:
        return None
    beside = _separated(xs, ys, upright)  # (rows, columns - 1)
    below = _separated(ys, xs, flat).T  # (rows - 1, columns)
    cells = _numbered(beside, below, rows, columns)
    kept_rows = [0] + [r for r in range(1, rows) if (cells[r] != cells[r - 1]).any()]
    kept = [0] + [c for c in range(1, columns) if (cells[:, c] != cells[:, c - 1]).any()]
    if len(kept) < 2:
        return None
    return Grid(
        (*(xs[c] for c in kept), xs[-1]),
        (*(ys[r] for r in kept_rows), ys[-1]),
        np.ascontiguousarray(cells[np.ix_(kept_rows, kept)]),
    )


def _edges(lines: NDArray[np.float64], first: float, last: float) -> list[float]:
    """The places of lines in order, and the ends of the lines across where they reach beyond: many tables have open sides."""
    edges: list[float] = []
    for at in sorted(lines.tolist()):
        if not edges or at - edges[-1] > _NEAR:
            edges.append(at)
    if first < edges[0] - 2 * _NEAR:
        edges.insert(0, first)
    if last > edges[-1] + 2 * _NEAR:
        edges.append(last)
    return edges


def _separated(edges: Sequence[float], others: Sequence[float], lines: Lines) -> NDArray[np.bool_]:
    """Whether a line stands at each inner edge beside each interval of the others, shape (intervals, inner edges)."""
    inner = np.array(edges[1:-1])
    middle = (np.array(others[1:]) + np.array(others[:-1])) / 2
    here = np.abs(lines[:, 0, None] - inner[None]) <= _NEAR  # (lines, inner edges)
    over = (lines[:, 1, None] < middle[None]) & (lines[:, 2, None] > middle[None])  # (lines, intervals)
    return np.asarray((over[:, :, None] & here[:, None, :]).any(0))


def _numbered(beside: NDArray[np.bool_], below: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.int32]:
    """The cells' numbers: places with no line between them have the same."""
    cells = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    for r, c in np.argwhere(~beside):
        cells[cells == cells[r, c + 1]] = cells[r, c]
    for r, c in np.argwhere(~below):
        cells[cells == cells[r + 1, c]] = cells[r, c]
    return cells
