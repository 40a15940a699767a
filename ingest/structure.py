"""From a document's text to its tree of sections and its units: sentences, list items, table rows, footnotes.

Works on lines (ingest.lines): a first pass joins wrapped lines and finds what is a heading, a second walks the blocks and keeps
the open sections, the open list items and the current table. Every span is an offset into the text as stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ingest.lines import ARTICLE_RANK, ITEM_RANK, PARAGRAPH_RANK, Line, classify, ends_sentence, is_short
from rag.fold import fold, kanji_number
from rag.sentences import LONGEST, split, trim
from rag.types import Section, Span, Unit, UnitKind

WEAK_RANK = 58
"""The rank of a heading that only its shortness and its place show."""

_SPACES = re.compile(r"\s+")
_PROVISO = re.compile(r"(?:ただし|但し|この場合|なお|その際|また)[、，]?")
_MARKED_HEADING = ("○", "①", "(n)", "roman", "n.n", "n.", "n")
_NUMBERED = ("n", "n.")
_ITEM_STYLES = ("一", "(n)", "①", "イ")
_MARK = re.compile(r"\[\^[^\]]{1,6}\]|<sup>[^<]{1,6}</sup>|\*\d+|[（(]?注 ?\d+[）)]?|※\d+")
_CIRCLED = re.compile(r"[①-⑳]")
_EMPHASIS = re.compile(r"\*\*|__|</?[a-zA-Z][^<>]*>")
_NUMBERED_PART = re.compile(r"^第[ 　]?[0-9０-９〇一二三四五六七八九十百]+[ 　]?(?:[編章節款]|条(?:の[一二三四五六七八九十]+)?)")
_INTRODUCES = re.compile(r"次の|次に|以下の|下記|[：:]$")
_HEADER_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Structure:
    """Sections in reading order (parents before children) and units in reading order; `depth[i]` is the index of the
    innermost section that holds units[i], -1 outside all."""

    sections: tuple[Section, ...]
    units: tuple[Unit, ...]
    home: tuple[int, ...]


@dataclass(slots=True)
class _Block:
    """A line with the wrapped lines that belong to it."""

    line: Line
    end: int

    @property
    def span(self) -> Span:
        return Span(self.line.span.start, self.end)

    @property
    def body(self) -> Span:
        return Span(min(self.line.body.start, self.end), self.end)


@dataclass(slots=True)
class _Open:
    path: tuple[str, ...]
    heading: Span
    start: int
    rank: int
    index: int


@dataclass(slots=True)
class _Walk:
    text: str
    sections: list[Section] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    home: list[int] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    items: list[tuple[str, Span]] = field(default_factory=list)
    lead: Span | None = None
    caption: Line | None = None
    paragraph: int = 1
    table: list[_Block] = field(default_factory=list)
    marks: dict[str, Span] = field(default_factory=dict)


def parse(text: str) -> Structure:
    """The sections and units of a text. Never fails: what shows no structure is plain sentences."""
    walk = _Walk(text)
    for block in _with_headings(text, list(_joined(text, classify(text)))):
        _step(walk, block)
    _end_table(walk)
    _close(walk, 0, len(text))
    return Structure(tuple(walk.sections), tuple(walk.units), tuple(walk.home))


# Joining wrapped lines


def _joined(text: str, lines: list[Line]) -> Iterator[_Block]:
    """Blocks without blank and noise lines; a line that goes on in the next one is one block with it."""
    wide = _full_width(lines)
    current: _Block | None = None
    blanks = 0
    for line in lines:
        if line.kind in ("blank", "noise", "rule"):
            blanks += line.kind == "blank"
            if line.kind == "rule" and current and line.span.of(text).startswith(("|", "-", ":")) and current.line.kind == "row":
                continue
            if line.kind == "rule":
                blanks = 9
            continue
        if current and _goes_on(text, current, line, blanks, wide):
            current.end = line.span.end
        else:
            if current:
                yield current
            current = _Block(line, line.span.end)
        blanks = 0
    if current:
        yield current


def _full_width(lines: list[Line]) -> int:
    """The length at which a line of this document counts as full: wrapped text has many lines of nearly the same length."""
    lengths = sorted(len(line.span) for line in lines if line.kind in ("text", "item"))
    return max(20, int(0.8 * lengths[int(0.9 * (len(lengths) - 1))])) if lengths else 20


def _goes_on(text: str, block: _Block, line: Line, blanks: int, wide: int) -> bool:
    if not len(block.body) and block.line.kind == "item" and line.kind in ("text", "caption"):
        return True  # a number that stands alone on its line, as the law data has it
    if block.line.kind not in ("text", "item", "note", "article"):
        return False
    if line.style == "①" and text[block.end - 1] == "、" and _CIRCLED.search(text, block.line.span.start, block.end):
        return True  # an enumeration inside a sentence that goes on in the next line
    if line.kind not in ("text", "caption"):
        return False
    if block.line.kind == "article" and not len(block.body):
        return False
    last = text.rfind("\n", block.line.span.start, block.end) + 1
    tail = trim(text, Span(max(last, block.line.span.start), block.end))
    if text[block.end : block.end + 2] == "  " or (ends_sentence(text, tail) and text[tail.end - 1] in "。．！？!?：:"):
        return False
    if blanks <= 2 and _is_open(tail.of(text)):
        return True
    first = text[line.span.start]
    flows = "ぁ" <= first <= "ん" or first in "、。」）)』ー"
    if blanks == 0:
        if line.kind == "caption":
            return not ends_sentence(text, tail) and not _is_article_caption(text, line)
        return (
            flows
            or len(tail) >= wide
            or (len(tail) >= 18 and not ends_sentence(text, tail) and (len(line.span) >= 10 or ends_sentence(text, line.span)))
        )
    return blanks <= 2 and len(tail) >= max(wide, 25) and not ends_sentence(text, tail) and (flows or len(line.span) > 30)


def _is_open(words: str) -> bool:
    """Whether a quotation or bracket opened in these words is still open at their end."""
    return any(words.rfind(o) > words.rfind(c) for o, c in ("「」", "（）", "『』"))


def _is_article_caption(text: str, line: Line) -> bool:
    """Whether a line in brackets is followed by an article, so that it is the article's caption."""
    following = text[line.span.end : line.span.end + 12].lstrip()
    return following.startswith("第")


