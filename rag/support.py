"""What the passages that a model was shown say of a sentence: the verdict, and the exact places that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

from rag.guard import distrusted, planted
from rag.reader import QUOTE_LIMIT
from rag.snapshot import Snapshot
from rag.types import Passage, Span, Verification, hull


class Verify(Protocol):
    """The verifier: a claim, the texts of its evidence and the titles and headings of each to a verdict."""

    def __call__(self, claim: str, evidence: Sequence[str], about: Sequence[str] = ()) -> Verification:
        """The verdict."""


_KEPT = 16
"""So many of the evidence that shares most with a sentence are weighed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that can support a sentence, with the title and headings over them, the spans they stand at in the passage's document, and
    their character pairs."""

    text: str
    about: str
    passage: Passage
    spans: tuple[Span, ...]
    grams: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a sentence: the verification, and the evidence that it rests on or that speaks against it, best first; `found`
    counts in it."""

    found: Verification
    basis: tuple[Evidence, ...]


class Support:
    """The evidence in the passages of one prompt, by their numbers in it from 1."""

    def __init__(self, passages: Sequence[Passage], snapshot: Snapshot, verify: Verify) -> None:
        self._evidence = [tuple(_evidence(p, snapshot)) for p in passages]
        self._verify = verify
        self.text = "\n".join(p.text for p in passages)
        self._packed = _packed(self.text)

    def judge(self, claim: str, numbers: Sequence[int]) -> Judged:
        """The verdict on a claim by the passages that it cites; by all where these do not speak of it, or it cites none.

        What the cited passages contradict stays contradicted, whatever others say.
        """
        cited = [e for n in numbers if 1 <= n <= len(self._evidence) for e in self._evidence[n - 1]]
        if cited:
            judged = self._weigh(claim, cited)
            if judged.found.verdict != "not_found":
                return judged
        return self._weigh(claim, [e for evidence in self._evidence for e in evidence])

    def quoted(self, quote: str) -> bool:
        """Whether words stand in a passage as they are; only white space, where a line was broken, does not count."""
        return _packed(quote) in self._packed

    def _weigh(self, claim: str, evidence: Sequence[Evidence]) -> Judged:
        grams = _grams(claim)
        near = sorted(evidence, key=lambda e: -len(grams & e.grams))[:_KEPT]
        found = self._verify(claim, [e.text for e in near], [e.about for e in near])
        place = {n: i for i, n in enumerate(found.evidence)}
        reasons = tuple(replace(r, evidence=None if r.evidence is None else place.get(r.evidence)) for r in found.reasons)
        kept = replace(found, reasons=reasons, evidence=tuple(place.values()))
        return Judged(kept, tuple(near[n] for n in found.evidence))


def _packed(text: str) -> str:
    return "".join(text.split())


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _evidence(passage: Passage, snapshot: Snapshot) -> Iterator[Evidence]:
    """Each unit with what it cannot be understood without, and each list as a whole; nothing that speaks to the model."""
    document = snapshot.document(passage.doc_id, passage.version)
    text, about = document.text, "\n".join((document.title, *passage.path))
    about = "" if planted(about) else about
    bad = [Span(s.start + passage.span.start, s.end + passage.span.start) for s in distrusted(passage.text)]
    units = [u for u in passage.units if u.kind != "heading" and not any(u.span.overlap(s) for s in bad)]
    units = [u for u in units if not any(planted(span.of(text)) for span in (*u.context, u.span))]
    for unit in units:
        before = (*unit.context[1:], *unit.context[:1]) if unit.kind == "row" else unit.context  # a row's header right before it
        yield _made(passage, about, text, (*before, unit.span), (*unit.context, unit.span))
    for context, run in groupby(units, key=lambda u: u.context if u.kind == "item" else None):
        listed = tuple(u.span for u in run)
        if context and len(listed) > 1 and _citable(whole := hull((context[-1], *listed)), text):
            yield _made(passage, about, text, (context[-1], *listed), (whole,))


def _citable(span: Span, text: str) -> bool:
    return len(span) <= QUOTE_LIMIT and not planted(span.of(text))


def _made(passage: Passage, about: str, text: str, said: Sequence[Span], cited: tuple[Span, ...]) -> Evidence:
    """The words of spans, a line each, as the document has its sentences, items and rows."""
    words = "\n".join(span.of(text) for span in said)
    return Evidence(words, about, passage, cited, _grams(words))
