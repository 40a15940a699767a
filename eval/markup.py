"""Pieces of HTML for the report; everything that was read is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def grid(head: Iterable[str], rows: Iterable[Sequence[str]], cell: str = "n") -> str:
    """A table that scrolls by itself where the page is narrow; the first cell of a row is its heading, the others are of the class."""
    titles = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    body = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="{cell}">{escape(words)}</td>' for words in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return f'<div class="wide"><table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def listing(title: str, items: Sequence[str], level: str = "h2", counter: str = "件") -> str:
    """A heading with the number of items, and the list; nothing without an item."""
    if not items:
        return ""
    listed = "\n".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<{level}>{title}（{len(items)}{counter}）</{level}>\n<ul>\n{listed}\n</ul>"


def quoted(words: str, where: str) -> str:
    """Words of a document, and where they stand."""
    return f'<blockquote>{escape(words)}</blockquote><div class="where">{escape(where)}</div>'


def pairs(items: Iterable[tuple[str, str]]) -> str:
    """Names with what belongs to them, which is HTML already."""
    return "<dl>\n" + "\n".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in items) + "\n</dl>"


def figure(chart: str, caption: str) -> str:
    """A chart with its caption."""
    return f"<figure>{chart}<figcaption>{escape(caption)}</figcaption></figure>"
