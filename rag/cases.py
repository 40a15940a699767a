"""The case that a ただし書 excepts, and how much of it a claim tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.lexicon import Sense
from rag.measures import Measure
from rag.statements import Statement, Term
from rag.wording import Premise, answering, kin, spread

_PROVISO = re.compile(r"^\s*(?:ただし|但し|もっとも)、?")
_WHEN = re.compile(r"(?<=とき)(?:は|に|、)|(?<=場合)(?:は|に|、)|(?<=にあって)は|(?<=について)は")
_OR = re.compile("その他の?|又は|若しくは|または|もしくは")
_SET_APART = re.compile("除[きいく]|以外")
_ENOUGH = 0.8
"""The weight of words without which a case cannot be told from another."""


def named(premise: Premise) -> tuple[int, int]:
    """Where a ただし書 names its case."""
    text = premise.statement.folded
    start = m.end() if (m := _PROVISO.match(text)) else 0
    topic = _WHEN.search(text[start:]) or re.search(r"(?<!又)(?<!また)(?<!しく)は(?!、?この限り)|、", text[start:])
    return start, start + topic.start() if topic else start


def case_of(premise: Premise, main: Premise) -> tuple[list[Term], list[Measure]]:
    """The words of a ただし書 that name its case, those that its main clause lacks where they suffice, and the numbers."""
    start, end = named(premise)
    case = [t for t in premise.statement.terms if start <= t.start < end]
    new = [t for t in case if t.lemma not in main.lemmas]
    values = [m for m in premise.statement.measures if start <= m.start < end]
    return new if sum(t.weight for t in new) >= _ENOUGH else case, values


def told(case: Sequence[Term], values: Sequence[Measure], claim: Statement, within: tuple[int, int] | None = None) -> float:
    """The share of a case that a claim tells, `within` two places of it."""
    start, end = within or (0, len(claim.folded))
    words = sum(t.weight for t in case)
    whole = words + len(values)
    found = share(case, claim, within=within) * words
    found += sum(any(v.equals(m) for m in claim.measures if start <= m.start < end) for v in values)
    return found / whole if whole else 0.0


def one_told(premise: Premise, case: Sequence[Term], claim: Statement, within: tuple[int, int] | None = None) -> bool:
    """Whether a claim tells one of the cases that a ただし書 joins: 「急病」 of 「急病その他予測できない事情による場合」."""
    start, end = named(premise)
    cuts = [start, *(start + m.end() for m in _OR.finditer(premise.statement.folded[start:end])), end]
    ways = [[t for t in case if a <= t.start < b] for a, b in pairwise(cuts)]
    return len(ways) > 1 and any(sum(t.weight for t in way) >= _ENOUGH and share(way, claim, within=within) > 0.8 for way in ways)


def tells(claim: Statement, premise: Premise, main: Premise, within: tuple[int, int]) -> bool:
    """Whether a claim tells `within` two places of it what sets apart the case that a ただし書 excepts from its main clause."""
    if _SET_APART.search(claim.folded, *within):
        return False
    case, values = case_of(premise, main)
    own = [t for t in case if t.lemma not in main.lemmas]
    new = [v for v in values if not any(v.equals(m) for m in main.statement.measures)]
    if new and not told([], new, claim, within):
        return False
    if sum(t.weight for t in own) + len(new) < _ENOUGH / 2:
        return False
    return told(own, new, claim, within) >= 0.5 or one_told(premise, own, claim, within)


def share(terms: Sequence[Term], other: Statement, *, claimed: bool = False, within: tuple[int, int] | None = None) -> float:
    """The share of the evidence's terms, by weight, that the claim says, `within` two places of it; of the claim's that the evidence
    says where `claimed`."""
    whole = sum(t.weight for t in terms)
    start, end = within or (0, len(other.folded))
    there = [t for t in other.terms if start <= t.start < end]
    lemmas = {t.lemma for t in there}
    senses = frozenset(sense for sense, (at, _) in other.senses.items() if start <= at < end)
    found = sum(
        t.weight
        for t in terms
        if t.lemma in lemmas
        or not (answering(t.senses) if claimed else _answered(t)).isdisjoint(senses)
        or (len(t.surface) > 1 and t.surface in other.folded[start:end])
        or spread(t.surface, other.folded[start:end]) is not None
        or any(kin(t, o) for o in there)
    )
    return found / whole if whole else 0.0


def _answered(term: Term) -> frozenset[Sense]:
    """The senses of a claim's words that say the same as a word of the evidence: an everyday word says an official one, not the reverse."""
    return frozenset((group, side // 2) for group, side in term.senses if side != 1)
