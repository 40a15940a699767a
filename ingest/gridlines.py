"""The cells of a sheet as lines: tables as rows, titles and notes as plain lines, a blank line where rows are blank."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice, product

from ingest.sheets import Area, Sheet

_WHITE = re.compile(r"\s*[\t\r\n\v\f]\s*")
_SHORT = 40
_COVERED = 1_000_000

Place = tuple[int, int]
Row = dict[int, tuple[Place, str]]
"""Column -> the place that holds the words and the words, the same ones in each place of a merged cell."""


@dataclass(slots=True)
class Room:
    """What one workbook may write out beyond its words: characters that merged cells repeat, and blank cells."""

    repeats: int = 1_000_000
    blanks: int = 10_000_000


def lines_of(sheet: Sheet, room: Room) -> list[str]:
    """The sheet's lines without hidden rows and columns, rows of one table with the same number of cells."""
    groups = list(_groups(sheet))
    merged: list[list[Area]] = [[] for _ in groups]
    ends = [numbers[-1] for numbers in groups]
    for area in sheet.merged:
        if (group := bisect_left(ends, area[0])) < len(groups):
            merged[group].append(area)
    lines: list[str] = []
    for numbers, areas in zip(groups, merged, strict=True):
        if lines:
            lines.append("")
        lines += _group_lines(_filled(sheet, numbers, areas, room), room)
    return lines


def _shown(sheet: Sheet, number: int) -> Iterator[int]:
    """The columns of a row that hold something and are not hidden."""
    return (column for column in sheet.rows[number] if column not in sheet.hidden_columns)


def _groups(sheet: Sheet) -> Iterator[list[int]]:
    """The rows that hold something, those together between which no blank row shows."""
    filled = (area for area in sheet.merged if area[1] in sheet.rows.get(area[0], ()))
    covered = set(islice((n for first, _, last, _ in filled for n in range(first, last + 1)), _COVERED))
    group: list[int] = []
    for number in sorted(n for n in sheet.rows if n not in sheet.hidden_rows and any(_shown(sheet, n))):
        if group and any(n not in sheet.hidden_rows and n not in covered for n in range(group[-1] + 1, number)):
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _filled(sheet: Sheet, numbers: list[int], areas: list[Area], room: Room) -> list[Row]:
    """The rows of a group with merged cells in each of their places, in columns that hold something of their own."""
    rows: dict[int, Row] = {n: {c: ((n, c), sheet.rows[n][c]) for c in _shown(sheet, n)} for n in numbers}
    columns = sorted({column for row in rows.values() for column in row})
    for area in areas:
        words = sheet.rows.get(area[0], {}).get(area[1], "")
        down = numbers[bisect_left(numbers, area[0]) : bisect_right(numbers, area[2])]
        across = columns[bisect_left(columns, area[1]) : bisect_right(columns, area[3])]
        cost = (len(down) * len(across) - 1) * (len(words) + 1)
        if words and 0 < cost <= room.repeats:
            room.repeats -= cost
            for number, column in product(down, across):
                rows[number].setdefault(column, (area[:2], words))
    return list(rows.values())


def _group_lines(rows: list[Row], room: Room) -> Iterator[str]:
    """A row of one cell is a plain line, unless it stands alone between rows of a table and is short: a part's name in it."""
    columns = sorted({column for row in rows for column in row})
    room.blanks -= len(rows) * len(columns)
    alone = [len({place for place, _ in row.values()}) == 1 for row in rows]
    n = 0
    for is_alone, run in groupby(alone):
        length = len(list(run))
        inside = length == 1 and 0 < n < len(rows) - 1 and _is_part_name(rows[n])
        for row in rows[n : n + length]:
            if is_alone and not inside:
                yield from _plain(next(iter(row.values()))[1])
            else:
                places = columns if room.blanks >= 0 else sorted(row)
                yield "\t".join(_WHITE.sub(" ", row[c][1]).strip() if c in row else "" for c in places)
        n += length


def _is_part_name(row: Row) -> bool:
    words = next(iter(row.values()))[1]
    return len(row) == 1 and len(words) <= _SHORT and "。" not in words


def _plain(words: str) -> Iterator[str]:
    """The lines of a cell that stands alone."""
    return (line for part in words.split("\n") if (line := _WHITE.sub(" ", part).strip()))
