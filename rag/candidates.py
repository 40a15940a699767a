"""Candidates for an answer: the sentences, items and rows of the best passages."""

from __future__ import annotations

from dataclasses import dataclass

from rag.retrieval import Ranking
from rag.snapshot import Snapshot
from rag.types import Unit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer. `passage` is the index of its passage among the hits, `position` its place there."""

    passage: int
    position: int
    unit: Unit
    text: str
    score: float = 0.0


def candidates(ranking: Ranking, snapshot: Snapshot) -> list[Candidate]:
    """All units of the hits that can be cited, in hit order and reading order."""
    return [
        Candidate(i, j, unit, unit.span.of(snapshot.document(hit.passage.doc_id, hit.passage.version).text))
        for i, hit in enumerate(ranking.hits)
        for j, unit in enumerate(hit.passage.units)
        if unit.kind != "heading" and len(unit.span) >= 2
    ]
