"""Characters to stretches of one line of writing, whichever way it runs, found by where the characters stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.glyphs import Glyphs
from ingest.placed import Placed, Rows, joined, unplaced
from ingest.writing import AHEAD, BACK, OVERLAP, Boxes, Index, Writing, runs_of

_APART = 0.6
"""The widest gap in ems between pieces of a line that are not neighbours in the file."""
SMALL, RAISED, MARK_LENGTH = 0.88, 0.1, 6
"""Footnote marks are smaller than this part of the text's size, raised by this part of it, and have at most so many characters."""
_IDEOGRAPHIC = 0.75
_RUBY = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A stretch of one line: its edges in the frame of the writing, and its box (left, top, right, bottom) on the page as shown,
    all in points; `size` of the em, style bits, the table cell it lies in (-1: none) and the way it runs."""

    words: Placed
    left: float
    top: float
    right: float
    bottom: float
    size: float
    style: int
    cell: int
    shown: tuple[float, float, float, float]
    way: int

    @property
    def centre(self) -> float:
        """The middle of its height."""
        return (self.top + self.bottom) / 2


def stretches_of(glyphs: Glyphs, writing: Writing, cells: NDArray[np.int32], rows: Rows, spaced: bool) -> list[Stretch]:
    """The stretches of a writing without ruby and without words drawn twice; `cells` holds each character's table cell, `rows` its
    row for the layout, `spaced` says that narrow gaps are spaces, for the file holds none as characters."""
    size = glyphs.size[writing.index]
    found = [_stretch(glyphs, writing, cells, rows, order, spaced) for order in _pieces(writing.boxes, size, cells)]
    return _without_ruby(_without_copies([s for s in found if s]))


def _pieces(boxes: Boxes, size: NDArray[np.float64], cells: NDArray[np.int32]) -> Iterator[Index]:
    """The characters of each stretch in order along the line."""
    a, b = boxes[:-1], boxes[1:]
    em = np.maximum(size[:-1], size[1:])
    gap = b[:, 0] - a[:, 2]
    overlap = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    linked = (
        (overlap >= OVERLAP * np.minimum(a[:, 3] - a[:, 1], b[:, 3] - b[:, 1]))
        & (b[:, 0] > a[:, 0])
        & (gap > -BACK * em)
        & (cells[:-1] == cells[1:])
    )
    runs = runs_of(linked & (gap < AHEAD * em))
    if 3 * len(runs) > len(boxes):  # drawn one by one: what stands between two characters may come later in the file
        runs = runs_of(linked & (gap < _APART * em))
    if len(runs) == 1:
        yield from runs
        return
    firsts = np.array([run[0] for run in runs])
    open_at: dict[int, list[list[Index]]] = {}
    every: list[list[Index]] = []
    for n in np.argsort(boxes[firsts, 0], kind="stable"):
        run = runs[n]
        first = run[0]
        level = int((boxes[first, 1] + boxes[first, 3]) / 8)  # bins of four points
        near = [line for k in range(level - 2, level + 3) for line in open_at.get(k, ())]
        fitting = [line for line in near if _follows(boxes, size, cells, line[-1][-1], first)]
        if fitting:
            best = max(fitting, key=lambda line: boxes[line[-1][-1], 2])
            best.append(run)
        else:
            best = [run]
            every.append(best)
            open_at.setdefault(level, []).append(best)
    for line in every:
        yield np.concatenate(line)


def _follows(boxes: Boxes, size: NDArray[np.float64], cells: NDArray[np.int32], last: int, first: int) -> bool:
    a, b = boxes[last], boxes[first]
    em = max(size[last], size[first])
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return bool(
        cells[last] == cells[first]
        and -0.5 * em < b[0] - a[2] < _APART * em
        and overlap >= OVERLAP * min(a[3] - a[1], b[3] - b[1])
    )


def _stretch(
    glyphs: Glyphs, writing: Writing, cells: NDArray[np.int32], rows: Rows, order: Index, spaced: bool
) -> Stretch | None:
    """The stretch of these characters of the writing; None where they are white space."""
    index, boxes = writing.index[order], writing.boxes[order]
    text = glyphs.text(index)
    if not text.strip():
        return None
    size, style, shown = glyphs.size[index], glyphs.style[index], glyphs.boxes[index]
    words = Placed(text, rows[index])
    em = float(size[0]) if size.min() == size.max() else float(np.median(size))
    raised = np.zeros(len(size), bool)
    if size.min() < SMALL * em:
        centre = boxes[:, 1] + boxes[:, 3]
        raised = (size < SMALL * em) & (np.median(centre) - centre > 2 * RAISED * em)
    words = _marked(words, raised, glyphs.codes[index], boxes, em, spaced)
    if len(text) > len(text.strip()):
        start = len(text) - len(text.lstrip())
        inked = slice(start, start + len(text.strip()))
        boxes, shown, style = boxes[inked], shown[inked], style[inked]
    return Stretch(words, *_hull(boxes), em, int(np.bincount(style).argmax()), int(cells[order[0]]), _hull(shown), writing.way)


def _hull(boxes: Boxes) -> tuple[float, float, float, float]:
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _marked(words: Placed, raised: NDArray[np.bool_], codes: NDArray[np.uint32], boxes: Boxes, em: float, spaced: bool) -> Placed:
    """The words with their spaces, and with raised small characters as `<sup>1</sup>`."""
    if not raised.any():
        return _with_spaces(words, codes, boxes, em, spaced)
    parts = []
    for run in runs_of(raised[1:] == raised[:-1]):
        part = slice(run[0], run[-1] + 1)
        own = _with_spaces(words.part(run[0], run[-1] + 1), codes[part], boxes[part], em, spaced)
        if raised[run[0]] and 0 < len(own.text.strip()) <= MARK_LENGTH:
            parts += [unplaced("<sup>"), own.stripped(), unplaced("</sup>")]
        else:
            parts.append(own)
    return joined(parts)


def _with_spaces(words: Placed, codes: NDArray[np.uint32], boxes: Boxes, em: float, spaced: bool) -> Placed:
    """The words with a space where a gap shows one: a full-width one where the gap between Japanese characters is as wide."""
    gaps = (boxes[1:, 0] - boxes[:-1, 2]) / em
    if not len(gaps) or gaps.max() < 0.12:
        return words
    japanese = is_japanese(codes)
    both, neither = japanese[1:] & japanese[:-1], ~(japanese[1:] | japanese[:-1])
    usual = float(np.median(gaps[both])) if both.sum() >= 3 else 0.0
    gaps = gaps - np.where(both, max(usual, 0.0), 0.0)
    white = (codes == 0x20) | (codes == 0x3000) | (codes == 0xA0)
    least = np.where(neither, 0.15 if spaced else 0.2, np.where(both, 0.18, 0.18) if spaced else 0.45)
    parts, start = [], 0
    for at in (np.flatnonzero((gaps >= least) & ~white[1:] & ~white[:-1]) + 1).tolist():
        parts += [words.part(start, at), unplaced("　" if both[at - 1] and gaps[at - 1] >= _IDEOGRAPHIC else " ")]
        start = at
    return joined([*parts, words.part(start)])


def is_japanese(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which code points are written without spaces between: kanji, kana, full-width forms and their punctuation."""
    return (
        ((codes >= 0x2E80) & (codes <= 0x9FFF))
        | ((codes >= 0xF900) & (codes <= 0xFAFF))
        | ((codes >= 0xFF01) & (codes <= 0xFF9F))
        | (codes >= 0x20000)
    )


def _without_copies(stretches: list[Stretch]) -> list[Stretch]:
    """Words drawn twice at nearly the same place, as some programs do for bold type, stay once."""
    kept: dict[str, list[Stretch]] = {}
    result = []
    for stretch in stretches:
        others = kept.setdefault(stretch.words.text, [])
        near = 0.2 * stretch.size
        if not any(abs(o.left - stretch.left) < near and abs(o.top - stretch.top) < near for o in others):
            others.append(stretch)
            result.append(stretch)
    return result


def _without_ruby(stretches: list[Stretch]) -> list[Stretch]:
    """The stretches but the readings in small kana that stand just above the words they belong to."""
    small = [s for s in stretches if _is_kana(s.words.text)]
    if not small:
        return stretches
    readings = {
        id(s)
        for s in small
        if any(
            s.size <= _RUBY * base.size
            and s.left >= base.left - base.size
            and s.right <= base.right + base.size
            and -0.45 * base.size <= base.top - s.bottom <= 0.5 * base.size
            for base in stretches
        )
    }
    return [s for s in stretches if id(s) not in readings]


def _is_kana(text: str) -> bool:
    return all("\u3041" <= c <= "\u30ff" or c in " 　" for c in text)
