"""From a document's text to its tree of sections and its units: sentences, list items, table rows, footnotes.

Walks the blocks of lines (ingest.blocks) and keeps the open sections, the open list items and the current table. Every span is an
offset into the text as stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.blocks import Block, blocks_of, is_article_heading
from ingest.labels import after_caption, article_label, heading_label, item_label
from ingest.lines import ARTICLE_RANK, ITEM_RANK, PARAGRAPH_RANK, Line
from ingest.rows import HEADER_LIMIT, brief, cells, pieces
from rag.fold import fold
from rag.sentences import split
from rag.types import Section, Span, Unit, UnitKind

_PROVISO = re.compile(r"(?:ただし|但し|この場合|なお|その際|また)[、，]?")
_NUMBERED = ("n", "n.")
_ITEM_STYLES = ("一", "(n)", "①", "イ")
_APPENDED = ("附則", "別表")
_MARK = re.compile(r"\[\^[^\]]{1,6}\]|<sup>[^<]{1,6}</sup>|\*\d+|[（(]?注 ?\d+[）)]?|※\d+")
_INTRODUCES = re.compile(r"次の|次に|以下の|下記|[：:]$")


@dataclass(frozen=True, slots=True)
class Structure:
    """Sections in reading order (parents before children) and units in reading order; `home[i]` is the index of the
    innermost section that holds units[i], -1 outside all. The 第1項 that bears no number has an empty heading."""

    sections: tuple[Section, ...]
    units: tuple[Unit, ...]
    home: tuple[int, ...]


@dataclass(slots=True)
class _Open:
    path: tuple[str, ...]
    heading: Span
    start: int
    rank: int
    index: int
    style: str


@dataclass(slots=True)
class _Walk:
    """`paragraph` is the number of the last 項; `unnumbered`: the first words of the open article are its 第1項; `counted`: the style
    and the last number of the open 号 that are numbered like 項; `said`: how many units there were when the article opened;
    `without_articles`: the document is made of 項 and a 附則, as short decrees are."""

    text: str
    sections: list[Section] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    home: list[int] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    items: list[tuple[str, Span]] = field(default_factory=list)
    lead: Span | None = None
    caption: Line | None = None
    paragraph: int = 1
    unnumbered: bool = False
    counted: tuple[str, int] = ("", 0)
    said: int = 0
    table: list[Block] = field(default_factory=list)
    marks: dict[str, Span] = field(default_factory=dict)
    without_articles: bool = False


def parse(text: str) -> Structure:
    """The sections and units of a text. Never fails: what shows no structure is plain sentences."""
    blocks = blocks_of(text)
    headed = {block.line.style for block in blocks if block.line.kind in ("heading", "article")} - {""}
    walk = _Walk(text, without_articles="附則" in headed and headed <= {"附則", "別表"})
    for block, several in zip(blocks, _with_second_paragraph(text, blocks), strict=True):
        _step(walk, block, several=several)
    _end_table(walk)
    _close(walk, 0, len(text))
    return Structure(tuple(walk.sections), tuple(walk.units), tuple(walk.home))


def _with_second_paragraph(text: str, blocks: list[Block]) -> list[bool]:
    """For each block that heads a section whether a 項 with the number 2 follows in it, while none like it has the number 1."""
    out = [False] * len(blocks)
    second = ""
    for i in range(len(blocks) - 1, -1, -1):
        line = blocks[i].line
        if line.kind in ("article", "heading"):
            out[i], second = bool(second), ""
        elif line.style in _NUMBERED and not line.indent:
            number = _number(line)
            if number == 2 and not second:
                second = line.style
            elif number == 1 and line.style == second:
                second = ""
    return out


def _number(line: Line) -> int:
    return int(re.sub(r"\D", "", line.label) or 0)


def _step(walk: _Walk, block: Block, *, several: bool) -> None:
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
        _heading(walk, block, several=several)
    elif line.kind == "note":
        _note(walk, block)
    elif line.kind == "item":
        _item(walk, block)
    else:
        _text(walk, block)
    walk.caption = None


def _heading(walk: _Walk, block: Block, *, several: bool) -> None:
    line = block.line
    if line.kind == "article":
        label, rank = article_label(walk.text, block), ARTICLE_RANK
        own = Span(walk.caption.span.start if walk.caption else line.span.start, line.span.start + len(line.label))
    else:
        label = heading_label(block.body.of(walk.text))
        rank = ARTICLE_RANK if is_article_heading(walk.text, block) else _heading_rank(walk, line)
        own = block.span
    _open(walk, label or "（無題）", rank, own, line.style)
    walk.lead, walk.items = None, []
    if line.kind == "heading":
        _add(walk, Unit(own, "heading"))
    walk.said, walk.counted = len(walk.units), ("", 0)
    walk.paragraph = 0 if line.style == "附則" else 1
    walk.unnumbered = several and (rank == ARTICLE_RANK or _is_supplement(walk))
    if line.kind == "article" and len(body := after_caption(walk.text, block)):
        _sentences(walk, body, "sentence")


def _heading_rank(walk: _Walk, line: Line) -> int:
    """A line's rank; 附則 and 別表 belong to the whole document and not to its last 編."""
    if line.style not in _APPENDED:
        return line.rank
    return min(line.rank, next((o.rank for o in walk.open if o.style in ("編", *_APPENDED)), line.rank))


def _is_supplement(walk: _Walk) -> bool:
    """Whether what is open has 項 and no 条: a 附則, or the main part of a short decree."""
    inner = next((o for o in reversed(walk.open) if o.rank < PARAGRAPH_RANK), None)
    return inner.path[-1].startswith(("附則", "付則")) if inner and inner.style else walk.without_articles


