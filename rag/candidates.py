"""Candidates for an answer: the sentences, items and rows of the best passages, with all of them that does not hang on the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder
from rag.likeness import TermVectors
from rag.ranges import Range, ranges
from rag.retrieval import Ranking
from rag.snapshot import Snapshot
from rag.types import Passage, Unit
from rag.words import Words, words

_KEPT = 500
_FRONT = 1000
_CELL = re.compile(r"[|│\t]")
_TOPIC = re.compile(r"[・●○➢◆■□*-]?\s*(.{1,40}?)(?:とは|は、|は|：|:|\u3000|\t|——|―)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer. `passage` is the index of its passage among the hits, `position` its place there."""

    passage: int
    position: int
    unit: Unit
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A passage made ready for ranking, n citable units with the place of each among all the `size` units of the passage.

    Words are those of each unit, of its context (the header of its table, what introduces its list), of what it speaks of (the
    first cell of a row, the topic before は), of the innermost heading, and of the section path with the title. `front` is 1 at the document's beginning and 0 from its first 1,000 characters on. `repeated` are the terms of a unit that others of the passage have as well. `alone` and `within` are the vectors of the
    units and of the units after section and context, shape (n, dim); `vectors` those of the passage's m terms, shape (m, width),
    with the rows for each unit and for each unit with its context, path and title.
    """

    passage: Passage
    units: tuple[Unit, ...]
    positions: tuple[int, ...]
    size: int
    texts: tuple[str, ...]
    own: tuple[Words, ...]
    context: tuple[Words, ...]
    keys: tuple[Words, ...]
    heading: Words
    head: Words
    title: Words
    repeated: tuple[frozenset[int], ...]
    terms: frozenset[int]
    front: tuple[float, ...]
    ranges: tuple[tuple[Range, ...], ...]
    alone: NDArray[np.float32]
    within: NDArray[np.float32]
    vectors: NDArray[np.float32]
    own_rows: tuple[NDArray[np.intp], ...]
    wide_rows: tuple[NDArray[np.intp], ...]


class Preparer:
    """Makes the passages of one snapshot ready and keeps the last ones. Threads may share it."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, likeness: TermVectors) -> None:
        self._snapshot = snapshot
        self._encoder = encoder
        self._likeness = likeness
        self._kept = lru_cache(maxsize=_KEPT)(self._prepare)

    def __call__(self, ranking: Ranking) -> tuple[Prepared, ...]:
        """The passages of a ranking, in its order."""
        return tuple(self._kept(number) for number in ranking.numbers)

    def _prepare(self, number: int) -> Prepared:
        (passage,) = self._snapshot.at([number])
        document = self._snapshot.document(passage.doc_id, passage.version)
        title = self._snapshot.row(passage.doc_id, passage.version).title
        kept = [(i, u) for i, u in enumerate(passage.units) if u.kind != "heading" and len(u.span) >= 2]
        texts = [unit.span.of(document.text) for _, unit in kept]
        around = [" ".join(span.of(document.text) for span in unit.context) for _, unit in kept]
        own, context = [words(text) for text in texts], [words(text) for text in around]
        head = words(" ".join((title, *passage.path)))
        held = Counter(term for found in own for term in found.terms)
        within = [" ".join((*passage.path[-2:], near, text)) for near, text in zip(around, texts, strict=True)]
        vectors = self._encoder.encode_passages(texts + within)
        spelt = {term: word for found in (*own, *context, head) for term, word in found.spelt.items()}
        row = {term: i for i, term in enumerate(spelt)}
        return Prepared(
            passage,
            tuple(unit for _, unit in kept),
            tuple(i for i, _ in kept),
            len(passage.units),
            tuple(texts),
            tuple(own),
            tuple(context),
            tuple(words(_key(unit.kind, text)) for (_, unit), text in zip(kept, texts, strict=True)),
            words(passage.path[-1] if passage.path else title),
            head,
            words(title),
            tuple(frozenset(t for t in found.terms if held[t] > 1) for found in own),
            frozenset(held),
            tuple(max(0.0, 1 - unit.span.start / _FRONT) for _, unit in kept),
            tuple(ranges(found.folded) for found in own),
            vectors[: len(texts)],
            vectors[len(texts) :],
            self._likeness.of(list(spelt.values())),
            tuple(np.array([row[t] for t in found.spelt], np.intp) for found in own),
            tuple(
                np.array(sorted({row[t] for part in (found, near, head) for t in part.spelt}), np.intp)
                for found, near in zip(own, context, strict=True)
            ),
        )


def _key(kind: str, text: str) -> str:
    """What a unit speaks of: the first cell of a row, else the words before the first は or colon; empty where there are none."""
    if kind == "row":
        return _CELL.split(text.strip(" |│"))[0]
    found = _TOPIC.match(text)
    return found[1] if found else ""


def candidates(prepared: Sequence[Prepared]) -> Iterator[Candidate]:
    """All units that can be cited, in hit order and reading order."""
    for i, found in enumerate(prepared):
        for position, unit, text in zip(found.positions, found.units, found.texts, strict=True):
            yield Candidate(i, position, unit, text)
