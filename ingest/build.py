"""Building an index: read documents, do the work of the new and changed ones, write a snapshot, switch it in."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ingest.cache import CACHE, EntryCache
from ingest.entry import ENTRY_VERSION, entry_key
from ingest.inputs import Caution, Problem, Skipped
from ingest.sources import discover, distinct, load
from ingest.workers import entries
from ingest.writer import BUILDING, GRAMS_B, GRAMS_K1, TERMS_B, TERMS_K1, clear_unfinished, switch, write_snapshot
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMismatch, IndexMissing, IndexUnwritable
from rag.settings import Settings
from rag.snapshot import SNAPSHOTS, Snapshot, current_name
from rag.stored import dump_meta, dump_pages
from rag.terms import tokenizer_name
from rag.types import Document

Progress = Callable[[str], None]

_STAGE = """
CREATE TABLE staged(
    id TEXT, version TEXT, source TEXT, title TEXT, text TEXT, pages TEXT, meta TEXT, key TEXT, PRIMARY KEY(id, version));
"""


@dataclass(slots=True)
class Summary:
    """What a run did. Counts are of documents, except `passages` and `characters`, which are those of the whole index."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    documents: int = 0
    passages: int = 0
    characters: int = 0
    switched: bool = False
    skipped: list[Skipped] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)


def ingest(
    paths: Sequence[Path], index: Path, *, settings: Settings | None = None, jobs: int = 0, progress: Progress = print
) -> Summary:
    """Add the documents of the files and folders to the index, or update them; the others in it stay.

    `jobs` worker processes do the work of large inputs (0: one a core). Raises InputError for a path that does not exist,
    ManifestError, IndexUnwritable.
    """
    summary = Summary()
    with _locked(index):
        _update(index, settings or Settings(), _read(paths, summary, progress), (), summary, jobs, progress)
    return summary


def remove(ids: Collection[str], index: Path, *, settings: Settings | None = None, progress: Progress = print) -> Summary:
    """Take all versions of the documents with these ids out of the index; unknown ids are skipped, each named."""
    summary = Summary()
    if current_name(index) is None:
        raise IndexMissing(f"索引「{index}」がまだないので、先に「tenkyo ingest」で文書を登録してください。")
    with _locked(index):
        _update(index, settings or Settings(), iter(()), ids, summary, 1, progress)
    return summary


def _read(paths: Sequence[Path], summary: Summary, progress: Progress) -> Iterator[Document]:
    """The documents of the inputs; what gives none is noted in the summary."""
    files = discover(paths, summary.cautions.append)

    def everything() -> Iterator[Document | Problem]:
        for n, file in enumerate(files, start=1):
            progress(f"読み込み中 {n}/{len(files)}: {file.source}")
            yield from (file,) if isinstance(file, Skipped) else load(file)

    for item in distinct(everything()):
        if isinstance(item, Skipped):
            summary.skipped.append(item)
        elif isinstance(item, Caution):
            summary.cautions.append(item)
        else:
            yield item


def _update(
    index: Path,
    settings: Settings,
    documents: Iterator[Document],
    removed: Collection[str],
    summary: Summary,
    jobs: int,
    progress: Progress,
) -> None:
    encoder = load_encoder(settings.encoder, settings.dimension or None)
    clear_unfinished(index)
    building = index / SNAPSHOTS / f"{BUILDING}-{os.getpid()}"
    building.mkdir(parents=True)
    cache = EntryCache(index / CACHE)
    staged = sqlite3.connect(building / "staged.sqlite")
    try:
        staged.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _STAGE)
        old = _old_keys(index)
        _stage(staged, cache, documents, encoder, jobs, progress, old, summary)
        _carry_over(staged, cache, index, encoder, jobs, progress, removed, summary)
        _finish(index, building, staged, cache, encoder, summary, progress)
    finally:
        staged.close()
        cache.close()
        shutil.rmtree(building, ignore_errors=True)


def _old_keys(index: Path) -> dict[tuple[str, str], str]:
    """The keys of the documents in the current snapshot, read without opening it, so that any version of the program can."""
    name = current_name(index)
    if name is None:
        return {}
    with sqlite3.connect(index / SNAPSHOTS / name / "documents.sqlite") as database:
        found = {(doc, version): key for doc, version, key in database.execute("SELECT id, version, key FROM documents")}
    database.close()
    return found


