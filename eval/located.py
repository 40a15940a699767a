"""Evidence as people name it, found in an index: a document by its file, ID or title, perhaps with an article, and words anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath

from eval.fold import fold
from eval.gold import Evidence, Gold
from rag.addresses import asked_address
from rag.places import Places, match_title, resolve
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Section, Span


def located(golds: Sequence[Gold], snapshot: Snapshot, on: date | None = None) -> tuple[Gold, ...]:
    """The questions with their evidence by the documents of an index: each `doc` a source, each `quote` words of it.

    A document or an article that is named without words becomes its passages, any one of which is enough. Of several versions the one
    in force on the day (today when None) is meant. What is not found stays as it is, and is then told as missing.
    """
    names = _Names(snapshot, on or date.today())
    return tuple(replace(gold, evidence=tuple(names.evidence(gold.evidence))) for gold in golds)


class _Names:
    def __init__(self, snapshot: Snapshot, on: date) -> None:
        self._snapshot = snapshot
        self._rows = snapshot.in_force(on)
        self._sources = {row.source for row in snapshot.documents()}
        self._plain = {key: row for row in reversed(self._rows) for key in _keys(row)}
        self._place = lru_cache(maxsize=None)(self._find)

    def evidence(self, given: Sequence[Evidence]) -> Iterator[Evidence]:
        for one in given:
            if one.doc in self._sources and one.quote:
                yield one
            elif one.doc:
                yield from self._named(one)
            else:
                yield from self._unnamed(one)

    def _named(self, one: Evidence) -> Iterator[Evidence]:
        found = self._place(one.doc)
        if found is None:
            yield one
        elif one.quote:
            yield Evidence(found[0].source, one.quote)
        else:
            yield from (Evidence(found[0].source, words) for words in self._passages(*found))

    def _unnamed(self, one: Evidence) -> Iterator[Evidence]:
        """Words alone: the title of a document, or what one of the documents says."""
        wanted = fold(one.quote)
        if wanted in self._plain:
            yield from self._named(Evidence(one.quote, ""))
            return
        texts = ((row.source, self._text(row)) for row in self._rows)
        holding = [source for source, text in texts if one.quote in text or wanted in fold(text)]
        yield from (Evidence(source, one.quote) for source in holding[:1] or [""])

    def _text(self, row: DocumentRow) -> str:
        return self._snapshot.document(row.id, row.version).text

    def _find(self, name: str) -> tuple[DocumentRow, Span | None] | None:
        """The document that a name means, and the part of it where the name has an address; None where that is not one document."""
        row = self._plain.get(fold(name))
        if row is not None:
            return row, None
        titles = [row.title for row in self._rows]
        address = asked_address(name)
        if address is not None and address.title:
            for i in match_title(address.title, titles):
                row = self._rows[i]
                place = resolve(address, Places(self._snapshot.sections(row.id, row.version)), self._text(row))
                if place is not None:
                    return row, place.span if isinstance(place, Section) else place
        several = match_title(name, titles)
        return (self._rows[several[0]], None) if len(several) == 1 else None

    def _passages(self, row: DocumentRow, span: Span | None) -> Sequence[str]:
        passages = self._snapshot.passages(row.id, row.version)
        if span is None:
            return [p.text for p in passages]
        cut = (Span(max(p.span.start, span.start), min(p.span.end, span.end)) for p in passages if p.span.overlap(span))
        text = self._text(row)
        return [words for part in cut if fold(words := part.of(text))]


def _keys(row: DocumentRow) -> Iterator[str]:
    """What a document is called, folded: its file with folders and without, with the suffix and without, its ID and its title."""
    file = PurePosixPath(row.source)
    for name in (row.title, row.id, file.stem, file.name, row.source):
        if fold(name):
            yield fold(name)
