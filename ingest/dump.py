"""Writing the stored text of each document to files, so that outside tools can check quotes in them."""

from __future__ import annotations

from pathlib import Path

from rag.snapshot import Snapshot

_STORED_AS_THEY_ARE = (".txt", ".md", ".markdown")


def dump(snapshot: Snapshot, folder: Path) -> int:
    """Write each document's text below the folder, `rules.pdf.txt` for rules.pdf; returns how many were written.

    Of several versions of one source the later one in natural order is written.
    """
    for row in snapshot.documents():
        name = row.source if row.source.lower().endswith(_STORED_AS_THEY_ARE) else row.source + ".txt"
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(snapshot.document(row.id, row.version).text.encode("utf-8", "surrogatepass"))
    return len(snapshot.documents())
