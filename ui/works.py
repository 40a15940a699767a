"""Changes of the index that the app makes: in a thread of their own, told line by line, and kept in the audit log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.build import Progress, Summary, ingest, remove
from rag.errors import IndexMismatch, IndexMissing, InputError, TenkyoError
from rag.settings import Settings
from rag.snapshot import DocumentRow, Snapshot
from ui.audit import Audit
from ui.signin import User, may
from ui.uploads import Upload, discard, folder_of, kept, store

Change = Callable[[Progress], Summary]


@dataclass(slots=True)
class Work:
    """A change under way, which goes on when the page is left. It has `summary` when it is done, or `error`; `skipped` is what to do
    about files that gave no document."""

    name: str
    lines: list[str] = field(default_factory=list)
    summary: Summary | None = None
    error: str = ""
    thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it is not yet done."""
        return self.thread is not None and self.thread.is_alive()

    def start(self, change: Change) -> Work:
        """Begin, in a thread that ends with the app: an ingest that is cut off leaves the index as it was."""
        self.thread = threading.Thread(target=self._run, args=(change,), name=self.name, daemon=True)
        self.thread.start()
        return self

    def _run(self, change: Change) -> None:
        try:
            self.summary = change(self.lines.append)
        except TenkyoError as error:
            self.error = str(error)
        except OSError as error:
            self.error = f"ファイルを扱えなかった（{error.strerror}）ので、空き容量と権限を確かめてもう一度実行してください。"


def add(uploads: Sequence[Upload], settings: Settings, audit: Audit, user: User) -> Work:
    """Register files. Raises InputError where the user may not, or the files cannot be taken."""
    _check(user)
    rows = _rows(settings)
    batch = store(folder_of(settings), uploads, rows)

    def change(progress: Progress) -> Summary:
        files = {batch.resolve() / file.name for file in batch.iterdir() if file.suffix != ".yaml"}
        before = kept(folder_of(settings), _rows(settings))
        try:
            summary = ingest([batch], settings.index, settings=settings, progress=progress)
        except BaseException:
            discard(files)
            raise
        after = _rows(settings)
        discard((before | files) - kept(folder_of(settings), after))
        brought = [row for row in after if (row.id, row.version) in summary.brought]
        audit.append("ingest", _entry(user, summary, brought, [upload.name for upload in uploads], settings))
        return summary

    return Work("登録").start(change)


def take_out(ids: Sequence[str], settings: Settings, audit: Audit, user: User) -> Work:
    """Take all versions of documents out of the index, and delete the files of theirs that the app keeps. Raises InputError where the
    user may not."""
    _check(user)

    def change(progress: Progress) -> Summary:
        before = _rows(settings)
        summary = remove(ids, settings.index, settings=settings, progress=progress)
        discard(kept(folder_of(settings), before) - kept(folder_of(settings), _rows(settings)))
        gone = [row for row in before if row.id in ids]
        audit.append("remove", _entry(user, summary, gone, [row.source for row in gone], settings))
        return summary

    return Work("除外").start(change)


def _check(user: User) -> None:
    if not may(user, "administer"):
        raise InputError("文書の登録と除外は管理者だけができるので、管理者に頼んでください。")


def _rows(settings: Settings) -> tuple[DocumentRow, ...]:
    """All that is registered; nothing where there is no index yet, or none that can be read."""
    try:
        with Snapshot.open(settings.index) as snapshot:
            return snapshot.documents()
    except (IndexMissing, IndexMismatch):
        return ()


def _entry(
    user: User, summary: Summary, rows: Sequence[DocumentRow], files: Sequence[str], settings: Settings
) -> dict[str, object]:
    """The fields of the audit log's entry; `documents` and `access` are as in those of answers."""
    counts = ("added", "changed", "unchanged", "removed", "documents", "passages", "characters")
    return {
        "user": user.id,
        "groups": sorted(user.groups),
        "files": list(files),
        "documents": [[row.id, row.version] for row in rows],
        "access": [sorted(row.meta.groups) for row in rows],
        "counts": {name: getattr(summary, name) for name in counts} | {"skipped": len(summary.skipped)},
        "skipped": [[item.source, item.reason] for item in summary.skipped],
        "index": _name(settings),
    }


def _name(settings: Settings) -> str:
    with Snapshot.open(settings.index) as snapshot:
        return snapshot.name