def _note(walk: _Walk, block: Block) -> None:
    mark = _MARK.match(block.span.of(walk.text))
    anchor = walk.marks.get(_mark_key(mark[0])) if mark else None
    _sentences(walk, block.span, "note", (anchor,) if anchor else ())


def _mark_key(mark: str) -> str:
    return re.sub(r"\D", "", fold(re.sub(r"</?sup>", "", mark))) or mark


def _text(walk: _Walk, block: Block) -> None:
    walk.items = []
    if walk.caption:
        _add(walk, Unit(walk.caption.span, "heading"))
    _sentences(walk, block.body, "sentence")


def _item(walk: _Walk, block: Block) -> None:
    line = block.line
    marker = Span(line.span.start, line.body.start)
    number = _number(line) if line.style in _NUMBERED and not line.indent else 0
    in_article, supplement = _rank_of(walk) >= ARTICLE_RANK, _is_supplement(walk)
    if not supplement and in_article and (number in (1, 2, walk.paragraph + 1) or (line.style, number - 1) == walk.counted):
        _open_number(walk, line, number, marker)
        walk.lead, walk.items = None, []
        _sentences(walk, block.body, "sentence")
        return
    key = f"{line.style}{line.indent}"
    styles = [style for style, _ in walk.items]
    walk.items = walk.items[: styles.index(key)] if key in styles else walk.items
    parents = tuple(span for _, span in walk.items)
    if supplement and number and (number > walk.paragraph or number == 1):
        _open_number(walk, line, number, marker)
    elif line.style in _ITEM_STYLES and (in_article or supplement):
        _open_unnumbered(walk, line.span.start)
        rank = _item_rank(walk, line.style, key)
        _open(walk, item_label(line.label, line.style, nested=rank > ITEM_RANK), rank, marker, key)
    context = ((walk.lead,) if walk.lead and not parents else ()) + parents
    lead = walk.lead
    first = _sentences(walk, block.body if len(block.body) else block.span, "item", context)
    walk.lead = lead
    walk.items.append((key, first))


def _item_rank(walk: _Walk, style: str, key: str) -> int:
    """The rank that the open items of the same kind have, else one below the items that it stands under."""
    same = next((o.rank for o in walk.open if o.style == key), 0)
    return same or max(ITEM_RANK + len(walk.items), _rank_of(walk) + 1 if style == "イ" and _rank_of(walk) >= ITEM_RANK else 0)


def _open_number(walk: _Walk, line: Line, number: int, marker: Span) -> None:
    """Open a 項; what begins again at 1 under words that were already said are 号."""
    again = (line.style, number - 1) == walk.counted or (number == 1 and len(walk.units) > walk.said)
    if again and not walk.unnumbered:
        walk.counted = (line.style, number)
        _open(walk, f"第{number}号", ITEM_RANK, marker, line.style)
        return
    walk.paragraph, walk.counted, walk.unnumbered = number, ("", 0), False
    _open(walk, f"第{number}項", PARAGRAPH_RANK, marker, line.style)


def _open_unnumbered(walk: _Walk, start: int) -> None:
    """Open the 第1項 that bears no number, where an article of several 項 begins with words."""
    if walk.unnumbered:
        walk.unnumbered, walk.paragraph = False, 1
        _open(walk, "第1項", PARAGRAPH_RANK, Span(start, start), "")


def _rank_of(walk: _Walk) -> int:
    """The rank of the innermost open section; ranks rise from the root down."""
    return walk.open[-1].rank if walk.open else 0


def _sentences(walk: _Walk, body: Span, kind: UnitKind, context: tuple[Span, ...] = ()) -> Span:
    """Add the sentences of a block as units; returns the first one's span. A ただし書 gets its main clause as context."""
    _open_unnumbered(walk, body.start)
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


def _open(walk: _Walk, label: str, rank: int, heading: Span, style: str) -> None:
    _close(walk, rank, heading.start)
    path = (*(walk.open[-1].path if walk.open else ()), label[:80])
    walk.open.append(_Open(path, heading, heading.start, rank, len(walk.sections), style))
    walk.sections.append(Section(path, heading, heading))


def _close(walk: _Walk, rank: int, end: int) -> None:
    while walk.open and walk.open[-1].rank >= rank:
        done = walk.open.pop()
        walk.sections[done.index] = Section(done.path, Span(done.start, max(end, done.heading.end)), done.heading)


def _end_table(walk: _Walk) -> None:
    """The rows of the table just left, each with its header, and with what blank cells repeat from the rows above."""
    rows, walk.table = walk.table, []
    if not rows:
        return
    header = rows[0].span if len(rows) > 1 and len(rows[0].span) <= HEADER_LIMIT else None
    above: dict[int, Span] = {}
    for i, row in enumerate(rows):
        found = cells(walk.text, row)
        filled = [c for c, span in enumerate(found) if len(span)]
        if not filled:
            continue
        repeated = tuple(above[c] for c in range(filled[0]) if c in above) if i else ()
        above = {c: span for c, span in above.items() if c < filled[0]} | {c: brief(walk.text, found[c]) for c in filled}
        context = ((header,) if header and i else ()) + repeated
        for piece in pieces(walk.text, row.span, found):
            first = (brief(walk.text, found[filled[0]]),) if piece.start > found[filled[0]].end else ()
            _add(walk, Unit(piece, "row", context + first))
    walk.lead, walk.items = None, []