# Telling headings from short lines


def _with_headings(text: str, blocks: list[_Block]) -> Iterator[_Block]:
    in_articles = any(b.line.kind == "article" or "条" in _label_kind(text, b) for b in blocks)
    for i, block in enumerate(blocks):
        before = blocks[i - 1] if i else None
        after = blocks[i + 1] if i + 1 < len(blocks) else None
        rank = 0 if in_articles else _weak_rank(text, before, block, after)
        yield _Block(replace(block.line, kind="heading", rank=rank), block.end) if rank else block


def _label_kind(text: str, block: _Block) -> str:
    return "条" if block.line.style == "#" and re.match(r"第 ?[0-9０-９一二三四五六七八九十百]+ ?条", block.body.of(text)) else ""


def _weak_rank(text: str, before: _Block | None, block: _Block, after: _Block | None) -> int:
    line = block.line
    if after is None or not is_short(line) or ends_sentence(text, block.span) or "\n" in block.span.of(text):
        return 0
    gap = before is None or text.count("\n", before.end, line.span.start) > 1
    next_gap = text.count("\n", block.end, after.line.span.start) > 1
    same = after.line.kind == "item" and after.line.style == line.style
    if line.kind == "item" and line.style in _MARKED_HEADING and not same and (gap or next_gap):
        sibling = before is not None and before.line.kind == "item" and before.line.style == line.style
        return 0 if sibling or line.indent > 1 else line.rank or WEAK_RANK
    if (
        line.kind == "text"
        and gap
        and after.line.kind in ("text", "item")
        and len(line.span) <= 30
        and "、" not in block.span.of(text)
    ):
        body = len(after.span) > 30 or after.line.kind == "item"
        return WEAK_RANK if body and "ぁ" <= text[line.span.start] <= "鿿" else 0
    return 0


# Walking the blocks


