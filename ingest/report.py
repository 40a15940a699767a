"""What the index made of a document, for a person to judge whether all of it was read and understood."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.places import Places
from rag.references import references, targets
from rag.snapshot import DocumentRow, Snapshot
from rag.terms import unknown_words
from rag.types import Document, Page, Passage, Section, path_at

LONGEST_PASSAGE = 1_200
_GARBLED = frozenset("\ufffd\u25a1\x00")
_SHOWN = 30
"""How many unresolved references and unknown words are named."""
_ALARMS = (
    ("coverage", 0.95, "本文の{:.1%}が、検索できる箇所に入っていません。読み取りの誤りがないか、本文を確かめてください。"),
    ("readable", 0.99, "文字の{:.1%}が読み取れていません（文字化け）。元の文書を保存し直すか、別の形式で登録してください。"),
    ("confidence", 0.70, "文字認識の確からしさが{:.2f}しかありません。本文を原本と見比べてください。"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a document as the index has it.

    `confidence` is the mean one of recognised pages, None where there are none; `garbled` and `covered` are shares of the characters
    that are no white space: those that could not be read, and those that stand in a passage. `oversized` and `empty` count passages
    beyond LONGEST_PASSAGE and sections of several words without a passage; `references` counts those inside the document,
    `unresolved` names those of them that lead nowhere. `unknown` are words that the dictionary lacks, the most frequent first.
    """

    id: str
    version: str
    source: str
    title: str
    characters: int
    sections: int
    tables: int
    pages: int
    confidence: float | None
    garbled: float
    covered: float
    passages: int
    oversized: int
    empty: int
    references: int
    unresolved_count: int
    unresolved: tuple[str, ...]
    unknown: tuple[str, ...]
    cautions: tuple[str, ...]
    alarms: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return asdict(self)


def report(snapshot: Snapshot, row: DocumentRow) -> Report:
    """The report of one version of a document."""
    document = snapshot.document(row.id, row.version)
    sections = snapshot.sections(row.id, row.version)
    passages = snapshot.passages(row.id, row.version)
    inside, unresolved = _references(document, sections, passages)
    garbled, covered = _garbled(document.text), _covered(document.text, passages)
    confidence = _confidence(document.pages)
    return Report(
        row.id,
        row.version,
        row.source,
        row.title,
        row.characters,
        len(sections),
        _tables(document.text, passages),
        len(document.pages),
        confidence,
        garbled,
        covered,
        len(passages),
        sum(len(p.text) > LONGEST_PASSAGE for p in passages),
        _empty(sections, passages),
        inside,
        len(unresolved),
        tuple(unresolved[:_SHOWN]),
        tuple(word for word, _ in Counter(unknown_words(document.text)).most_common(_SHOWN)),
        (*row.origin.cautions, *row.notes),
        tuple(_alarms(covered, garbled, confidence, row.characters)),
    )


def _alarms(covered: float, garbled: float, confidence: float | None, characters: int) -> Iterator[str]:
    values = {"coverage": covered, "readable": 1 - garbled, "confidence": 1.0 if confidence is None else confidence}
    for name, least, words in _ALARMS:
        if values[name] < least:
            yield words.format(values[name] if name == "confidence" else 1 - values[name])
    if not characters:
        yield "本文がありません。元の文書を確かめてください。"


def _references(document: Document, sections: Sequence[Section], passages: Sequence[Passage]) -> tuple[int, list[str]]:
    """How many references stay inside the document, and the words of those that lead nowhere with their place."""
    places = Places(sections)
    inside, unresolved = 0, []
    for passage in passages:
        for unit in passage.units:
            path = path_at(sections, unit.span)
            for found in references(document.text, unit.span, path):
                if not found.is_external:
                    inside += 1
                    if not targets(found, path, places):
                        unresolved.append(found.span.of(document.text))
    return inside, unresolved


def _tables(text: str, passages: Sequence[Passage]) -> int:
    """Runs of table rows that no other words part."""
    rows = sorted(unit.span for p in passages for unit in p.units if unit.kind == "row")
    starts = 0
    end = -1
    for span in rows:
        starts += end < 0 or text.count("\n", end, span.start) > 1 or "\n\n" in text[end : span.start]
        end = span.end
    return starts


def _confidence(pages: Sequence[Page]) -> float | None:
    known = [(page.confidence, len(page.span)) for page in pages if page.confidence is not None]
    weight = sum(size for _, size in known)
    return sum(value * size for value, size in known) / weight if weight else None


def _garbled(text: str) -> float:
    said = sum(not c.isspace() for c in text)
    return sum(c in _GARBLED or "\ue000" <= c <= "\uf8ff" for c in text) / max(said, 1)


def _covered(text: str, passages: Sequence[Passage]) -> float:
    """The share of the letters that stand in a passage; headings, rules and running heads may stand outside."""
    inside = sum(1 for p in passages for c in p.text if c.isalnum())
    return min(1.0, inside / max(sum(c.isalnum() for c in text), 1))


def _empty(sections: Sequence[Section], passages: Sequence[Passage]) -> int:
    """Sections with more than a heading in which no passage has a word."""
    spans = sorted((p.span.start, p.span.end) for p in passages)
    starts = [start for start, _ in spans]

    def is_empty(section: Section) -> bool:
        first = bisect_right(starts, section.span.start) - 1
        held = first >= 0 and spans[first][1] > section.span.start
        return not held and bisect_left(starts, section.span.end) == first + 1

    return sum(len(s.span) > len(s.heading) + 20 and is_empty(s) for s in sections)
