"""Which way the characters of a page run: across it, down it (vertical writing), or turned.

What follows works in the frame of the writing, where lines run from left to right and follow each other downwards. Vertical writing
and turned pages are brought there by turning the boxes, so that one set of rules serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.glyphs import Glyphs

Boxes = NDArray[np.float64]
Index = NDArray[np.intp]
RIGHT, DOWN, LEFT, UP = range(4)
"""The ways that lines run on a page as it is shown."""

OVERLAP, BACK, AHEAD = 0.5, 0.7, 1.35
"""Neighbours on a line share this much of their height; the gap to the next one of the file lies between these, in ems."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """The characters of a page that run one way: their places among the glyphs and their boxes in the frame of the writing."""

    way: int
    index: Index
    boxes: Boxes


def turned(boxes: Boxes, way: int, width: float, height: float) -> Boxes:
    """Boxes of the page as shown (left, top, right, bottom) in the frame of writing that runs that way."""
    left, top, right, bottom = boxes.T
    edges = {
        RIGHT: (left, top, right, bottom),
        DOWN: (top, width - right, bottom, width - left),
        LEFT: (width - right, height - bottom, width - left, height - top),
        UP: (height - bottom, left, height - top, right),
    }
    return np.stack(edges[way], axis=1)


def writings(glyphs: Glyphs, width: float, height: float) -> list[Writing]:
    """The characters by the way that they run, the main way first; those askew are left out."""
    steps = _steps(glyphs)
    ways, squeezed = _ways(glyphs, steps)
    votes = np.bincount(ways[ways >= 0], minlength=4)
    found = []
    for way in sorted(range(4), key=lambda way: -votes[way]):
        index = np.flatnonzero(ways == way)
        if len(index):
            boxes = turned(glyphs.boxes[index], way, width, height)
            if way == DOWN:
                _stretch(boxes, np.searchsorted(index, squeezed), index)
            found.append(Writing(way, index, boxes))
    return found


def _steps(glyphs: Glyphs) -> NDArray[np.int8]:
    """The way from each character to the next one of the file where they are neighbours on a line, -1 elsewhere."""
    a, b = glyphs.boxes[:-1], glyphs.boxes[1:]
    em = np.maximum(glyphs.size[:-1], glyphs.size[1:])
    beside = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1]) >= OVERLAP * np.minimum(
        a[:, 3] - a[:, 1], b[:, 3] - b[:, 1]
    )
    over = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0]) >= OVERLAP * np.minimum(
        a[:, 2] - a[:, 0], b[:, 2] - b[:, 0]
    )
    turn, after = glyphs.turn[:-1], glyphs.turn[1:]
    steps = np.full(len(a), -1, np.int8)
    for way, aligned, first, second, gap in (
        (DOWN, over & (turn <= 1) & (after <= 1), a[:, 1], b[:, 1], b[:, 1] - a[:, 3]),
        (RIGHT, beside & (turn == 0) & (after == 0), a[:, 0], b[:, 0], b[:, 0] - a[:, 2]),
        (LEFT, beside & (turn == 2) & (after == 2), b[:, 2], a[:, 2], a[:, 0] - b[:, 2]),
        (UP, over & (turn == 3) & (after == 3), b[:, 3], a[:, 3], a[:, 1] - b[:, 3]),
    ):
        steps[aligned & (second > first) & (gap > -BACK * em) & (gap < AHEAD * em)] = way
    return steps


def _ways(glyphs: Glyphs, steps: NDArray[np.int8]) -> tuple[NDArray[np.int8], list[Index]]:
    """The way that each character runs (-1: askew), and the short runs that stand across a vertical line (縦中横)."""
    ways = np.array([RIGHT, DOWN, LEFT, UP, -1], np.int8)[glyphs.turn]
    upright = glyphs.turn == 0
    counts = np.bincount(steps[steps >= 0], minlength=4)
    vertical = counts[DOWN] > counts[RIGHT]
    if counts.sum() < 0.3 * len(steps) and upright.mean() > 0.5:
        vertical = _stands_vertical(glyphs)  # the file's order tells nothing
    if not vertical:
        return ways, []
    ways[upright] = DOWN
    squeezed = []
    boxes = glyphs.boxes
    touching = boxes[1:, 0] - boxes[:-1, 2] < 0.5 * np.maximum(glyphs.size[1:], glyphs.size[:-1])
    for run in runs_of((steps == RIGHT) & touching):
        box = boxes[run]
        if box[:, 2].max() - box[:, 0].min() > 1.5 * glyphs.size[run].max():
            ways[run] = RIGHT
        elif len(run) > 1:
            squeezed.append(run)
    return ways, squeezed


def runs_of(linked: NDArray[np.bool_]) -> list[Index]:
    """The runs of characters each of which is linked to the next, single ones included; `linked` is one shorter than they are."""
    return np.split(np.arange(len(linked) + 1), np.flatnonzero(~linked) + 1)


def _stands_vertical(glyphs: Glyphs) -> bool:
    """Whether the upright characters stand closer to the one below than to the one beside, by the places of a sample."""
    some = np.flatnonzero(glyphs.turn == 0)[:1500]
    x, y = glyphs.boxes[some, 0], (glyphs.boxes[some, 1] + glyphs.boxes[some, 3]) / 2
    dx, dy = np.abs(x[:, None] - x[None]), np.abs(y[:, None] - y[None])
    em = glyphs.size[some][:, None]
    beside = np.where((dy < 0.3 * em) & (dx > 0.3 * em), dx, np.inf).min(1)
    below = np.where((dx < 0.3 * em) & (dy > 0.3 * em), dy, np.inf).min(1)
    return bool((below < 0.9 * beside).sum() > (beside < 0.9 * below).sum())


def _stretch(boxes: Boxes, squeezed: list[Index] | NDArray[np.intp], index: Index) -> None:
    """Lay the characters of each 縦中横 one after the other along the line, in the place that they share."""
    for run in squeezed:
        start, end = boxes[run, 0].min(), boxes[run, 2].max()
        edges = np.linspace(start, end, len(run) + 1)
        boxes[run, 0], boxes[run, 2] = edges[:-1], edges[1:]
        boxes[run, 1], boxes[run, 3] = boxes[run, 1].min(), boxes[run, 3].max()
