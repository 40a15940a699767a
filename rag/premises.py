"""What the evidence is made of: its sentences, list items and table rows, each with what it cannot be understood without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.sentences import split, trim
from rag.types import Span

_ITEM = re.compile(
    r"^[ \t　]*(?:[・●○■□◆◇➢※*•‣-][ 　]?|[（(][\d０-９一二三四五六七八九十ア-ン]{1,3}[)）]|[①-⑳]|#{1,6} |[\d０-９]{1,2}[.．、 　](?!\d)|第[\d０-９一二三四五六七八九十百]+条|[一二三四五六七八九十]{1,3}[ 　])"
)
COUNTER = re.compile(
    r"(?:[年月日円時分秒人名回件個条項号章歳才倍割台枚冊社部点階番位期版種類枚通泊字桁株口票度]|か[月所国年]|週|箇|営業|つ|パーセ|メートル|キロ|級|単位|[%％万億兆])"
)
"""What is counted, after a number: such a number is none that an item begins with."""
_RULE = re.compile(r"^[\s|:–-]+$")
_PROVISO = re.compile(
    r"^\s*(?:ただし|但し|もっとも)|^[^、。]{2,40}(?:は|には|とき)、この限りで(?:は)?な|^[^、。]{2,40}(?:について|にあって)は、これを"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, item or row of an evidence text, `start` its place there. `header` are the header's cells of a row, `cells` the
    row's own with their places in the text; `proviso` says that it qualifies the sentence before it."""

    text: str
    start: int
    header: tuple[str, ...] = ()
    cells: tuple[Span, ...] = ()
    proviso: bool = False
    item: bool = False

    @property
    def row(self) -> bool:
        """Whether it is a row of a table."""
        return bool(self.cells)


@lru_cache(maxsize=4_000)
def units(text: str) -> tuple[Unit, ...]:
    """The sentences, items and rows of an evidence text in reading order; headers of tables are units as well."""
    out: list[Unit] = []
    table: list[Span] = []
    block: Span | None = None
    for line in _lines(text):
        words = line.of(text)
        if "\t" in words.strip() or words.lstrip().startswith("|"):
            out += _sentences(text, block) if block else ()
            block = None
            table.append(line)
            continue
        out += _rows(text, table)
        table = []
        if block is not None and (_ITEM.match(words) or not words.strip() or _closed(text, block)):
            out += _sentences(text, block)
            block = None
        block = Span(block.start, line.end) if block else line
    out += _rows(text, table)
    return (*out, *(_sentences(text, block) if block else ()))


def _lines(text: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield Span(at, at + len(line))
        at += len(line)


def _closed(text: str, block: Span) -> bool:
    """Whether a line stands alone: a heading, or one that ends its sentence."""
    words = block.of(text).rstrip()
    return words.endswith(("。", "：", ":", "」", ".")) or words.lstrip().startswith("#") or len(words) < 8


def _sentences(text: str, block: Span) -> list[Unit]:
    if not block.of(text).strip():
        return []
    item = bool(_ITEM.match(block.of(text)))
    block = Span(block.start + label(block.of(text)), block.end)
    return [Unit(s.of(text), s.start, proviso=bool(_PROVISO.match(s.of(text))), item=item) for s in split(text, block)]


def label(text: str) -> int:
    """The length of the mark or the number that an item begins with, which is none that it tells; an article's is none of these."""
    mark = _ITEM.match(text)
    if mark is None or "第" in mark[0] or (mark[0].endswith(" ") and COUNTER.match(text, mark.end())):  # 「30 日以内」
        return 0
    return mark.end()


def _rows(text: str, lines: list[Span]) -> list[Unit]:
    """The rows of a table, whose first line is its header where further lines follow and it has no digits."""
    rows = [line for line in lines if not _RULE.match(line.of(text))]
    if not rows:
        return []
    header: tuple[str, ...] = ()
    first = [c.of(text) for c in _cells(text, rows[0])]
    if len(rows) > 1 and (len(rows) < len(lines) or names(first)):
        header = tuple(first)
    out = []
    for number, line in enumerate(rows):
        whole = trim(text, line)
        if len(whole):
            out.append(Unit(whole.of(text), whole.start, () if number == 0 else header, tuple(_cells(text, line))))
    return out


_VALUE = re.compile(r"^[\d０-９一二三四五六七八九十百千][\d０-９,，.．一二三四五六七八九十百千万億]*[^\sの当うくすたるり]{0,4}$")


def names(cells: Iterable[str]) -> bool:
    """Whether the cells of a row may name columns: none of them is a number with its unit."""
    return not any(_VALUE.match(cell.strip()) for cell in cells)


def _cells(text: str, line: Span) -> Iterator[Span]:
    """The cells of a row without the white space around them; empty ones are empty spans."""
    mark = "\t" if "\t" in line.of(text).strip() else "|"
    whole = trim(text, line)
    if mark == "|":
        words = whole.of(text)
        whole = Span(whole.start + words.startswith("|"), whole.end - (words.endswith("|") and len(words) > 1))
    at = whole.start
    for piece in whole.of(text).split(mark):
        yield trim(text, Span(at, at + len(piece)))
        at += len(piece) + 1
