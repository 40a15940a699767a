"""Table rows as blocks of lines have them: their cells, and the pieces in which a long row is quoted."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.blocks import Block
from rag.sentences import LONGEST, split, trim
from rag.types import Span

HEADER_LIMIT = 200
"""The longest header or cell that is quoted whole beside a row."""


def brief(text: str, cell: Span) -> Span:
    """The cell, or its first sentence where the whole is too long to be quoted beside a row."""
    return cell if len(cell) <= HEADER_LIMIT else split(text, cell)[0]


def cells(text: str, row: Block) -> list[Span]:
    span = row.span
    if row.line.style == "pipe":
        span = Span(span.start + 1, span.end - (text[span.end - 1] == "|"))  # the last cell need not be closed
    separator = "|" if row.line.style == "pipe" else "\t"
    found, start = [], span.start
    for part in span.of(text).split(separator):
        found.append(trim(text, Span(start, start + len(part))))
        start += len(part) + 1
    return found


def pieces(text: str, span: Span, cells: list[Span]) -> Iterable[Span]:
    """A row as one piece, or cell by cell where it is too long to be quoted whole."""
    if len(span) <= LONGEST:
        return [trim(text, span)]
    return [piece for cell in cells if len(cell) for piece in split(text, cell)]
