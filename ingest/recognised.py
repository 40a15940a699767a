"""Recognised characters as lines of text: noise left out, spaces where the page has them, wrapped lines joined to paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from statistics import fmean, median

from ingest.lines import classify
from ingest.tesseract import Word

Pieces = list[Word | str]
"""Characters with their boxes, and what is put between them: spaces and line ends."""

_NOISE = 0.3
"""The mean confidence below which a line is a stain or a picture: of lines of text even a blurred page has more (measured)."""
_ENDS = tuple("。．！？!?：:")
_OPENING, _CLOSING = frozenset("（「『【〔［(["), frozenset("、。，．）」』】〕］)],.;:")
_SHORTEST_WRAPPED = 12
"""Ems of the narrowest column whose lines may be wrapped."""
_WIDE = 1.8
_FEWEST_ROWS = 4


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of writing: where it starts and ends in its own direction, where it lies in the direction in which lines follow."""

    words: tuple[Word, ...]
    down: bool
    cuts: frozenset[int] = frozenset()
    """Before which of its words a cell of a table begins."""

    @property
    def start(self) -> float:
        return min(_along(w, self.down)[0] for w in self.words)

    @property
    def end(self) -> float:
        return max(_along(w, self.down)[1] for w in self.words)

    @property
    def before(self) -> float:
        return median(-w.right if self.down else w.top for w in self.words)

    @property
    def after(self) -> float:
        return median(-w.left if self.down else w.bottom for w in self.words)


def flowed(words: Sequence[Word]) -> Pieces:
    """The characters in order with line ends and spaces; a line a paragraph, a blank line where the page leaves room."""
    lines = _lines(words)
    if not lines:
        return []
    em = _em(words)
    gaps = [below.before - line.after for line, below in pairwise(lines) if below.before > line.before]
    room = max(1.6 * median(gaps), 0.5 * em) if gaps else em
    pieces = _spaced(lines[0], em)
    for line, below in pairwise(lines):
        following = _spaced(below, em)
        if _goes_on(line, below, lines, _text(following), room, em):
            pieces += [" "] if _is_latin(line.words[-1].text) and _is_latin(below.words[0].text) else []
        else:
            pieces.append("\n\n" if below.before - line.after > room else "\n")
        pieces += following
    return [*pieces, "\n"]


def _em(words: Sequence[Word]) -> float:
    return median(max(w.right - w.left, w.bottom - w.top) for w in words)


def _lines(words: Sequence[Word]) -> list[_Line]:
    """The lines of writing in reading order, noise left out."""
    grouped = [tuple(group) for _, group in groupby(words, attrgetter("line"))]
    steps = [(abs(b.left - a.left), abs(b.top - a.top)) for line in grouped for a, b in pairwise(line)]
    down = sum(y > x for x, y in steps) > len(steps) / 2
    em = _em(words) if words else 0.0
    rows = _by_columns([_parts(_Line(line, down), em) for line in grouped if not _is_noise(line)], em)
    return [_with_cells(rows, n, em) for n in range(len(rows))]


def _is_noise(line: Sequence[Word]) -> bool:
    return fmean(w.confidence for w in line) < _NOISE or not any(c.isalnum() for w in line for c in w.text)


def _along(word: Word, down: bool) -> tuple[float, float]:
    return (word.top, word.bottom) if down else (word.left, word.right)


def _text(pieces: Pieces) -> str:
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)


# Columns and tables

Row = tuple[_Line, ...]


def _parts(line: _Line, em: float) -> Row:
    """The pieces of a line that wide gaps part."""
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(line.words), 1) if _gap(a, b, line.down) > _WIDE * em)]
    return tuple(_Line(line.words[a:b], line.down) for a, b in pairwise([*starts, len(line.words)]))


