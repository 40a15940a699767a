"""The morphemes of folded text with their places, as the verifier reads them: surface, lemma, part of speech, whether it carries meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.tables import words
from rag.terms import _tagger

_CONTENT = ("名詞", "動詞", "形容詞", "形状詞", "副詞", "接頭辞", "接尾辞", "代名詞", "記号-文字")
_FORMAL = words("formal")
"""Lemmas that say too little by themselves to be looked for in the evidence; some of them matter to single checks."""


class Morpheme(NamedTuple):
    """A word of folded text[start:end]; `part` is UniDic's part of speech, `form` its conjugation."""

    surface: str
    lemma: str
    part: str
    form: str
    start: int
    end: int
    content: bool


class _Entries(dict[str, tuple[str, str, str, str, bool] | None]):
    """Memo from a line of MeCab's output to surface, lemma, part, form and whether it is a content word."""

    def __missing__(self, line: str) -> tuple[str, str, str, str, bool] | None:
        columns = line.split("\t")
        entry = None
        if len(columns) > 6 and columns[0]:
            surface, plain, part = columns[0], columns[3].split("-")[0], columns[4]
            lemma = surface if surface.isascii() or not plain else plain.lower()
            if part.startswith("名詞-固有名詞"):
                lemma = surface  # its lemma is but its reading, which others share
            content = part.startswith(_CONTENT) and lemma not in _FORMAL and any(c.isalnum() for c in surface)
            entry = (surface, lemma, part, columns[5], content)
        if len(self) < 300_000:
            self[line] = entry
        return entry


_entries = _Entries()
_CELLS = str.maketrans("\t|\n\r\0", "。。。。。")
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no text that MeCab can read has."""


@lru_cache(maxsize=8_000)
def morphemes(folded: str) -> tuple[Morpheme, ...]:
    """The morphemes in reading order; borders of table cells part words as full stops do."""
    text = _HALVES.sub("〓", folded.translate(_CELLS))
    out = []
    at = 0
    for line in _tagger().parse(text).split("\n"):
        entry = _entries[line]
        if entry is None:
            continue
        start = text.index(entry[0], at)
        at = start + len(entry[0])
        out.append(Morpheme(entry[0], entry[1], entry[2], entry[3], start, at, entry[4]))
    return tuple(out)
