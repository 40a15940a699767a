"""Whether a claim says a word that the evidence does not: another name, another member of a list, another thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.actors import is_person, parts
from rag.findings import Finding
from rag.matching import Matching
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
    if (
        matching.focus
        and matching.focus[0].unit.row
        and re.match("(?:を?(?:し|す|さ)|の(?:対象|額)|(?:で|と)(?:す|あ|な))", after)
    ):
        return True
    people = any(is_person(part.noun) for p in matching.focus for part in parts(p.statement) if part.role == "主体")
    return term.lemma in _GENERIC and not people and bool(re.match("員?(?:は|が|も|には|、)", after))


def _kind(matching: Matching, term: Term) -> ReasonKind:
    """What a word is that stands for another."""
    text = matching.claim.folded
    before, after = text[: term.start], text[term.end :]
    if term.name or "「" in before[-8:]:
        return "name"
    if before.endswith(_JOINTS) or after.startswith(_JOINTS[:4]):
        return "list"
    if term.surface.endswith(_PERSON) or after.startswith(_PERSON):
        return "actor"
    return "name"