def _by_columns(rows: list[Row], em: float) -> list[Row]:
    """The rows, those that run over the gap between two columns of text parted, and the left column put before the right one."""
    places = [(a.end + b.start) / 2 for row in rows for a, b in pairwise(row)]
    parted = {x: [row for row in rows if any(a.end < x < b.start for a, b in pairwise(row))] for x in places}
    gutter = max(places, key=lambda x: len(parted[x]), default=0.0)
    if not places or not _is_gutter(parted[gutter], gutter, em):
        return rows
    found: list[Row] = []
    for crossed, group in groupby(rows, lambda row: any(part.start < gutter < part.end for part in row)):
        run = list(group)
        sides = [[tuple(p for p in row if (p.start > gutter) == right) for row in run] for right in (False, True)]
        found += run if crossed else [row for side in sides for row in _by_columns([row for row in side if row], em)]
    return found


def _is_gutter(rows: Sequence[Row], x: float, em: float) -> bool:
    """Whether what stands left of the gap are full lines of text: cells of a table are ragged and short."""
    ends = [max(part.end for part in row if part.end < x) for row in rows]
    full = sum(end > max(ends) - 1.5 * em for end in ends)
    wide = min(fmean(sum(p.end - p.start for p in row if (p.start > x) == right) for row in rows) for right in (False, True))
    return len(rows) >= _FEWEST_ROWS and full > 0.6 * len(rows) and wide > _SHORTEST_WRAPPED * em


def _with_cells(rows: Sequence[Row], n: int, em: float) -> _Line:
    """A row as one line, its parts as cells where a part of the row before or after begins at the same place as one of its own."""
    row = rows[n]
    others = [part.start for near in (n - 1, n + 1) if 0 <= near < len(rows) for part in rows[near][1:]]
    aligned = any(abs(part.start - start) < 2 * em for part in row[1:] for start in others)
    words = tuple(word for part in row for word in part.words)
    cuts = frozenset(accumulate(len(part.words) for part in row[:-1])) if aligned else frozenset[int]()
    return _Line(words, row[0].down, cuts)


# Within a line


def _gap(a: Word, b: Word, down: bool) -> float:
    return _along(b, down)[0] - _along(a, down)[1]


def _spaced(line: _Line, em: float) -> Pieces:
    """The line's characters with the spaces that stand between them on the page, not those that Tesseract puts."""
    pieces: Pieces = [line.words[0]]
    for n, (a, b) in enumerate(pairwise(line.words), start=1):
        step = _along(b, line.down)[0] - _along(a, line.down)[0]
        pieces += ["\t"] if n in line.cuts else _space(a, b, step / em, _gap(a, b, line.down) / em)
        pieces.append(b)
    return pieces


def _space(a: Word, b: Word, step: float, gap: float) -> Iterator[str]:
    """The space between two neighbours, by the ems from the start of the one and from its end to the start of the other. Both
    count, for Tesseract often puts a character's edges amiss."""
    one, other = a.text[-1], b.text[0]
    if one in _OPENING or other in _CLOSING:
        return
    if _is_latin(one) and _is_latin(other):
        if a.word != b.word and gap > (0.9 if one.isdigit() or other.isdigit() else 0.15):
            yield " "
    elif step - 0.5 * (other in _OPENING) > 1.6 and gap > 0.5:
        yield "　"


def _is_latin(char: str) -> bool:
    return char < "\u0250"


# From line to line


def _goes_on(line: _Line, below: _Line, lines: Sequence[_Line], following: str, room: float, em: float) -> bool:
    """Whether the line is full, ends no sentence, and the next one begins with plain words near its left edge."""
    if line.cuts or below.cuts or line.words[-1].text in _ENDS or below.before - line.after > room:
        return False
    edge = max(other.end for other in lines if abs(other.start - line.start) < 3 * em)
    full = line.end > edge - 1.5 * em and line.end - line.start > _SHORTEST_WRAPPED * em
    return full and below.start < line.start + 2.5 * em and classify(following)[0].kind == "text"