def _step(walk: _Walk, block: _Block) -> None:
    line = block.line
    if line.kind == "row":
        if walk.table and walk.table[-1].line.style != line.style:
            _end_table(walk)
        walk.table.append(block)
        return
    _end_table(walk)
    if line.kind == "caption" and "\n" not in block.span.of(walk.text):
        walk.caption = line
        return
    if line.kind in ("heading", "article"):
        _heading(walk, block)
    elif line.kind == "note":
        _note(walk, block)
    elif line.kind == "item":
        _item(walk, block)
    else:
        _text(walk, block)
    walk.caption = None


def _heading(walk: _Walk, block: _Block) -> None:
    line = block.line
    label = _article_label(walk.text, block) if line.kind == "article" else _heading_label(block.body.of(walk.text))
    rank = line.rank
    own = line.span if line.kind == "article" and not len(line.label) else block.span
    if line.kind == "article":
        own = Span(walk.caption.span.start if walk.caption else line.span.start, line.span.start + len(line.label))
    elif _label_kind(walk.text, block):
        rank = ARTICLE_RANK
    _open(walk, label or "（無題）", rank, own)
    walk.paragraph = 1
    if line.kind == "article":
        body = _after_caption(walk.text, block)
        if len(body):
            _sentences(walk, body, "sentence")
    else:
        _add(walk, Unit(own, "heading"))


def _heading_label(words: str) -> str:
    plain = _SPACES.sub(" ", _EMPHASIS.sub("", words)).strip(" #")
    return _NUMBERED_PART.sub(lambda m: _number_label(m[0]), plain, count=1)


def _article_label(text: str, block: _Block) -> str:
    label = _number_label(block.line.label)
    before = text[: block.line.span.start].rstrip()
    caption = re.search(r"(?:^|\n)[ 　]*[（(]([^（）()\n]{1,60})[）)]$", before[-80:])
    inline = re.match(
        r"[ 　]*[（(]([^（）()\n]{1,40})[）)](?=[ 　\n]|$)", text[block.line.span.start + len(block.line.label) : block.end]
    )
    name = inline or caption
    return f"{label}（{name[1]}）" if name else label


def _after_caption(text: str, block: _Block) -> Span:
    inline = re.match(r"[（(][^（）()\n]{1,40}[）)](?=[ 　\n]|$)", block.body.of(text))
    return trim(text, Span(block.body.start + inline.end(), block.end)) if inline else block.body


def _number_label(label: str) -> str:
    """第十一条の二 → 第11条の2, as readers write it."""
    compact = _SPACES.sub("", label)
    return re.sub(r"(?<=の)[一二三四五六七八九十]{1,8}", lambda m: str(kanji_number(m[0])), fold(compact))


def _note(walk: _Walk, block: _Block) -> None:
    mark = _MARK.match(block.span.of(walk.text))
    anchor = walk.marks.get(_mark_key(mark[0])) if mark else None
    _sentences(walk, block.span, "note", (anchor,) if anchor else ())


def _mark_key(mark: str) -> str:
    return re.sub(r"\D", "", fold(re.sub(r"</?sup>", "", mark))) or mark


def _text(walk: _Walk, block: _Block) -> None:
    walk.items = []
    if walk.caption:
        _add(walk, Unit(walk.caption.span, "heading"))
    _sentences(walk, block.body, "sentence")


def _item(walk: _Walk, block: _Block) -> None:
    line = block.line
    number = int(fold(re.sub(r"\D", "", line.label) or "0")) if line.style in _NUMBERED else 0
    if line.style in _NUMBERED and not line.indent and _rank_of(walk) >= ARTICLE_RANK and number in (1, 2, walk.paragraph + 1):
        walk.paragraph, walk.items = number, []
        _open(walk, f"第{number}項", PARAGRAPH_RANK, Span(line.span.start, line.body.start))
        _sentences(walk, block.body, "sentence")
        return
    key = f"{line.style}{line.indent}"
    styles = [style for style, _ in walk.items]
    walk.items = walk.items[: styles.index(key)] if key in styles else walk.items
    parents = tuple(span for _, span in walk.items)
    if line.style in _ITEM_STYLES and _rank_of(walk) >= ARTICLE_RANK:
        _open(walk, _item_label(line), ITEM_RANK + len(walk.items), Span(line.span.start, line.body.start))
    context = ((walk.lead,) if walk.lead and not parents else ()) + parents
    lead = walk.lead
    first = _sentences(walk, block.body if len(block.body) else block.span, "item", context)
    walk.lead = lead
    walk.items.append((key, first))


