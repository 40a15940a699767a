"""Which words of a claim the evidence says, and where: by the same word, by one that says the same, or by one much alike in meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.lexicon import Phrase
from rag.likeness import TermVectors
from rag.premises import Unit
from rag.statements import Statement, Term

_ALIKE, _UNLIKE = 0.55, 0.3
"""Cosines from which a word says the same as another, and below which it has nothing to do with it."""
_KANA = frozenset(
    "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちっつてでとどなにぬねのはばひびふぶへべほぼまみむめもやゆよらりるれろわをん"
)
_FOCUS = 12
_GAIN = 0.55
_LEAD = re.compile(r"次の(?!日|月|年|世|期|回|段)|次に掲げる|以下の|下記|各号|左の|次のとおり|いずれか(?:に|の)")


@dataclass(frozen=True, eq=False)
class Premise:
    """A unit of the evidence numbered `evidence`, analysed; `header` are the names of a row's columns."""

    evidence: int
    unit: Unit
    statement: Statement
    header: Statement | None = None

    @cached_property
    def lemmas(self) -> frozenset[str]:
        """The lemmas of the unit and of its header."""
        return frozenset(self.statement.lemmas) | frozenset(self.header.lemmas if self.header else ())

    @cached_property
    def senses(self) -> frozenset[tuple[int, int]]:
        """The senses of the unit and of its header."""
        return frozenset(self.statement.senses) | frozenset(self.header.senses if self.header else ())

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that exclude others, of the unit and of its header."""
        return frozenset(m.word for s in (self.statement, self.header) if s for m in s.marks)

    @cached_property
    def lead(self) -> bool:
        """Whether it introduces a list that follows."""
        text = self.statement.folded.rstrip()
        return text.endswith(("。", ":", "：")) and bool(_LEAD.search(text)) and not self.unit.row

    def says(self, word: str) -> bool:
        """Whether the letters of a word stand in the unit or in its header."""
        return word in self.statement.folded or (self.header is not None and word in self.header.folded)


@dataclass(frozen=True, eq=False)
class Matching:
    """What of the claim the evidence says. `focus` are the premises that it is held against, best first; `degrees` says how far each of
    the claim's terms is said there, 0 to 1."""

    claim: Statement
    premises: tuple[Premise, ...]
    focus: tuple[Premise, ...]
    degrees: tuple[float, ...]
    held: frozenset[int]

    @cached_property
    def coverage(self) -> float:
        """The share of the claim's words, by weight, that the focus says."""
        whole = sum(t.weight for t in self.claim.terms)
        return sum(t.weight * d for t, d in zip(self.claim.terms, self.degrees, strict=True)) / whole if whole else 0.0

    def says(self, term: Term, premise: Premise) -> bool:
        """Whether the premise says the claim's term."""
        return said(self.claim, term, premise)


