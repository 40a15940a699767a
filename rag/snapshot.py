"""An index snapshot: an immutable folder with the catalogue of the documents (SQLite) and the segments that hold their texts, passages,
inverted lists and vectors.

An index folder holds `CURRENT`, the name of the snapshot in use, and `snapshots/NAME/`. A reader keeps the snapshot that it
opened; a writer builds a new one aside and replaces `CURRENT` by one atomic rename.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rag.database import FrozenDatabase
from rag.dates import current_version
from rag.errors import IndexMismatch, IndexMissing
from rag.glossary import Glossary
from rag.readings import Readings
from rag.scope import EVERYTHING, Scope
from rag.segment import VECTORS, Segment
from rag.sparse import SparseLeg
from rag.stored import Origin, load_meta, load_origin, load_pages
from rag.terms import term_ids, tokenizer_name
from rag.terms import terms as derive
from rag.types import Document, Meta, Passage, Section, Span, passage_id, path_at
from rag.vectors import VectorLeg

FORMAT = 7
"""The version of the snapshot's layout."""
CURRENT, SNAPSHOTS, MANIFEST, DATABASE, SEGMENTS, GLOSSARY, READINGS = (
    "CURRENT", "snapshots", "manifest.json", "documents.sqlite", "segments", "glossary.json", "readings.json",
)  # fmt: skip
ORIGINALS = "originals"
"""The folder of the copies of paged files, so that their pages can be shown."""

SCHEMA = """
CREATE TABLE documents(
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, pages TEXT NOT NULL,
    meta TEXT NOT NULL, key TEXT NOT NULL, characters INTEGER NOT NULL, passages INTEGER NOT NULL, segment INTEGER NOT NULL,
    place INTEGER NOT NULL, origin TEXT NOT NULL, given TEXT NOT NULL, notes TEXT NOT NULL, UNIQUE(id, version));
"""

_SHARED = ("segments", "_first", "_every", "passage_document", "vectors", "_by_place")
_SCOPED = frozenset(("_rows", "_by_key", "terms", "grams", "readings", "readable"))
"""What all views of a snapshot have in common, and what each has for itself, of what is read when it is first needed."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One version of a document as a list shows it; `number` is its row in the snapshot, `key` the hash of its content, `passages` how
    many it has, `segment` and `place` say where it is kept, `given` is the metadata without what the text tells, and `notes` what is to
    be looked at in that."""

    number: int
    id: str
    version: str
    source: str
    title: str
    meta: Meta
    key: str
    characters: int
    passages: int
    segment: int
    place: int
    origin: Origin
    given: Meta
    notes: tuple[str, ...]


