"""What a segment keeps of a document, made in the process that does the document's work, or taken over from an older segment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from ingest.dating import dated
from ingest.entry import Derived, Entry, gram_keys, make_entry
from ingest.staging import staged_document
from rag.encoder import Encoder
from rag.postings import passage_of
from rag.readings import words_in
from rag.segment import VECTORS, Segment, packed, text_blocks
from rag.stored import compact, dump_meta, dump_passages, dump_sections
from rag.types import Document, Passage, passage_id
from rag.vectors import read_codes

Places = Mapping[str, tuple[Path, int]]
"""Where work has been done: from a document's key to a segment's folder and the document's place there."""
_OPEN = 4
"""Older segments that are kept open."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A document as its segment keeps it: metadata and notes in JSON, the text and what else is large compressed, each passage in JSON,
    what is derived of them, and how often it has the words that may be asked for by their reading."""

    meta: str
    notes: str
    characters: int
    sections: bytes
    layout: bytes | None
    texts: tuple[tuple[int, bytes], ...]
    passages: tuple[str, ...]
    derived: Derived
    spelt: Mapping[str, int]

    @classmethod
    def of(cls, document: Document, entry: Entry) -> Self:
        """The record of a document whose work is done."""
        told, cautions = dated(document)
        return cls(
            dump_meta(told.meta),
            json.dumps([caution.reason for caution in cautions], ensure_ascii=False),
            len(document.text),
            packed(dump_sections(entry.sections)),
            document.layout.packed if document.layout else None,
            tuple(text_blocks(document.text)),
            tuple(map(compact, dump_passages(entry.passages))),
            entry.derived,
            words_in(document.text),
        )


class Recorder:
    """Makes the records of documents that are staged in a database file."""

    def __init__(self, staged: Path, encoder: Encoder) -> None:
        self._database = sqlite3.connect(staged.absolute().as_uri() + "?mode=ro&immutable=1", uri=True)
        self._encoder = encoder
        self._older = lru_cache(maxsize=_OPEN)(_Older)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def record(self, row: int, done: tuple[Path, int] | None) -> Record:
        """The record of the document in a row, whose work is done now unless it has been done in the given place."""
        document = staged_document(self._database, row)
        if done is None:
            return Record.of(document, make_entry(document, self._encoder))
        folder, place = done
        return Record.of(document, self._older(folder).entry(document, place))


class _Older:
    """An older segment whose documents' work is taken over."""

    def __init__(self, folder: Path) -> None:
        self._segment = Segment(folder)
        self._keys = self._segment.terms.keys()
        self._passages = passage_of(self._keys)
        self._codes = read_codes(folder / VECTORS)

    def entry(self, document: Document, place: int) -> Entry:
        """The entry of the document at the place, equal to what `make_entry` gives."""
        first, end = int(self._segment.first[place]), int(self._segment.first[place + 1])
        found = tuple(self._passage(document, number) for number in range(first, end))
        a, b = np.searchsorted(self._passages, [first, end])
        derived = Derived(
            self._keys[a:b] - np.uint64(first << 8),
            self._segment.terms.lengths[first:end],
            *gram_keys(document, found),
            self._codes[first:end],
        )
        return Entry(self._segment.sections(place), found, derived)

    def _passage(self, document: Document, number: int) -> Passage:
        row = self._segment.passage(number)
        own = passage_id(document.id, document.version, row.span)
        return Passage(own, document.id, document.version, row.path, row.span, row.span.of(document.text), row.units)
