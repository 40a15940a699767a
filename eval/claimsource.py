"""What claims are made from: the sentences, items and table rows of an index, with the quotes that they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.snapshot import DocumentRow, Snapshot
from rag.types import Span, Unit

_MARKS = re.compile(r"<sup>.*?</sup>|\[\^[^\]]*\]:?|（注\d*）|\(注\d*\)|\s\*\d+|\*\*")
_LABEL = re.compile(r"^\s*(?:[(（][0-9０-９一-十ア-ン]{1,2}[)）]|[0-9]{1,2}[.)]|[・\-●○])\s*")
_CELL = re.compile(r"\t|\s*\|\s*")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document's stored text: `words == text[span]`."""

    span: Span
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """One unit without marks and labels: `words` is it, `lead` the last of its contexts, `quotes` the contexts and the unit as stored.

    `near` are the other units of its passage that may stand beside it as evidence, without those that limit it or are limited by it;
    `limited` says that another unit (a ただし書) limits it. A row has `cells` and its table's `header`; `siblings` are the units with
    the same lead, itself among them.
    """

    doc: str
    doc_id: str
    version: str
    unit: Unit
    path: tuple[str, ...]
    words: str
    lead: str
    quotes: tuple[Quote, ...]
    near: tuple[Quote, ...] = ()
    limited: bool = False
    siblings: tuple[Source, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's cells."""
        return cells(self.words)

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the row's header."""
        return cells(self.lead)

    @property
    def key(self) -> str:
        """What names the unit in a seed."""
        return f"{self.doc}:{self.unit.span.start}"


def plain(words: str) -> str:
    """The words without footnote marks, bold marks and the label of an item."""
    return _LABEL.sub("", _MARKS.sub("", words.replace("\n", ""))).strip()


def cells(row: str) -> tuple[str, ...]:
    """The cells of a table's row, piped or with tabs between."""
    return tuple(c.strip() for c in _CELL.split(row.strip().strip("|").strip()))


def sources(snapshot: Snapshot) -> list[Source]:
    """All sentences, items and rows of an index in reading order."""
    return [source for row in snapshot.documents() for source in _of_document(snapshot, row)]


def _of_document(snapshot: Snapshot, row: DocumentRow) -> Iterator[Source]:
    text = snapshot.document(row.id, row.version).text
    passages = snapshot.passages(row.id, row.version)
    units = [u for p in passages for u in p.units]
    families: dict[Span, list[Source]] = {}
    found: list[tuple[Source, tuple[Unit, ...]]] = []
    for passage in passages:
        for unit in passage.units:
            if unit.kind not in ("sentence", "item", "row"):
                continue
            quotes = tuple(Quote(s, s.of(text)) for s in (*unit.context, unit.span))
            lead = plain(quotes[-2].words) if unit.context else ""
            source = Source(row.source, row.id, row.version, unit, passage.path, plain(quotes[-1].words), lead, quotes)
            found.append((source, passage.units))
            if unit.context:
                families.setdefault(unit.context[-1], []).append(source)
    limited = {s for u in units if _limits(u, text) for s in u.context}
    for source, around in found:
        family = tuple(families.get(source.unit.context[-1], ())) if source.unit.context else ()
        near = tuple(Quote(u.span, u.span.of(text)) for u in around if _beside(u, source.unit, text))
        yield replace(source, near=near, limited=source.unit.span in limited, siblings=family)


def _limits(unit: Unit, text: str) -> bool:
    return bool(re.match(r"ただし|この限り|前項の規定にかかわらず", plain(unit.span.of(text))))


def _beside(other: Unit, unit: Unit, text: str) -> bool:
    """Whether the other unit may stand beside the unit as evidence that neither limits nor repeats it."""
    words = other.span.of(text)
    if other.kind not in ("sentence", "item", "row") or not 8 <= len(words) <= 200 or _limits(other, text):
        return False
    tied = {unit.span, *unit.context} & {other.span, *other.context}
    return not tied and not re.search(
        r"かかわらず|この限り|前項|前二項|同様|準用|この場合|この期間|これらの|その額|これを", words
    )
