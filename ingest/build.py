"""Building an index: read documents, do the work of the new and changed ones, write a snapshot, switch it in."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ingest.entry import entry_key
from ingest.inputs import Caution, Skipped, SourceFile
from ingest.previous import WORK, Previous, places
from ingest.progress import Bar
from ingest.reading import Originals, Read, read
from ingest.segmenting import write_segment
from ingest.sources import discover
from ingest.staging import Plan, Staging
from ingest.workers import records
from ingest.writer import BUILDING, clear_unfinished, switch, write_snapshot
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMismatch, IndexMissing, IndexUnwritable, InputError
from rag.glossary import BUNDLED_GLOSSARY, Glossary, merged, read_glossary
from rag.glossary import NAME as GLOSSARY_FILE
from rag.settings import Settings
from rag.snapshot import ORIGINALS, SNAPSHOTS, DocumentRow, Snapshot, current_name
from rag.stored import Origin, dump_meta
from rag.types import Document

KEPT = 0.7
"""A document that keeps less of its length than this share is warned of."""
Progress = Callable[[str], None]


@dataclass(slots=True)
class Summary:
    """What a run did. Counts are of documents, except `passages` and `characters`, which are those of the whole index; `worked` are the
    documents whose terms and vectors were derived anew, `brought` the ids and versions of those that are new or changed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    documents: int = 0
    passages: int = 0
    characters: int = 0
    worked: int = 0
    switched: bool = False
    brought: set[tuple[str, str]] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    cautions: list[Caution] = field(default_factory=list)


def ingest(
    paths: Sequence[Path],
    index: Path,
    *,
    settings: Settings | None = None,
    jobs: int = 0,
    sync: bool = False,
    progress: Progress = print,
) -> Summary:
    """Add the documents of the files and folders to the index, or update them.

    The others in the index stay; with `sync` those go that were read from these folders before and are no longer there. A glossary.yaml
    in one of the folders becomes the index's own. `jobs` processes read and do the work of large inputs (0: one a core). Raises
    InputError for a path that does not exist or an empty folder to synchronise with, ManifestError, IndexUnwritable.
    """
    summary = Summary()
    files = [path / GLOSSARY_FILE for path in paths if (path / GLOSSARY_FILE).is_file()]
    own = [entry for file in files for entry in read_glossary(file)]
    found = discover(paths, summary.cautions.append)
    if sync and not found:
        raise InputError(
            f"「{paths[0]}」に文書が一つもなく、索引の文書をすべて外すことになるので、フォルダーを確かめてください。"
        )
    with _locked(index), _running(index, settings or Settings(), summary, jobs, progress) as run:
        run.glossary = merged(own if files else run.previous.glossary_entries(), read_glossary(BUNDLED_GLOSSARY))
        run.take(found)
        run.carry_over(_gone(paths, found) if sync else lambda row: False)
        run.finish()
    return summary


def remove(ids: Collection[str], index: Path, *, settings: Settings | None = None, progress: Progress = print) -> Summary:
    """Take all versions of the documents with these ids out of the index; unknown ids are skipped, each named."""
    summary = Summary()
    if current_name(index) is None:
        raise IndexMissing(f"索引「{index}」がまだないので、先に「tenkyo ingest」で文書を登録してください。")
    with _locked(index), _running(index, settings or Settings(), summary, 1, progress) as run:
        run.glossary = merged(run.previous.glossary_entries(), read_glossary(BUNDLED_GLOSSARY))
        known = {row.id for row in run.previous.rows}
        summary.skipped += [Skipped(doc, _UNKNOWN) for doc in ids if doc not in known]
        run.carry_over(lambda row: row.id in ids)
        run.finish()
    return summary


def _gone(paths: Sequence[Path], found: Sequence[SourceFile | Skipped]) -> Callable[[DocumentRow], bool]:
    """What tells whether a document was read from below one of the paths, from a file that is not there any more."""
    roots = {str(path.resolve()) for path in paths}
    there = {(file.root, file.source) for file in found if isinstance(file, SourceFile)}
    unread = {file.source for file in found if isinstance(file, Skipped)}

    def gone(row: DocumentRow) -> bool:
        sources = (row.source, row.source.partition("#")[0])  # of a line of JSON Lines the file's
        return row.origin.root in roots and not any((row.origin.root, s) in there or s in unread for s in sources)

    return gone


