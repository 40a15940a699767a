"""The elements of 法令標準XML as lines: one line a heading, caption, 条, 項, 号 and table row.

The text of an element that the schema does not have is kept, and counted in `Found`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ingest.headlines import headline
from ingest.lawtags import APART, HEADINGS, INLINE, LEFT_OUT, LINES, NUMBERS
from ingest.tables import Cell, expand

_WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
_NEWLINE = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_NEWLINE_IN_ASCII = re.compile(r"(?<=[!-~])[ \t\r]*\n[ \t\r\n]*(?=[!-~])")


@dataclass(slots=True)
class Found:
    """What a person should look at, over a whole law; `repeats` is left of what `tables.expand` may write out."""

    figures: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    repeats: int = 1_000_000


@dataclass(slots=True)
class LawLines:
    """Collects the words of the open line in `run`; `lines` holds the finished ones, an empty one between groups."""

    found: Found = field(default_factory=Found)
    lines: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The lines so far, each with its line end; empty without any."""
        self._end()
        return "\n".join(self.lines).strip("\n") + "\n" if any(self.lines) else ""

    def words(self, node: etree._Element) -> str:
        """What the element says, on one line."""
        inner = LawLines(self.found)
        inner._content(node)
        return " ".join(line.replace("\t", " ") for line in inner.text().split("\n") if line)

    def add(self, node: etree._Element) -> None:
        """Write the element and all in it."""
        tag = _tag(node)
        if node.get("Hide") == "true":
            self.found.hidden += 1
        elif tag in HEADINGS:
            self._heading(node, HEADINGS[tag])
        elif tag in NUMBERS:
            self._number(self.words(node))
        elif way := _OWN_WAYS.get(tag):
            way(self, node)
        elif tag in APART:
            self._gap()
            self._content(node)
            self._gap()
        elif tag in LINES or not self._runs_on(node, tag):
            self._end()
            self._content(node)
            self._end()
        elif tag not in LEFT_OUT:
            self._content(node)

    def _runs_on(self, node: etree._Element, tag: str) -> bool:
        """Whether the element goes on in the open line; one that the schema does not know does so only inside a sentence."""
        if tag in INLINE or tag in LEFT_OUT:
            return True
        self.found.unknown[tag] += 1
        parent = node.getparent()
        return parent is not None and (_tag(parent) in INLINE or _tag(parent) == "Sentence")

    def _content(self, node: etree._Element) -> None:
        self._say(node.text)
        for child in node:
            if isinstance(child.tag, str):
                self.add(child)
            self._say(child.tail)

    def _say(self, words: str | None) -> None:
        if words and (words.strip() or "\n" not in words):  # what is blank with a line end only indents the XML
            self.run.append(_NEWLINE.sub("", _NEWLINE_IN_ASCII.sub(" ", words)).replace("\t", " "))

    def _end(self) -> None:
        line = "".join(self.run).strip()
        self.run.clear()
        if line:
            self.lines.append(line)

    def _gap(self) -> None:
        self._end()
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def _heading(self, node: etree._Element, level: int) -> None:
        """A heading, with the articles it belongs to and the law that it came with, which the schema keeps beside it."""
        related = node.find("../{*}RelatedArticleNum")
        words = self.words(node) + (self.words(related) if related is not None else "")
        parent = node.getparent()
        if parent is not None and _tag(node) == "SupplProvisionLabel":
            words += f"　（{law}）" if (law := parent.get("AmendLawNum")) else ""
            words += "　抄" if parent.get("Extract") == "true" and "抄" not in words else ""
        self._gap()
        if words:
            self.lines += [headline(level, words), ""]

    def _related(self, node: etree._Element) -> None:
        """The articles that an appendix belongs to: on a line of their own only where it has no title."""
        before = _before(node)
        if before is None or _tag(before) not in HEADINGS:
            self._end()
            self._content(node)
            self._gap()

    def _number(self, words: str) -> None:
        self._end()
        if words:
            self.run.append(f"{words}　")

    def _article(self, node: etree._Element) -> None:
        """The caption comes first, wherever the schema's version puts it."""
        self._gap()
        for child in sorted(node.iterchildren("*"), key=lambda child: _tag(child) != "ArticleCaption"):
            self.add(child)
        self._gap()

    def _paragraph(self, node: etree._Element) -> None:
        """A paragraph begins a line, the first of an article goes on with the article's where it has no number of its own.

        Old laws number no paragraph; e-Gov shows the number that the attribute gives, and so does this.
        """
        number = node.find("{*}ParagraphNum")
        words = self.words(number) if number is not None else ""
        before = _before(node)
        if words or before is None or _tag(before) not in ("ArticleTitle", "ArticleCaption"):
            self._end()
            if not words and node.get("OldNum") == "true" and node.get("Num", "1") != "1":
                words = node.get("Num", "").translate(_WIDE_DIGITS)
        for child in node.iterchildren("*"):
            if child is number:
                self._number(words) if words else None
            else:
                self.add(child)
        self._end()

    def _sentence(self, node: etree._Element) -> None:
        """Sentences of one paragraph run on (a ただし書 after its main clause); those of a cell or a note stand each on a line."""
        parent, before = node.getparent(), _before(node)
        alone = parent is not None and _tag(parent) not in INLINE and _tag(parent) != "Column"
        if alone and before is not None and _tag(before) == "Sentence":
            self._end()
        self._content(node)

    def _column(self, node: etree._Element) -> None:
        if _before(node) is not None:
            self.run.append("　")
        self._content(node)

    def _superscript(self, node: etree._Element) -> None:
        self.run.append(f"<sup>{self.words(node)}</sup>")

    def _figure(self, node: etree._Element) -> None:
        self.found.figures.append(node.get("src") or "名前なし")

    def _table(self, node: etree._Element) -> None:
        self._gap()
        rows = [child for child in node.iterchildren("*") if _tag(child) in _ROWS]
        self._rows(rows)
        for child in node.iterchildren("*"):
            if child not in rows:
                self.add(child)
        self._gap()

    def _row(self, node: etree._Element) -> None:
        self._end()
        self._rows([node])

    def _rows(self, rows: list[etree._Element]) -> None:
        cells = [[_Spanning.of(column, self.words(column)) for column in row.iterchildren("*")] for row in rows]
        grid, left = expand([[cell.shown for cell in row] for row in cells], self.found.repeats)
        lines, _ = expand([[cell.edges for cell in row] for row in cells], self.found.repeats)
        self.found.repeats = left
        _fill_open_cells(grid, lines)
        self.lines += ["\t".join(row) for row in grid if any(row)]


