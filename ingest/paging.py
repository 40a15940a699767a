"""Sheets and slides as the pages of one text."""

from __future__ import annotations

from collections.abc import Iterable

from rag.radicals import repaired
from rag.types import Page, Span


def paged(parts: Iterable[tuple[int, str, list[str]]]) -> tuple[str, tuple[Page, ...]]:
    """The text of pages given as (number, label, lines), a blank line between them, and the pages, which together cover it."""
    texts: list[str] = []
    pages: list[Page] = []
    start = 0
    for number, label, lines in parts:
        if pages:
            texts[-1] += "\n"
            pages[-1] = Page(pages[-1].number, Span(pages[-1].span.start, start + 1), pages[-1].label)
            start += 1
        texts.append(repaired("\n".join(lines) + "\n"))
        pages.append(Page(number, Span(start, start + len(texts[-1])), label))
        start += len(texts[-1])
    return "".join(texts), tuple(pages)
