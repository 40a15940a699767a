"""Running heads, feet and page numbers: what stands at the edge of many pages alike is no part of the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.lines import classify
from ingest.stretches import Stretch
from ingest.writing import DOWN

_DIGITS = re.compile(r"[0-9０-９]+|(?<![一-龠])[〇一二三四五六七八九十百]+(?![一-龠])|\b[ivxlc]+\b")
_FOLIO = re.compile(r"(?:[pP][.． ]*|ページ|頁|[-–—―‐－・/／|(（\s])*#(?:[-–—―‐－・/／|)）\s]|ページ|頁|#|of|の)*$")
_EDGE = 0.16
"""Heads and feet lie in this share of the page's height (or width, for lines that run down)."""
_DEPTH = 3
_NEARBY = 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """The stretches of a page, and its size in points."""

    stretches: Sequence[Stretch]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Row:
    page: int
    edge: int
    rank: int
    place: float
    size: float
    words: str
    stands_off: bool
    members: tuple[Stretch, ...]


def without_furniture(sheets: Sequence[Sheet]) -> list[list[Stretch]]:
    """The stretches of each page but those of its running heads, feet and page numbers."""
    rows = [row for page, sheet in enumerate(sheets) for row in _edge_rows(page, sheet)]
    dropped = _dropped(rows, len(sheets))
    return [[s for s in sheet.stretches if id(s) not in dropped] for sheet in sheets]


def _dropped(rows: Sequence[_Row], pages: int) -> set[int]:
    """The ids of the stretches to leave out, from the page's edge inwards: what is inside of a line that stays, stays too."""
    alike: dict[tuple[int, str], list[_Row]] = defaultdict(list)
    for row in rows:
        alike[row.edge, row.words].append(row)
    gone: set[tuple[int, int, int]] = set()
    dropped: set[int] = set()
    for row in sorted(rows, key=lambda row: row.rank):
        outer = all((row.page, row.edge, rank) in gone for rank in range(row.rank))
        if outer and (_is_repeated(row, alike[row.edge, row.words], pages) or _is_folio(row)):
            gone.add((row.page, row.edge, row.rank))
            dropped |= {id(s) for s in row.members}
    return dropped


def _is_repeated(row: _Row, alike: Sequence[_Row], pages: int) -> bool:
    """Whether the words, those of `alike` in the order of pages, stand at the same place on enough pages nearby."""
    start, end = (bisect_left(alike, row.page + far, key=lambda o: o.page) for far in (-_NEARBY, _NEARBY + 1))
    near = sorted({o.page for o in alike[start:end] if abs(o.place - row.place) <= 2.5 and abs(o.size - row.size) <= 0.5})
    if len(near) < 2 or (len(near) == 2 and pages > 3 and near[1] - near[0] > 2):
        return False
    return row.stands_off


def _is_folio(row: _Row) -> bool:
    return bool(_FOLIO.match(row.words)) and row.stands_off and all(s.cell < 0 for s in row.members)


def _edge_rows(page: int, sheet: Sheet) -> list[_Row]:
    """The rows next to the page's four edges; edge 0 is above, 1 below, 2 left and 3 right (the latter two for vertical lines)."""
    if not sheet.stretches:
        return []
    across = [s for s in sheet.stretches if s.way != DOWN]
    down = [s for s in sheet.stretches if s.way == DOWN]
    found = _side(page, sheet.stretches, across, 1, sheet.height, 0) if across else []
    return found + (_side(page, sheet.stretches, down, 0, sheet.width, 2) if down else [])


def _side(
    page: int, every: Sequence[Stretch], stretches: Sequence[Stretch], axis: int, extent: float, first_edge: int
) -> list[_Row]:
    levels = _levels(stretches, axis)
    usual = _usual_gap(levels, axis)
    body = sorted(s.size for s in every)[len(every) // 2]
    rows = []
    for edge, ordered in ((first_edge, levels), (first_edge + 1, levels[::-1])):
        for rank, level in enumerate(ordered[:_DEPTH]):
            low, high = min(s.shown[axis] for s in level), max(s.shown[axis + 2] for s in level)
            above = edge == first_edge
            if (high if above else extent - low) > _EDGE * extent:
                break
            if above:
                inner = min((s.shown[axis] for s in every if s.shown[axis] > low + 1 and s not in level), default=extent) - high
            else:
                inner = low - max(
                    (s.shown[axis + 2] for s in every if s.shown[axis + 2] < high - 1 and s not in level), default=0
                )
            words = " ".join(s.words.text.strip() for s in sorted(level, key=lambda s: s.shown[1 - axis]))
            size = max(s.size for s in level)
            stands_off = inner > max(0.3 * size, 1.3 * usual) or (inner > 0 and abs(size - body) > 0.1 * body)
            rows.append(_Row(page, edge, rank, low, size, _alike_by(words), stands_off, tuple(level)))
    return rows


def _alike_by(words: str) -> str:
    """The words without their numbers, by which running heads are alike; headings and articles differ by theirs."""
    return words if classify(words)[0].kind in ("heading", "article") else _DIGITS.sub("#", words)


def _usual_gap(levels: Sequence[Sequence[Stretch]], axis: int) -> float:
    """The usual distance between neighbouring rows of the page."""
    gaps = sorted(min(s.shown[axis] for s in b) - max(s.shown[axis + 2] for s in a) for a, b in pairwise(levels))
    return max(0.0, gaps[len(gaps) // 2]) if gaps else 0.0


def _levels(stretches: Sequence[Stretch], axis: int) -> list[list[Stretch]]:
    """The stretches in rows (or columns) that overlap by half, in order."""
    levels: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda s: s.shown[axis] + s.shown[axis + 2]):
        low, high = stretch.shown[axis], stretch.shown[axis + 2]
        if levels:
            other = levels[-1][0].shown
            if min(high, other[axis + 2]) - max(low, other[axis]) > 0.5 * min(high - low, other[axis + 2] - other[axis]):
                levels[-1].append(stretch)
                continue
        levels.append([stretch])
    return levels
