"""The reading order of a page: columns of lines, with what stands across them, and tables in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.placed import Placed, joined, unplaced
from ingest.stretches import MARK_LENGTH, RAISED, SMALL, Stretch, is_japanese

_NARROWEST_GUTTER, _NARROWEST_COLUMN = 0.75, 8.0
_SLACK = 4.0
_LARGER = 1.12
_HANGING = "、。，．,."


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of writing: its edges in points in the frame of the writing, `size` of the em, style bits, and the left and right edges
    of the cells that wide gaps cut it into, with the words of each. Lines of one region (column, page size, way) share their edges."""

    words: Placed
    left: float
    top: float
    right: float
    bottom: float
    size: float
    style: int
    cells: tuple[tuple[float, float, Placed], ...]
    page: int
    region: tuple[int, ...]

    @property
    def reach(self) -> float:
        """Its right edge without a stop that may hang over the column's edge."""
        return self.right - (self.size if self.words.text.endswith(tuple(_HANGING)) else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A ruled table as rows of cells, each with its place on the page (edges in the frame of the writing)."""

    rows: tuple[tuple[Placed, ...], ...]
    left: float
    top: float
    right: float
    bottom: float


Item = Stretch | Table
Content = Line | Table | Placed
"""What a page holds in reading order; a Placed is text that stays as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Items to read from top to bottom: a column or what stands across columns. The number is the same on every page for what is
    at the same place: 0 for the whole width, 1 and 2 for two columns."""

    items: tuple[Item, ...]
    column: int


def blocks_of(items: Sequence[Item], gutters: set[int], column: int = 0) -> list[Block]:
    """The items in reading order. `gutters` holds where columns part on the document's pages, in steps of 8 points; what is found is
    added, and a page on which too little stands to tell is cut where others are."""
    gutter = _gutter(items, gutters) if column < 13 and len(items) > 3 else None
    if gutter is None:
        return [Block(tuple(items), column)] if items else []
    across = [i for i in items if _crosses(i, gutter) or _heads_both(i, items, gutter)]
    across += [i for i in items if i not in across and any(_same_row(i, other) for other in across)]
    beside = [i for i in items if i not in across]
    found: list[Block] = []
    edges = sorted({i.top for i in across})
    bands: dict[int, list[Item]] = {}
    for item in beside:
        bands.setdefault(int(np.searchsorted(edges, (item.top + item.bottom) / 2)), []).append(item)
    wide: list[Item] = []
    for n in range(len(edges) + 1):
        if n in bands:
            found += [Block(tuple(wide), column)] if wide else []
            wide = []
            found += blocks_of([i for i in bands[n] if i.left + i.right <= 2 * gutter], gutters, 3 * column + 1)
            found += blocks_of([i for i in bands[n] if i.left + i.right > 2 * gutter], gutters, 3 * column + 2)
        if n < len(edges):
            wide += [i for i in across if i.top == edges[n]]
    return found + ([Block(tuple(wide), column)] if wide else [])


def _crosses(item: Item, gutter: float) -> bool:
    """Whether the item reaches over the gutter by more than a stop that hangs into it."""
    return item.left < gutter - _SLACK and item.right > gutter + _SLACK


def _same_row(item: Item, other: Item) -> bool:
    shared = min(item.bottom, other.bottom) - max(item.top, other.top)
    return shared > 0.5 * (item.bottom - item.top) and isinstance(other, Stretch)


def _heads_both(item: Item, items: Sequence[Item], gutter: float) -> bool:
    """Whether a heading in larger type that begins at the left heads both columns: beside it, the other one is empty."""
    if not isinstance(item, Stretch):
        return False
    others = [i for i in items if i.left > gutter]
    sizes = [i.size for i in others if isinstance(i, Stretch)]
    if not sizes or item.size < _LARGER * float(np.median(sizes)) or item.left + item.right > 2 * gutter:
        return False
    below = [i for i in items if i.top > item.bottom]
    if below and not any(i in others for i in below):
        return False
    margin = 0.3 * item.size
    return not any(i.top < item.bottom + margin and i.bottom > item.top - margin for i in others)


def _gutter(items: Sequence[Item], gutters: set[int]) -> float | None:
    """The middle of the empty strip between two columns; None where the items are one column."""
    stretches = [i for i in items if isinstance(i, Stretch)]
    if len(stretches) < 2:
        return None
    left, right = min(s.left for s in stretches), max(s.right for s in stretches)
    em = float(np.median([s.size for s in stretches]))
    bins = min(int((right - left) / 2) + 2, 5000)
    if right - left < 2 * _NARROWEST_COLUMN * em:
        return None
    scale = (bins - 1) / (right - left)
    depth = np.zeros(bins + 1, np.int64)
    for s in stretches:
        depth[round((s.left - left) * scale)] += 1
        depth[round((s.right - left) * scale)] -= 1
    depth = np.cumsum(depth)[:bins]
    inner = depth[bins // 6 : bins - bins // 6]
    if not len(inner) or inner.min() > 0.6 * depth.max():
        return None
    for at in _valleys(inner, int(_NARROWEST_GUTTER * em * scale)):
        middle = left + (at + bins // 6) / scale
        if _parts(stretches, middle, em, bool({int(middle // 8), int((middle - 4) // 8)} & gutters)):
            gutters |= {int(middle // 8), int((middle - 4) // 8)}
            return middle
    return None


def _valleys(inner: np.ndarray[tuple[int], np.dtype[np.int64]], width: int) -> list[float]:
    """The middles of the lowest stretches at least so wide, the widest first."""
    low = inner <= inner.min() + max(0, int(0.1 * inner.max()))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], low.astype(np.int8), [0]])))
    found = [(end - start, (start + end - 1) / 2) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [at for wide, at in sorted(found, reverse=True) if wide >= max(1, width - 1)][:4]


def _parts(stretches: Sequence[Stretch], middle: float, em: float, known: bool) -> bool:
    """Whether the strip has a column of running text on either side: lines that mostly fill it, not labels or cells."""
    across = [s for s in stretches if _crosses(s, middle)]
    for side in ([s for s in stretches if s.right <= middle + _SLACK], [s for s in stretches if s.left >= middle - _SLACK]):
        rows = _extents(side, em)
        if not rows:
            return False
        width = max(right for _, right in rows) - min(left for left, _ in rows)
        full = sum(right - left >= 0.6 * width for left, right in rows)
        if known:
            continue
        if width < _NARROWEST_COLUMN * em or len(rows) < 3 or full < 0.45 * len(rows) or len(across) > 2 * len(rows):
            return False
    return True


def _extents(side: Sequence[Stretch], em: float) -> list[tuple[float, float]]:
    """The left and right ends of the rows of these stretches."""
    rows: dict[int, tuple[float, float]] = {}
    for s in side:
        key = round(s.centre / max(em, 1.0))
        left, right = rows.get(key, (s.left, s.right))
        rows[key] = min(left, s.left), max(right, s.right)
    return list(rows.values())


# Lines


def lines_of(stretches: Sequence[Stretch], page: int, region: tuple[int, ...]) -> list[Line]:
    """The stretches of one column as lines from top to bottom, footnote marks as `<sup>1</sup>`."""
    rows: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda s: s.centre):
        if rows:
            other = max(rows[-1], key=lambda s: s.size)
            shared = min(stretch.bottom, other.bottom) - max(stretch.top, other.top)
            if shared > 0.5 * min(stretch.bottom - stretch.top, other.bottom - other.top):
                rows[-1].append(stretch)
                continue
        rows.append([stretch])
    return [_line(sorted(row, key=lambda s: s.left), page, region) for row in rows]


def _line(row: list[Stretch], page: int, region: tuple[int, ...]) -> Line:
    sizes: dict[float, int] = {}
    for s in row:
        sizes[round(s.size, 1)] = sizes.get(round(s.size, 1), 0) + len(s.words.text)
    size = max(sizes, key=lambda key: (sizes[key] * key, key))
    main = [s for s in row if s.size > SMALL * size] or row
    centre = sorted(s.centre for s in main)[len(main) // 2]
    cells: list[tuple[float, float, list[Placed]]] = []
    for s in row:
        small = s.size <= SMALL * size and centre - s.centre > RAISED * size and len(s.words.text.strip()) <= MARK_LENGTH
        words = joined([unplaced("<sup>"), s.words.stripped(), unplaced("</sup>")]) if small else s.words
        gap = (s.left - cells[-1][1]) / size if cells else 0.0
        if not cells or gap > 1.35:
            cells.append((s.left, s.right, [words]))
        else:
            cells[-1][2].extend([*_between(cells[-1][2][-1], words, gap), words])
            cells[-1] = (cells[-1][0], max(cells[-1][1], s.right), cells[-1][2])
    done = tuple((left, right, joined(words).stripped()) for left, right, words in cells)
    parts = [done[0][2]]
    for _, _, words in done[1:]:
        parts += [unplaced("　" if _japanese_meet(parts[-1].text, words.text) else " "), words]
    style = max(main, key=lambda s: len(s.words.text)).style
    left, right = min(s.left for s in row), max(s.right for s in row)
    top, bottom = min(s.top for s in main), max(s.bottom for s in main)
    return Line(joined(parts), left, top, right, bottom, size, style, done, page, region)


def _between(before: Placed, after: Placed, gap: float) -> list[Placed]:
    """The space that a gap of so many ems between two pieces of a line stands for."""
    if before.text[-1:].isspace() or after.text[:1].isspace():
        return []
    meet = _japanese_meet(before.text, after.text)
    if meet and gap >= 0.75:
        return [unplaced("　")]
    return [unplaced(" ")] if gap >= (0.45 if meet else 0.3) and not after.text.startswith("<sup>") else []


def _japanese_meet(before: str, after: str) -> bool:
    ends = np.array([ord(before[-1:] or " "), ord(after[:1] or " ")], np.uint32)
    return bool(is_japanese(ends).any())
