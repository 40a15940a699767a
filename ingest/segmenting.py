"""Writing one segment: the work of its documents, taken from an older segment where it has been done, else done now."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.dating import dated
from ingest.entry import Entry, gram_keys, make_entry
from ingest.staging import Plan, staged_document
from rag.encoder import Encoder
from rag.postings import Ids, Keys, Postings, passage_of, shifted
from rag.readings import words_in
from rag.segment import (
    GRAMS,
    PASSAGE_BLOCK,
    SCHEMA,
    SPELT,
    STORE,
    TERMS,
    TEXTS_BY_PLACE,
    VECTORS,
    Segment,
    packed,
    text_blocks,
)
from rag.stored import dump_meta, dump_passages, dump_sections
from rag.terms import common_grams
from rag.types import Document, Passage, passage_id
from rag.vectors import read_vectors, write_vectors

PART = ".part"
"""The end of the name of a folder that is being written."""
Places = Mapping[str, tuple[Path, int]]
"""Where work has been done: from a document's key to a segment's folder and the document's place there."""


@dataclass(slots=True)
class _Old:
    """An older segment whose documents' work is taken over."""

    segment: Segment
    keys: Keys
    passages: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @classmethod
    def open(cls, folder: Path) -> _Old:
        segment = Segment(folder)
        keys = segment.terms.keys()
        return cls(segment, keys, passage_of(keys), read_vectors(folder / VECTORS))

    def entry(self, document: Document, place: int) -> Entry:
        """The entry of the document at the place, equal to what `make_entry` gives."""
        first, end = int(self.segment.first[place]), int(self.segment.first[place + 1])
        found = tuple(self._passage(document, number) for number in range(first, end))
        a, b = np.searchsorted(self.passages, [first, end])
        return Entry(
            self.segment.sections(place),
            found,
            self.keys[a:b] - np.uint64(first << 8),
            self.segment.terms.lengths[first:end],
            *gram_keys(document, found),
            self.vectors[first:end],
        )

    def _passage(self, document: Document, number: int) -> Passage:
        row = self.segment.passage(number)
        own = passage_id(document.id, document.version, row.span)
        return Passage(own, document.id, document.version, row.path, row.span, row.span.of(document.text), row.units)


def write_segment(folder: Path, staged: Path, plan: Plan, done: Places, encoder: Encoder, progress: Callable[[int], None]) -> int:
    """Write the planned segment into a new folder of its name below `folder`; returns how many documents' work was done anew.

    `progress` gets the characters of each document as it is done. The folder appears whole or not at all.
    """
    part = folder / (plan.name + PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with closing(_read_only(staged)) as database:
        made = _write(part, database, plan, done, encoder, progress)
    for file in part.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    part.rename(folder / plan.name)
    return made


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file.absolute().as_uri() + "?mode=ro&immutable=1", uri=True)


def _write(
    part: Path, database: sqlite3.Connection, plan: Plan, done: Places, encoder: Encoder, progress: Callable[[int], None]
) -> int:
    terms, grams = _Lists(), _Lists()
    vectors: list[NDArray[np.float32]] = [np.zeros((0, encoder.dim), np.float32)]
    spelt: Counter[str] = Counter()
    made = 0
    with closing(sqlite3.connect(part / STORE)) as store:
        store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        passages = _PassageBlocks(store)
        for number, (document, entry, new) in enumerate(_entries(database, plan, done, encoder)):
            made += new
            _store(store, number, plan.keys[number], document, entry, terms.passages)
            passages.add(entry.passages)
            terms.add(entry.terms, entry.term_lengths)
            grams.add(entry.grams, entry.gram_lengths)
            vectors.append(entry.vectors)
            spelt.update(words_in(document.text))
            progress(len(document.text))
        passages.flush()
        store.execute(TEXTS_BY_PLACE)
        store.commit()
    terms.postings(np.zeros(0, np.uint32)).write(part / TERMS)
    grams.postings(common_grams()).write(part / GRAMS)
    write_vectors(part / VECTORS, np.concatenate(vectors))
    (part / SPELT).write_bytes(packed(dict(sorted(spelt.items()))))
    return made


def _entries(database: sqlite3.Connection, plan: Plan, done: Places, encoder: Encoder) -> Iterator[tuple[Document, Entry, bool]]:
    """The documents with their entries, and whether the work was done now."""
    old: dict[Path, _Old] = {}
    for row, key in zip(plan.rows, plan.keys, strict=True):
        document = staged_document(database, row)
        if key not in done:
            yield document, make_entry(document, encoder), True
            continue
        folder, place = done[key]
        if folder not in old:
            old[folder] = _Old.open(folder)
        yield document, old[folder].entry(document, place), False


def _store(store: sqlite3.Connection, number: int, key: str, document: Document, entry: Entry, first: int) -> None:
    layout = document.layout.packed if document.layout else None
    sections = packed(dump_sections(entry.sections))
    told, cautions = dated(document)
    notes = json.dumps([caution.reason for caution in cautions], ensure_ascii=False)
    row = (number, key, dump_meta(told.meta), notes, len(document.text), first, len(entry.passages), sections, layout)
    store.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    store.executemany("INSERT INTO texts VALUES (?, ?, ?)", ((number, *block) for block in text_blocks(document.text)))


class _PassageBlocks:
    """Writes passages in blocks."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._waiting: list[Passage] = []
        self._first = 0

    def add(self, passages: Sequence[Passage]) -> None:
        """Take the passages of a document."""
        self._waiting += passages
        while len(self._waiting) >= PASSAGE_BLOCK:
            self._put(PASSAGE_BLOCK)

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._put(len(self._waiting))

    def _put(self, size: int) -> None:
        block, self._waiting = self._waiting[:size], self._waiting[size:]
        self._store.execute("INSERT INTO passages VALUES (?, ?)", (self._first, packed(dump_passages(block))))
        self._first += size


class _Lists:
    """Gathers the keys of documents into those of a segment."""

    def __init__(self) -> None:
        self._keys: list[Keys] = [np.zeros(0, np.uint64)]
        self._lengths: list[NDArray[np.uint32]] = [np.zeros(0, np.uint32)]
        self.passages = 0

    def add(self, keys: Keys, lengths: NDArray[np.uint32]) -> None:
        """Add a document's keys after those before."""
        self._keys.append(shifted(keys, self.passages))
        self._lengths.append(lengths)
        self.passages += len(lengths)

    def postings(self, common: Ids) -> Postings:
        """The inverted lists of all."""
        return Postings.of(np.concatenate(self._keys), np.concatenate(self._lengths), common)
