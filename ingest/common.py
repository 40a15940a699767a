"""Grams so common in regulations that they tell no passage from another, counted in laws: the index keeps no lists of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ingest.pairs import read_rows
from rag.fold import fold
from rag.terms import BETWEEN, COMMON_GRAMS

SHARE = 0.004
"""A gram is common when more than this share of pieces have it."""
LAWS, PIECE = 600, 340
"""How many laws are counted, by lot, and the characters of a piece, about those of a passage."""


def write_common_grams(data: Path, out: Path) -> None:
    """Count the grams of the folder's laws and write the common ones into `out`."""
    texts = [row["text"] for row in read_rows(data / "laws_2013.jsonl.xz")]
    random.Random(0).shuffle(texts)
    found = common_grams(texts[:LAWS])
    (out / COMMON_GRAMS).write_text("".join(f"{gram}\n" for gram in found), encoding="utf-8")


def common_grams(texts: Sequence[str], share: float = SHARE) -> list[str]:
    """The folded 2- and 3-grams of letters and digits that more than the share of the texts' pieces have, in code point order."""
    counts: Counter[str] = Counter()
    pieces = [text[start : start + PIECE] for text in texts for start in range(0, len(text), PIECE)]
    for piece in pieces:
        words = BETWEEN.sub(" ", fold(piece))
        counts.update({g for n in (2, 3) for i in range(len(words) - n + 1) if " " not in (g := words[i : i + n])})
    return sorted(gram for gram, count in counts.items() if count > share * len(pieces))
