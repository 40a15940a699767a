"""Which words of a claim the evidence says, and where: by the same word, by one that says the same, or by one much alike in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from rag.cases import tells
from rag.likeness import TermVectors
from rag.measures import Measure
from rag.moments import Moment
from rag.persons import is_person
from rag.statements import PART, Statement, Term, borders
from rag.wording import Premise, answering, cognate, phrase_said, said, spread

_ALIKE, _UNLIKE = 0.55, 0.3
"""Cosines from which a word says the same as another, and below which it has nothing to do with it."""
_FOCUS = 12
_GAIN = 0.55
_CLOSE = 0.3
"""Premises that say less of a clause by no more than this weight say as much of it."""
_BEFORE = 3
"""So many sentences before one tell what it speaks of."""


@dataclass(frozen=True, eq=False)
class Matching:
    """What of the claim the evidence says. `focus` are the premises that it is held against, best first; `degrees` says how far each of
    the claim's terms is said there, 0 to 1."""

    claim: Statement
    premises: tuple[Premise, ...]
    focus: tuple[Premise, ...]
    degrees: tuple[float, ...]
    held: frozenset[int]
    holds: dict[Premise, frozenset[int]]
    """For each premise the numbers of the claim's terms that it says; its numbers and dates count after the terms."""

    @cached_property
    def coverage(self) -> float:
        """The share of the claim's words, by weight, that the focus says."""
        whole = sum(t.weight for t in self.claim.terms)
        return sum(t.weight * d for t, d in zip(self.claim.terms, self.degrees, strict=True)) / whole if whole else 0.0

    def says(self, term: Term, premise: Premise) -> bool:
        """Whether the premise says the claim's term."""
        return said(self.claim, term, premise)

    @cached_property
    def _homes(self) -> dict[tuple[int, int], tuple[Premise, ...]]:
        return {clause: self._of(*clause) for clause in self.claim.clauses}

    def _of(self, start: int, end: int) -> tuple[Premise, ...]:
        """The premises of the focus that say most of the claim between two places, best first."""
        inside = {i: t.weight for i, t in enumerate(self.claim.terms) if start <= t.start < end}
        values: list[Measure | Moment] = [*self.claim.measures, *self.claim.moments]
        inside |= {i: 1.0 for i, v in enumerate(values, start=len(self.claim.terms)) if start <= v.start < end}
        said = {p: sum(w for i, w in inside.items() if i in self.holds[p]) for p in self.focus}
        best = max(said.values(), default=0.0)
        homes = sorted((p for p in self.focus if said[p] >= best - _CLOSE), key=lambda p: -said[p])
        excepting = self.excepting(start)
        return tuple(p for p in homes if p not in excepting) or tuple(excepting.values())

    def excepting(self, at: int) -> dict[Premise, Premise]:
        """The ただし書 whose case the claim speaks of at a place, by its main clause, which says nothing of that case."""
        if len(self.focus) < 2:
            return {}
        part = borders(self.claim.folded, at, PART)
        pairs = ((main, p) for main, p in pairwise(self.premises) if p.unit.proviso and p in self.focus)
        return {main: p for main, p in pairs if tells(self.claim, p, main, part)}

    def homes(self, at: int) -> tuple[Premise, ...]:
        """The premises that say most of the clause of the claim that a place lies in, best first."""
        return next((homes for (start, end), homes in self._homes.items() if start <= at < end), self.focus)

    def around(self, premise: Premise) -> tuple[Premise, ...]:
        """What a premise cannot be understood without: the sentences before it in its evidence, what introduces its list, its main clause."""
        at = self._place[premise]
        before = [p for p in self.premises[max(0, at - _BEFORE) : at] if p.evidence == premise.evidence and not p.unit.row]
        leads = [p for p in self.premises[:at] if p.lead][-1:] if premise.unit.item else []
        main = [self.premises[at - 1]] if premise.unit.proviso and at else []
        return (*leads, *main, *before)

    @cached_property
    def _place(self) -> dict[Premise, int]:
        return {p: n for n, p in enumerate(self.premises)}


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
    matching = Matching(claim, tuple(premises), focus, (), found, dict(zip(premises, held, strict=True)))
    context = frozenset[int]().union(*(matching.holds[c] for p in focus for c in matching.around(p)))
    return replace(matching, degrees=_degrees(claim, focus, found | context, likeness))


def _worth(claim: Statement, premises: Sequence[Premise], chosen: Sequence[int], n: int, gain: float) -> bool:
    """Whether a further premise belongs to what the claim says: it adds much, it introduces the list that one of them is in, or the claim
    says most of it (an item of a list)."""
    premise = premises[n]
    if gain >= 1.5 or (premise.lead and n < max(chosen)):
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
        if inside and not premise.senses.isdisjoint(answering(phrase.senses)) and phrase_said(claim, phrase, premise):
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
    open_ones = [i for i, t in enumerate(claim.terms) if i not in held and not t.name and not _office(t)]
    others = list(dict.fromkeys(t for p in focus for t in p.lemmas if not t.isascii()))
    if not open_ones or not others:
        return tuple(degrees)
    alike = likeness.of([claim.terms[i].lemma for i in open_ones]) @ likeness.of(others).T
    parts = [s for p in focus for t in p.statement.terms if (s := spread(t.surface, claim.folded))]
    for i, best in zip(open_ones, alike.max(axis=1).tolist(), strict=True):
        term = claim.terms[i]
        degrees[i] = min(1.0, max(0.0, (best - _UNLIKE) / (_ALIKE - _UNLIKE)))
        if degrees[i] < 1 and (
            any(cognate(term, p.statement) or spread(term.surface, p.statement.folded) for p in focus)
            or any(part.start <= term.start < part.end for part in parts)
        ):
            degrees[i] = 1.0
    return tuple(degrees)


def _office(term: Term) -> bool:
    """Whether a term names one that acts, for whom no other stands."""
    return len(term.surface) > 1 and not term.verb and is_person(term.surface)
