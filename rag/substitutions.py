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
from rag.slots import slots
from rag.statements import Term
from rag.tables import words
from rag.types import ReasonKind

_SAID = 0.5
_HEAVY = 0.55
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
    """The words of meaning that the evidence says in no way."""
    open_ones = [t for t, d in zip(matching.claim.terms, matching.degrees, strict=True) if d < _SAID and t.weight >= _HEAVY]
    open_ones = [t for t in open_ones if not t.verb and not _understood(matching, t)]
    close = matching.coverage >= 0.6
    for term in open_ones:
        premise = matching.focus[0] if matching.focus and close else None
        place = (0, len(premise.statement.folded)) if premise else None
        text = f"「{term.surface}」は、典拠に書かれていません。"
        yield Finding(
            _kind(matching, term) if close else "unstated", text, term.start, term.end, premise, place, absent=not close
        )


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
    if before.endswith(_JOINTS) or after.startswith(_JOINTS[:4]):
        return "list"
    if is_person(_noun(matching, term)) or term.surface.endswith(_PERSON) or after.startswith(_PERSON):
        return "actor"
    return "name"
