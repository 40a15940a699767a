"""The documents of a run, staged in a database aside, and their division into segments."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.layout import Layout
from rag.snapshot import FORMAT
from rag.stored import Origin, dump_meta, dump_origin, dump_pages, load_meta, load_origin, load_pages
from rag.terms import common_grams
from rag.types import Document

SMALLEST, MEAN, LARGEST = 3_000_000, 1_500_000, 8_000_000
"""Characters: a segment is closed after SMALLEST to LARGEST, after MEAN more than the smallest on the average."""

_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE staged(
    id TEXT, version TEXT, source TEXT, title TEXT, text TEXT, pages TEXT, meta TEXT, layout BLOB, key TEXT, characters INTEGER,
    origin TEXT,
    UNIQUE(id, version));
"""
_ORDER = "ORDER BY source, id, version"


@dataclass(frozen=True, slots=True)
class Plan:
    """A segment to be: its name tells its kind and the hash of the keys and metadata of its documents, `rows` are these in the staging
    database, and `sizes` their characters."""

    name: str
    rows: tuple[int, ...]
    keys: tuple[str, ...]
    sizes: tuple[int, ...]


class Staging:
    """The documents that the new snapshot will have."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._database = sqlite3.connect(file)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(self, document: Document, key: str, origin: Origin) -> None:
        """Stage a document in the place of an earlier one with its id and version."""
        row = (
            document.id, document.version, document.source, document.title, document.text.encode("utf-8", "surrogatepass"),
            dump_pages(document.pages), dump_meta(document.meta), document.layout.packed if document.layout else None, key,
            len(document.text), dump_origin(origin),
        )  # fmt: skip
        self._database.execute(f"INSERT OR REPLACE INTO staged VALUES ({', '.join('?' * len(row))})", row)

    def commit(self) -> None:
        """Let other processes see what is staged."""
        self._database.commit()

    def versions(self) -> set[tuple[str, str]]:
        """The id and version of each document."""
        return set(self._database.execute("SELECT id, version FROM staged"))

    def originals(self) -> set[str]:
        """The names of the copies of files that the documents are shown from."""
        return {load_origin(origin).original for (origin,) in self._database.execute("SELECT origin FROM staged")} - {""}

    def sources(self) -> set[str]:
        """The sources of the documents."""
        return {source for (source,) in self._database.execute("SELECT source FROM staged")}

    def digest(self) -> str:
        """The hash of all that the documents add to the snapshot."""
        hashed = hashlib.sha256()
        for row in self._database.execute(f"SELECT source, id, version, title, pages, meta, key, origin FROM staged {_ORDER}"):
            hashed.update(repr(row).encode("utf-8", "surrogatepass"))
        return hashed.hexdigest()

    def catalogue(self) -> Iterator[tuple[str, str, str, str, str, str, str, int, str]]:
        """Id, version, source, title, pages, meta, key, characters and origin of each document, in the order of the plans."""
        yield from self._database.execute(
            f"SELECT id, version, source, title, pages, meta, key, characters, origin FROM staged {_ORDER}"
        )

    def plans(self) -> list[Plan]:
        """The segments: runs of documents in order, cut where the documents' own hashes say, so that adding, changing or removing one
        changes the one or two segments around it."""
        return [
            _plan(group) for group in _groups(self._database.execute(f"SELECT rowid, key, characters, meta FROM staged {_ORDER}"))
        ]


def _groups(rows: Iterable[tuple[int, str, int, str]]) -> Iterator[list[tuple[int, str, int, str]]]:
    group: list[tuple[int, str, int, str]] = []
    size = 0
    for row in rows:
        if group and size + row[2] > LARGEST:
            yield group
            group, size = [], 0
        group.append(row)
        size += row[2]
        if size >= SMALLEST and int(row[1][:8], 16) * MEAN < row[2] << 32:
            yield group
            group, size = [], 0
    if group:
        yield group


def _plan(group: Sequence[tuple[int, str, int, str]]) -> Plan:
    rows, keys, sizes, metas = zip(*group, strict=True)
    name = hashlib.sha256("\n".join((*keys, *metas)).encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return Plan(f"{kind_of_segment()}-{name}", rows, keys, sizes)


@cache
def kind_of_segment() -> str:
    """What the names of segments begin with that this version of the program writes: one of another kind is never taken over."""
    return f"{FORMAT}.{hashlib.sha256(common_grams().tobytes()).hexdigest()[:6]}"


def staged_document(database: sqlite3.Connection, row: int) -> Document:
    """A staged document."""
    columns = "id, version, source, title, text, pages, meta, layout"
    doc, version, source, title, text, pages, meta, layout = database.execute(
        f"SELECT {columns} FROM staged WHERE rowid = ?", (row,)
    ).fetchone()
    decoded = text.decode("utf-8", "surrogatepass")
    return Document(doc, version, source, title, decoded, load_pages(pages), load_meta(meta), Layout(layout) if layout else None)
