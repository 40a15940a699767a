"""Whether a claim puts together what the evidence says of different things: 「社員旅行の費用」 of a sentence on 「洗濯の費用」 and one on 「社員旅行」."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.findings import Finding
from rag.lexicon import Sense, contrasts
from rag.matching import Matching
from rag.parts import verb_after
from rag.persons import is_person
from rag.runs import runs
from rag.statements import Statement, Term
from rag.types import ReasonKind
from rag.wording import Premise, answering, kin, said_by

_PARTICLES = frozenset("のはがをにへでも")
_ONLY = ("のみ", "だけ")
_TOPIC = frozenset("はも")
_SAYS_LITTLE, _LEAST = 0.55, 0.15


@dataclass(frozen=True, slots=True)
class Slot:
    """The noun phrase at folded[start:end] with the particle after it, and the noun or the verb that it belongs to."""

    noun: str
    particle: str
    head: str
    start: int
    end: int
    terms: tuple[Term, ...]
    senses: frozenset[Sense]


def check(matching: Matching) -> Iterator[Finding]:
    """A noun of the claim that the evidence has elsewhere, where the sentence that says the rest has another in its place."""
    claim = matching.claim
    for slot in slots(claim):
        homes = matching.homes(slot.start)
        if not slot.terms or not homes or len(slot.noun) == 1 or any(h.unit.row or h.lead for h in homes):
            continue
        home = homes[0]
        here = any(_said(slot, h) for h in homes)
        if here and slot.particle != "の":
            continue
        said = any(_said(slot, p) for p in matching.premises)
        near = here or any(_said(slot, p) for p in matching.around(home))
        if here and not _only_elsewhere(slot, homes):
            continue
        other = next((o for o in slots(home.statement) if _rival(matching, slot, o, near=near, said=said)), None)
        if other is not None:
            kind: ReasonKind = "actor" if is_person(slot.noun) or is_person(other.noun) else "name"
            text = f"「{slot.noun}」については、典拠に書かれていません（典拠は「{other.noun}」についてです）。"
            yield Finding(kind, text, slot.start, slot.end, home, (other.start, other.end))
            return


def _only_elsewhere(slot: Slot, homes: Sequence[Premise]) -> bool:
    """Whether the sentences have the noun, a person, but not with the thing that the claim says to be its: 「総務課長の決裁」."""
    if not is_person(slot.noun):
        return False
    joined = [r.members for h in homes for r in runs(h.statement)]
    return not any(slot.noun in o.noun and o.head == slot.head for h in homes for o in slots(h.statement)) and not any(
        slot.noun in member for members in joined for member in members
    )


@lru_cache(maxsize=4_000)
def slots(statement: Statement) -> tuple[Slot, ...]:
    """The noun phrases with a particle."""
    found = statement.morphemes
    runs: list[tuple[int, int, int]] = []
    start = None
    for i, m in enumerate(found):
        counter = i > 0 and found[i - 1].part == "名詞-数詞"
        if (m.nominal or m.part == "形状詞-一般") and m.part != "名詞-数詞" and not (counter and "助数詞" in m.part):
            start = m.start if start is None else start
            continue
        if start is not None and m.part.startswith("助詞") and (m.surface in _PARTICLES or m.surface in _ONLY):
            runs.append((start, found[i - 1].end, i))
        start = None
    out = []
    for start, end, i in runs:
        particle = "が" if found[i].surface in _ONLY else found[i].surface
        head = _next_noun(statement, i) if particle == "の" else verb_after(statement, i)
        terms = tuple(t for t in statement.terms if start <= t.start < end and t.weight >= _LEAST)
        senses = frozenset(s for p in statement.phrases if (p.start, p.end) == (start, end) for s in p.senses)
        out.append(Slot(statement.folded[start:end], particle, head, start, end, terms, senses))
    return tuple(out)


def _next_noun(statement: Statement, at: int) -> str:
    """The noun phrase right after a morpheme."""
    found = statement.morphemes
    end = at + 1
    while end < len(found) and found[end].nominal:
        end += 1
    return statement.folded[found[at].end : found[end - 1].end]


def _said(slot: Slot, premise: Premise) -> bool:
    """Whether a premise says a noun phrase; of one that acts all of it, for 部長 and 委員会 are not the same."""
    if not premise.senses.isdisjoint(answering(slot.senses)):
        return True
    terms = slot.terms if is_person(slot.noun) else [t for t in slot.terms if t.weight >= _SAYS_LITTLE] or slot.terms
    return all(said_by(t, premise) or (len(t.surface) > 1 and premise.says(t.surface)) for t in terms)


def _rival(matching: Matching, slot: Slot, other: Slot, *, near: bool, said: bool) -> bool:
    """Whether another noun phrase of the evidence, of which the claim does not speak, stands in the place of the claim's."""
    persons = is_person(slot.noun) and is_person(other.noun)
    mine = [t for t in slot.terms if not any(t.lemma == o.lemma for o in other.terms)]
    theirs = [t for t in other.terms if not any(t.lemma == o.lemma for o in slot.terms)]
    claim = matching.claim
    if not mine or not theirs or slot.noun in other.noun or other.noun in slot.noun:
        return False
    if any(t.lemma in claim.lemmas or (len(t.surface) > 1 and t.surface in claim.folded) for t in theirs):
        return False
    if not answering(slot.senses).isdisjoint(other.senses) or _alike(mine, theirs, whole=persons):
        return False
    if not said and not persons:
        return False
    if (persons or (slot.head and other.head)) and _heads(slot, other):
        return slot.particle == other.particle or (slot.particle in _TOPIC) != (other.particle in _TOPIC)
    return not near and slot.particle in _TOPIC and other.particle in _TOPIC


def _heads(slot: Slot, other: Slot) -> bool:
    if (slot.particle == "の") != (other.particle == "の"):
        return False
    return slot.head == other.head or (
        slot.particle == "の" and (slot.head.endswith(other.head) or other.head.endswith(slot.head))
    )


def _alike(mine: Sequence[Term], theirs: Sequence[Term], *, whole: bool) -> bool:
    """Whether words, one or the `whole` of them, say the same as others."""
    senses = frozenset(s for t in theirs for s in t.senses)
    apart = [(a, b) for t in mine for a in contrasts(t.surface) for o in theirs for b in contrasts(o.surface)]
    if any(a.number == b.number and a.side != b.side for a, b in apart):
        return False
    said = [not answering(t.senses).isdisjoint(senses) or any(kin(t, o) for o in theirs) for t in mine]
    return all(said) if whole else any(said)
