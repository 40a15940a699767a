"""Writing a snapshot aside and switching it in: a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.cache import EntryCache
from ingest.entry import Entry
from rag.errors import IndexMismatch
from rag.glossary import Glossary
from rag.readings import Readings, words_in
from rag.snapshot import (
    CURRENT,
    DATABASE,
    FORMAT,
    GLOSSARY,
    GRAMS,
    MANIFEST,
    READINGS,
    SCHEMA,
    SNAPSHOTS,
    TERMS,
    VECTORS,
    Snapshot,
    current_name,
)
from rag.sparse import write_sparse
from rag.stored import dump_path, dump_units, section_row
from rag.terms import tokenizer_name
from rag.vectors import write_vectors

BUILDING = ".building"
TERMS_K1, TERMS_B = 1.2, 0.6
GRAMS_K1, GRAMS_B = 1.2, 0.6


def write_snapshot(
    folder: Path, staged: sqlite3.Connection, cache: EntryCache, glossary: Glossary, encoder: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Write the snapshot of the staged documents, whose entries are in the cache, into a new folder; returns its manifest."""
    folder.mkdir(parents=True)
    database = sqlite3.connect(folder / DATABASE)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
    terms: list[NDArray[np.uint32]] = []
    grams: list[NDArray[np.uint32]] = []
    vectors: list[NDArray[np.float32]] = []
    spelt: Counter[str] = Counter()
    characters = documents = 0
    query = "SELECT id, version, source, title, text, pages, meta, key FROM staged ORDER BY source, id, version"
    for documents, row in enumerate(staged.execute(query), start=1):
        database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (documents, *row, len(row[4])))
        entry = cache.get(row[7], row[4])
        _insert(database, documents, len(terms), entry)
        terms += entry.terms
        grams += entry.grams
        vectors.append(entry.vectors)
        spelt.update(entry.spelt)
        characters += len(row[4])
    database.commit()
    database.close()
    write_sparse(folder / TERMS, terms, k1=TERMS_K1, b=TERMS_B)
    write_sparse(folder / GRAMS, grams, k1=GRAMS_K1, b=GRAMS_B)
    write_vectors(folder / VECTORS, np.concatenate([np.zeros((0, encoder["dimension"]), np.float32), *vectors]))
    (folder / GLOSSARY).write_text(glossary.to_json(), encoding="utf-8")
    spelt = Counter({word: 2 * count for word, count in spelt.items()})  # of equal reading the documents' own words come first
    spelt.update(words_in(" ".join(glossary.words())))
    (folder / READINGS).write_text(Readings.of(spelt).to_json(), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "snapshot": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "tokenizer": tokenizer_name(),
        "encoder": dict(encoder),
        "documents": documents,
        "passages": len(terms),
        "characters": characters,
        "files": {str(f.relative_to(folder).as_posix()): f.stat().st_size for f in sorted(folder.rglob("*")) if f.is_file()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def _insert(database: sqlite3.Connection, document: int, first: int, entry: Entry) -> None:
    database.executemany("INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)", ((document, *section_row(s)) for s in entry.sections))
    database.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (first + i, document, p.id, dump_path(p.path), p.span.start, p.span.end, p.text, dump_units(p.units))
            for i, p in enumerate(entry.passages)
        ),
    )


def switch(index: Path, built: Path, name: str) -> None:
    """Make the built folder the index's current snapshot; the one before it stays for its readers, older ones go."""
    before = current_name(index)
    target = index / SNAPSHOTS / name
    if _readable(target):
        shutil.rmtree(built)  # the name is the hash of the content, so this is the same snapshot
    else:
        shutil.rmtree(target, ignore_errors=True)
        _flush(built)
        built.rename(target)
    pointer = index / f"{CURRENT}.new"
    with pointer.open("w", encoding="utf-8") as out:
        out.write(name)
        out.flush()
        os.fsync(out.fileno())
    pointer.replace(index / CURRENT)
    for old in (index / SNAPSHOTS).iterdir():
        if old.name not in (name, before):
            shutil.rmtree(old, ignore_errors=True)


def _readable(folder: Path) -> bool:
    try:
        Snapshot(folder)
    except (OSError, IndexMismatch):
        return False
    return True


def clear_unfinished(index: Path) -> None:
    """Remove what a killed run left half-built."""
    for left in (index / SNAPSHOTS).glob(f"{BUILDING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _flush(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