_ROWS = ("TableHeaderRow", "TableRow")
_OWN_WAYS: dict[str, Callable[[LawLines, etree._Element], None]] = {
    "Article": LawLines._article,
    "Paragraph": LawLines._paragraph,
    "Sentence": LawLines._sentence,
    "Column": LawLines._column,
    "Sup": LawLines._superscript,
    "Fig": LawLines._figure,
    "Table": LawLines._table,
    "RelatedArticleNum": LawLines._related,
    **dict.fromkeys(_ROWS, LawLines._row),
}


@dataclass(frozen=True, slots=True)
class _Spanning:
    """A cell of a table: what it shows, and in the same places which of its upper (^) and lower (_) edges are not drawn."""

    shown: Cell
    edges: Cell

    @classmethod
    def of(cls, column: etree._Element, words: str) -> _Spanning:
        down, across = (_whole(column.get(name)) for name in ("rowspan", "colspan"))
        open_edges = "".join(mark for name, mark in (("Top", "^"), ("Bottom", "_")) if column.get(f"Border{name}") == "none")
        return cls(Cell(words, down, across), Cell(open_edges, down, across))


def _fill_open_cells(grid: list[list[str]], edges: list[list[str]]) -> None:
    """Write a cell's words into the blank ones below it that no line parts from it: one cell, as a reader sees it.

    Only where the row's other cells have a line above, or are to the right: without lines at all a blank means nothing there.
    """
    for above, row, above_edges, row_edges in zip(grid, grid[1:], edges, edges[1:], strict=False):
        blank_so_far = True
        for n in range(min(len(row), len(above), len(row_edges), len(above_edges))):
            parted = any("^" not in other for other in row_edges)
            if not row[n] and "^" in row_edges[n] and "_" in above_edges[n] and (parted or blank_so_far):
                row[n] = above[n]
            else:
                blank_so_far = False


def _tag(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _before(node: etree._Element) -> etree._Element | None:
    return next(node.itersiblings("*", preceding=True), None)


def _whole(written: str | None) -> int:
    return int(written) if written and re.fullmatch("[0-9]{1,6}", written) else 1
