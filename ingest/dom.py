"""The tree of a web page: its visible nodes in order, and which of its tables are only there for the layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.errors import UnreadableFile

LEVELS = {f"h{n}": n for n in range(1, 7)}
CELLS = frozenset(("td", "th"))

_DROPPED = frozenset(
    (
        *("script", "style", "nav", "template", "noscript", "head"),
        *("iframe", "object", "svg", "canvas", "video", "audio", "select", "button", "textarea", "datalist"),
        *("rt", "rp", "rtc"),  # the readings of ruby
        *("del", "s", "strike"),  # words that no longer stand
    )
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_CLOSES_ITSELF = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"),
        *("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "rt", "rp"),
    )
)
_FORMATS = frozenset(("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"))
_DEEPEST = 20_000
_MOST_CARRIED, _USUAL = 300_000, 4


def parsed(markup: str) -> LexborHTMLParser:
    """The tree of a page.

    Raises:
        UnreadableFile: elements nest deeper than any page does, or thousands of `<b>` and the like are left open: the parser's time
            grows with the square of their number.
    """
    if markup.count("<") > _DEEPEST and _depth(markup) > _DEEPEST:
        raise UnreadableFile("要素の入れ子が深すぎて読めないので、ブラウザで開いて保存し直してください。")
    if _carried(markup) > _MOST_CARRIED:
        raise UnreadableFile("閉じていない書式のタグが多すぎて読めないので、ブラウザで開いて保存し直してください。")
    return LexborHTMLParser(markup)


def walk(root: LexborNode) -> Iterator[tuple[bool, LexborNode]]:
    """Each node that is shown, on entering (True) and on leaving it; without recursion, as pages nest thousands deep."""
    todo = [(True, root)]
    while todo:
        entering, node = todo.pop()
        if entering and node.is_element_node and _is_dropped(node):
            continue
        yield entering, node
        if entering and node.is_element_node:
            todo.append((False, node))
            todo.extend((True, child) for child in reversed(list(node.iter(include_text=True))))


def layout_tables(root: LexborNode) -> frozenset[int]:
    """The tables (by `mem_id`) that only place things on the page: they hold headings, tables or one column of blocks."""
    layout: set[int] = set()
    shapes: list[_Shape] = []  # of the tables that are open
    for entering, node in walk(root):
        tag = node.tag
        if tag == "table" and not entering:
            shape = shapes.pop()
            if shape.is_layout():
                layout.add(shape.table)
        elif entering and shapes:
            shapes[-1].count(tag or "")
        if tag == "table" and entering:
            shapes.append(_Shape(node.mem_id))
    return frozenset(layout)


@dataclass(slots=True)
class _Shape:
    table: int
    in_row: int = 0
    widest: int = 0
    blocks: int = 0
    parts: int = 0

    def count(self, tag: str) -> None:
        if tag == "tr":
            self.in_row = 0
        elif tag in CELLS:
            self.in_row += 1
            self.widest = max(self.widest, self.in_row)
        elif tag in ("p", "div", "ul", "ol", "dl"):
            self.blocks += 1
        elif tag == "table" or tag in LEVELS:
            self.parts += 1

    def is_layout(self) -> bool:
        return self.parts > 0 or (self.widest <= 1 and self.blocks > 0)


def _depth(markup: str) -> int:
    """How many elements are open at the most at one place, as far as tags show it."""
    depths: Counter[str] = Counter()
    now = most = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name in _CLOSES_ITSELF or (match[1] and not depths[name]):
            continue
        step = -1 if match[1] else 1
        depths[name] += step
        now += step
        most = max(most, now)
    return most


def _carried(markup: str) -> int:
    """About how many elements the parser adds because it opens formatting that was left open again in each block behind it.

    Of elements that are alike at most three are opened again (HTML, "the list of active formatting elements").
    """
    left: dict[str, list[str]] = {name: [] for name in _FORMATS}
    alike: Counter[str] = Counter()
    now = carried = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name not in _FORMATS:
            carried += 0 if match[1] else max(0, now - _USUAL)
        elif not match[1]:
            whole = markup[match.start() : match.end() + 200].partition(">")[0]
            if alike[whole] < 3:
                alike[whole] += 1
                left[name].append(whole)
                now += 1
        elif left[name]:
            alike[left[name].pop()] -= 1
            now -= 1
    return carried


def _is_dropped(node: LexborNode) -> bool:
    if node.tag in _DROPPED:
        return True
    attributes = node.attributes
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") == "navigation"
        or _HIDING_STYLE.search(attributes.get("style") or "") is not None
    )
