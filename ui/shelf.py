"""The registered documents as the sidebar lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from rag.dates import current_version
from rag.fold import fold
from rag.snapshot import DocumentRow
from rag.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Volume:
    """One version of a document with how it stands on the day asked for."""

    row: DocumentRow
    standing: Standing


def volumes(rows: Iterable[DocumentRow], on: date) -> tuple[Volume, ...]:
    """All versions, those of one document together, the one that answers first."""
    by_id: dict[str, list[DocumentRow]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return tuple(volume for versions in by_id.values() for volume in _versions(versions, on))


def _versions(versions: list[DocumentRow], on: date) -> Iterator[Volume]:
    chosen = current_version(versions, on)
    found = [Volume(row, standing(row.meta, row is chosen, on)) for row in versions]
    yield from sorted(found, key=lambda volume: volume.standing != "現行")


def matching(found: Iterable[Volume], words: str) -> tuple[Volume, ...]:
    """Those whose title, version or file holds all the words."""
    wanted = [fold(word) for word in words.split()]
    return tuple(v for v in found if all(w in fold(f"{v.row.title} {v.row.version} {v.row.source}") for w in wanted))
