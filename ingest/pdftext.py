"""The text of a PDF: lines, tables and notes of its pages as paragraphs, headings and rows in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.flow import Content, Line, Table
from ingest.footnotes import begins_note, marked_note, without_notes
from ingest.glyphs import BOLD, GOTHIC
from ingest.lines import classify
from ingest.paragraphs import Measure, flowed, goes_on, has_ended, marker_of, measures_of
from ingest.placed import Placed, joined, unplaced

_LARGER, _SMALLER = 1.12, 0.95
_HEADING_LENGTH = 60
_LEADERS = re.compile(r"[ 　]*(?:[.．・…‥･][ 　]*){3,}(?=[0-9０-９]{1,4}$)")


@dataclass(frozen=True, slots=True)
class _Body:
    """How the document writes its running text, and the sizes of its headings, largest first."""

    size: float
    style: int
    levels: tuple[float, ...]


def text_of_pages(pages: Sequence[Sequence[Content]], spaced: re.Pattern[str] | None) -> Placed:
    """The text of the document, each code point with its place; `spaced` as for `flowed`."""
    lines = [item for page in pages for item in page if isinstance(item, Line)]
    writer = _Writer(_body_of(lines), measures_of(lines), spaced)
    for page in pages:
        body, notes = without_notes(page, writer.body.size)
        for item in _with_rows(body):
            writer.add(item)
        writer.notes += notes
    writer.close()
    return joined([*writer.parts, unplaced("\n")]) if writer.parts else unplaced("")


def _body_of(lines: Sequence[Line]) -> _Body:
    sizes: Counter[float] = Counter()
    styles: Counter[int] = Counter()
    for line in lines:
        sizes[_rounded(line.size)] += len(line.words.text)
        styles[line.style] += len(line.words.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    return _Body(
        size, styles.most_common(1)[0][0] if styles else 0, tuple(sorted({s for s in sizes if s >= _LARGER * size}, reverse=True))
    )


def _rounded(size: float) -> float:
    return round(size * 2) / 2


# Tables without lines


def _with_rows(page: Sequence[Content]) -> Iterator[Content]:
    """The content with runs of lines whose cells stand below each other as tables."""
    start = 0
    while start < len(page):
        end = start
        while end < len(page) and _in_row(page[end]) and (end == start or _aligned(page[end - 1], page[end])):
            end += 1
        if end - start >= 3:
            rows = [item for item in page[start:end] if isinstance(item, Line)]
            yield Table(
                tuple(tuple(words for _, _, words in line.cells) for line in rows),
                *(rows[0].left, rows[0].top, rows[-1].right, rows[-1].bottom),
            )
            start = end
        else:
            yield page[start]
            start += 1


def _in_row(item: Content) -> bool:
    return isinstance(item, Line) and len(item.cells) > 1 and marker_of(item.words.text) is None


def _aligned(a: Content, b: Content) -> bool:
    """Whether two lines have as many cells, which begin or end below each other."""
    if not isinstance(a, Line) or not isinstance(b, Line) or a.region != b.region or len(a.cells) != len(b.cells):
        return False
    near = 0.6 * a.size
    return all(abs(x[0] - y[0]) <= near or abs(x[1] - y[1]) <= near for x, y in zip(a.cells, b.cells, strict=True))


# Writing


@dataclass(slots=True)
class _Writer:
    """Writes paragraphs as they end. Notes wait until the paragraph or the table that runs over the page's end is written."""

    body: _Body
    measures: dict[tuple[int, ...], Measure]
    spaced: re.Pattern[str] | None
    parts: list[Placed] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    paragraph: list[Line] = field(default_factory=list)
    header: tuple[Placed, ...] | None = None
    row: tuple[Placed, ...] | None = None

    def add(self, item: Content) -> None:
        if isinstance(item, Line):
            if self.paragraph and goes_on(self.paragraph, item, self.measures):
                self.paragraph.append(item)
                return
            self._end()
            self.paragraph = [item]
        elif isinstance(item, Table):
            self._table(item)
        else:
            self._end()
            self._write(item.stripped(), "\n\n")

    def close(self) -> None:
        """Write what is open still."""
        self._end()

    def _end(self) -> None:
        """The open paragraph ends; the notes of the pages before follow it."""
        self._row()
        if self.paragraph:
            self._paragraph(self.paragraph)
        self.paragraph, self.header = [], None
        notes, self.notes = self.notes, []
        while notes:
            end = 1
            while (
                end < len(notes)
                and not begins_note(notes[end].words.text, set(), True)
                and goes_on(notes[:end], notes[end], self.measures)
            ):
                end += 1
            self._write(marked_note(flowed(notes[:end], self.spaced)), "\n\n")
            notes = notes[end:]

    def _paragraph(self, lines: Sequence[Line]) -> None:
        words = flowed(lines, self.spaced)
        leaders = _LEADERS.search(words.text)
        if leaders:
            words = joined([words.part(0, leaders.start()), unplaced("\t"), words.part(leaders.end())])
        level = 0 if leaders else self._level(lines, words.text)
        if level:
            self._write(joined([unplaced("#" * level + " "), words]), "\n\n")
        else:
            self._write(words, "\n" if leaders or marker_of(words.text) else "\n\n")

    def _level(self, lines: Sequence[Line], words: str) -> int:
        """The level of the heading that the type shows; 0 for running text and for headings that their words show."""
        if len(words) > _HEADING_LENGTH or re.search(r"[。、,：:]$", words) or not any(c.isalpha() for c in words):
            return 0
        line = classify(words)[0]
        if line.kind in ("article", "caption", "note", "row", "noise") or (line.kind == "heading" and line.style != "#"):
            return 0
        size = _rounded(lines[0].size)
        if size in self.body.levels:
            return min(self.body.levels.index(size) + 1, 6)
        weight = lines[0].style & ~self.body.style & (BOLD | GOTHIC)
        if weight and all(line.style == lines[0].style for line in lines) and size >= _SMALLER * self.body.size:
            return min(len(self.body.levels) + 1, 6)
        return 0

    def _table(self, table: Table) -> None:
        rows = [row for row in table.rows if any(cell.text for cell in row)]
        if not rows:
            return
        if self.header is None or len(self.header) != len(rows[0]):
            self._end()
            self.header = rows[0]
        elif _words(rows[0]) == _words(self.header):
            rows = rows[1:]  # the header, said again on the next page
        if rows and self.row and _continues(self.row, rows[0]):
            self.row = tuple(_continued(a, b) for a, b in zip(self.row, rows[0], strict=True))
            rows = rows[1:]
        for row in rows:
            self._row()
            self.row = row

    def _row(self) -> None:
        """Write the last row of the open table, which might have gone on on the next page."""
        row, self.row = self.row, None
        if row:
            cells = [part for cell in row for part in (unplaced("\t"), cell)][1:]
            self._write(joined(cells), "\n\n" if row is self.header else "\n")

    def _write(self, words: Placed, space: str) -> None:
        if words.text:
            self.parts += [unplaced(space), words] if self.parts else [words]


def _continues(row: Sequence[Placed], after: Sequence[Placed]) -> bool:
    """Whether a table's first row on a page is the rest of its last one on the page before: sentences go on in it."""
    pairs = [(a.text, b.text) for a, b in zip(row, after, strict=True) if b.text]
    open_ones = sum(bool(a) and not has_ended(a) and marker_of(b) is None for a, b in pairs)
    partial = not after[0].text and bool(row[0].text)
    return (open_ones == len(pairs) and (partial or any(len(a) > 20 for a, _ in pairs))) or (partial and open_ones > 0)


def _continued(cell: Placed, rest: Placed) -> Placed:
    return joined([cell, rest]) if cell.text and rest.text else (cell if cell.text else rest)


def _words(row: Sequence[Placed]) -> list[str]:
    return [cell.text for cell in row]