def answering(senses: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """The senses of words that say the same as a word of these senses."""
    return frozenset((group, 2 * side) for group, side in senses if side < 2)


def said_by(term: Term, premise: Premise) -> bool:
    """Whether a premise says a term, by the same word or by one that the tables give for it."""
    return term.lemma in premise.lemmas or not premise.senses.isdisjoint(answering(term.senses))


def said(claim: Statement, term: Term, premise: Premise) -> bool:
    """Whether a premise says a term of the claim, by the same word or by one that the tables give for it."""
    if term.lemma in premise.lemmas or not premise.senses.isdisjoint(answering(term.senses)):
        return True
    if len(term.surface) > 1 and premise.says(term.surface):
        return True
    return any(p.start <= term.start and term.end <= p.end and _phrase_said(claim, p, premise) for p in claim.phrases)


def _phrase_said(claim: Statement, phrase: Phrase, premise: Premise) -> bool:
    """Whether a premise says a phrase in other words; two nouns that differ in their first part alone (災害見舞金, 慶弔見舞金) are two things."""
    word = claim.folded[phrase.start : phrase.end]
    for statement in (premise.statement, premise.header):
        for sense in answering(phrase.senses) if statement else ():
            place = statement.senses.get(sense) if statement else None
            if statement and place and not _siblings(word, statement.folded[place[0] : place[1]]):
                return True
    return False


def _siblings(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or one in other or other in one:
        return False
    return one[-2:] == other[-2:] and one[0] != other[0] and one[-1] not in _KANA


def match(claim: Statement, premises: Sequence[Premise], likeness: TermVectors) -> Matching:
    """Hold the claim against the premises that together say most of it."""
    numbers = len(claim.measures) + len(claim.moments)
    held = [_held(claim, premise) for premise in premises]
    weights = [t.weight for t in claim.terms] + [1.0] * numbers
    chosen: list[int] = []
    rest = set(range(len(weights)))
    while len(chosen) < _FOCUS and premises:
        gains = [sum(weights[i] for i in found & rest) + _bonus(premises, chosen, n) for n, found in enumerate(held)]
        order = sorted((n for n in range(len(gains)) if gains[n] > 0 and n not in chosen), key=lambda n: -gains[n])
        best = next((n for n in order if not chosen or _worth(claim, premises, chosen, n, gains[n])), None)
        if best is None:
            break
        chosen.append(best)
        rest -= held[best]
    focus = tuple(premises[n] for n in chosen)
    found = frozenset[int]().union(*(held[n] for n in chosen))
    return Matching(claim, tuple(premises), focus, _degrees(claim, focus, found, likeness), found)


def _worth(claim: Statement, premises: Sequence[Premise], chosen: Sequence[int], n: int, gain: float) -> bool:
    """Whether a further premise belongs to what the claim says: it adds much, it introduces the list that one of them is in, or the claim
    says most of it (an item of a list)."""
    premise = premises[n]
    if gain >= 2.0 or (premise.lead and n < max(chosen)):
        return True
    if (n + 1 in chosen and premises[n + 1].unit.proviso) or (premise.unit.proviso and n - 1 in chosen and gain >= _GAIN):
        return True
    if gain >= _GAIN and any(premises[c].lead and c < n for c in chosen):
        return True
    if n + 1 in chosen and premises[n + 1].evidence == premise.evidence and _topic(claim, premise):
        return True
    whole = premise.statement.weight
    said_back = sum(
        t.weight for t in premise.statement.terms if t.lemma in claim.lemmas or not answering(t.senses).isdisjoint(claim.senses)
    )
    return gain >= _GAIN and said_back >= 0.6 * whole


def _topic(claim: Statement, premise: Premise) -> bool:
    """Whether the claim names what a sentence speaks of, as what the next one goes on to say."""
    end = premise.statement.folded.find("は")
    topic = [t for t in premise.statement.terms if t.end <= end]
    return bool(topic) and all(t.lemma in claim.lemmas for t in topic)


def _bonus(premises: Sequence[Premise], chosen: Sequence[int], n: int) -> float:
    """What speaks for a unit beside its words: that another of its evidence is in the focus, and that it is a row rather than a header."""
    beside = any(premises[c].evidence == premises[n].evidence for c in chosen)
    return 0.3 * beside + 0.05 * (premises[n].header is not None)


def _held(claim: Statement, premise: Premise) -> frozenset[int]:
    """The numbers of the claim's terms that a premise says; its numbers and dates count after the terms."""
    out = {
        i
        for i, term in enumerate(claim.terms)
        if term.lemma in premise.lemmas or not premise.senses.isdisjoint(answering(term.senses))
    }
    out |= {i for i, term in enumerate(claim.terms) if i not in out and len(term.surface) > 1 and premise.says(term.surface)}
    for phrase in claim.phrases:
        inside = [i for i, t in enumerate(claim.terms) if i not in out and phrase.start <= t.start and t.end <= phrase.end]
        if inside and not premise.senses.isdisjoint(answering(phrase.senses)) and _phrase_said(claim, phrase, premise):
            out.update(inside)
    at = len(claim.terms)
    values = premise.statement.measures
    out |= {at + i for i, m in enumerate(claim.measures) if any(m.equals(v) for v in values)}
    at += len(claim.measures)
    out |= {at + i for i, m in enumerate(claim.moments) if any(m.within(v) for v in premise.statement.moments)}
    return frozenset(out)


def _degrees(claim: Statement, focus: Sequence[Premise], held: frozenset[int], likeness: TermVectors) -> tuple[float, ...]:
    """1 for each term that is said, and for others how alike the likest term of the focus is."""
    degrees = [float(i in held) for i in range(len(claim.terms))]
    open_ones = [i for i, t in enumerate(claim.terms) if i not in held and not t.name]
    others = list(dict.fromkeys(t for p in focus for t in p.lemmas if not t.isascii()))
    if not open_ones or not others:
        return tuple(degrees)
    alike = likeness.of([claim.terms[i].lemma for i in open_ones]) @ likeness.of(others).T
    for i, best in zip(open_ones, alike.max(axis=1).tolist(), strict=True):
        degrees[i] = min(1.0, max(0.0, (best - _UNLIKE) / (_ALIKE - _UNLIKE)))
        if degrees[i] < 1 and _cognate(claim.terms[i], focus):
            degrees[i] = 1.0
    return tuple(degrees)


def _cognate(term: Term, focus: Sequence[Premise]) -> bool:
    """Whether the focus has a word of the same Chinese character, the one a verb and the other a noun: 兼ねる and 兼務, 住む and 在住."""
    for premise in focus:
        for other in premise.statement.terms:
            if other.verb != term.verb:
                verb, noun = (term, other) if term.verb else (other, term)
                if verb.lemma[:1] in noun.lemma and verb.lemma[:1] > "一" and len(noun.lemma) == 2:
                    return True
    return False
