"""The labels of sections as readers write them: 第11条の2（兼業）, 第2項, 第3号の2, 附則（令和六年四月一日改正）."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.blocks import Block
from rag.fold import fold, kanji_number
from rag.sentences import trim
from rag.types import Span

_N = "0-9０-９〇一二三四五六七八九十百千"
_SPACES = re.compile(r"\s+")
_EMPHASIS = re.compile(r"\*\*|__|</?[a-zA-Z][^<>]*>")
_NUMBERED_PART = re.compile(rf"^第[ 　]?[{_N}]+[ 　]?[編章節款目条](?:[のノ][{_N}]+)*")
_SUPPLEMENT = re.compile(r"^([附付])[ 　]*(則)[ 　]*")
_BRANCH = re.compile(r"[のノ]([0-9一二三四五六七八九十百]{1,8})")
_CAPTION_BEFORE = re.compile(r"(?:^|\n)[ 　]*[（(]([^（）()\n]{1,60})[）)]$")
_CAPTION_INLINE = re.compile(r"[ 　]*[（(]([^（）()\n]{1,40})[）)](?=[ 　\n]|$)")
_ITEM_NUMBER = re.compile(r"([0-9]+|[一二三四五六七八九十百]+)((?:[のノ][0-9一二三四五六七八九十百]+)*)")


def heading_label(words: str) -> str:
    """A heading's words without mark-up, the number of its part in digits."""
    plain = _SPACES.sub(" ", _EMPHASIS.sub("", words)).strip(" #")
    if supplement := _SUPPLEMENT.match(plain):
        rest = plain[supplement.end() :]
        return supplement[1] + supplement[2] + (" " if rest and rest[0] not in "（(" else "") + rest
    return _NUMBERED_PART.sub(lambda m: number_label(m[0]), plain, count=1)


def article_label(text: str, block: Block) -> str:
    """The number of an article with its caption, which stands behind it or on the line before."""
    line = block.line
    inline = _CAPTION_INLINE.match(text[line.span.start + len(line.label) : block.end])
    name = inline or _CAPTION_BEFORE.search(_words_before(text, line.span.start))
    label = number_label(line.label)
    return f"{label}（{name[1]}）" if name else label


def after_caption(text: str, block: Block) -> Span:
    """What follows an article's number and the caption on its line."""
    inline = _CAPTION_INLINE.match(block.body.of(text))
    return trim(text, Span(block.body.start + inline.end(), block.end)) if inline else block.body


@lru_cache(maxsize=4096)
def number_label(label: str) -> str:
    """第十一条の二 → 第11条の2, as readers write it."""
    compact = fold(_SPACES.sub("", label))
    return _BRANCH.sub(lambda m: f"の{kanji_number(m[1])}", compact)


@lru_cache(maxsize=4096)
def item_label(label: str, style: str, nested: bool) -> str:
    """第3号, 第3号の2; what stands under another item keeps its own sign: イ, （1）."""
    inner = fold(label.strip("（）() 　.．、"))
    number = _ITEM_NUMBER.fullmatch(inner)
    if style == "イ" or number is None:
        return inner
    if nested and style != "一":
        return f"（{inner}）"
    return f"第{kanji_number(number[1])}号" + number_label(number[2])


def _words_before(text: str, end: int) -> str:
    """The last 80 characters before an offset, white space at their end left out."""
    while end and text[end - 1].isspace():
        end -= 1
    return text[max(0, end - 80) : end]
