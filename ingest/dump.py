"""Writing the stored text of each document to files, so that outside tools can check quotes in them."""

from __future__ import annotations

from pathlib import Path

from rag.errors import InputError
from rag.snapshot import Snapshot

_STORED_AS_THEY_ARE = (".txt", ".md", ".markdown")


def dump(snapshot: Snapshot, folder: Path) -> int:
    """Write each document's text below the folder, `rules.pdf.txt` for rules.pdf; returns how many were written.

    Raises InputError where the folder cannot be written.
    """
    try:
        return _dump(snapshot, folder)
    except OSError as error:
        raise InputError(
            f"「{folder}」に書き出せないので（{error.strerror}）、書き込めるフォルダーを指定してください。"
        ) from error


def _dump(snapshot: Snapshot, folder: Path) -> int:
    for row in snapshot.documents():
        name = row.source if row.source.lower().endswith(_STORED_AS_THEY_ARE) else row.source + ".txt"
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(snapshot.document(row.id, row.version).text.encode("utf-8", "surrogatepass"))
    return len(snapshot.documents())
