"""The words in the cells of ruled tables: which cell a character lies in, and the table's rows as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.flow import Line, Table, lines_of
from ingest.grids import Grid, grids_of
from ingest.paragraphs import Measure, flowed, goes_on
from ingest.placed import Placed, joined, unplaced
from ingest.rules import Ruling
from ingest.stretches import Stretch
from ingest.writing import Boxes, turned

_STRIDE = 100_000
"""Cells of the nth grid of a page are numbered from n times this."""
_MOST_REPEATED = 200_000
_REGION = (-1,)


def grids_for(ruling: Ruling, way: int, width: float, height: float) -> list[Grid]:
    """The ruled tables of a page in the frame of its writing."""
    a, d = ruling.across, ruling.down
    lines = np.concatenate([a[:, [1, 0, 2, 0]], d[:, [0, 1, 0, 2]]])
    boxes = turned(lines, way, width, height)
    flat = boxes[:, 2] - boxes[:, 0] > boxes[:, 3] - boxes[:, 1]
    return grids_of(boxes[flat][:, [1, 0, 2]], boxes[~flat][:, [0, 1, 3]])


def cells_of(grids: Sequence[Grid], boxes: Boxes) -> NDArray[np.int32]:
    """The cell that each character's middle lies in, numbered over all grids of the page; -1 outside. An inner table wins."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    cells = np.full(len(boxes), -1, np.int32)
    order = sorted(range(len(grids)), key=lambda n: -(grids[n].xs[-1] - grids[n].xs[0]) * (grids[n].ys[-1] - grids[n].ys[0]))
    for n in order:
        places = grids[n].places(x, y)
        cells[places >= 0] = places[places >= 0] + n * _STRIDE
    return cells


def tables_of(grids: Sequence[Grid], stretches: Sequence[Stretch], page: int, spaced: re.Pattern[str] | None) -> list[Table]:
    """The tables in which words stand, as rows of text; a spanning cell's words stand in each place that it covers."""
    contents: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        if stretch.cell >= 0:
            contents.setdefault(stretch.cell, []).append(stretch)
    tables = []
    for n, grid in enumerate(grids):
        words = {
            cell: _words_of(own, grid.box_of(cell - n * _STRIDE), page, spaced)
            for cell, own in contents.items()
            if cell // _STRIDE == n
        }
        if words:
            tables.append(_table(grid, {cell - n * _STRIDE: own for cell, own in words.items()}))
    return tables


def _table(grid: Grid, words: Mapping[int, Placed]) -> Table:
    left, repeats = unplaced(""), _MOST_REPEATED
    rows, seen = [], set()
    for places in grid.cells.tolist():
        row = []
        for cell in places:
            own = words.get(cell, left)
            if cell in seen:
                repeats -= len(own.text)
            row.append(own if cell not in seen or repeats > 0 else left)
            seen.add(cell)
        rows.append(tuple(row))
    return Table(tuple(rows), grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])


def _words_of(
    stretches: Sequence[Stretch], box: tuple[float, float, float, float], page: int, spaced: re.Pattern[str] | None
) -> Placed:
    """The words of a cell on one line: wrapped lines joined, a space where a new line was meant."""
    lines = lines_of(stretches, page, _REGION)
    left = min(line.left for line in lines)
    right = max(max(line.reach for line in lines), box[2] - min(left - box[0], 0.8 * lines[0].size))
    gaps = sorted(b.top - a.bottom for a, b in pairwise(lines))
    measure: dict[tuple[int, ...], Measure] = {(*_REGION, page % 2): Measure(left, right, gaps[len(gaps) // 2] if gaps else 0.0)}
    groups: list[list[Line]] = []
    for line in lines:
        if groups and goes_on(groups[-1], line, measure):
            groups[-1].append(line)
        else:
            groups.append([line])
    parts = [part for group in groups for part in (unplaced(" "), flowed(group, spaced))][1:]
    return joined(parts)