class Snapshot:
    """The open snapshot of an index, or as much of it as a scope admits: then nothing of the other documents is listed, found or
    counted. Threads may share it."""

    def __init__(self, folder: Path, *, checked: bool = True) -> None:
        self.folder = folder
        self.manifest: Mapping[str, Any] = (_read_manifest if checked else _manifest)(folder)
        self._file = FrozenDatabase(folder / DATABASE)
        self._document = lru_cache(maxsize=32)(self._read_document)
        self._in_force = lru_cache(maxsize=64)(self._chosen)
        self.scope = EVERYTHING

    def within(self, scope: Scope) -> Self:
        """The same snapshot as one sees it who may see no more than the scope admits; files and caches are shared."""
        for name in _SHARED:
            getattr(self, name)
        view = copy(self)
        for name in _SCOPED & view.__dict__.keys():
            del view.__dict__[name]
        view._in_force = lru_cache(maxsize=64)(view._chosen)
        view.scope = scope
        return view

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

    @classmethod
    def unchecked(cls, index: Path) -> Self | None:
        """The current snapshot, also where another version of the program wrote it or files are damaged, to save what can be read;
        None where there is none or not even its manifest can be read."""
        name = current_name(index)
        try:
            return None if name is None else cls(index / SNAPSHOTS / name, checked=False)
        except IndexMismatch:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close this thread's connection; what was read stays valid."""
        for segment in self.__dict__.get("segments", ()):
            segment.close()
        self._file.close()

    @property
    def _database(self) -> sqlite3.Connection:
        return self._file.connection

    @property
    def name(self) -> str:
        """The snapshot's name: the hash of what it was built from."""
        return self.folder.name

    @property
    def size(self) -> int:
        """The number of passages in the scope."""
        return int(self.manifest["passages"]) if self.readable is None else int(self.readable.sum())

    @cached_property
    def glossary(self) -> Glossary:
        """The glossary that the index was built with."""
        return Glossary.from_json((self.folder / GLOSSARY).read_text(encoding="utf-8"))

    @cached_property
    def readings(self) -> Readings:
        """The documents' words by how they are read."""
        found = Readings.from_json((self.folder / READINGS).read_text(encoding="utf-8"))
        return found if self.readable is None else replace(found, visible=self._holds)

    def _holds(self, word: str) -> bool:
        """Whether all of a word's terms stand in documents of the scope."""
        return bool(self.terms.document_frequency(term_ids(derive(word))).all())

    @cached_property
    def readable(self) -> NDArray[np.bool_] | None:
        """Which passages are in the scope, shape (passages,); None when all are."""
        if len(self._rows) == len(self._every):
            return None
        return np.isin(self.passage_document, [row.number for row in self._rows])

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The segments in the order of their passages."""
        return tuple(Segment(self.folder / SEGMENTS / name) for name in self.manifest["segments"])

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """The number of each segment's first passage and, last, of passages, shape (segments + 1,)."""
        return np.cumsum([0, *(int(s.first[-1]) for s in self.segments)])

    @cached_property
    def terms(self) -> SparseLeg:
        """BM25 over terms."""
        return SparseLeg([s.terms for s in self.segments], self.readable)

    @cached_property
    def grams(self) -> SparseLeg:
        """BM25 over character 2- and 3-grams."""
        return SparseLeg([s.grams for s in self.segments], self.readable)

    @cached_property
    def vectors(self) -> VectorLeg:
        """The passages' vectors."""
        return VectorLeg([s.folder / VECTORS for s in self.segments], int(self.manifest["encoder"]["dimension"]))

    @cached_property
    def passage_document(self) -> NDArray[np.int64]:
        """For each passage the row number of its document, shape (passages,)."""
        ordered = sorted(self._every, key=lambda row: row.number)
        return np.repeat([row.number for row in ordered], [row.passages for row in ordered]).astype(np.int64)

    @cached_property
    def _rows(self) -> tuple[DocumentRow, ...]:
        return tuple(row for row in self._every if self.scope.admits(row.id, row.meta.groups))

    @cached_property
    def _every(self) -> tuple[DocumentRow, ...]:
        columns = "n, id, version, source, title, meta, key, characters, passages, segment, place, origin, given, notes"
        found = self._database.execute(f"SELECT {columns} FROM documents ORDER BY source, version")
        return tuple(
            DocumentRow(
                n,
                doc,
                version,
                source,
                title,
                load_meta(meta),
                key,
                characters,
                passages,
                segment,
                place,
                load_origin(origin),
                load_meta(given),
                tuple(json.loads(notes)),
            )
            for n, doc, version, source, title, meta, key, characters, passages, segment, place, origin, given, notes in found
        )

    def documents(self) -> tuple[DocumentRow, ...]:
        """All versions of all documents in the scope, by source."""
        return self._rows

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], DocumentRow]:
        return {(row.id, row.version): row for row in self._rows}

    def row(self, doc_id: str, version: str) -> DocumentRow:
        """The row of one version of a document; KeyError when there is none."""
        return self._by_key[doc_id, version]

    def has(self, doc_id: str, version: str) -> bool:
        """Whether there is such a version of a document."""
        return (doc_id, version) in self._by_key

    def document(self, doc_id: str, version: str) -> Document:
        """One version of a document with its whole text; KeyError when there is none."""
        return self._document(self.row(doc_id, version).number)

    def _read_document(self, number: int) -> Document:
        query = "SELECT id, version, source, title, pages, meta, segment, place FROM documents WHERE n = ?"
        doc, version, source, title, pages, meta, segment, place = self._database.execute(query, (number,)).fetchone()
        kept = self.segments[segment]
        return Document(doc, version, source, title, kept.text(place), load_pages(pages), load_meta(meta), kept.layout(place))

    def sections(self, doc_id: str, version: str) -> tuple[Section, ...]:
        """The sections of a document, parents before children."""
        row = self.row(doc_id, version)
        return self.segments[row.segment].sections(row.place)

    def path_at(self, doc_id: str, version: str, span: Span) -> tuple[str, ...]:
        """The path of the innermost section that holds the span's beginning; empty outside all sections."""
        return path_at(self.sections(doc_id, version), span)

    def passages(self, doc_id: str, version: str) -> tuple[Passage, ...]:
        """The passages of a document in reading order."""
        return self.at(self.numbers(doc_id, version))

    def numbers(self, doc_id: str, version: str) -> range:
        """The numbers of the passages of a document in reading order."""
        row = self.row(doc_id, version)
        first = int(self._first[row.segment] + self.segments[row.segment].first[row.place])
        return range(first, first + row.passages)

    def holding(self, doc_id: str, version: str, span: Span) -> tuple[int, ...]:
        """The numbers of the document's passages that share words with a span, found without reading the others."""
        numbers, row = self.numbers(doc_id, version), self.row(doc_id, version)
        segment, first = self.segments[row.segment], int(self._first[row.segment])
        begin = bisect_right(numbers, span.start, key=lambda n: segment.passage(n - first).span.end)
        end = bisect_left(numbers, span.end, lo=begin, key=lambda n: segment.passage(n - first).span.start)
        return tuple(numbers[begin:end])

    def in_force(self, on: date) -> tuple[DocumentRow, ...]:
        """The version of each document that answers on the day; documents without one are left out."""
        return self._in_force(on)

    def _chosen(self, on: date) -> tuple[DocumentRow, ...]:
        versions: dict[str, list[DocumentRow]] = {}
        for row in self._rows:
            versions.setdefault(row.id, []).append(row)
        return tuple(chosen for rows in versions.values() if (chosen := current_version(rows, on)))

    def at(self, numbers: Sequence[int]) -> tuple[Passage, ...]:
        """The passages with the given index numbers, in that order."""
        return tuple(self._passage(int(n)) for n in numbers)

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], DocumentRow]:
        return {(row.segment, row.place): row for row in self._every}

    def _passage(self, number: int) -> Passage:
        n = bisect_right(self._first, number) - 1
        segment = self.segments[n]
        inside = number - int(self._first[n])
        place = segment.document_of(inside)
        row, kept = self._by_place[n, place], segment.passage(inside)
        words = segment.words(place, kept.span)
        return Passage(passage_id(row.id, row.version, kept.span), row.id, row.version, kept.path, kept.span, words, kept.units)


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


_AGAIN = "「tenkyo ingest」で文書をもう一度登録してください。"


def _manifest(folder: Path) -> Mapping[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise IndexMismatch(f"索引「{folder}」のmanifest.jsonが壊れているので、{_AGAIN}") from error
    return manifest


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a snapshot that this version of the program can read and that is whole."""
    manifest = _manifest(folder)
    expected = {"format": FORMAT, "tokenizer": tokenizer_name()}
    for key, value in expected.items():
        if manifest.get(key) != value:
            raise IndexMismatch(
                f"索引「{folder}」は別の版で作られており（{key}: {manifest.get(key)}、必要なのは{value}）、読めないので、{_AGAIN}"
            )
    for name, size in manifest["files"].items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size:
            raise IndexMismatch(f"索引「{folder}」のファイル「{name}」が欠けているか壊れているので、{_AGAIN}")
    return manifest
