"""Writing a snapshot aside and switching it in: a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.staging import Plan, Staging
from rag.errors import IndexMismatch
from rag.glossary import Glossary
from rag.readings import KEPT, Readings, words_in
from rag.segment import Segment
from rag.snapshot import (
    CURRENT,
    DATABASE,
    FORMAT,
    GLOSSARY,
    MANIFEST,
    ORIGINALS,
    READINGS,
    SCHEMA,
    SEGMENTS,
    SNAPSHOTS,
    Snapshot,
    current_name,
)
from rag.terms import tokenizer_name

BUILDING = ".building"


def write_snapshot(
    folder: Path,
    staging: Staging,
    segments: Sequence[tuple[Plan, Path]],
    originals: Sequence[Path],
    glossary: Glossary,
    encoder: Mapping[str, Any],
    name: str,
) -> dict[str, Any]:
    """Write the snapshot of the staged documents into a new folder, with links to their segments and to the originals; returns its manifest."""
    folder.mkdir(parents=True)
    for plan, written in segments:
        _link(written, folder / SEGMENTS / plan.name)
    for file in originals:
        (folder / ORIGINALS).mkdir(exist_ok=True)
        _link_file(file, folder / ORIGINALS / file.name)
    opened = [Segment(folder / SEGMENTS / plan.name) for plan, _ in segments]
    counted = _write_catalogue(folder / DATABASE, staging, opened)
    (folder / GLOSSARY).write_text(glossary.to_json(), encoding="utf-8")
    (folder / READINGS).write_text(_readings(opened, glossary).to_json(), encoding="utf-8")
    for segment in opened:
        segment.close()
    manifest = {
        "format": FORMAT,
        "snapshot": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "tokenizer": tokenizer_name(),
        "encoder": dict(encoder),
        **counted,
        "segments": [plan.name for plan, _ in segments],
        "files": {str(f.relative_to(folder).as_posix()): f.stat().st_size for f in sorted(folder.rglob("*")) if f.is_file()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def _link(written: Path, target: Path) -> None:
    """The same files in another folder: by hard links, or copied where the file system has none."""
    target.mkdir(parents=True)
    for file in written.iterdir():
        _link_file(file, target / file.name)


def _link_file(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)


def _write_catalogue(file: Path, staging: Staging, segments: Sequence[Segment]) -> dict[str, int]:
    """Write the catalogue; returns the numbers of documents, passages and characters."""
    places = ((n, place, segment) for n, segment in enumerate(segments) for place in range(len(segment.keys)))
    told = [segment.told() for segment in segments]
    documents = passages = characters = 0
    with closing(sqlite3.connect(file)) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        for row, (n, place, segment) in zip(staging.catalogue(), places, strict=True):
            documents += 1
            own = int(segment.first[place + 1] - segment.first[place])
            passages, characters = passages + own, characters + row[7]
            meta, notes = told[n][place]
            values = (documents, *row[:5], meta, *row[6:8], own, n, place, row[8], row[5], notes)
            database.execute(f"INSERT INTO documents VALUES ({', '.join('?' * len(values))})", values)
        database.commit()
    return {"documents": documents, "passages": passages, "characters": characters}


def _readings(segments: Sequence[Segment], glossary: Glossary) -> Readings:
    """The documents' words by their reading, then the glossary's: of equal reading the documents' own come first."""
    counted: Counter[str] = Counter()
    for segment in segments:
        counted.update(segment.spelt())
    frequent = sorted(counted, key=lambda word: (-counted[word], word))[:KEPT]
    spelt = Counter({word: 2 * counted[word] for word in frequent})
    spelt.update(words_in(" ".join(glossary.words())))
    return Readings.of(spelt)


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
