"""The morphemes of folded text with their places, as the verifier reads them: surface, lemma, part of speech, whether it carries meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.tables import words
from rag.terms import tagger

_CONTENT = ("名詞", "動詞", "形容詞", "形状詞", "副詞", "接頭辞", "接尾辞", "代名詞", "記号-文字")
_NOMINAL = ("名詞", "接頭辞", "接尾辞")
_FORMAL = words("formal")
"""Lemmas that say too little by themselves to be looked for in the evidence; some of them matter to single checks."""


class Morpheme(NamedTuple):
    """A word of folded text[start:end]; `part` is UniDic's part of speech, `form` its conjugation, `nominal` whether it is part of nouns."""

    surface: str
    lemma: str
    part: str
    form: str
    start: int
    end: int
    content: bool
    nominal: bool


class _Entries(dict[str, tuple[str, str, str, str, bool, bool] | None]):
    """Memo from a line of MeCab's output to surface, lemma, part, form, whether it is a content word and whether part of a noun."""

    def __missing__(self, line: str) -> tuple[str, str, str, str, bool, bool] | None:
        columns = line.split("\t")
        entry = None
        if len(columns) > 6 and columns[0]:
            surface, plain, part = columns[0], columns[3].split("-")[0], columns[4]
            lemma = surface if surface.isascii() or not plain else plain.lower()
            if part.startswith("名詞-固有名詞"):
                lemma = surface  # its lemma is but its reading, which others share
            content = part.startswith(_CONTENT) and lemma not in _FORMAL and any(c.isalnum() for c in surface)
            entry = (surface, lemma, part, columns[5], content, part.startswith(_NOMINAL))
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
    for line in tagger().parse(text).split("\n"):
        entry = _entries[line]
        if entry is None:
            continue
        start = text.index(entry[0], at)
        at = start + len(entry[0])
        out.append(Morpheme(entry[0], entry[1], entry[2], entry[3], start, at, entry[4], entry[5]))
    return tuple(out)
