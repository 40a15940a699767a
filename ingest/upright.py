"""Bringing a page's image upright and straight, and what was found on it back to where it stands on the page."""

from __future__ import annotations

from dataclasses import replace
from math import cos, radians, sin

import numpy as np
from PIL import Image

from ingest.tesseract import Word

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_MOST_SKEW, _LEAST_SKEW = 5.0, 0.2
_SKETCH = 800


def turned(page: Image.Image, turn: int) -> Image.Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees."""
    return page.transpose(_TURNS[turn]) if turn else page


def straightened(page: Image.Image) -> tuple[Image.Image, float]:
    """A grey image turned so that its lines run level, and by how many degrees counterclockwise that was."""
    angle = _skew(page)
    if abs(angle) < _LEAST_SKEW:
        return page, 0.0
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255), angle


def placed_back(word: Word, size: tuple[int, int], turn: int, angle: float) -> Word:
    """The word as it stands on a page of this size (width, height) that was turned and then straightened by these angles."""
    width, height = size if turn % 180 == 0 else size[::-1]
    x, y = (word.left + word.right) / 2 - width / 2, (word.top + word.bottom) / 2 - height / 2
    x, y = _rotated(x, y, turn - angle)
    wide, high = (word.right - word.left) / 2, (word.bottom - word.top) / 2
    if turn % 180:
        wide, high = high, wide
    x, y = x + size[0] / 2, y + size[1] / 2
    return replace(word, left=x - wide, top=y - high, right=x + wide, bottom=y + high)


def _rotated(x: float, y: float, degrees: float) -> tuple[float, float]:
    """The point turned counterclockwise around the origin, y pointing down."""
    a = radians(degrees)
    return x * cos(a) + y * sin(a), y * cos(a) - x * sin(a)


def _skew(page: Image.Image) -> float:
    """The angle at which rows (or columns) of ink are told apart best: the steps of their profile are the steepest (Postl 1986)."""
    sketch = page.copy()
    sketch.thumbnail((_SKETCH, _SKETCH), Image.Resampling.BOX)
    ink = Image.fromarray(np.asarray(255 - np.asarray(sketch)))

    def steepness(angle: float) -> float:
        values = np.asarray(ink.rotate(angle, Image.Resampling.BILINEAR), np.float32)
        return float(sum((np.diff(values.sum(axis=axis)) ** 2).sum() for axis in (0, 1)))

    coarse = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.5), key=steepness)
    return float(max(np.arange(coarse - 0.4, coarse + 0.41, 0.1), key=steepness))
