"""Writing one segment from the records of its documents."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.record import Record
from ingest.staging import Plan
from rag.postings import Ids, Keys, Postings, shifted
from rag.segment import GRAMS, PASSAGE_BLOCK, SCHEMA, SPELT, STORE, TERMS, TEXTS_BY_PLACE, VECTORS, compressed, packed
from rag.terms import common_grams
from rag.vectors import write_codes

PART = ".part"
"""The end of the name of a folder that is being written."""


def write_segment(folder: Path, plan: Plan, records: Iterable[Record], dimension: int, progress: Callable[[int], None]) -> None:
    """Write the planned segment into a new folder of its name below `folder`, of the records of its documents in order.

    `progress` gets the characters of each document as its record comes. The folder appears whole or not at all.
    """
    part = folder / (plan.name + PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _write(part, plan, records, dimension, progress)
    for file in part.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    part.rename(folder / plan.name)


def _write(part: Path, plan: Plan, records: Iterable[Record], dimension: int, progress: Callable[[int], None]) -> None:
    terms, grams = _Lists(), _Lists()
    codes: list[NDArray[np.uint8]] = []
    spelt: Counter[str] = Counter()
    with closing(sqlite3.connect(part / STORE)) as store:
        store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        passages = _PassageBlocks(store)
        for number, (key, record) in enumerate(zip(plan.keys, records, strict=True)):
            _store(store, number, key, record, terms.passages)
            passages.add(record.passages)
            derived = record.derived
            terms.add(derived.terms, derived.term_lengths)
            grams.add(derived.grams, derived.gram_lengths)
            codes.append(derived.codes)
            spelt.update(record.spelt)
            progress(record.characters)
        passages.flush()
        store.execute(TEXTS_BY_PLACE)
        store.commit()
    terms.postings(np.zeros(0, np.uint32)).write(part / TERMS)
    grams.postings(common_grams()).write(part / GRAMS)
    write_codes(part / VECTORS, np.concatenate(codes), dimension)
    (part / SPELT).write_bytes(packed(dict(sorted(spelt.items()))))


def _store(store: sqlite3.Connection, number: int, key: str, record: Record, first: int) -> None:
    row = (
        number, key, record.meta, record.notes, record.characters, first, len(record.passages), record.sections, record.layout,
    )  # fmt: skip
    store.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    store.executemany("INSERT INTO texts VALUES (?, ?, ?)", ((number, *block) for block in record.texts))


class _PassageBlocks:
    """Writes passages in blocks."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._waiting: list[str] = []
        self._first = 0

    def add(self, passages: Sequence[str]) -> None:
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
        self._store.execute("INSERT INTO passages VALUES (?, ?)", (self._first, compressed("\n".join(block))))
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
