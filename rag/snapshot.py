"""An index snapshot: an immutable folder with the documents and passages (SQLite), the BM25 matrices and the vectors.

An index folder holds `CURRENT`, the name of the snapshot in use, and `snapshots/NAME/`. A reader keeps the snapshot that it
opened; a writer builds a new one aside and replaces `CURRENT` by one atomic rename.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexMismatch, IndexMissing
from rag.glossary import Glossary
from rag.readings import Readings
from rag.sparse import SparseLeg
from rag.stored import load_meta, load_pages, load_path, load_section, load_units
from rag.terms import tokenizer_name
from rag.types import Document, Meta, Passage, Section, Span
from rag.vectors import VectorLeg

FORMAT = 4
"""The version of the snapshot's layout."""
CURRENT, SNAPSHOTS, MANIFEST, DATABASE, TERMS, GRAMS, VECTORS, GLOSSARY, READINGS = (
    "CURRENT", "snapshots", "manifest.json", "documents.sqlite", "terms", "grams", "vectors.faiss", "glossary.json", "readings.json",
)  # fmt: skip

SCHEMA = """
CREATE TABLE documents(
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    pages TEXT NOT NULL, meta TEXT NOT NULL, key TEXT NOT NULL, characters INTEGER NOT NULL, UNIQUE(id, version));
CREATE TABLE sections(doc INTEGER NOT NULL, start INTEGER, end INTEGER, heading_start INTEGER, heading_end INTEGER, path TEXT);
CREATE INDEX sections_by_place ON sections(doc, start);
CREATE TABLE passages(
    n INTEGER PRIMARY KEY, doc INTEGER NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, start INTEGER, end INTEGER, text TEXT, units TEXT);
CREATE INDEX passages_by_document ON passages(doc, n);
"""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One version of a document as a list shows it; `number` is its row in the snapshot, `passages` how many it has."""

    number: int
    id: str
    version: str
    source: str
    title: str
    meta: Meta
    characters: int
    passages: int


class Snapshot:
    """The open snapshot of an index. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Mapping[str, Any] = _read_manifest(folder)
        self._local = threading.local()
        self._document = lru_cache(maxsize=32)(self._read_document)

    @classmethod
    def open(cls, index: Path) -> Self:
        """Open the current snapshot of an index folder.

        Raises IndexMissing when there is none, IndexMismatch when another version of the program or dictionary wrote it.
        """
        name = current_name(index)
        if name is not None and not (index / SNAPSHOTS / name).is_dir():
            name = current_name(index)  # switched between the two looks
        if name is None:
            raise IndexMissing(
                f"索引「{index}」がまだないので、先に「tenkyo ingest フォルダー --index {index}」で文書を登録してください。"
            )
        return cls(index / SNAPSHOTS / name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close this thread's connection; what was read stays valid."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    @property
    def _database(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            uri = (self.folder / DATABASE).absolute().as_uri() + "?mode=ro&immutable=1"
            self._local.connection = sqlite3.connect(uri, uri=True)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @property
    def name(self) -> str:
        """The snapshot's name: the hash of what it was built from."""
        return self.folder.name

    @property
    def size(self) -> int:
        """The number of passages."""
        return int(self.manifest["passages"])

    @cached_property
    def glossary(self) -> Glossary:
        """The glossary that the index was built with."""
        return Glossary.from_json((self.folder / GLOSSARY).read_text(encoding="utf-8"))

    @cached_property
    def readings(self) -> Readings:
        """The documents' words by how they are read."""
        return Readings.from_json((self.folder / READINGS).read_text(encoding="utf-8"))

    @cached_property
    def terms(self) -> SparseLeg:
        """BM25 over terms."""
        return SparseLeg(self.folder / TERMS, self.size)

    @cached_property
    def grams(self) -> SparseLeg:
        """BM25 over character 2- and 3-grams."""
        return SparseLeg(self.folder / GRAMS, self.size)

    @cached_property
    def vectors(self) -> VectorLeg:
        """The passages' vectors."""
        return VectorLeg(self.folder / VECTORS)

    @cached_property
    def passage_document(self) -> NDArray[np.int64]:
        """For each passage the row number of its document, shape (passages,)."""
        return np.fromiter((n for (n,) in self._database.execute("SELECT doc FROM passages ORDER BY n")), np.int64, self.size)

    @cached_property
    def _rows(self) -> tuple[DocumentRow, ...]:
        """All versions of all documents, by source."""
        counts = np.bincount(self.passage_document, minlength=1)
        found = self._database.execute(
            "SELECT n, id, version, source, title, meta, characters FROM documents ORDER BY source, version"
        )
        return tuple(
            DocumentRow(n, doc, version, source, title, load_meta(meta), size, int(counts[n]) if n < len(counts) else 0)
            for n, doc, version, source, title, meta, size in found
        )

    def documents(self) -> tuple[DocumentRow, ...]:
        """All versions of all documents, by source."""
        return self._rows

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], DocumentRow]:
        return {(row.id, row.version): row for row in self._rows}

    def row(self, doc_id: str, version: str) -> DocumentRow:
        """The row of one version of a document; KeyError when there is none."""
        return self._by_key[doc_id, version]

    def document(self, doc_id: str, version: str) -> Document:
        """One version of a document with its whole text; KeyError when there is none."""
        return self._document(self.row(doc_id, version).number)

    def _read_document(self, number: int) -> Document:
        query = "SELECT id, version, source, title, text, pages, meta FROM documents WHERE n = ?"
        doc, version, source, title, text, pages, meta = self._database.execute(query, (number,)).fetchone()
        return Document(doc, version, source, title, text, load_pages(pages), load_meta(meta))

    def sections(self, doc_id: str, version: str) -> tuple[Section, ...]:
        """The sections of a document, parents before children."""
        query = "SELECT start, end, heading_start, heading_end, path FROM sections WHERE doc = ? ORDER BY rowid"
        return tuple(load_section(r) for r in self._database.execute(query, (self.row(doc_id, version).number,)))

    def path_at(self, doc_id: str, version: str, span: Span) -> tuple[str, ...]:
        """The path of the innermost section that holds the span's beginning; empty outside all sections."""
        query = "SELECT path FROM sections WHERE doc = ? AND start <= ? AND end > ? ORDER BY start DESC, rowid DESC LIMIT 1"
        found = self._database.execute(query, (self.row(doc_id, version).number, span.start, span.start)).fetchone()
        return load_path(found[0]) if found else ()

    def passages(self, doc_id: str, version: str) -> tuple[Passage, ...]:
        """The passages of a document in reading order."""
        return self._passages("p.doc = ? ORDER BY p.n", (self.row(doc_id, version).number,))

    def at(self, numbers: Sequence[int]) -> tuple[Passage, ...]:
        """The passages with the given index numbers, in that order."""
        if not numbers:
            return ()
        marks = ",".join("?" * len(numbers))
        query = _PASSAGE + f" WHERE p.n IN ({marks})"
        found = {row[0]: _passage(row) for row in self._database.execute(query, [int(n) for n in numbers])}
        return tuple(found[int(n)] for n in numbers)

    def _passages(self, where: str, values: Sequence[object]) -> tuple[Passage, ...]:
        return tuple(_passage(row) for row in self._database.execute(f"{_PASSAGE} WHERE {where}", values))


