"""Words and dates as the app shows them, safe to put into HTML and Markdown."""

from __future__ import annotations

import re
from datetime import date

from rag.answers import address
from rag.dates import current_version, in_force
from rag.snapshot import DocumentRow, Snapshot
from rag.standing import Standing, note, standing
from rag.types import Answer, Document, Meta, Span

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")


def markdown(words: str) -> str:
    """Words as Markdown that shows them as they are: no emphasis, link, image, formula or icon comes of them."""
    return _PUNCTUATION.sub(r"\\\1", _SPACES.sub(" ", words))


def shortened(words: str, limit: int) -> str:
    """Words on one line, at most `limit` characters of them."""
    line = _SPACES.sub(" ", words).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def section_name(title: str, path: tuple[str, ...]) -> str:
    """Where in a document: its section path, without an outermost section that only repeats the document's title."""
    return address(path[1:] if path and path[0].endswith(title) else path)


def japanese_date(day: str | date) -> str:
    """A date or partial date as it is written in Japanese: `2026-04` is 2026年4月."""
    return "".join(f"{int(part)}{unit}" for part, unit in zip(str(day).split("-"), "年月日", strict=False))


def term(meta: Meta) -> str:
    """From when to when a version is in force, or when it was published; empty when nothing is known."""
    if meta.effective_from or meta.effective_to:
        since = f"{japanese_date(meta.effective_from)}施行" if meta.effective_from else ""
        until = f"{japanese_date(meta.effective_to)}まで" if meta.effective_to else ""
        return "、".join(filter(None, (since, until)))
    return f"{japanese_date(meta.published)}発行" if meta.published else ""


def stands(snapshot: Snapshot, row: DocumentRow, on: date) -> Standing:
    """How a version of a document stands on a day among the document's versions."""
    versions = [other for other in snapshot.documents() if other.id == row.id]
    return standing(row.meta, current_version(versions, on) == row, on)


def mark(meta: Meta, on: date) -> str:
    """［未施行］ or ［失効］ where a version is not in force on the day, else nothing."""
    found = standing(meta, in_force(meta, on), on)
    return "" if found == "現行" else f"［{found}］"


def bases(answer: Answer, snapshot: Snapshot, on: date) -> tuple[str, ...]:
    """By which version of each cited document an answer was given on a day: 「旅費規程: 2026-04-01施行の版（2.0）による」."""
    rows = dict.fromkeys(snapshot.row(c.doc_id, c.version) for c in answer.citations)
    found = ((row.title, note(row.meta, row.version, stands(snapshot, row, on), on)) for row in rows)
    return tuple(f"{title}: {clause}" for title, clause in found if clause)


def pages_of(document: Document, span: Span) -> tuple[int, ...]:
    """The numbers of the pages, sheets or slides over which the words run, in order."""
    return tuple(p.number for p in document.pages if p.span.overlap(span) or p.span.start <= span.start < p.span.end)


def page_name(document: Document, span: Span) -> str:
    """Where the words stand, for a reader: 「3ページ」, 「3〜4ページ」 or 「シート 別表1」; empty where the format has no pages."""
    numbers = pages_of(document, span)
    if not numbers:
        return ""
    label = next(page.label for page in document.pages if page.number == numbers[0])
    if label:
        return f"シート {label}"
    return f"{numbers[0]}ページ" if len(numbers) == 1 else f"{numbers[0]}〜{numbers[-1]}ページ"
