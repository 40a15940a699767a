"""The documents as the documents page shows them: their versions together, their passages by article, and what two versions have
changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from rag.difference import NAMES, Difference, differences
from rag.fold import fold
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Passage, Span
from ui.frame import escape
from ui.labels import section_name
from ui.shelf import Volume, matching, volumes
from ui.versions import ordered

_LONGEST, _KEPT = 240, 80
"""Words that stayed are cut to their beginning and end where there are more of them."""
_WHOLE = 4_000
"""So many characters are shown of a part that is new or gone."""


@dataclass(frozen=True, slots=True)
class Book:
    """A document: its versions, the latest first, and the one that answers on the day, else the latest."""

    head: Volume
    volumes: tuple[Volume, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """The passages under one address, in reading order."""

    place: str
    passages: tuple[Passage, ...]


def books(rows: Iterable[DocumentRow], on: date, words: str = "") -> tuple[Book, ...]:
    """The documents by title, those alone of which a version matches the words."""
    found: dict[str, list[Volume]] = {}
    every = volumes(rows, on)
    wanted = {volume.row.id for volume in matching(every, words)}
    for volume in every:
        if volume.row.id in wanted:
            found.setdefault(volume.row.id, []).append(volume)
    return tuple(sorted(map(_book, found.values()), key=lambda book: (book.head.row.title, book.head.row.id)))


def _book(versions: list[Volume]) -> Book:
    by_row = {volume.row: volume for volume in versions}
    latest = tuple(by_row[row] for row in reversed(ordered(list(by_row))))
    return Book(next((v for v in latest if v.standing == "現行"), latest[0]), latest)


def articles(row: DocumentRow, passages: Sequence[Passage], words: str = "") -> tuple[Article, ...]:
    """The passages that hold all the words in their address or text, those under one address together."""
    wanted = [fold(word) for word in words.split()]
    placed = ((section_name(row.title, p.path), p) for p in passages)
    kept = [(place, p) for place, p in placed if all(w in fold(f"{place} {p.text}") for w in wanted)]
    return tuple(
        Article(place or "（見出しなし）", tuple(p for _, p in group)) for place, group in groupby(kept, key=lambda pair: pair[0])
    )


def compared(snapshot: Snapshot, old: DocumentRow, new: DocumentRow) -> tuple[str, ...]:
    """What two versions have changed, each part as HTML: its kind, its address, and its words with those gone and those come marked."""
    one, other = (snapshot.document(row.id, row.version) for row in (old, new))
    found = differences(one, snapshot.sections(old.id, old.version), other, snapshot.sections(new.id, new.version))
    return tuple(_part(difference, one.text, other.text, old.title, new.title) for difference in found)


def _part(found: Difference, old: str, new: str, old_title: str, new_title: str) -> str:
    before, after = section_name(old_title, found.old_path), section_name(new_title, found.new_path)
    longer = max(before, after, key=len)
    place = longer if longer.startswith(before) and longer.startswith(after) else f"{before} → {after}"
    words = "".join(_words(found, old, new))
    return (
        f'<article class="tk-diff tk-{found.kind}"><h3><span class="tk-kind">{NAMES[found.kind]}</span>{escape(place) or "（前文）"}</h3>'
        f"<p>{words}</p></article>"
    )


def _words(found: Difference, old: str, new: str) -> Iterator[str]:
    """The words of a part as HTML; of one that has moved unchanged its beginning."""
    if found.kind == "changed":
        for piece in found.pieces:
            if piece.change == "delete":
                yield f"<del>{escape(piece.old.of(old))}</del>"
            elif piece.change == "insert":
                yield f"<ins>{escape(piece.new.of(new))}</ins>"
            else:
                yield escape(_clipped(piece.new.of(new)))
    elif found.kind == "moved":
        yield escape(_clipped((found.new or Span(0, 0)).of(new)))
    elif found.old is not None:
        yield f"<del>{escape(_beginning(found.old.of(old)))}</del>"
    elif found.new is not None:
        yield f"<ins>{escape(_beginning(found.new.of(new)))}</ins>"


def _clipped(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_KEPT]} … {words[-_KEPT:]}"


def _beginning(words: str) -> str:
    return words if len(words) <= _WHOLE else f"{words[:_WHOLE]}…（ほか{len(words) - _WHOLE:,}文字）"
