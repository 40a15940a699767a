"""The dates that a document states of itself: when it was made or last amended, from when and until when it is in force.

They fill what no manifest says. A wrong date silences a document, so only what the text says of itself in one of the usual
ways counts; a date left to a later act (政令で定める日) stays unknown. Three places are read: the head above the first chapter
or article, a table of the versions (改訂履歴), and the supplementary provisions (附則).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.datemark import Dating, narrow
from ingest.inputs import Caution
from ingest.supplement import supplement_dates
from ingest.titlepage import head_dates, history_dates, lacks_amendment
from rag.dates import first_day, last_day
from rag.types import Document


def dated(document: Document) -> tuple[Document, list[Caution]]:
    """The document with the dates that its manifest left empty, as its text states them, and what a person should look at."""
    found = datings(document.text)
    made = max((d.date for d in found if d.kind == "published"), default="")
    start = _start(found, made)
    begins = document.meta.effective_from or start
    ends = "" if document.meta.effective_to else _end(found, begins or made)
    meta = replace(
        document.meta,
        published=document.meta.published or made,
        effective_from=begins if _in_order(begins, document.meta.effective_to) else document.meta.effective_from,
        effective_to=document.meta.effective_to or ends,
    )
    return replace(document, meta=meta), list(_cautions(document, found, begins, ends))


def datings(text: str) -> tuple[Dating, ...]:
    """The dates that the text states of itself, in reading order."""
    plain = narrow(text)
    head = list(head_dates(plain))
    if lacks_amendment(plain):
        return tuple(head)
    found = {*head, *history_dates(plain), *supplement_dates(plain, head)}
    return tuple(sorted(found, key=lambda d: (d.span, d.kind)))


def _start(found: Sequence[Dating], made: str) -> str:
    """The day on which the latest amendment comes into force; empty when it is unknown."""
    latest, key = "", ""
    for dating in (d for d in found if d.kind == "effective_from"):
        own = dating.of or dating.date or key
        if own >= key:
            latest, key = dating.date, own
    return latest if latest and (key == made or _in_order(made, latest)) else ""


def _end(found: Iterable[Dating], begins: str) -> str:
    """The last day of force; empty when none is stated, or one before the document's beginning."""
    last = max((d.date for d in found if d.kind == "effective_to"), default="")
    return last if _in_order(begins, last) else ""


def _in_order(first: str, last: str) -> bool:
    return not first or not last or first_day(first) <= last_day(last)


def _cautions(document: Document, found: Iterable[Dating], begins: str, ends: str) -> Iterator[Caution]:
    later = [d for d in found if d.kind == "partial" and d.of == begins and d.date > begins]
    for dating in later[:3]:
        words = "".join(dating.span.of(document.text).split())
        yield Caution(
            document.source,
            f"「{words}」とあり、この部分は文書全体の施行日（{begins}）には施行されないので、答えに使うときは日付を確かめてください。",
        )
    if ends:
        yield Caution(
            document.source,
            f"本文の記載から{ends}に効力を失う文書として扱うので、違うときは manifest.yaml の effective_to に正しい日付を書いてください。",
        )
