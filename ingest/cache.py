"""The cache of document entries: one SQLite file in the index folder, by content hash."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

from ingest.entry import Entry, entry_from_bytes, entry_to_bytes
from rag.errors import IndexUnwritable

CACHE = "cache.sqlite"


class EntryCache:
    """Entries by key. A cache that cannot be read is begun anew: it only saves work."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._database = _connect(file)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
                part.unlink(missing_ok=True)
            self._database = _connect(file)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __contains__(self, key: str) -> bool:
        return self._database.execute("SELECT 1 FROM entries WHERE key = ?", (key,)).fetchone() is not None

    def get(self, key: str, text: str) -> Entry:
        """The entry of the document with this text; KeyError when the cache lacks it."""
        found = self._database.execute("SELECT data FROM entries WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        try:
            return entry_from_bytes(found[0], text)
        except (ValueError, KeyError, BadZipFile, OSError) as error:
            raise IndexUnwritable(
                f"索引の作業用ファイル「{self._file}」が壊れているので、それを削除してもう一度実行してください。"
            ) from error

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry; it is on disk when this returns."""
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (key, entry_to_bytes(entry)))

    def keep_only(self, keys: Iterable[str]) -> None:
        """Drop all entries but these."""
        with self._database:
            self._database.execute("CREATE TEMP TABLE kept(key TEXT PRIMARY KEY)")
            self._database.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((k,) for k in keys))
            self._database.execute("DELETE FROM entries WHERE key NOT IN (SELECT key FROM kept)")
            self._database.execute("DROP TABLE kept")


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS entries(key TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
    return database
