"""Whether a claim gives two values of one sentence to each other's cases: 「自宅通勤者は5千円、自宅外通勤者は1万円」."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from rag.findings import Finding
from rag.matching import Matching
from rag.measures import Measure
from rag.moments import Moment
from rag.statements import Statement
from rag.wording import Premise

_NOUNS = re.compile(r"[^一-龥々ァ-ヶーa-z\d]+")
_DIGIT = re.compile(r"\d")
_CLEARLY = 0.1
"""By so much more must the cases be alike crosswise."""
Value = Measure | Moment


def check(matching: Matching) -> Iterator[Finding]:
    """The first of two values of the claim that stand crosswise in a sentence of the evidence."""
    claim = matching.claim
    yield from _of_case(matching)
    for one, other in combinations(_values(claim), 2):
        if not _alike(one, other) or _equal(one, other):
            continue
        for premise in matching.focus:
            if premise.unit.row:
                continue
            found = _values(premise.statement)
            here = [[v for v in found if _equal(mine, v)] for mine in (one, other)]
            if len(here[0]) == len(here[1]) == 1 and _crossed(claim, (one, other), premise, (here[0][0], here[1][0])):
                kind = one.kind if isinstance(one, Measure) else "date"
                there = here[0][0]
                text = f"「{one.text}」と「{other.text}」が、典拠とは入れ替わっています。"
                yield Finding(kind, text, one.start, one.end, premise, (there.start, there.end))
                return


def _of_case(matching: Matching) -> Iterator[Finding]:
    """A value that the claim gives to what the evidence, in the same words, gives another."""
    for value in _values(matching.claim):
        case = _case(matching.claim, value)
        if len(case) < 2 or isinstance(value, Moment):
            continue
        found = [(p, v) for p in matching.focus if not p.unit.row for v in p.statement.measures if v.base == value.base]
        cases = [(c, p, v) for p, v in found if len(c := _case(p.statement, v)) > 1]
        same = [(c, p, v) for c, p, v in cases if case.endswith(c) and not _DIGIT.search(c)]
        longest = max((len(c) for c, *_ in same), default=0)
        same = [(c, p, v) for c, p, v in same if len(c) == longest]
        others = [c for c, _, v in cases if _equal(value, v)]
        if same and others and not any(_equal(value, v) for *_, v in same) and not any(map(_DIGIT.search, others)):
            _, premise, there = same[0]
            text = f"「{value.text}」は、典拠では「{there.text}」です。"
            yield Finding(value.kind, text, value.start, value.end, premise, (there.start, there.end))
            return


def _values(statement: Statement) -> list[Value]:
    return sorted((*statement.measures, *statement.moments), key=lambda v: v.start)


def _alike(one: Value, other: Value) -> bool:
    if isinstance(one, Measure) and isinstance(other, Measure):
        return one.base == other.base
    return isinstance(one, Moment) and isinstance(other, Moment) and one.alike(other)


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, Measure) and isinstance(other, Measure):
        return one.equals(other)
    return isinstance(one, Moment) and isinstance(other, Moment) and one.within(other)


def _crossed(claim: Statement, mine: tuple[Value, Value], premise: Premise, theirs: tuple[Value, Value]) -> bool:
    said = [_case(claim, value) for value in mine]
    written = [_case(premise.statement, value) for value in theirs]
    if not all((*said, *written)) or said[0] == said[1] or written[0] == written[1]:
        return False
    straight = _likeness(said[0], written[0]) + _likeness(said[1], written[1])
    return _likeness(said[0], written[1]) + _likeness(said[1], written[0]) > straight + _CLEARLY


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _case(statement: Statement, value: Value) -> str:
    """The nouns that stand before a value, in its part of the sentence and after the value before it."""
    start = max((v.end for v in _values(statement) if v.end <= value.start and _alike(v, value)), default=0)
    for part in reversed(re.split("[、。]", statement.folded[start : value.start])):
        if nouns := _NOUNS.sub("", part):
            return nouns
    return ""
