"""Opening the place that a question names («旅費規程第12条第3項»), and following the references of what an answer rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from rag.addresses import Address, asked_address
from rag.dates import current_version
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
        self._current = lru_cache(maxsize=8)(self._in_force)

    def _in_force(self, on: date) -> tuple[DocumentRow, ...]:
        versions: dict[str, list[DocumentRow]] = {}
        for row in self._snapshot.documents():
            versions.setdefault(row.id, []).append(row)
        return tuple(chosen for rows in versions.values() if (chosen := current_version(rows, on)))

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
        sentences: list[Sentence] = []
        citations: list[Citation] = []
        passages: list[Passage] = []
        for row, span in found[:_MOST_DOCUMENTS]:
            there = [p for p in self._snapshot.passages(row.id, row.version) if p.span.overlap(span)]
            passages += there
            for passage, unit in _units(there, span):
                words = sentence(unit.span.of(self._snapshot.document(row.id, row.version).text))
                if len(citations) >= CITATIONS or (sentences and sum(len(s.text) for s in sentences) + len(words) > length):
                    break
                citations.append(
                    cite(self._snapshot, passage, Span(unit.span.start, min(unit.span.end, unit.span.start + QUOTE_LIMIT)))
                )
                sentences.append(Sentence(words[:length], (len(citations) - 1,)))
        opened = {p.id for p in passages}
        top = near[0].score if near else 1.0
        hits = (*(Hit(p, top) for p in passages), *(h for h in near if h.passage.id not in opened))
        return Answer(question, tuple(sentences), tuple(citations), hits, confidence=1.0)

    def _named(self, address: Address, on: date) -> tuple[DocumentRow, ...]:
        rows = self._current(on)
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
        numbers = self._snapshot.numbers(row.id, row.version) if spans else range(0)
        there = zip(numbers, self._snapshot.at(numbers), strict=True)
        return tuple(n for n, p in there if any(p.span.overlap(span) for span in spans))[:FOLLOWED]


def _units(passages: Sequence[Passage], span: Span) -> Iterator[tuple[Passage, Unit]]:
    """The units inside a span that say something, cut to it."""
    for passage in passages:
        for unit in passage.units:
            if unit.kind != "heading" and unit.span.overlap(span):
                cut = Span(max(unit.span.start, span.start), min(unit.span.end, span.end))
                yield passage, replace(unit, span=cut)
