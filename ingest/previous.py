"""What the index holds before a run: documents, their files' states, and work that need not be done again."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from ingest.record import Places
from ingest.segmenting import PART
from ingest.staging import kind_of_segment
from rag.errors import IndexMismatch, IndexMissing
from rag.glossary import Entry
from rag.segment import Segment
from rag.snapshot import ORIGINALS, SEGMENTS, DocumentRow, Snapshot
from rag.stored import dump_meta
from rag.types import Document

WORK = "work"
"""The folder for segments of a run that is not finished; an interrupted run goes on from them."""
_UNREADABLE = (sqlite3.DatabaseError, OSError, ValueError, KeyError, TypeError, zlib.error)
"""What reading a damaged snapshot, or one of another version, may raise."""


class Previous:
    """The current snapshot of an index folder, of any version and whole or damaged, as far as it can be read."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._snapshot = Snapshot.unchecked(index)

    def close(self) -> None:
        """Close what was opened."""
        if self._snapshot is not None:
            self._snapshot.close()

    @cached_property
    def rows(self) -> tuple[DocumentRow, ...]:
        """The documents; empty where the catalogue cannot be read."""
        try:
            return self._snapshot.documents() if self._snapshot is not None else ()
        except _UNREADABLE:
            return ()

    @property
    def lost(self) -> bool:
        """Whether there is a snapshot whose documents cannot be read."""
        return self._snapshot is not None and not self.rows and bool(self._snapshot.manifest.get("documents"))

    @cached_property
    def contents(self) -> dict[tuple[str, str], str]:
        """By id and version, what the content and the metadata of each document were."""
        return {(row.id, row.version): row.key + dump_meta(row.given) for row in self.rows}

    @cached_property
    def sizes(self) -> dict[tuple[str, str], int]:
        """By id and version, how many characters each document had."""
        return {(row.id, row.version): row.characters for row in self.rows}

    @cached_property
    def states(self) -> dict[tuple[str, str], tuple[DocumentRow, ...]]:
        """By source and state of the file, the documents that were read from it."""
        found: dict[tuple[str, str], tuple[DocumentRow, ...]] = {}
        for row in self.rows:
            if row.origin.state:
                where = (row.source, row.origin.state)
                found[where] = (*found.get(where, ()), row)
        return found

    def document(self, row: DocumentRow) -> Document | None:
        """The document with the metadata that it was given; None where its text cannot be read."""
        try:
            return None if self._snapshot is None else replace(self._snapshot.document(row.id, row.version), meta=row.given)
        except _UNREADABLE:
            return None

    def original(self, name: str) -> Path | None:
        """The copy of a file that is kept under the name, where it is."""
        file = None if self._snapshot is None else self._snapshot.folder / ORIGINALS / name
        return file if file is not None and file.is_file() else None

    def glossary_entries(self) -> tuple[Entry, ...]:
        """The user's own glossary entries."""
        try:
            glossary = Snapshot.open(self._index).glossary
        except (IndexMissing, IndexMismatch):
            return ()
        return glossary.entries[: glossary.own]

    def segments(self) -> dict[str, Path]:
        """The folders of the whole segments of this version's kind that the snapshot has or that an interrupted run has finished, by name."""
        work = self._index / WORK
        there = sorted(work.iterdir()) if work.is_dir() else []
        ours = (f for f in (*there, *self._whole()) if f.suffix != PART and f.name.startswith(f"{kind_of_segment()}-"))
        return {folder.name: folder for folder in ours}

    def _whole(self) -> Iterator[Path]:
        if self._snapshot is None:
            return
        sizes = {Path(name): size for name, size in self._snapshot.manifest.get("files", {}).items()}
        for name in self._snapshot.manifest.get("segments", ()):
            below = Path(SEGMENTS) / name
            files = {self._snapshot.folder / file: size for file, size in sizes.items() if file.parent == below}
            if files and all(file.is_file() and file.stat().st_size == size for file, size in files.items()):
                yield self._snapshot.folder / below


def places(segments: Iterable[Path]) -> Places:
    """Where the work of each document has been done; segments that cannot be read are passed over."""
    found: dict[str, tuple[Path, int]] = {}
    for folder in segments:
        try:
            with closing(Segment(folder)) as segment:
                found |= {key: (folder, place) for place, key in enumerate(segment.keys)}
        except _UNREADABLE:
            continue
    return found