def _item_label(line: Line) -> str:
    inner = fold(line.label.strip("（）() 　"))
    number = kanji_number(inner) if inner and all(c in "一二三四五六七八九十" for c in inner) else inner
    return f"第{number}号" if line.style != "イ" else inner


def _rank_of(walk: _Walk) -> int:
    return max((o.rank for o in walk.open), default=0)


def _sentences(walk: _Walk, body: Span, kind: UnitKind, context: tuple[Span, ...] = ()) -> Span:
    """Add the sentences of a block as units; returns the first one's span. A ただし書 gets its main clause as context."""
    previous: Span | None = None
    first: Span | None = None
    for span in split(walk.text, body):
        words = span.of(walk.text)
        extra = (previous,) if previous and _PROVISO.match(words) else ()
        _add(walk, Unit(span, kind, context + extra))
        for mark in _MARK.finditer(words):
            walk.marks.setdefault(_mark_key(mark[0]), span)
        if first is None or _INTRODUCES.search(words):
            walk.lead = span
        first, previous = first or span, span
    return first or body


def _add(walk: _Walk, unit: Unit) -> None:
    if len(unit.span):
        walk.units.append(unit)
        walk.home.append(walk.open[-1].index if walk.open else -1)


def _open(walk: _Walk, label: str, rank: int, heading: Span) -> None:
    _close(walk, rank, heading.start)
    path = (*(walk.open[-1].path if walk.open else ()), label[:80])
    walk.open.append(_Open(path, heading, heading.start, rank, len(walk.sections)))
    walk.sections.append(Section(path, heading, heading))
    if rank < ITEM_RANK:
        walk.lead, walk.items = None, []


def _close(walk: _Walk, rank: int, end: int) -> None:
    while walk.open and walk.open[-1].rank >= rank:
        done = walk.open.pop()
        walk.sections[done.index] = Section(done.path, Span(done.start, max(end, done.heading.end)), done.heading)


# Tables


def _end_table(walk: _Walk) -> None:
    """The rows of the table just left, each with its header, and with what blank cells repeat from the rows above."""
    rows, walk.table = walk.table, []
    if not rows:
        return
    header = rows[0].span if len(rows) > 1 and len(rows[0].span) <= _HEADER_LIMIT else None
    above: dict[int, Span] = {}
    for i, row in enumerate(rows):
        cells = _cells(walk.text, row)
        filled = [c for c, span in enumerate(cells) if len(span)]
        if not filled:
            continue
        repeated = tuple(above[c] for c in range(filled[0]) if c in above) if i else ()
        above = {c: span for c, span in above.items() if c < filled[0]} | {c: _brief(walk.text, cells[c]) for c in filled}
        context = ((header,) if header and i else ()) + repeated
        for piece in _pieces(walk.text, row.span, cells):
            first = (_brief(walk.text, cells[filled[0]]),) if piece.start > cells[filled[0]].end else ()
            _add(walk, Unit(piece, "row", context + first))
    walk.lead, walk.items = None, []


def _brief(text: str, cell: Span) -> Span:
    """The cell, or its first sentence where the whole is too long to be quoted beside a row."""
    return cell if len(cell) <= _HEADER_LIMIT else split(text, cell)[0]


def _cells(text: str, row: _Block) -> list[Span]:
    span = row.span
    if row.line.style == "pipe":
        span = Span(span.start + 1, span.end - (text[span.end - 1] == "|"))  # the last cell need not be closed
    separator = "|" if row.line.style == "pipe" else "\t"
    cells, start = [], span.start
    for part in span.of(text).split(separator):
        cells.append(trim(text, Span(start, start + len(part))))
        start += len(part) + 1
    return cells


def _pieces(text: str, span: Span, cells: list[Span]) -> Iterable[Span]:
    """A row as one piece, or cell by cell where it is too long to be quoted whole."""
    if len(span) <= LONGEST:
        return [trim(text, span)]
    return [piece for cell in cells for piece in split(text, cell)]
