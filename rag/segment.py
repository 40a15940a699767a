"""A segment: an immutable folder with some of an index's documents in order, their passages, inverted lists and vectors.

Texts and passages lie compressed in blocks (SQLite), so that a passage is read without the rest of its document.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.database import FrozenDatabase
from rag.layout import Layout
from rag.postings import Postings
from rag.stored import PassageRow, compact, load_passage, load_sections
from rag.types import Section, Span

STORE, TERMS, GRAMS, VECTORS, SPELT = "store.sqlite", "terms.bin", "grams.bin", "vectors.faiss", "spelt.json.z"
TEXT_BLOCK, PASSAGE_BLOCK = 16_384, 16
"""Code points of a text and passages that are compressed together."""
SCHEMA = """
PRAGMA page_size = 1024;
CREATE TABLE documents(
    n INTEGER PRIMARY KEY, key TEXT, meta TEXT, notes TEXT, characters INTEGER, first INTEGER, passages INTEGER, sections BLOB, layout BLOB);
CREATE TABLE texts(doc INTEGER, start INTEGER, data BLOB);
CREATE TABLE passages(first INTEGER PRIMARY KEY, data BLOB);
"""
TEXTS_BY_PLACE = "CREATE INDEX texts_by_place ON texts(doc, start)"


def compressed(text: str) -> bytes:
    """JSON as the segment keeps it."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def expanded(data: bytes) -> str:
    """The text that `compressed` was given."""
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


def packed(value: object) -> bytes:
    """A value as compressed JSON."""
    return compressed(compact(value))


def unpacked(data: bytes) -> Any:
    """The value that `packed` was given."""
    return json.loads(expanded(data))


def text_blocks(text: str) -> Iterator[tuple[int, bytes]]:
    """The text in compressed blocks, each with where it starts. UTF-16 packs Japanese tighter than UTF-8."""
    for start in range(0, len(text), TEXT_BLOCK):
        yield start, zlib.compress(text[start : start + TEXT_BLOCK].encode("utf-16-le", "surrogatepass"))


class Segment:
    """An open segment. Threads may share it; numbers of documents and passages are those within the segment, from 0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = FrozenDatabase(folder / STORE)
        self._block = lru_cache(maxsize=256)(self._read_block)
        self._passages = lru_cache(maxsize=256)(self._read_passages)
        self.sections = lru_cache(maxsize=64)(self._read_sections)

    def close(self) -> None:
        """Close this thread's connection; what was read stays valid."""
        self._file.close()

    @property
    def _database(self) -> sqlite3.Connection:
        return self._file.connection

    @cached_property
    def terms(self) -> Postings:
        """The inverted lists of terms."""
        return Postings.open(self.folder / TERMS)

    @cached_property
    def grams(self) -> Postings:
        """The inverted lists of character 2- and 3-grams."""
        return Postings.open(self.folder / GRAMS)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the documents, in order."""
        return tuple(key for (key,) in self._database.execute("SELECT key FROM documents ORDER BY n"))

    def told(self) -> list[tuple[str, str]]:
        """The metadata of each document, with what its text tells beside the manifest, and what is to be looked at in that, as JSON."""
        return list(self._database.execute("SELECT meta, notes FROM documents ORDER BY n"))

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The first passage of each document and, last, the number of passages, shape (documents + 1,)."""
        rows = self._database.execute("SELECT first, passages FROM documents ORDER BY n").fetchall()
        return np.array([*(first for first, _ in rows), rows[-1][0] + rows[-1][1] if rows else 0], np.int64)

    def text(self, document: int) -> str:
        """The whole text of a document."""
        (size,) = self._database.execute("SELECT characters FROM documents WHERE n = ?", (document,)).fetchone()
        return self.words(document, Span(0, size))

    def words(self, document: int, span: Span) -> str:
        """The words of a span of a document's text."""
        first = span.start // TEXT_BLOCK * TEXT_BLOCK
        blocks = "".join(self._block(document, start) for start in range(first, max(span.end, first + 1), TEXT_BLOCK))
        return blocks[span.start - first : span.end - first]

    def _read_block(self, document: int, start: int) -> str:
        found = self._database.execute("SELECT data FROM texts WHERE doc = ? AND start = ?", (document, start)).fetchone()
        return zlib.decompress(found[0]).decode("utf-16-le", "surrogatepass") if found else ""

    def layout(self, document: int) -> Layout | None:
        """Where the document's code points stand on its pages, if it has any."""
        (data,) = self._database.execute("SELECT layout FROM documents WHERE n = ?", (document,)).fetchone()
        return Layout(data) if data else None

    def _read_sections(self, document: int) -> tuple[Section, ...]:
        """The sections of a document, parents before children."""
        (data,) = self._database.execute("SELECT sections FROM documents WHERE n = ?", (document,)).fetchone()
        return load_sections(unpacked(data))

    def passage(self, number: int) -> PassageRow:
        """A passage."""
        first = number - number % PASSAGE_BLOCK
        return load_passage(json.loads(self._passages(first)[number - first]))

    def _read_passages(self, first: int) -> list[str]:
        """The passages of a block, each in JSON on its line."""
        (data,) = self._database.execute("SELECT data FROM passages WHERE first = ?", (first,)).fetchone()
        return expanded(data).split("\n")

    def document_of(self, passage: int) -> int:
        """The document that holds a passage."""
        # A document without passages begins where the next one does: the last that begins here holds the passage.
        return bisect_right(self.first, passage) - 1

    def spelt(self) -> dict[str, int]:
        """The documents' words that may be asked for by their reading, with how often they stand there."""
        found: dict[str, int] = unpacked((self.folder / SPELT).read_bytes())
        return found