@dataclass(slots=True)
class _Run:
    """One run over an index: documents are staged in a database aside, their segments written below WORK, then a snapshot is made."""

    index: Path
    building: Path
    staging: Staging
    previous: Previous
    encoder: Encoder
    summary: Summary
    jobs: int
    progress: Progress
    glossary: Glossary = field(default_factory=Glossary)

    def take(self, files: Sequence[SourceFile | Skipped]) -> None:
        """Read the files and stage their documents; what gives none is noted in the summary."""
        originals = Originals(self.building / ORIGINALS, self.previous)
        for item in read(files, self.previous, originals, self.jobs, self.progress):
            if isinstance(item, Read):
                self._stage(item.document, item.origin, counted=True)
            elif isinstance(item, Skipped):
                self.summary.skipped.append(item)
            else:
                self.summary.cautions.append(item)

    def _stage(self, document: Document, origin: Origin, *, counted: bool = False) -> None:
        key = entry_key(document, self.encoder)
        self.staging.add(document, key, origin)
        if counted:
            before = self.previous.contents.get((document.id, document.version))
            self.summary.added += before is None
            self.summary.unchanged += before == key + dump_meta(document.meta)
            self.summary.changed += before is not None and before != key + dump_meta(document.meta)
            self._warn_of_loss(document)
            if before != key + dump_meta(document.meta):
                self.summary.brought.add((document.id, document.version))

    def _warn_of_loss(self, document: Document) -> None:
        """Caution where a document has much less text than the index has of it."""
        size = self.previous.sizes.get((document.id, document.version), 0)
        if len(document.text) < KEPT * size:
            lost = 100 - 100 * len(document.text) // size
            self.summary.cautions.append(Caution(document.source, _LESS.format(size, len(document.text), lost)))

    def carry_over(self, removed: Callable[[DocumentRow], bool]) -> None:
        """Stage the documents of the current snapshot that this run neither brings nor removes."""
        if self.previous.lost:
            self.summary.skipped.append(Skipped(str(self.index), _LOST))
        new, read_now = self.staging.versions(), self.staging.sources()
        for row in self.previous.rows:
            if (row.id, row.version) in new:
                continue
            if row.source in read_now:  # the same file, now under another id or version
                self.summary.cautions.append(Caution(row.source, _REPLACED.format(row.id, row.version or "なし")))
                self.summary.removed += 1
            elif removed(row):
                self.summary.removed += 1
            elif (document := self.previous.document(row)) is None:
                self.summary.skipped.append(Skipped(row.source, _LOST_ONE))
            else:
                self._stage(document, row.origin)

    def finish(self) -> None:
        """Write the snapshot and switch it in, unless the current one holds the same."""
        described = {"name": self.encoder.name, "fingerprint": self.encoder.fingerprint, "dimension": self.encoder.dim}
        self.staging.commit()
        plans = self.staging.plans()
        name = self._name(described, plans)
        manifest = _current_manifest(self.index) if name == current_name(self.index) else None
        if manifest is None:
            segments = self._segments(plans)
            self.progress("索引を書き込み中")
            built = self.building / "snapshot"
            manifest = write_snapshot(built, self.staging, segments, self._originals(), self.glossary, described, name)
            switch(self.index, built, name)
            shutil.rmtree(self.index / WORK, ignore_errors=True)
            self.summary.switched = True
            self._note()
        counted = (manifest[k] for k in ("documents", "passages", "characters"))
        self.summary.documents, self.summary.passages, self.summary.characters = counted

    def _note(self) -> None:
        """Name what is to be looked at in the dates of the documents that this run brought."""
        with Snapshot.open(self.index) as snapshot:
            new = [row for row in snapshot.documents() if (row.id, row.version) in self.summary.brought]
        self.summary.cautions += [Caution(row.source, note) for row in new for note in row.notes]

    def _segments(self, plans: Sequence[Plan]) -> list[tuple[Plan, Path]]:
        """The folder of each planned segment, the missing ones written now."""
        work = self.index / WORK
        there = self.previous.segments()
        missing = [plan for plan in plans if plan.name not in there]
        done = places(there.values()) if missing else {}
        self.summary.worked = sum(key not in done for plan in missing for key in plan.keys)
        bar = Bar(self.progress, sum(sum(plan.sizes) for plan in missing))
        with closing(records(self.staging.file, missing, done, self.encoder, self.jobs)) as made:
            for plan in missing:
                write_segment(work, plan, islice(made, len(plan.keys)), self.encoder.dim, bar.add)
        return [(plan, there.get(plan.name, work / plan.name)) for plan in plans]

    def _originals(self) -> list[Path]:
        """The copies of files that the new snapshot keeps."""
        names = sorted(self.staging.originals())
        new = {name: self.building / ORIGINALS / name for name in names}
        found = (new[name] if new[name].is_file() else self.previous.original(name) for name in names)
        return [file for file in found if file is not None]

    def _name(self, encoder: Mapping[str, Any], plans: Sequence[Plan]) -> str:
        """The snapshot's name: the hash of everything that it depends on."""
        parts = (sorted(encoder.items()), self.glossary.to_json(), self.staging.digest(), [plan.name for plan in plans])
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


_LESS = "本文が前の{:,}文字から{:,}文字に減った（{}%減）ので、文書が欠けていないか元のファイルで確かめてください。"
_LOST_ONE = "前の索引でこの文書の本文が壊れていて読めないので、もう一度登録してください。"
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
    with closing(Staging(building / "staged.sqlite")) as staging, closing(Previous(index)) as previous:
        try:
            yield _Run(index, building, staging, previous, encoder, summary, jobs, progress)
        finally:
            shutil.rmtree(building, ignore_errors=True)


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
