"""Scores one answer: are the facts stated early, is the evidence cited, does every quote stand where it says it does?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.answers import Cited, Place, Reply
from eval.fold import Folded, fold
from eval.gold import Gold
from rag.types import Span

if TYPE_CHECKING:
    from rag.snapshot import Snapshot

# Folded characters within which the facts have to be stated, by the kind of question.
SHORT_ANSWER = 200
LONG_ANSWER = 400
SHORT_KINDS = frozenset(("number", "date", "entity", "footnote", "yesno", "typed"))

# What counts of the citations: the first few, each neither a sliver nor a whole page, within a total.
CITATIONS = 8
CITATION_MIN, CITATION_MAX = 6, 600
CITED_TOTAL = 1500
HIT_MAX = 1200
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """How one question went. `stated` has one flag for each gold fact; `rank` counts from 1, 0 where no hit holds evidence.

    `missing` names gold evidence that the stored documents do not contain: it can be neither cited nor found. `needs` counts the
    pieces of evidence that are to be found (one where any is enough), `gains` how many of them each hit is the first to hold.
    """

    gold: Gold
    reply: Reply
    exact: bool
    length: int
    stated: tuple[bool, ...] = ()
    cited: bool = False
    rank: int = 0
    missing: tuple[str, ...] = ()
    needs: int = 0
    gains: tuple[int, ...] = ()

    @property
    def facts(self) -> float:
        """The share of the gold facts that the answer states."""
        return sum(self.stated) / len(self.stated) if self.stated else 1.0

    @property
    def verified(self) -> bool:
        """All facts stated, the evidence cited and every quote exact; or abstained, where the documents do not answer."""
        if not self.gold.answerable:
            return self.reply.abstained
        return not self.reply.abstained and all(self.stated) and self.cited and self.exact


class Sources:
    """The stored texts by source path, each read and folded once."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self._texts: dict[str, str | None] = {}
        self._folded: dict[str, Folded] = {}

    @classmethod
    def of(cls, snapshot: Snapshot) -> Sources:
        """The texts that an index stores."""
        rows = {row.source: row for row in snapshot.documents()}

        def read(source: str) -> str | None:
            row = rows.get(source)
            return None if row is None else snapshot.document(row.id, row.version).text

        return cls(read)

    def text(self, source: str) -> str | None:
        """The stored text, or None where there is no such document."""
        if source not in self._texts:
            self._texts[source] = self._read(source)
        return self._texts[source]

    def find(self, source: str, words: str) -> tuple[Span, ...]:
        """Every place of the words in the document, width, case and white space folded."""
        text = self.text(source)
        if text is None:
            return ()
        if source not in self._folded:
            self._folded[source] = Folded.of(text)
        return self._folded[source].find(words)

    def holds(self, cited: Cited) -> bool:
        """Whether the quote is exactly the stored text at its offsets."""
        text = self.text(cited.place.doc)
        return text is not None and text[cited.place.start : cited.place.end] == cited.quote


@dataclass(frozen=True, slots=True)
class _Found:
    """The places of one piece of evidence; none where the document does not contain it."""

    doc: str
    spans: tuple[Span, ...]

    def cited_by(self, place: Place) -> bool:
        """Whether the place covers half of the evidence, or half of the place lies in it."""
        return place.doc == self.doc and any(
            place.covers(SHARE, s.start, s.end) or Place(self.doc, s.start, s.end).covers(SHARE, place.start, place.end)
            for s in self.spans
        )

    def held_by(self, hit: Place) -> bool:
        """Whether the hit is no longer than a passage may be and covers half of the evidence."""
        return hit.doc == self.doc and len(hit) <= HIT_MAX and any(hit.covers(SHARE, s.start, s.end) for s in self.spans)


def score(gold: Gold, reply: Reply, sources: Sources) -> Score:
    """Score one answer against its gold question."""
    exact = all(sources.holds(c) for c in reply.citations)
    folded = fold(reply.text)
    if not gold.answerable:
        return Score(gold, reply, exact, len(folded))
    found = [_Found(e.doc, sources.find(e.doc, e.quote)) for e in gold.evidence]
    early = folded[: SHORT_ANSWER if gold.kind in SHORT_KINDS else LONG_ANSWER]
    fair = _counted(reply.citations, min((len(s) for f in found for s in f.spans), default=CITATION_MIN))
    touched = [any(f.cited_by(place) for place in fair) for f in found]
    return Score(
        gold,
        reply,
        exact,
        len(folded),
        stated=tuple(states(early, fact) for fact in gold.must),
        cited=all(touched) if gold.evidence_all else any(touched),
        rank=next((i for i, hit in enumerate(reply.hits, 1) if any(f.held_by(hit) for f in found)), 0),
        missing=tuple(f"{e.doc}「{e.quote}」" for e, f in zip(gold.evidence, found, strict=True) if not f.spans),
        needs=len(found) if gold.evidence_all else 1,
        gains=tuple(_gains(reply.hits, found, gold.evidence_all)),
    )


def _gains(hits: Sequence[Place], found: Sequence[_Found], every: bool) -> Iterator[int]:
    """For each hit how many of the evidence still needed it holds; where any is enough, the first hit with one holds all."""
    open_ = list(found)
    for hit in hits:
        held = [f for f in open_ if f.held_by(hit)]
        open_ = [f for f in open_ if f not in held] if every or not held else []
        yield len(held) if every else min(1, len(held))


def states(folded: str, fact: Sequence[str]) -> bool:
    """Whether the folded text states the fact in one of its wordings, cutting no number in two."""
    return any(re.search(_pattern(fold(wording)), folded) for wording in fact)


def _pattern(wording: str) -> str:
    before = r"(?<![0-9])" if wording[0].isdigit() else ""
    after = r"(?![0-9])" if wording[-1].isdigit() else ""
    return before + re.escape(wording) + after


def _counted(citations: Sequence[Cited], shortest: int) -> list[Place]:
    """The places that count. One may be as short as the shortest evidence; each of the first few adds to the total."""
    places, total = [], 0
    for place in (c.place for c in citations[:CITATIONS]):
        total += len(place)
        if min(CITATION_MIN, shortest) <= len(place) <= CITATION_MAX and total <= CITED_TOTAL:
            places.append(place)
    return places
