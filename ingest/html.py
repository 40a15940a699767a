"""Web pages to text: what a reader sees, as lines that the structure parser knows (`#` headings, `- ` lists, tabbed tables).

Scripts, navigation, hidden parts, ruby readings and struck-out words are left out; footnote marks stay as `<sup>1</sup>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from selectolax.lexbor import LexborNode

from ingest.dom import CELLS, LEVELS, layout_tables, parsed, walk
from ingest.tables import Cell, expand

_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "li", "main"),
        *("menu", "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
        *LEVELS,
    )
)
_LISTS = frozenset(("ul", "ol", "menu"))
_DEEPEST_INDENT = 60

# Line ends and spaces that stay as they are stand as these two until a block is written; both are stripped from the page.
_BREAK, _SPACE = "\x01", "\x02"
_STRIPPED = dict.fromkeys([*range(9), 11, *range(14, 32), 0x7F, 0xAD, 0x200B, 0xFEFF]) | {0xA0: " "}
_JA = r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]"
_SOFT_BREAK = re.compile(rf"(?<={_JA})[ \t\f\r]*\n[ \t\f\r\n]*(?={_JA})")
_WHITE = re.compile(r"[ \t\n\f\r]+")


@dataclass(frozen=True, slots=True)
class WebPage:
    """The title (of `<title>`, else of the first `<h1>`) and the text of a page."""

    title: str
    text: str


def extract(markup: str) -> WebPage:
    """The title and the text of a page. Line ends inside Japanese sentences, which browsers show as nothing, are dropped.

    Raises:
        UnreadableFile: the page nests too deep to be one.
    """
    tree = parsed(markup)
    root = tree.body
    if root is None:
        return WebPage("", "")
    writer = _Writer(layout_tables(root))
    for entering, node in walk(root):
        (writer.enter if entering else writer.leave)(node)
    titled = tree.css_first("head > title")
    title = _WHITE.sub(" ", titled.text().translate(_STRIPPED)).strip() if titled else ""
    return WebPage(title or writer.first_heading(), writer.text())


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int
    indent: int
    width: int = 2


@dataclass(slots=True)
class _Writer:
    """Collects the inline text of the open block in `run` and writes it as lines, each with the group it stands close to."""

    layout: frozenset[int]
    lines: list[tuple[int, str]] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    marker: str = ""
    rows: list[list[Cell]] | None = None
    in_cell: bool = False
    preformatted: int = 0
    groups: Iterator[int] = field(default_factory=count)
    list_group: int = 0
    repeats: int = 1_000_000

    def enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if node.is_text_node:
            self._text(node.text_content or "")
        elif tag == "br":
            self.run.append(" " if self.in_cell else _BREAK)
        elif tag == "sup":
            self.run.append("<sup>")
        elif tag in _BLOCKS:
            self._boundary()
            self._open(tag, node)

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "sup":
            if self.run and self.run[-1] == "<sup>":
                self.run.pop()
            else:
                self.run.append("</sup>")
        elif tag in _BLOCKS:
            self._close(tag, node)

    def text(self) -> str:
        """The lines, a blank one between groups."""
        pieces: list[str] = []
        last = None
        for group, line in self.lines:
            pieces.append(line if last is None else ("\n" if group == last else "\n\n") + line)
            last = group
        return "".join(pieces) + ("\n" if pieces else "")

    def first_heading(self) -> str:
        """The words of the first `<h1>`; empty without one."""
        return next((line[2:] for _, line in self.lines if line.startswith("# ")), "")

    def _text(self, text: str) -> None:
        text = text.translate(_STRIPPED)
        if self.preformatted and not self.in_cell:
            text = text.replace("\r\n", "\n").replace("\n", _BREAK).replace(" ", _SPACE)
        self.run.append(text)

    def _open(self, tag: str, node: LexborNode) -> None:
        if tag == "pre":
            self.preformatted += 1
        elif self.rows is not None:
            if tag == "tr":
                self.rows.append([])
            elif tag in CELLS:
                self.in_cell = True
        elif tag == "table" and node.mem_id not in self.layout:
            self.rows = []
        elif tag in _LISTS:
            self._open_list(tag, node)
        elif tag == "li":
            self._open_item(node)

    def _close(self, tag: str, node: LexborNode) -> None:
        if tag in LEVELS and not self.in_cell:
            self._heading(LEVELS[tag])
        elif self.in_cell and tag in CELLS:
            self._cell(node)
        elif self.rows is not None and tag == "table":
            self._table()
        else:
            self._boundary()
            if tag in _LISTS and self.lists and self.rows is None:
                self.lists.pop()
            elif tag == "li" and self.rows is None:
                self.marker = ""
        if tag == "pre":
            self.preformatted -= 1

    def _open_list(self, tag: str, node: LexborNode) -> None:
        if self.lists:
            outer = self.lists[-1]
            indent = min(outer.indent + outer.width, _DEEPEST_INDENT)
        else:
            indent, self.list_group = 0, next(self.groups)
        self.lists.append(_List(tag == "ol", _whole(node, "start", 1), indent))

    def _open_item(self, node: LexborNode) -> None:
        if not self.lists:
            self.marker = "- "
            return
        items = self.lists[-1]
        if items.ordered:
            number = _whole(node, "value", items.number)
            items.number = number + 1
            self.marker = f"{number}. "
        else:
            self.marker = "- "
        items.width = len(self.marker)

    def _boundary(self) -> None:
        """The open block ends here: in a cell that is a space, elsewhere its lines are written."""
        if self.in_cell:
            self.run.append(" ")
            return
        lines = self._finished()
        if not lines:
            return
        if not self.lists:
            group = next(self.groups)
            self.lines += [(group, line if n else self.marker + line) for n, line in enumerate(lines)]
        else:
            items = self.lists[-1]
            first = " " * items.indent + self.marker if self.marker else " " * (items.indent + items.width)
            rest = " " * (items.indent + items.width)
            self.lines += [(self.list_group, (rest if n else first) + line) for n, line in enumerate(lines)]
        self.marker = ""

    def _heading(self, level: int) -> None:
        words = " ".join(line.strip() for line in self._finished())
        if words:
            self.lines.append((next(self.groups), f"{'#' * level} {words}"))
            self.list_group = next(self.groups)

    def _cell(self, node: LexborNode) -> None:
        self.in_cell = False
        value = " ".join(self._finished())
        if self.rows:
            self.rows[-1].append(Cell(value, _whole(node, "rowspan", 1), _whole(node, "colspan", 1)))

    def _table(self) -> None:
        grid, self.repeats = expand(self.rows or [], self.repeats)
        self.rows = None
        group = next(self.groups)
        self.lines += [(group, "\t".join(row)) for row in grid if any(row)]
        self.list_group = next(self.groups)

    def _finished(self) -> list[str]:
        """The lines of the open block, white space collapsed, blank ones at its ends left out; the block is empty then."""
        text = _WHITE.sub(" ", _SOFT_BREAK.sub("", "".join(self.run)))
        self.run.clear()
        lines = [line.strip(" ").replace(_SPACE, " ").rstrip() for line in text.split(_BREAK)]
        return [line for line in lines if line]


def _whole(node: LexborNode, attribute: str, default: int) -> int:
    """The value of an attribute that is a whole number of at most six digits."""
    written = (node.attributes.get(attribute) or "").strip()
    return int(written) if re.fullmatch(r"[0-9]{1,6}", written) else default
