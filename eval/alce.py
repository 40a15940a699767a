"""Citation recall and precision as ALCE defines them (Gao and others, EMNLP 2023), with our verifier in place of its English NLI model.

A sentence counts for recall where all its citations together support it. A citation counts for precision where its sentence is
supported and it is not idle: an idle one supports nothing alone, and without it the others still support the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.answers import Cited, Place, Reply, Said
from eval.score import Sources
from rag.sentences import split
from rag.support import Verify

HITS = 5
"""So many of the hits are searched for the evidence of a sentence that its citations do not support."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Counts over one answer: its sentences, those with a citation, those supported by their citations, the citations in all
    sentences and those of them that are not idle.

    `misattributed` sentences have citations that do not support them, while other citations or hits of the answer do.
    """

    sentences: int
    cited: int
    supported: int
    citations: int
    needed: int
    misattributed: int

    @property
    def recall(self) -> float:
        """The share of the sentences that are supported; 0 without a sentence."""
        return self.supported / self.sentences if self.sentences else 0.0

    @property
    def precision(self) -> float:
        """The share of the citations that are not idle; 0 without a citation."""
        return self.needed / self.citations if self.citations else 0.0


def attribution(reply: Reply, verify: Verify, sources: Sources) -> Attribution:
    """Check every sentence of an answer against what it cites."""
    judged = [_sentence(said, reply, verify, sources) for said in sentences(reply)]
    return (
        Attribution(len(judged), *(sum(column) for column in zip(*judged, strict=True)))
        if judged
        else Attribution(0, 0, 0, 0, 0, 0)
    )


def sentences(reply: Reply) -> tuple[Said, ...]:
    """The sentences as the answer has them; where it has none, those of its text, each citing all that the answer cites."""
    every = tuple(range(len(reply.citations)))
    return reply.sentences or tuple(Said(span.of(reply.text), every) for span in split(reply.text))


def needed(claim: str, cited: Sequence[str], verify: Verify) -> int:
    """How many of the citations of a supported sentence are not idle."""
    if len(cited) == 1:
        return 1
    others = [[c for j, c in enumerate(cited) if j != i] for i in range(len(cited))]
    return sum(
        _supports(verify, claim, [one]) or not _supports(verify, claim, rest) for one, rest in zip(cited, others, strict=True)
    )


def _sentence(said: Said, reply: Reply, verify: Verify, sources: Sources) -> tuple[int, int, int, int, int]:
    """The counts of one sentence, in the order of Attribution."""
    cited = _texts(reply.citations[n] for n in dict.fromkeys(said.citations) if 0 <= n < len(reply.citations))
    if cited and _supports(verify, said.text, cited):
        return 1, 1, len(cited), needed(said.text, cited, verify), 0
    elsewhere = _texts(reply.citations) + [_text(hit, sources) for hit in reply.hits[:HITS]]
    return bool(cited), 0, len(cited), 0, int(bool(cited) and _supports(verify, said.text, elsewhere))


def _texts(cited: Iterable[Cited]) -> list[str]:
    """What is quoted, in the order of the documents, so that the header of a table comes before its rows."""
    return [c.quote for c in sorted(cited, key=lambda c: (c.place.doc, c.place.start))]


def _text(place: Place, sources: Sources) -> str:
    return (sources.text(place.doc) or "")[place.start : place.end]


def _supports(verify: Verify, claim: str, evidence: Sequence[str]) -> bool:
    return verify(claim, evidence).verdict == "supported"
