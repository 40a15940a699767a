"""Building an index: read documents, do the work of the new and changed ones, write a snapshot, switch it in."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ingest.cache import CACHE, EntryCache
from ingest.entry import ENTRY_VERSION, entry_key
from ingest.inputs import Caution, Problem, Skipped, SourceFile
from ingest.sources import discover, distinct, load
from ingest.workers import entries
from ingest.writer import BUILDING, GRAMS_B, GRAMS_K1, TERMS_B, TERMS_K1, clear_unfinished, switch, write_snapshot
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMismatch, IndexMissing, IndexUnwritable
from rag.glossary import BUNDLED_GLOSSARY, Entry, Glossary, merged, read_glossary
from rag.glossary import NAME as GLOSSARY_FILE
from rag.settings import Settings
from rag.snapshot import DATABASE, SNAPSHOTS, Snapshot, current_name
from rag.stored import dump_meta, dump_pages, load_meta, load_pages
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

    A glossary.yaml in one of the folders becomes the index's own. `jobs` worker processes do the work of large inputs (0: one a
    core). Raises InputError for a path that does not exist, ManifestError, IndexUnwritable.
    """
    summary = Summary()
    files = [path / GLOSSARY_FILE for path in paths if (path / GLOSSARY_FILE).is_file()]
    own = [entry for file in files for entry in read_glossary(file)]
    found = discover(paths, summary.cautions.append)
    with _locked(index), _running(index, settings or Settings(), summary, jobs, progress) as run:
        run.glossary = merged(own if files else _own_entries(index), read_glossary(BUNDLED_GLOSSARY))
        run.stage(_read(found, summary, progress), _old_keys(index), summary)
        run.carry_over(())
        run.finish()
    return summary


def remove(ids: Collection[str], index: Path, *, settings: Settings | None = None, progress: Progress = print) -> Summary:
    """Take all versions of the documents with these ids out of the index; unknown ids are skipped, each named."""
    summary = Summary()
    if current_name(index) is None:
        raise IndexMissing(f"索引「{index}」がまだないので、先に「tenkyo ingest」で文書を登録してください。")
    with _locked(index), _running(index, settings or Settings(), summary, 1, progress) as run:
        run.glossary = merged(_own_entries(index), read_glossary(BUNDLED_GLOSSARY))
        run.carry_over(ids)
        run.finish()
    return summary


def _read(files: Sequence[SourceFile | Skipped], summary: Summary, progress: Progress) -> Iterator[Document]:
    """The documents of the inputs; what gives none is noted in the summary."""

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


@dataclass(slots=True)
class _Run:
    """One run over an index: documents are staged in a database aside, their entries are in the cache, then a snapshot is made."""

    index: Path
    building: Path
    staged: sqlite3.Connection
    cache: EntryCache
    encoder: Encoder
    summary: Summary
    jobs: int
    progress: Progress
    glossary: Glossary = field(default_factory=Glossary)

    def stage(self, documents: Iterable[Document], old: Mapping[tuple[str, str], str], counts: Summary) -> None:
        """Stage each document and see to it that the cache has its entry; count what is new against the old keys."""
        for done, (key, entry) in enumerate(entries(self._missing(documents, old, counts), self.encoder, self.jobs), start=1):
            self.cache.put(key, entry)
            if done % 100 == 0:
                self.progress(f"解析中: {done}文書")

    def _missing(
        self, documents: Iterable[Document], old: Mapping[tuple[str, str], str], counts: Summary
    ) -> Iterator[tuple[str, Document]]:
        for document in documents:
            key = entry_key(document, self.encoder)
            where = (document.id, document.version)
            row = (
                *where,
                document.source,
                document.title,
                document.text,
                dump_pages(document.pages),
                dump_meta(document.meta),
                key,
            )
            self.staged.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            counts.added += where not in old
            content = key + dump_meta(document.meta)
            counts.changed += where in old and old[where] != content
            counts.unchanged += where in old and old[where] == content
            if key not in self.cache:
                yield key, document

    def carry_over(self, removed: Collection[str]) -> None:
        """Stage the documents of the current snapshot that this run neither brings nor removes."""
        if current_name(self.index) is None:
            return
        new = set(self.staged.execute("SELECT id, version FROM staged"))
        read = {source for (source,) in self.staged.execute("SELECT source FROM staged")}
        try:
            snapshot = Snapshot.open(self.index)
        except IndexMismatch:
            try:
                kept = [d for d in _salvaged(self.index) if (d.id, d.version) not in new and d.id not in removed]
            except sqlite3.DatabaseError:
                self.summary.skipped.append(Skipped(str(self.index), _LOST))
                return
            self.stage(kept, {}, Summary())
            return
        with snapshot:
            rows = [row for row in snapshot.documents() if (row.id, row.version) not in new]
            renamed = [row for row in rows if row.source in read]  # the same file, now under another id or version
            rows = [row for row in rows if row.source not in read]
            self.summary.cautions += [Caution(row.source, _REPLACED.format(row.id, row.version or "なし")) for row in renamed]
            known = {row.id for row in snapshot.documents()}
            self.summary.skipped += [Skipped(doc, _UNKNOWN) for doc in removed if doc not in known]
            self.summary.removed = sum(row.id in removed for row in rows) + len(renamed)
            self.stage((snapshot.document(row.id, row.version) for row in rows if row.id not in removed), {}, Summary())

    def finish(self) -> None:
        """Write the snapshot and switch it in, unless the current one holds the same."""
        described = {"name": self.encoder.name, "fingerprint": self.encoder.fingerprint, "dimension": self.encoder.dim}
        name = self._name(described)
        manifest = _current_manifest(self.index) if name == current_name(self.index) else None
        if manifest is None:
            self.progress("索引を書き込み中")
            built = self.building / "snapshot"
            manifest = write_snapshot(built, self.staged, self.cache, self.glossary, described, name)
            switch(self.index, built, name)
            self.cache.keep_only(key for (key,) in self.staged.execute("SELECT key FROM staged"))
            self.summary.switched = True
        counted = (manifest[k] for k in ("documents", "passages", "characters"))
        self.summary.documents, self.summary.passages, self.summary.characters = counted

    def _name(self, encoder: Mapping[str, Any]) -> str:
        """The snapshot's name: the hash of everything that it depends on."""
        parts = (
            ENTRY_VERSION,
            tokenizer_name(),
            sorted(encoder.items()),
            TERMS_K1,
            TERMS_B,
            GRAMS_K1,
            GRAMS_B,
            self.glossary.to_json(),
        )
        hashed = hashlib.sha256(repr(parts).encode())
        for row in self.staged.execute(
            "SELECT source, id, version, title, pages, meta, key FROM staged ORDER BY source, id, version"
        ):
            hashed.update(repr(row).encode())
        return hashed.hexdigest()[:20]


