"""From lines to blocks: a marker and the wrapped lines that belong to it, and which short lines are headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.lines import Line, classify, ends_sentence, is_short
from rag.sentences import trim
from rag.types import Span

WEAK_RANK = 58
"""The rank of a heading that only its shortness and its place show."""

_MARKED_HEADING = ("○", "①", "(n)", "roman", "n.n", "n.", "n")
_NAMED = ("条", "附則", "別表")
_CIRCLED = re.compile(r"[①-⑳]")
_ARTICLE_HEADING = re.compile(r"第 ?[0-9０-９一二三四五六七八九十百]+ ?条")


@dataclass(slots=True)
class Block:
    """A line with the wrapped lines that belong to it."""

    line: Line
    end: int

    @property
    def span(self) -> Span:
        """All of it, its marker included."""
        return Span(self.line.span.start, self.end)

    @property
    def body(self) -> Span:
        """What follows its marker."""
        return Span(min(self.line.body.start, self.end), self.end)

    @property
    def is_bare(self) -> bool:
        """Whether nothing follows its marker."""
        return self.line.body.start >= self.end


def blocks_of(text: str) -> list[Block]:
    """The blocks of a text in order; no word outside blank lines, rules, page numbers and running heads is left out."""
    lines = classify(text)
    indented = _is_indented(lines)
    return list(_with_headings(text, list(_joined(text, list(_settled(lines, indented)), indented))))


def is_article_heading(text: str, block: Block) -> bool:
    """Whether a Markdown heading is that of an article."""
    return block.line.style == "#" and bool(_ARTICLE_HEADING.match(text, block.line.body.start, block.end))


def _is_indented(lines: list[Line]) -> bool:
    """Whether what follows an article's lone number is indented, as the law data has it: then no other line may follow one."""
    said = [line for line in lines if line.kind != "blank"]
    bodies = [
        after.indent > 0
        for before, line, after in zip(said, said[1:], said[2:], strict=False)
        if line.kind == "article" and _is_lone(line) and before.kind in ("caption", "heading")
    ]
    return bool(bodies) and sum(bodies) >= 0.8 * len(bodies)


def _is_lone(line: Line) -> bool:
    """Whether a marker stands alone on its line."""
    return line.kind in ("article", "item") and not len(line.body)


def _settled(lines: list[Line], indented: bool) -> Iterator[Line]:
    """The lines, those that only look like markers where they stand taken as text: the article that a 号 names, cells of a table,
    a 別表 that a sentence names."""
    before: Line | None = None
    for i, line in enumerate(lines):
        if line.kind == "blank":
            yield line
            continue
        body = before is not None and _is_lone(before) and line.indent > 0 and line.style in _NAMED
        if body or (indented and _is_inside(lines, i, before)):
            line = _as_text(line)
        before = line
        yield line


def _is_inside(lines: list[Line], i: int, before: Line | None) -> bool:
    """Whether a line that looks like a marker stands in a sentence or in a table of a document with indented paragraphs."""
    line = lines[i]
    if _is_lone(line):
        after = next((lines[j] for j in range(i + 1, len(lines)) if lines[j].kind != "blank"), None)
        return after is not None and not after.indent and (before is None or before.kind != "caption")
    if line.style not in ("附則", "別表") or not 0 < i < len(lines) - 1:
        return False
    return "blank" not in (lines[i - 1].kind, lines[i + 1].kind) and not lines[i + 1].indent


def _as_text(line: Line) -> Line:
    return Line("text", line.span, line.span, indent=line.indent)


def _joined(text: str, lines: list[Line], indented: bool) -> Iterator[Block]:
    """Blocks without blank and noise lines; a line that goes on in the next one is one block with it."""
    wide = _full_width(lines)
    current: Block | None = None
    blanks = 0
    for line in lines:
        if line.kind in ("blank", "noise", "rule"):
            blanks += line.kind == "blank"
            if line.kind == "rule" and current and line.span.of(text).startswith(("|", "-", ":")) and current.line.kind == "row":
                continue
            if line.kind == "rule":
                blanks = 9
            continue
        if current and _goes_on(text, current, line, blanks, wide, indented):
            current.end = line.span.end
        else:
            if current:
                yield current
            current = Block(line, line.span.end)
        blanks = 0
    if current:
        yield current


def _full_width(lines: list[Line]) -> int:
    """The length at which a line of this document counts as full: wrapped text has many lines of nearly the same length."""
    lengths = sorted(len(line.span) for line in lines if line.kind in ("text", "item"))
    return max(20, int(0.8 * lengths[int(0.9 * (len(lengths) - 1))])) if lengths else 20


def _goes_on(text: str, block: Block, line: Line, blanks: int, wide: int, indented: bool) -> bool:
    if block.line.kind not in ("text", "item", "note", "article"):
        return False
    if block.line.kind == "item" and block.is_bare and line.kind in ("text", "caption"):
        return True  # a number that stands alone on its line, as the law data has it
    if line.style == "①" and text[block.end - 1] == "、" and _CIRCLED.search(text, block.line.span.start, block.end):
        return True  # an enumeration inside a sentence that goes on in the next line
    if line.kind not in ("text", "caption"):
        return False
    if block.line.kind == "article" and block.is_bare:
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
        if line.kind == "caption" and _is_article_caption(text, line):
            return False
        if indented and not line.indent and (block.line.indent or block.line.kind == "item"):
            return True  # only the link to another law ends the line here
        if line.kind == "caption":
            return not ends_sentence(text, tail)
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


def _with_headings(text: str, blocks: list[Block]) -> Iterator[Block]:
    in_articles = any(b.line.kind == "article" or is_article_heading(text, b) for b in blocks)
    for i, block in enumerate(blocks):
        before = blocks[i - 1] if i else None
        after = blocks[i + 1] if i + 1 < len(blocks) else None
        rank = 0 if in_articles else _weak_rank(text, before, block, after)
        yield Block(replace(block.line, kind="heading", rank=rank), block.end) if rank else block


def _weak_rank(text: str, before: Block | None, block: Block, after: Block | None) -> int:
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
