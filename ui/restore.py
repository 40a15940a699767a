"""Restore what `ui.backup` wrote: all of it or nothing."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, MetaData, Table, delete, insert, text

from ingest.writer import switch
from rag.errors import IndexUnwritable, InputError, TenkyoError
from rag.settings import Settings
from rag.snapshot import CURRENT, SNAPSHOTS, current_name
from ui.audit import Audit, Head, append
from ui.backup import CONTENTS, FORMAT, INDEX, ROWS, TABLES, Backup, file_sum
from ui.chain import ChainCheck, verify
from ui.database import open_database, revisions, upgrade, writing
from ui.tables import metadata


class BackupUnusable(TenkyoError):  # noqa: N818 - as in rag.errors
    """The archive is damaged, of another version, or none of ours."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and whether the chain of its audit log is whole."""

    backup: Backup
    check: ChainCheck


def restore(archive: Path, settings: Settings, *, force: bool = False) -> Restored:
    """Bring back an archive's database and index, which the audit log then tells; `force` overwrites what is there.

    Whoever reads or appends meanwhile sees what was there before or what came back.
    Raises BackupUnusable, DatabaseUnusable, IndexUnwritable, and InputError where there is no archive or something would be overwritten.
    """
    with _unpacked(archive, settings.index.parent) as folder:
        made = _checked(archive, folder)
        if not force and current_name(settings.index) not in (None, made.snapshot):
            raise InputError(_THERE.format("索引", settings.index))
        engine = open_database(settings)
        try:
            before = Audit(engine).head()
            if not force and before.seq:
                raise InputError(_THERE.format("監査ログ", f"{before.seq}件"))
            with ExitStack() as undo, writing(engine) as connection:
                check = _load(connection, folder / TABLES, made, archive, before)
                if made.snapshot:
                    undo.enter_context(_switched(settings.index, folder / INDEX, made.snapshot))
                # here it is committed; had that failed, the index would be put back
        finally:
            engine.dispose()
    return Restored(made, check)


_THERE = "{0}（{1}）がすでにあるので、バックアップの内容で置き換えてよければ --force を付けて実行してください。"


@contextmanager
def _unpacked(archive: Path, parent: Path) -> Iterator[Path]:
    """A folder with the archive's files, beside where they go; gone when the block ends."""
    if not archive.is_file():
        raise InputError(f"バックアップ「{archive}」がないので、ファイルの名前を確かめてください。")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".restore.") as name:
            try:
                with tarfile.open(archive, "r:gz") as tar:
                    for member in tar:
                        if not member.isreg():
                            raise BackupUnusable(_DAMAGED.format(archive, f"「{member.name}」がふつうのファイルでない"))
                        tar.extract(member, name, filter="data")
            except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
                raise BackupUnusable(_DAMAGED.format(archive, "壊れているか、「tenkyo backup」のものでない")) from error
            yield Path(name)
    except OSError as error:
        raise InputError(f"「{parent}」に復元できないので（{error}）、空き容量と権限を確かめてください。") from error


_DAMAGED = "バックアップ「{}」は{}ので、別のバックアップを指定してください。"


def _checked(archive: Path, folder: Path) -> Backup:
    """What the archive says that it holds, found to be so."""
    try:
        fields = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        made = Backup(**fields)
        sums = {str(k): str(v) for k, v in made.files.items()}
        plain = re.fullmatch(r"\w*", made.snapshot) and made.format == FORMAT
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BackupUnusable(_DAMAGED.format(archive, f"{CONTENTS}を読めない")) from error
    if not plain or made.revision not in revisions():
        raise BackupUnusable(f"バックアップ「{archive}」は別の版の典拠で作られていて読めないので、典拠を更新してください。")
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    found.pop(CONTENTS)
    for name in sorted(found.keys() | sums.keys()):
        if name not in found or file_sum(found[name]) != sums.get(name):
            raise BackupUnusable(_DAMAGED.format(archive, f"「{name}」が欠けているか、書いたときのものと違う"))
    return made


def _load(connection: Connection, folder: Path, made: Backup, archive: Path, before: Head) -> ChainCheck:
    """Put the archive's tables in the place of those there are, as they were at its revision, and bring them up to date."""
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    upgrade(connection, made.revision)
    files = {file.stem: file for file in folder.glob("*.jsonl")}
    tables = MetaData()
    tables.reflect(connection, only=list(files))
    for table in reversed(tables.sorted_tables):
        connection.execute(delete(table))
    for table in tables.sorted_tables:
        with files[table.name].open(encoding="utf-8") as lines:
            while rows := [_row(archive, table, line) for line in islice(lines, ROWS)]:
                connection.execute(insert(table), rows)
    upgrade(connection, "head")
    check = verify(connection, made.head)
    told = {"archive": archive.name, "created": made.created, "before": {"entries": before.seq, "hash": before.hash}}
    append(connection, "restore", told)
    return check


def _row(archive: Path, table: Table, line: str) -> dict[str, Any]:
    """A row of a table, with all its columns and no others."""
    try:
        row = dict(json.loads(line))
    except (ValueError, TypeError) as error:
        raise BackupUnusable(_DAMAGED.format(archive, _ROW.format(table.name))) from error
    if row.keys() != set(table.columns.keys()):
        raise BackupUnusable(_DAMAGED.format(archive, _ROW.format(table.name)))
    return row


_ROW = "表「{}」の行が読めない"


@contextmanager
def _switched(index: Path, built: Path, name: str) -> Iterator[None]:
    """Make the built snapshot the index's, and the one before again where the block fails."""
    try:
        (index / SNAPSHOTS).mkdir(parents=True, exist_ok=True)
        with FileLock(index / ".lock", timeout=0):
            before = current_name(index)
            switch(index, built, name)
            try:
                yield
            except BaseException:
                _point(index, before)
                raise
    except Timeout as error:
        raise IndexUnwritable(f"索引「{index}」には登録が進行中なので、それが終わってからもう一度実行してください。") from error


def _point(index: Path, name: str | None) -> None:
    """Make the named snapshot the index's again, or none."""
    if name is None:
        (index / CURRENT).unlink()
        return
    pointer = index / f"{CURRENT}.new"
    pointer.write_text(name, encoding="utf-8")
    pointer.replace(index / CURRENT)
