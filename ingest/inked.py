"""The boxes of recognised characters set right by the ink on the page: Tesseract's network tells characters well, their edges badly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from operator import attrgetter
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.tesseract import Word

Run = tuple[int, int]
"""Columns of the image, first and behind the last, that all have ink."""

_MOST_PARTS = 4
"""The runs of ink that one character may have: 川, ル, （ and 一 beside each other are told apart by their widths."""
_WIDEST = 1.15
_NO_RUN, _NO_CHARACTER, _AMISS = 1.2, 0.6, 0.1
_NARROW = frozenset("、。，．・：；（）「」『』【】〔〕［］｛｝()[]{}.,:;'!|ー一丨！？")


def inked(words: Sequence[Word], image: Image.Image) -> tuple[Word, ...]:
    """The characters of a level page, left and right edges where their ink is; `image` is grey, dark on light or light on dark."""
    if not words:
        return ()
    ink = np.asarray(image) < _threshold(image)
    em = 1.08 * median(max(w.right - w.left, w.bottom - w.top) for w in words)
    lines = (tuple(group) for _, group in groupby(words, attrgetter("line")))
    return tuple(word for line in lines for word in _line(line, ink, em))


def _threshold(image: Image.Image) -> float:
    """Halfway between paper and ink."""
    dark, light = np.percentile(np.asarray(image)[::4, ::4], (1, 90))
    return float(dark + light) / 2


def _line(line: Sequence[Word], ink: NDArray[np.bool_], em: float) -> list[Word]:
    top, bottom = (int(median(edges)) for edges in ([w.top for w in line], [w.bottom for w in line]))
    left = max(0, int(min(w.left for w in line) - em / 4))
    right = int(max(w.right for w in line) + em / 4)
    runs = _runs(ink[max(0, top) : bottom + 1, left:right], left, em)
    if len(runs) > 4 * len(line) + 8:  # stains
        return list(line)
    places = _assigned(line, runs, em)
    return [
        replace(w, left=float(place[0]), right=float(place[1])) if place else w for w, place in zip(line, places, strict=True)
    ]


def _runs(band: NDArray[np.bool_], left: int, em: float) -> list[Run]:
    """The runs of ink in a line's band, those of characters that touch cut evenly."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], band.any(axis=0).astype(np.int8), [0]])))
    runs: list[Run] = []
    for start, end in edges.reshape(-1, 2).tolist():
        pieces = max(1, round((end - start) / em)) if end - start > _WIDEST * em else 1
        cuts = np.linspace(start + left, end + left, pieces + 1).astype(int).tolist()
        runs += pairwise(cuts)
    return runs


def _assigned(line: Sequence[Word], runs: Sequence[Run], em: float) -> list[Run | None]:
    """The ink of each character, None for one without: the cheapest way to deal out the runs in order (dynamic programming)."""
    widths = [_width(w.text) for w in line]
    count = len(runs)
    costs = [_NO_CHARACTER * j for j in range(count + 1)]  # of the runs before j, with the characters so far
    taken: list[list[int]] = []  # how many runs each character takes when those before j are dealt out; -1: the last is left over
    for word, width in zip(line, widths, strict=True):
        now, steps = [costs[0] + _NO_RUN], [0]
        for j in range(1, count + 1):
            best, step = min((costs[j] + _NO_RUN, 0), (now[j - 1] + _NO_CHARACTER, -1))
            for parts in range(1, min(_MOST_PARTS, j) + 1):
                start, end = runs[j - parts][0], runs[j - 1][1]
                wide = (end - start) / em
                if wide > _WIDEST:
                    break
                cost = costs[j - parts] + 4 * (wide - width) ** 2 + min(1.0, _AMISS * abs(start - word.left) / em)
                if cost < best:
                    best, step = cost, parts
            now.append(best)
            steps.append(step)
        costs = now
        taken.append(steps)
    return _traced(taken, runs)


def _traced(taken: Sequence[Sequence[int]], runs: Sequence[Run]) -> list[Run | None]:
    places: list[Run | None] = [None] * len(taken)
    j = len(runs)
    for i in range(len(taken) - 1, -1, -1):
        while taken[i][j] < 0:
            j -= 1
        if parts := taken[i][j]:
            places[i] = (runs[j - parts][0], runs[j - 1][1])
            j -= parts
    return places


def _width(text: str) -> float:
    """The ems that the ink of a character is wide, roughly."""
    char = text[0]
    if char in _NARROW:
        return 0.9 if char in "ー一" else 0.25
    if char < "\u0250":
        return 0.45
    if char in "ぁぃぅぇぉっゃゅょァィゥェォッャュョりリトしくノ":
        return 0.6
    return 0.75 if "HIRAGANA" in (name := unicodedata.name(char, "")) or "KATAKANA" in name else 0.88