def _stage(
    staged: sqlite3.Connection,
    cache: EntryCache,
    documents: Iterable[Document],
    encoder: Encoder,
    jobs: int,
    progress: Progress,
    old: dict[tuple[str, str], str],
    summary: Summary,
) -> None:
    """Stage each document and see to it that the cache has its entry."""

    def missing() -> Iterator[tuple[str, Document]]:
        for document in documents:
            key = entry_key(document, encoder)
            row = (document.id, document.version, document.source, document.title, document.text)
            where = (document.id, document.version)
            staged.execute(
                "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, dump_pages(document.pages), dump_meta(document.meta), key),
            )
            summary.added += where not in old
            summary.changed += where in old and old[where] != key
            summary.unchanged += where in old and old[where] == key
            if key not in cache:
                yield key, document

    for done, (key, entry) in enumerate(entries(missing(), encoder, jobs), start=1):
        cache.put(key, entry)
        if done % 100 == 0:
            progress(f"解析中: {done}文書")


def _carry_over(
    staged: sqlite3.Connection,
    cache: EntryCache,
    index: Path,
    encoder: Encoder,
    jobs: int,
    progress: Progress,
    removed: Collection[str],
    summary: Summary,
) -> None:
    """Stage the documents of the current snapshot that this run neither brings nor removes."""
    name = current_name(index)
    if name is None:
        return
    new = set(staged.execute("SELECT id, version FROM staged"))
    try:
        snapshot = Snapshot(index / SNAPSHOTS / name)
    except IndexMismatch:
        summary.cautions.append(
            Caution(
                str(index),
                "索引が別の版で作られていたので、今回の文書だけで作り直しました。ほかの文書はもう一度登録してください。",
            )
        )
        return
    with snapshot:
        rows = [row for row in snapshot.documents() if (row.id, row.version) not in new]
        known = {row.id for row in snapshot.documents()}
        summary.skipped += [
            Skipped(doc, "この文書は索引にないので、「tenkyo docs list」でIDを確かめてください。")
            for doc in removed
            if doc not in known
        ]
        summary.removed = sum(row.id in removed for row in rows)
        kept = (snapshot.document(row.id, row.version) for row in rows if row.id not in removed)
        _stage(staged, cache, kept, encoder, jobs, progress, {}, Summary())


def _finish(
    index: Path,
    building: Path,
    staged: sqlite3.Connection,
    cache: EntryCache,
    encoder: Encoder,
    summary: Summary,
    progress: Progress,
) -> None:
    described = {"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dim}
    name = _corpus_hash(staged, described)
    manifest = _current_manifest(index) if name == current_name(index) else None
    if manifest is None:
        progress("索引を書き込み中")
        switch_from = building / "snapshot"
        manifest = write_snapshot(switch_from, staged, cache, described, name)
        switch(index, switch_from, name)
        cache.keep_only(key for (key,) in staged.execute("SELECT key FROM staged"))
        summary.switched = True
    summary.documents, summary.passages, summary.characters = (manifest[k] for k in ("documents", "passages", "characters"))


def _current_manifest(index: Path) -> Mapping[str, Any] | None:
    """The manifest of the current snapshot; None when it cannot be read and has to be written anew."""
    try:
        return Snapshot.open(index).manifest
    except IndexMismatch:
        return None


def _corpus_hash(staged: sqlite3.Connection, encoder: dict[str, Any]) -> str:
    """The hash of everything that the snapshot depends on."""
    hashed = hashlib.sha256(
        repr((ENTRY_VERSION, tokenizer_name(), sorted(encoder.items()), TERMS_K1, TERMS_B, GRAMS_K1, GRAMS_B)).encode()
    )
    for row in staged.execute("SELECT source, id, version, title, pages, meta, key FROM staged ORDER BY source, id, version"):
        hashed.update(repr(row).encode())
    return hashed.hexdigest()[:20]


@contextmanager
def _locked(index: Path) -> Iterator[None]:
    """Hold the index folder for writing, making it where it is missing. Raises IndexUnwritable."""
    try:
        (index / SNAPSHOTS).mkdir(parents=True, exist_ok=True)
        with FileLock(index / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise IndexUnwritable(
            f"索引「{index}」には別の登録が進行中なので、それが終わってからもう一度実行してください。"
        ) from error
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise IndexUnwritable(
            f"索引「{index}」に書き込めないので、書き込み権限のあるフォルダーを --index で指定してください。"
        ) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise IndexUnwritable(
            f"索引「{index}」への書き込みに失敗したので（{error}）、空き容量を確かめてもう一度実行してください。"
        ) from error
