"""The cells of a Word table with the rows and columns they cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from ingest.tables import Cell
from ingest.wordlines import one_line, turns
from ingest.wordparts import W, found, number

Grid = list[list[Cell]]
Turns = list[tuple[int, int]]


@dataclass(slots=True)
class _Draft:
    text: str
    width: int
    height: int = 1


def grid(
    rows: Sequence[etree._Element], cells: Sequence[Sequence[etree._Element]], read: Callable[[etree._Element], str]
) -> tuple[Grid, Turns]:
    """The cells of the rows, those that go on from the row above counted to that one, and how many pages begin in each row: before
    its first word and in all. A page that begins inside a row shows in each of its cells, so the cell that tells most counts.
    """
    drafts: list[list[_Draft]] = []
    pages: Turns = []
    above: dict[int, _Draft] = {}
    for row, row_cells in zip(rows, cells, strict=True):
        draft, texts, above = _row(row, row_cells, read, above)
        drafts.append(draft)
        turned = [turns(text) for text in texts]
        pages.append((max((t[0] for t in turned), default=0), max((t[1] for t in turned), default=0)))
    return [[Cell(d.text, d.height, d.width) for d in draft] for draft in drafts], pages


def _row(
    row: etree._Element, cells: Sequence[etree._Element], read: Callable[[etree._Element], str], above: dict[int, _Draft]
) -> tuple[list[_Draft], list[str], dict[int, _Draft]]:
    """The cells that begin in a row, their texts with page signs, and by column the cells that may go on in the next row."""
    column = number(found(row, "trPr", "gridBefore"), 0)
    draft = [_Draft("", column)] if column else []
    texts: list[str] = []
    going_on: dict[int, _Draft] = {}
    for cell in cells:
        width = max(1, number(found(cell, "tcPr", "gridSpan"), 1))
        merge = found(cell, "tcPr", "vMerge")
        upper = above.get(column) if merge is not None and merge.get(W + "val") != "restart" else None
        if upper is None:
            texts.append(read(cell))
            upper = _Draft(one_line(texts[-1]), width)
            draft.append(upper)
        else:
            upper.height += 1
        if merge is not None:
            going_on[column] = upper
        column += width
    return draft, texts, going_on
