"""Whether a claim says a word that the evidence does not: another name, another member of a list, another thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.findings import Finding
from rag.forces import negative
from rag.lexicon import contrasts
from rag.matching import Matching
from rag.parts import parts
from rag.persons import is_person
from rag.slots import Slot, slots
from rag.statements import Term
from rag.tables import words
from rag.types import ReasonKind
from rag.wording import Premise, answering

_SAID = 0.5
_HEAVY = 0.55
_LOOSE = 0.15
"""Words that tell nothing of their own may have this share of a claim's weight."""
_PERSON = (
    "者",
    "長",
    "員",
    "役",
    "部",
    "課",
    "室",
    "局",
    "省",
    "庁",
    "社",
    "人",
    "会",
    "委員会",
    "官",
    "師",
    "士",
    "主",
    "係",
    "署",
    "国",
)
_JOINTS = ("及び", "又は", "並びに", "若しくは", "、", "・", "と", "や", "および", "または")


def check(matching: Matching) -> Iterator[Finding]:
    """The words of meaning that the evidence says in no way, but for a few that only put in other words what it says."""
    open_ones = [t for t, d in zip(matching.claim.terms, matching.degrees, strict=True) if d < _SAID and t.weight >= _HEAVY]
    open_ones = [t for t in open_ones if not t.verb and not _understood(matching, t)]
    close = matching.coverage >= 0.6
    loose = [t for t in open_ones if close and not _tells(matching, t)]
    if sum(t.weight for t in loose) <= _LOOSE * sum(t.weight for t in matching.claim.terms):
        open_ones = [t for t in open_ones if t not in loose]
    for term in open_ones:
        premise = matching.focus[0] if matching.focus and close else None
        place = (0, len(premise.statement.folded)) if premise else None
        text = f"「{term.surface}」は、典拠に書かれていません。"
        yield Finding(
            _kind(matching, term) if close else "unstated", text, term.start, term.end, premise, place, absent=not close
        )


def _tells(matching: Matching, term: Term) -> bool:
    """Whether a word that the evidence lacks tells something of its own: a name, one that acts, a member of a list, what is done to it
    is not said either, or the evidence has another word in its place."""
    claim = matching.claim
    before = claim.folded[: term.start]
    if term.name or "「" in before[-8:] or _listed(matching, term):
        return True
    if all("ぁ" <= c <= "ゖ" for c in term.surface) or term.surface.startswith("最"):
        return False
    noun = _noun(matching, term)
    if (
        is_person(noun)
        or noun.endswith(_PERSON)
        or term.surface.endswith(_PERSON)
        or _TIME.search(term.surface)
        or _PAPER.search(noun)
    ):
        return True
    own = next((s for s in slots(claim) if s.start <= term.start < s.end), None)
    homes = matching.homes(term.start)
    if own and own.particle in "をがに" and own.head and not any(own.head[:2] in h.statement.folded for h in homes):
        return True
    return any(_rivals(matching, term, own, premise) for premise in matching.focus)


def _listed(matching: Matching, term: Term) -> bool:
    """Whether a word is joined to a noun before it or after it as another member of a list."""
    found = matching.claim.morphemes
    joint = next((i for i, m in enumerate(found) if m.end == term.start and m.surface in _JOINTS), None)
    if joint is not None and joint and found[joint - 1].nominal:
        return True
    return matching.claim.folded[term.end :].startswith(_JOINTS[:4])


_TIME = re.compile("[日月年週翌末]|時(?!点)|以[降前後]")
_PAPER = re.compile("(?:[書票届簿証状先元]|法人)$")
"""Words for times, and the ends of those for documents and parties: none is another word for something that the evidence says."""


def _rivals(matching: Matching, term: Term, own: Slot | None, home: Premise) -> bool:
    """Whether a premise has a word that the claim does not say in the place of the claim's: of the same kind, or with the same head."""
    claim = matching.claim
    there = slots(home.statement)
    for other in home.statement.terms:
        if other.verb or other.weight < _HEAVY or other.lemma in claim.lemmas or other.surface in claim.folded:
            continue
        if not answering(other.senses).isdisjoint(claim.senses):
            continue
        if other.surface[-1] == term.surface[-1] > "一":
            return True
        slot = next((s for s in there if s.start <= other.start < s.end), None)
        if own and slot and own.head and own.head == slot.head:
            return True
    return False


_GENERIC = words("people")


def _understood(matching: Matching, term: Term) -> bool:
    """Whether a text of rules leaves the word out as understood: who is bound by it, or in a table what is done (支給, 適用)."""
    after = matching.claim.folded[term.end :]
    if _by_opposite(matching, term):
        return True
    if (
        matching.focus
        and matching.focus[0].unit.row
        and re.match("(?:を?(?:し|す|さ)|の(?:対象|額)|(?:で|と)(?:す|あ|な))", after)
    ):
        return True
    if term.lemma in _GENERIC and re.match("[をので]", after):
        return True
    people = any(is_person(part.noun) for p in matching.focus for part in parts(p.statement) if part.role == "主体")
    return term.lemma in _GENERIC and not people and bool(re.match("員?(?:は|が|も|には|、)", after))


def _noun(matching: Matching, term: Term) -> str:
    """The noun phrase of the claim that a term stands in."""
    return next((s.noun for s in slots(matching.claim) if s.start <= term.start < s.end), term.surface)


def _by_opposite(matching: Matching, term: Term) -> bool:
    """Whether the evidence says it by denying the opposite: 欠席 for 「出席できない」."""
    sets = contrasts(term.lemma)
    return any(
        c.number == o.number and c.side != o.side and negative(p.statement.forces[m.index].forces)
        for p in matching.homes(term.start)
        for m in p.statement.marks
        for o in m.sets
        for c in sets
        if c.kind == "negation"
    )


def _kind(matching: Matching, term: Term) -> ReasonKind:
    """What a word is that stands for another."""
    text = matching.claim.folded
    before, after = text[: term.start], text[term.end :]
    if term.name or "「" in before[-8:]:
        return "name"
    if _listed(matching, term):
        return "list"
    if is_person(_noun(matching, term)) or term.surface.endswith(_PERSON) or after.startswith(_PERSON):
        return "actor"
    return "name"
