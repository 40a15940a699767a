"""Footnotes at the end of a page's columns, told by small type and their marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.flow import Content, Line
from ingest.placed import Placed, joined, unplaced

_SMALLER = 0.95
_NOTE = re.compile(r"<sup>|[（(]?注[ 　]?[0-9０-９]*[）)：:　 ]|[*＊※†][0-9０-９]*")
_NUMBERED_NOTE = re.compile(r"[（(]?([0-9０-９]{1,3})[）)]?(?=[ 　]|[^0-9０-９.．,、年月日条項号章節])")
_SUP = re.compile(r"<sup>\D*(\d{1,3})\D*</sup>")


def without_notes(page: Sequence[Content], body: float) -> tuple[list[Content], list[Line]]:
    """The page's content without the footnotes at the end of its columns, and their lines."""
    marks = {m[1] for item in page if isinstance(item, Line) for m in _SUP.finditer(item.words.text, 1)}
    kept: list[Content] = []
    notes: list[Line] = []
    start = 0
    while start < len(page):
        end = start + 1
        while end < len(page) and _same_column(page[start], page[end]):
            end += 1
        tail = _notes_from(page[start:end], body, marks)
        kept += page[start : start + tail]
        notes += [item for item in page[start + tail : end] if isinstance(item, Line)]
        start = end
    return kept, notes


def _same_column(a: Content, b: Content) -> bool:
    return isinstance(a, Line) and isinstance(b, Line) and a.region == b.region


def _notes_from(column: Sequence[Content], body: float, marks: set[str]) -> int:
    """Where the notes at the end of a column begin: small lines, the first of which bears a note's mark."""
    first = len(column)
    for n in range(len(column) - 1, -1, -1):
        item = column[n]
        if not isinstance(item, Line):
            break
        small = item.size <= _SMALLER * body
        begins = begins_note(item.words.text, marks, small)
        if begins:
            first = n
        elif not small:
            break
    return first


def begins_note(words: str, marks: set[str], small: bool) -> bool:
    if words.startswith("<sup>"):
        return True
    number = _NUMBERED_NOTE.match(words)
    return small and bool(_NOTE.match(words) or (number and number[1] in marks))


def marked_note(words: Placed) -> Placed:
    """A note with its mark as `<sup>1</sup>` and a space."""
    number = _NUMBERED_NOTE.match(words.text)
    if number:
        mark = joined([unplaced("<sup>"), words.part(*number.span(1)), unplaced("</sup>")])
        return joined([mark, unplaced(" "), words.part(number.end()).stripped()])
    head = re.match(r"<sup>[^<]*</sup>", words.text)
    return joined([words.part(0, head.end()), unplaced(" "), words.part(head.end()).stripped()]) if head else words
