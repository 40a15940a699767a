"""Text together with the place of each of its code points on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A text and its rows, shape (len(text), 5), as `rag.layout.Layout.rows` has them: page, left, top, right, bottom."""

    text: str
    rows: Rows

    def part(self, start: int, end: int | None = None) -> Placed:
        """The text[start:end] with its rows."""
        return Placed(self.text[start:end], self.rows[start:end])

    def stripped(self) -> Placed:
        """The text without white space at its ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, start + len(self.text.strip()))


def unplaced(text: str) -> Placed:
    """A text that stands on no page: line ends, spaces and marks put in."""
    return Placed(text, np.zeros((len(text), 5), np.uint16))


def joined(parts: Iterable[Placed]) -> Placed:
    """The parts one after the other."""
    every = list(parts)
    if len(every) == 1:
        return every[0]
    rows = [part.rows for part in every]
    return Placed("".join(part.text for part in every), np.concatenate(rows) if rows else np.zeros((0, 5), np.uint16))
