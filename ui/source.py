"""A document's text as a safe page with the cited words marked.

Every code point of the text stands in the page once and in order, so the text of the `<mark>` elements is the quote to the
letter; what is only mark-up (`#`, `**`, the bars of a table) is there but not displayed. Nothing from a document is ever
executed: it is escaped, and the page's content policy (ui.frame) allows no script but its own, by its hash, and loads nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from ingest.lines import Line, classify
from rag.types import Document, Section, Span
from ui.frame import escape, framed

WHOLE = 60_000
"""Documents up to this many characters are shown whole."""
AROUND = 15_000
"""Of longer ones, at least this many characters on each side of the cited words are shown."""

_SYNTAX = re.compile(r"\*\*|<br ?/?>|</?su[pb]>", re.I)
_SEPARATORS = {"pipe": re.compile(r"(?<!\\)\|"), "tab": re.compile("\t")}


def source_page(
    document: Document, cited: Span, *, sections: Sequence[Section] = (), also: Iterable[Span] = (), click: int = 0
) -> str:
    """The page that shows the document around the cited words and scrolls to them.

    A long document is cut at sections around the words. `also` are further spans to mark lightly, `click` is as in `framed`.
    """
    shown = window(document.text, cited, sections)
    before, after = shown.start, len(document.text) - shown.end
    body = "".join(
        (
            _cut(f"長い文書なので、これより前の{before:,}文字は省いています。") if before else "",
            f"<main>{text_html(document.text, shown, cited, also, sections)}</main>",
            _cut(f"長い文書なので、これより後の{after:,}文字は省いています。") if after else "",
        )
    )
    return framed(document.title, body, click)


def text_html(text: str, shown: Span, cited: Span, also: Iterable[Span] = (), sections: Sequence[Section] = ()) -> str:
    """The shown part of a text as HTML: with the tags taken out it reads `text[shown]` again."""
    writer = _Writer(text, cited, tuple(also))
    blocks = _blocks(text, shown, {s.heading for s in sections})
    return "".join(writer.blocks(list(group), table) for table, group in groupby(blocks, key=lambda block: block.table))


def window(text: str, cited: Span, sections: Sequence[Section] = ()) -> Span:
    """What is shown of a text: all of a short one, else whole sections (whole lines where they are too long) around the words."""
    if len(text) <= WHOLE:
        return Span(0, len(text))
    cuts = sorted({0, len(text), *(s.span.start for s in sections)})
    low, high = max(0, cited.start - AROUND), min(len(text), cited.end + AROUND)
    start, end = cuts[bisect_right(cuts, low) - 1], cuts[bisect_left(cuts, high)]
    return Span(
        start if low - start <= AROUND else text.rfind("\n", 0, low) + 1,
        end if end - high <= AROUND else (text.find("\n", high) + 1 or len(text)),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """One line of the text, its line break included. `table` numbers the table it belongs to, 0 outside tables."""

    line: Line
    span: Span
    css: str
    table: int


def _blocks(text: str, shown: Span, headings: set[Span]) -> Iterator[_Block]:
    """The lines of the shown part, each with its look, the rows of one table numbered alike."""
    at, table, style = shown.start, 0, ""
    for found in classify(shown.of(text)):
        stop = text.find("\n", at, shown.end)
        span = Span(at, stop + 1 if stop >= 0 else shown.end)
        line = replace(found, span=_moved(found.span, shown.start), body=_moved(found.body, shown.start))
        bars = line.kind == "rule" and style == "pipe" and "|" in line.span.of(text)
        table += line.kind == "row" and line.style != style
        style = line.style if line.kind == "row" else style if bars else ""
        if len(span):
            yield _Block(line, span, "bars" if bars else _css(line, headings), table if style else 0)
        at = span.end


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _css(line: Line, headings: set[Span]) -> str:
    if line.kind == "heading":
        return f"h h{min(3, max(1, line.rank // 10))}"
    weak = line.kind in ("text", "item") and len(line.body) > 0 and line.span in headings
    return "h h3" if weak else line.kind


@dataclass(slots=True)
class _Writer:
    """Writes blocks of one text, and names the first mark that shows something `cited`, for the page to scroll to."""

    text: str
    cited: Span
    also: tuple[Span, ...]
    named: bool = False

    def blocks(self, blocks: Sequence[_Block], table: int) -> str:
        """Blocks that belong together: the rows of a table, or lines that stand alone."""
        return self.table(blocks) if table and len(blocks) > 1 else "".join(self.line(block) for block in blocks)

    def line(self, block: _Block) -> str:
        """A line that is no table row; its marker is a label, or not displayed where it is mark-up."""
        line, span = block.line, block.span
        if line.kind == "rule":
            return f'<div class="rule">{self.hidden(span)}</div>'
        if not block.css.startswith("h "):
            body = Span(span.start, line.body.start if line.kind == "article" else span.start)
            label = f'<span class="label">{self.inline(body)}</span>' if len(body) else ""
            return f'<div class="{block.css}">{label}{self.inline(Span(body.end, span.end))}</div>'
        mark_up = Span(span.start, line.body.start if line.style == "#" else span.start)
        inner = self.hidden(mark_up) + self.inline(Span(mark_up.end, span.end))
        return f'<div class="{block.css}" role="heading" aria-level="{block.css[-1]}">{inner}</div>'

    def table(self, rows: Sequence[_Block]) -> str:
        """The rows of one table."""
        headed = rows[1].css == "bars" or rows[0].line.style == "tab"
        tags = ("th" if headed and number == 0 else "td" for number in range(len(rows)))
        return f'<div class="table"><table><tbody>{"".join(self.row(*pair) for pair in zip(rows, tags, strict=True))}</tbody></table></div>'

    def row(self, row: _Block, tag: str) -> str:
        """A table row. What parts its cells, and its line break, stand undisplayed at the beginning or end of a cell."""
        if row.css == "bars":
            return f'<tr class="syn"><td>{self.marked(row.span, hidden=True)}</td></tr>'
        line, cells = row.line.span, []
        bars = [m.start() for m in _SEPARATORS[row.line.style].finditer(self.text, line.start, line.end)]
        if row.line.style == "pipe":
            bars = bars[1 : -1 if len(bars) > 1 and bars[-1] == line.end - 1 else None]
            first, end = line.start + 1, max(line.start + 1, line.end - (self.text[line.end - 1] == "|"))
        else:
            first, end = line.start, line.end
        starts, ends = [first, *(bar + 1 for bar in bars)], [*bars, end]
        before = row.span.start
        for start, stop in zip(starts, ends, strict=True):
            after = self.hidden(Span(stop, row.span.end)) if stop == ends[-1] else ""
            cells.append(f"<{tag}>{self.hidden(Span(before, start))}{self.inline(Span(start, stop))}{after}</{tag}>")
            before = stop
        return f"<tr>{''.join(cells)}</tr>"

    def inline(self, span: Span) -> str:
        """Running words: emphasis and superscripts look like it, and their mark-up is not displayed."""
        words = span.of(self.text)
        paired = words.count("**") % 2 == 0
        out, at, bold, raised = [], span.start, False, False
        for match in _SYNTAX.finditer(words):
            token, start = match[0].lower(), span.start + match.start()
            if token == "**" and not paired:
                continue
            out.append(_styled(self.marked(Span(at, start)), bold, raised))
            at = span.start + match.end()
            out.append(self.hidden(Span(start, at)) + ("<br>" if token.startswith("<br") else ""))
            bold ^= token == "**"
            raised = token == "<sup>" if "sup" in token else raised
        return "".join((*out, _styled(self.marked(Span(at, span.end)), bold, raised)))

    def hidden(self, span: Span) -> str:
        """Mark-up: there, but not displayed."""
        return f'<span class="syn">{self.marked(span, hidden=True)}</span>' if len(span) else ""

    def marked(self, span: Span, hidden: bool = False) -> str:
        """Escaped words, in pieces where a mark begins or ends."""
        edges = {edge for s in (self.cited, *self.also) for edge in (s.start, s.end) if span.start < edge < span.end}
        cuts = sorted({span.start, *edges, span.end})
        return "".join(self.piece(Span(*ends), hidden) for ends in pairwise(cuts))

    def piece(self, piece: Span, hidden: bool) -> str:
        """Words that are wholly inside or outside every mark."""
        words = piece.of(self.text)
        if self.cited.covers(piece):
            name = "" if self.named or hidden or not words.strip() else ' id="cited"'
            self.named = self.named or bool(name)
            return f"<mark{name}>{escape(words)}</mark>"
        return f'<span class="also">{escape(words)}</span>' if any(s.covers(piece) for s in self.also) else escape(words)


def _styled(inner: str, bold: bool, raised: bool) -> str:
    classes = " ".join(name for name, on in (("b", bold), ("sup", raised)) if on)
    return f'<span class="{classes}">{inner}</span>' if classes and inner else inner


def _cut(words: str) -> str:
    return f'<p class="cut">{words}</p>'