_LOST = "前の索引が壊れていて読めず、今回の文書だけで作り直したので、ほかの文書はもう一度登録してください。"
_REPLACED = "同じ名前のファイルから登録していた文書「{}」（版: {}）を置き換えました。別の文書なら、ファイル名を変えてもう一度登録してください。"
_UNKNOWN = "この文書は索引にないので、「tenkyo docs list」でIDを確かめてください。"


@contextmanager
def _running(index: Path, settings: Settings, summary: Summary, jobs: int, progress: Progress) -> Iterator[_Run]:
    """A run with its building folder, which is gone when it ends, however it ends."""
    encoder = load_encoder(settings.encoder, settings.dimension or None)
    clear_unfinished(index)
    building = index / SNAPSHOTS / f"{BUILDING}-{os.getpid()}"
    building.mkdir(parents=True)
    with closing(EntryCache(index / CACHE)) as cache, closing(sqlite3.connect(building / "staged.sqlite")) as staged:
        try:
            staged.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _STAGE)
            yield _Run(index, building, staged, cache, encoder, summary, jobs, progress)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _old_keys(index: Path) -> dict[tuple[str, str], str]:
    """The keys and metadata of the documents in the current snapshot, read without opening it, so that any version can."""
    name = current_name(index)
    if name is None:
        return {}
    try:
        with closing(_read_only(index, name)) as database:
            rows = database.execute("SELECT id, version, key || meta FROM documents")
            return {(doc, version): content for doc, version, content in rows}
    except sqlite3.DatabaseError:
        return {}


def _read_only(index: Path, name: str) -> sqlite3.Connection:
    return sqlite3.connect((index / SNAPSHOTS / name / DATABASE).absolute().as_uri() + "?mode=ro", uri=True)


def _salvaged(index: Path) -> Iterator[Document]:
    """The documents of a current snapshot that this version of the program cannot open: their texts are kept in every version."""
    name = current_name(index)
    if name is None:
        return
    with closing(_read_only(index, name)) as database:
        for doc, version, source, title, text, pages, meta in database.execute(
            "SELECT id, version, source, title, text, pages, meta FROM documents"
        ):
            yield Document(doc, version, source, title, text, load_pages(pages), load_meta(meta))


def _own_entries(index: Path) -> tuple[Entry, ...]:
    """The user's glossary entries in the current snapshot."""
    try:
        glossary = Snapshot.open(index).glossary
    except (IndexMissing, IndexMismatch):
        return ()
    return glossary.entries[: glossary.own]


def _current_manifest(index: Path) -> Mapping[str, Any] | None:
    """The manifest of the current snapshot; None when it cannot be read and has to be written anew."""
    try:
        return Snapshot.open(index).manifest
    except IndexMismatch:
        return None


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
    except (OSError, sqlite3.DatabaseError) as error:
        raise IndexUnwritable(
            f"索引「{index}」への書き込みに失敗したので（{error}）、空き容量を確かめてもう一度実行してください。"
        ) from error
