"""Which version of a document a user means by an id, an id with a version (`travel@2.0`), or a file."""

from __future__ import annotations

from datetime import date

from rag.dates import current_version, first_day, natural_key
from rag.errors import InputError
from rag.snapshot import DocumentRow, Snapshot


def chosen(snapshot: Snapshot, words: str, on: date) -> DocumentRow:
    """The version that the words name; of an id alone the one in force on the day, else the latest.

    Raises InputError where there is none.
    """
    rows = snapshot.documents()
    named = [row for row in rows if words in (row.source, f"{row.id}@{row.version}")]
    versions = named or [row for row in rows if row.id == words]
    if not versions:
        raise InputError(f"文書「{words}」は索引にないので、「tenkyo docs list」でIDと版を確かめてください。")
    return current_version(versions, on) or ordered(versions)[-1]


def ordered(versions: list[DocumentRow]) -> list[DocumentRow]:
    """Versions from the oldest to the latest, by the date from which they are in force, else on which they were published."""
    return sorted(versions, key=lambda row: (_start(row), natural_key(row.version)))


def pair(snapshot: Snapshot, old: str, new: str | None, on: date) -> tuple[DocumentRow, DocumentRow]:
    """The two versions to compare; of one document alone the one before the current one, and that.

    Raises InputError where a document is not registered, or has no version before.
    """
    if new is not None:
        return chosen(snapshot, old, on), chosen(snapshot, new, on)
    later = chosen(snapshot, old, on)
    versions = ordered([row for row in snapshot.documents() if row.id == later.id])
    at = versions.index(later)
    if not at:
        raise InputError(f"文書「{later.id}」には前の版がないので、比べる文書を二つ指定してください。")
    return versions[at - 1], later


def _start(row: DocumentRow) -> date:
    told = row.meta.effective_from or row.meta.published
    return first_day(told) if told else date.min
