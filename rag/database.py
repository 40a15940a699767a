"""Reading a SQLite file that never changes again, from several threads."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class FrozenDatabase:
    """An immutable SQLite file, opened by each thread where it is first read."""

    def __init__(self, file: Path) -> None:
        self._uri = file.absolute().as_uri() + "?mode=ro&immutable=1"
        self._local = threading.local()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._uri, uri=True)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def close(self) -> None:
        """Close this thread's connection; what was read stays valid."""
        if hasattr(self._local, "connection"):
            self._local.connection.close()
            del self._local.connection
