"""What a number or date is said of: the words of its part of the sentence, or of its row and the name of its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.measures import Measure
from rag.moments import Moment
from rag.statements import Statement, Term
from rag.wording import Premise

_BREAKS = "、。,;；"


Value = Measure | Moment


Place = tuple[Premise, Value]


@dataclass(frozen=True, slots=True)
class Mention:
    """A number or date of the evidence, in a premise, with the terms that it is said of."""

    premise: Premise
    value: Value
    context: tuple[Term, ...]


def around(claim: Statement, value: Value) -> tuple[Term, ...]:
    """The claim's terms that its value is said of: those of its part of the sentence, or all where it is the only one of its kind."""
    same = [
        m
        for m in (claim.measures if isinstance(value, Measure) else claim.moments)
        if not isinstance(m, Measure) or m.base == getattr(value, "base", "")
    ]
    if len(same) < 2:
        return claim.terms
    start, end = _territory(claim, value, same)
    return tuple(t for t in claim.terms if start <= t.start < end)


def _territory(statement: Statement, value: Value, same: Sequence[Value]) -> tuple[int, int]:
    """Where the words stand that a value is said of: after the part of the sentence with the value before it, to the end of its own."""
    text = statement.folded

    def close(at: int) -> int:
        return min((i for c in _BREAKS if (i := text.find(c, at)) >= 0), default=len(text))

    before = [m for m in same if m.end <= value.start]
    start = close(before[-1].end) if before else 0
    later = [m for m in same if m.start >= value.end]
    end = close(value.end)
    if start > value.start:  # two values in one part: what stands between them belongs to the second
        start = before[-1].end
    if later and end > later[0].start:
        end = value.end
    elif not later:
        end = len(text)
    return start, end


def context(premise: Premise, value: Value) -> tuple[Term, ...]:
    """The terms that a value of the evidence is said of: of a row the cells without numbers and the name of its column."""
    statement = premise.statement
    if premise.unit.row:
        before = [t for t in statement.terms if t.end <= value.start]
        return (*before, *_column(premise, value), *others(statement, value, 0, value.start))
    found: Sequence[Value] = statement.measures if isinstance(value, Measure) else statement.moments
    same = [m for m in found if not isinstance(m, Measure) or m.base == getattr(value, "base", "")]
    start, end = _territory(statement, value, same) if len(same) > 1 else (0, len(statement.folded))
    if len(same) > 1 and start == 0 and statement.folded.count("は", 0, same[-1].start) == 1:  # one topic for all of them
        start = statement.folded.index("は", 0, same[-1].start)
    return (*(t for t in statement.terms if start <= t.start < end), *others(statement, value, start, value.start))


def others(statement: Statement, value: Value, start: int, end: int) -> tuple[Term, ...]:
    """The numbers of other units before a value as what it is said of: 「1週」 of 「1週40時間」, 「第2種」 of a row."""
    base = value.base if isinstance(value, Measure) else ""
    found = [m for m in statement.measures if m.base != base and start <= m.start < end]
    return tuple(Term(f"{m.value}{m.base}{m.bound}", "", m.start, m.end, 2.0, False, False, frozenset(), 0) for m in found)


def _column(premise: Premise, value: Value) -> tuple[Term, ...]:
    """The terms of the name of the column that holds the value."""
    names = premise.unit.header
    if premise.header is None or len(names) != len(premise.unit.cells):
        return ()
    cell = premise.statement.folded.count("\t", 0, value.start) if "\t" in premise.statement.folded else -1
    if cell < 0:
        cell = premise.statement.folded.lstrip("|").count("|", 0, value.start)
    starts = [0]
    for name in premise.header.folded.split("\t"):
        starts.append(starts[-1] + len(name) + 1)
    if cell + 1 >= len(starts):
        return ()
    return tuple(t for t in premise.header.terms if starts[cell] <= t.start < starts[cell + 1])
