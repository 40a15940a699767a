"""Opening the place that a question names («旅費規程第12条第3項»), and following the references of what an answer rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from rag.addresses import Address, asked_address
from rag.places import Places, match_title, resolve
from rag.plain import sentence
from rag.reader import CITATIONS, QUOTE_LIMIT, cite
from rag.references import references, targets
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Answer, Citation, Hit, Passage, Section, Sentence, Span, Unit

FOLLOWED = 4
"""How many passages that the evidence refers to are read beside it."""
_MOST_DOCUMENTS = 3
_LONGEST = 1_000_000
"""References are not followed in documents with more characters."""


class Opener:
    """Finds places by their addresses in the documents of one snapshot. Threads may share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._places = lru_cache(maxsize=32)(lambda row: Places(snapshot.sections(row.id, row.version)))

    def open(self, question: str, on: date, length: int, near: Sequence[Hit]) -> Answer | None:
        """The words of the place that the question names, at most `length` characters of them, before the hits that are `near`.

        None where it names none, or no document where there are several; abstaining where the document is not registered, not in
        force, or has no such place.
        """
        address = asked_address(question)
        if address is None:
            return None
        rows = self._named(address, on)
        found = [(row, span) for row in rows if (span := self._span(row, address)) is not None]
        if not found:
            return Answer(question, hits=tuple(near), abstained=True, reason="near_miss") if address.title else None
        chosen = found[:_MOST_DOCUMENTS]
        passages = [p for row, span in chosen for p in self._snapshot.at(self._snapshot.holding(row.id, row.version, span))]
        spans = {(row.id, row.version): span for row, span in chosen}
        sentences: list[Sentence] = []
        citations: list[Citation] = []
        left = length
        for passage, unit in _units(passages, spans):
            text = self._snapshot.document(passage.doc_id, passage.version).text
            words = sentence(unit.of(text))
            if len(citations) >= CITATIONS or (sentences and len(words) > left):
                break
            sentences.append(Sentence(words[:length], (len(citations),)))
            citations.append(cite(self._snapshot, passage, Span(unit.start, min(unit.end, unit.start + QUOTE_LIMIT))))
            left -= len(words)
        opened = {p.id for p in passages}
        top = near[0].score if near else 1.0
        hits = (*(Hit(p, top) for p in passages), *(h for h in near if h.passage.id not in opened))
        return Answer(question, tuple(sentences), tuple(citations), hits, confidence=1.0)

    def _named(self, address: Address, on: date) -> tuple[DocumentRow, ...]:
        rows = self._snapshot.in_force(on)
        if not address.title:
            return rows if len(rows) == 1 else ()
        return tuple(rows[i] for i in match_title(address.title, [row.title for row in rows]))

    def _span(self, row: DocumentRow, address: Address) -> Span | None:
        place = resolve(address, self._places(row), self._snapshot.document(row.id, row.version).text)
        return place.span if isinstance(place, Section) else place

    def followed(self, passage: Passage, unit: Unit) -> tuple[int, ...]:
        """The numbers of the passages that the words of a unit refer to (前項, 第10条, 別表第1), at most FOLLOWED."""
        row = self._snapshot.row(passage.doc_id, passage.version)
        if row.characters > _LONGEST:
            return ()
        text = self._snapshot.document(row.id, row.version).text
        path = self._snapshot.path_at(row.id, row.version, unit.span)
        places = self._places(row)
        spans = [s.span for r in references(text, unit.span, path) for s in targets(r, path, places)]
        found = (n for span in spans for n in self._snapshot.holding(row.id, row.version, span))
        return tuple(dict.fromkeys(found))[:FOLLOWED]


def _units(passages: Sequence[Passage], spans: Mapping[tuple[str, str], Span]) -> Iterator[tuple[Passage, Span]]:
    """The units inside the opened span of their document that say something, cut to it."""
    for passage in passages:
        span = spans[passage.doc_id, passage.version]
        for unit in passage.units:
            if unit.kind != "heading" and unit.span.overlap(span):
                yield passage, Span(max(unit.span.start, span.start), min(unit.span.end, span.end))
