"""Text as the scorer compares it: width and case folded, white space and Markdown marks dropped.

Apart from `rag.fold` on purpose: what measures must not move when what is measured improves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.types import Span

MARKS = frozenset("*_\\#")


def fold(text: str) -> str:
    """The folded text."""
    return "".join(c for c, _ in _folded(text))


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows, for each of its characters, the code point of the original it came from."""

    text: str
    origin: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Folded:
        """Fold the text and keep the way back."""
        pairs = list(_folded(text))
        return cls("".join(c for c, _ in pairs), tuple(i for _, i in pairs))

    def find(self, words: str) -> tuple[Span, ...]:
        """Every place of the words, overlapping ones too, as spans of the original text."""
        needle = fold(words)
        return tuple(Span(self.origin[i], self.origin[i + len(needle) - 1] + 1) for i in self._starts(needle))

    def _starts(self, needle: str) -> Iterator[int]:
        at = self.text.find(needle) if needle else -1
        while at >= 0:
            yield at
            at = self.text.find(needle, at + 1)


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """NFKC a code point at a time, so that each result has one origin."""
    for i, original in enumerate(text):
        for c in unicodedata.normalize("NFKC", original).lower():
            if c not in MARKS and not c.isspace():
                yield c, i