_PASSAGE = (
    "SELECT p.n, p.id, d.id, d.version, p.path, p.start, p.end, p.text, p.units FROM passages p JOIN documents d ON d.n = p.doc"
)


def _passage(row: Sequence[Any]) -> Passage:
    _, passage_id, doc_id, version, path, start, end, text, units = row
    return Passage(passage_id, doc_id, version, load_path(path), Span(start, end), text, load_units(units))


def current_name(index: Path) -> str | None:
    """The name of the index folder's current snapshot, None when it has none."""
    try:
        name = (index / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise IndexMissing(
            f"索引「{index}」を読む権限がないので、権限のある人に頼むか、別のフォルダーを --index で指定してください。"
        ) from error
    return name if name and (index / SNAPSHOTS / name / MANIFEST).is_file() else None


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    again = "「tenkyo ingest」で文書をもう一度登録してください。"
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise IndexMismatch(f"索引「{folder}」のmanifest.jsonが壊れているので、{again}") from error
    expected = {"format": FORMAT, "tokenizer": tokenizer_name()}
    for key, value in expected.items():
        if manifest.get(key) != value:
            raise IndexMismatch(
                f"索引「{folder}」は別の版で作られており（{key}: {manifest.get(key)}、必要なのは{value}）、読めないので、{again}"
            )
    for name, size in manifest["files"].items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size:
            raise IndexMismatch(f"索引「{folder}」のファイル「{name}」が欠けているか壊れているので、{again}")
    return manifest
