"""Backup: one archive with the database's rows and the index snapshot in use, its originals included.

The archive is a tar.gz of `tables/NAME.jsonl` (one row a line; the same form for every kind of database, so that one can be restored
into the other), `index/…` (the snapshot's files), and `backup.json` with the SHA-256 sum of each.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from rag.errors import InputError
from rag.settings import Settings
from rag.snapshot import SNAPSHOTS, current_name
from ui.audit import head
from ui.database import open_database, reading, revision
from ui.tables import metadata

FORMAT = 1
"""The version of the archive's layout."""
CONTENTS, TABLES, INDEX = "backup.json", "tables", "index"
ROWS = 500
"""Rows read or written at once."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds: when it was made, the entries of the audit log and the hash of the last, the schema's revision, the name of
    the index snapshot (empty where there was none), and the SHA-256 sum of each file."""

    created: str
    entries: int
    head: str
    revision: str
    snapshot: str
    files: Mapping[str, str]
    format: int = FORMAT


def backup(settings: Settings, out: Path) -> Backup:
    """Write the archive, whole or not at all, readable to its owner alone; work goes on meanwhile.

    Raises DatabaseUnusable, and InputError where the file cannot be written.
    """
    if out.is_dir():
        raise InputError(f"「{out}」はフォルダーなので、書き出すファイルの名前を指定してください。")
    engine = open_database(settings, create=False)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name, reading(engine) as connection:
            aside, snapshot, last = Path(name), current_name(settings.index) or "", head(connection)
            files = _dumped(connection, aside) | _indexed(settings.index, snapshot)
            sums = {inside: file_sum(file) for inside, file in sorted(files.items())}
            created = datetime.now(UTC).isoformat(timespec="seconds")
            made = Backup(created, last.seq, last.hash, str(revision(connection)), snapshot, sums)
            _pack(aside / "archive", made, files)
            (aside / "archive").replace(out)
    except OSError as error:
        raise InputError(
            f"バックアップを「{out}」に書き出せないので（{error}）、空き容量と権限を確かめて、もう一度実行してください。"
        ) from error
    finally:
        engine.dispose()
    return made


def _dumped(connection: Connection, aside: Path) -> dict[str, Path]:
    """Write the rows of each table; returns the files by their names in the archive."""
    out = {}
    for table in metadata.sorted_tables:
        name = f"{TABLES}/{table.name}.jsonl"
        out[name] = aside / table.name
        with out[name].open("w", encoding="utf-8") as file:
            for row in connection.execute(select(table), execution_options={"yield_per": ROWS}):
                file.write(json.dumps(row._asdict(), ensure_ascii=False) + "\n")
    return out


def _indexed(index: Path, snapshot: str) -> dict[str, Path]:
    """The files of the snapshot by their names in the archive."""
    folder = index / SNAPSHOTS / snapshot
    found = (file for file in folder.rglob("*") if file.is_file()) if snapshot else ()
    return {f"{INDEX}/{file.relative_to(folder).as_posix()}": file for file in found}


def file_sum(file: Path) -> str:
    """The SHA-256 sum of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _pack(archive: Path, made: Backup, files: Mapping[str, Path]) -> None:
    """Write the archive and see it onto the disk."""
    contents = json.dumps(asdict(made), ensure_ascii=False, indent=1).encode()
    archive.touch(0o600)
    with archive.open("wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6, dereference=True) as tar:  # links become files
            described = tarfile.TarInfo(CONTENTS)
            described.size = len(contents)
            tar.addfile(described, io.BytesIO(contents))
            for inside, file in sorted(files.items()):
                tar.add(file, inside, recursive=False, filter=_plain)
        out.flush()
        os.fsync(out.fileno())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A member without the names of the users of this machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
