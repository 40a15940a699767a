"""Lines of ANSWERS.jsonl, as far as they are scored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.rows import Row, Table, read_table


@dataclass(frozen=True, slots=True)
class Place:
    """Part of a document, as an answer claims it: half-open code-point offsets, not checked against the text."""

    doc: str
    start: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.start)

    def covers(self, share: float, start: int, end: int) -> bool:
        """Whether this place covers at least that share of [start, end)."""
        return min(self.end, end) - max(self.start, start) >= share * (end - start)


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation: the place, the words that should stand there, and the address a reader is shown."""

    place: Place
    quote: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of an answer, with the numbers (from 0) of the citations that it rests on."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `hits` are best first; `confidence` is None where none is told; `sentences` is empty where they are not told."""

    id: str | int
    text: str
    abstained: bool
    citations: tuple[Cited, ...] = ()
    hits: tuple[Place, ...] = ()
    seconds: float = 0.0
    confidence: float | None = None
    sentences: tuple[Said, ...] = ()


def read_replies(path: Path) -> Table[Reply]:
    """The answers of a file that `tenkyo batch` wrote, in its order."""
    return read_table(path, reply)


def reply(row: Row) -> Reply:
    """The answer in one row; RowError where it is not of the format."""
    return Reply(
        id=row.id(),
        text=row.text("answer"),
        abstained=row.flag("abstained", default=False),
        citations=tuple(_cited(c) for c in row.rows("citations", optional=True)),
        hits=tuple(_place(h) for h in row.rows("hits", optional=True)),
        seconds=_number(row, "seconds") or 0.0,
        confidence=_number(row, "confidence"),
        sentences=tuple(_said(s) for s in row.rows("sentences", optional=True)),
    )


def _number(row: Row, key: str) -> float | None:
    value = row.fields.get(key)
    return float(value) if isinstance(value, int | float) else None


def _place(row: Row) -> Place:
    return Place(row.text("doc"), row.whole("start"), row.whole("end"))


def _said(row: Row) -> Said:
    numbers = row.many("citations", optional=True)
    return Said(row.text("text"), tuple(n for n in numbers if isinstance(n, int) and not isinstance(n, bool)))


def _cited(row: Row) -> Cited:
    path = row.fields.get("path")
    return Cited(_place(row), row.text("quote"), path if isinstance(path, str) else "")
