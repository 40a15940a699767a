"""Whether a value of the claim stands in the evidence with the thing that the claim says it of, and not with another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.actors import verb_after
from rag.findings import Finding
from rag.matching import Matching, Premise, answering
from rag.measures import Measure
from rag.moments import Moment
from rag.statements import Statement, Term

_BREAKS = "、。,;；"
Value = Measure | Moment
Place = tuple[Premise, Value]


@dataclass(frozen=True, slots=True)
class Mention:
    """A number or date of the evidence, in a premise, with the terms that it is said of."""

    premise: Premise
    value: Value
    context: tuple[Term, ...]


def misplaced(
    matching: Matching,
    value: Value,
    alike: Sequence[Place],
    equal: Sequence[Place],
) -> Iterator[Finding]:
    """A value that the evidence says of another thing: what it is said of there is not in the claim, but what another value is said of is."""
    claimed: list[Value] = [*matching.claim.measures, *matching.claim.moments]
    rivals = [(p, m) for p, m in alike if not any(_equal(c, m) for c in claimed)]
    if not rivals or len(alike) > 60:
        return
    near = (*_around(matching.claim, value), *_others(matching.claim, value, 0, len(matching.claim.folded)))
    own = [Mention(p, m, _context(p, m)) for p, m in equal]
    yield from _other_deed(matching, value, equal, rivals)
    for premise, other in rivals:
        rival = Mention(premise, other, _context(premise, other))
        shares = [_shares(matching.claim, near, mention, rival) for mention in own]
        if all(mine < 0.34 and theirs >= 0.6 for mine, theirs in shares) or all(
            _other_case(matching.claim, m, rival) for m in own
        ):
            of = "、".join(dict.fromkeys(t.surface for t in own[0].context if not _in(t, rival.context)))[:30]
            yield Finding(
                value.kind if isinstance(value, Measure) else "date",
                f"「{value.text}」は、典拠では別の事柄（{of}）についての値です。",
                value.start,
                value.end,
                own[0].premise,
                (own[0].value.start, own[0].value.end),
            )
            return


def _other_deed(
    matching: Matching,
    value: Value,
    equal: Sequence[Place],
    rivals: Sequence[Place],
) -> Iterator[Finding]:
    """A value said of what the evidence says with another one: 「10日までに作成し、15日までに提出する」."""
    deed = _deed(matching.claim, value)
    deeds = [_deed(p.statement, m) for p, m in equal]
    if not deed or deed in deeds or not all(deeds):
        return
    for premise, other in rivals:
        if _deed(premise.statement, other) == deed:
            kind = value.kind if isinstance(value, Measure) else "date"
            text = f"「{value.text}」は、典拠では別の事柄についての値で、この事柄については「{other.text}」です。"
            yield Finding(kind, text, value.start, value.end, premise, (other.start, other.end))
            return


def _deed(statement: Statement, value: Value) -> str:
    """The verb that follows a value."""
    at = next((i for i, m in enumerate(statement.morphemes) if m.start >= value.end), None)
    return verb_after(statement, at - 1) if at else ""


_NOUN = re.compile(r"[一-龥々ァ-ヶーa-z]{3,}")


def _other_case(claim: Statement, mention: Mention, rival: Mention) -> bool:
    """Whether the claim names by a whole noun what the rival is said of, and not what the value is: 自宅通学, 自宅外通学."""
    mine, theirs = (set(_NOUN.findall(_words(m))) for m in (mention, rival))
    own, other = mine - theirs, theirs - mine
    return (
        bool(own)
        and bool(other)
        and not any(n in claim.folded for n in own)
        and any(n in claim.folded for n in other)
        and not rival.premise.unit.row
    )


def _words(mention: Mention) -> str:
    """The letters of the evidence from the first term that a value is said of to the value."""
    start = min((t.start for t in mention.context if t.surface), default=mention.value.start)
    return mention.premise.statement.folded[min(start, mention.value.start) : mention.value.start]


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, Measure) and isinstance(other, Measure):
        return one.equals(other)
    return isinstance(one, Moment) and isinstance(other, Moment) and one.within(other)


def _around(claim: Statement, value: Value) -> tuple[Term, ...]:
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


def _context(premise: Premise, value: Value) -> tuple[Term, ...]:
    """The terms that a value of the evidence is said of: of a row the cells without numbers and the name of its column."""
    statement = premise.statement
    if premise.unit.row:
        before = [t for t in statement.terms if t.end <= value.start]
        return (*before, *_column(premise, value), *_others(statement, value, 0, value.start))
    found: Sequence[Value] = statement.measures if isinstance(value, Measure) else statement.moments
    same = [m for m in found if not isinstance(m, Measure) or m.base == getattr(value, "base", "")]
    start, end = _territory(statement, value, same) if len(same) > 1 else (0, len(statement.folded))
    if len(same) > 1 and start == 0 and statement.folded.count("は", 0, same[-1].start) == 1:  # one topic for all of them
        start = statement.folded.index("は", 0, same[-1].start)
    return (*(t for t in statement.terms if start <= t.start < end), *_others(statement, value, start, value.start))


def _others(statement: Statement, value: Value, start: int, end: int) -> tuple[Term, ...]:
    """The numbers of other units before a value as what it is said of: 「1週」 of 「1週40時間」, 「第2種」 of a row."""
    base = value.base if isinstance(value, Measure) else ""
    found = [m for m in statement.measures if m.base != base and start <= m.start < end and not m.bound]
    return tuple(Term(f"{m.value}{m.base}", "", m.start, m.end, 2.0, False, False, frozenset(), 0) for m in found)


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


def _in(term: Term, others: Sequence[Term]) -> bool:
    return any(term.lemma == o.lemma for o in others)


def _shares(claim: Statement, near: Sequence[Term], mention: Mention, rival: Mention) -> tuple[float, float]:
    """Of what one value is said of and the other is not, the share that the claim says; of each. Without any such words nothing tells."""
    mine = [t for t in mention.context if not _in(t, rival.context)]
    theirs = [t for t in rival.context if not _in(t, mention.context)]
    return _share(claim, near, mine, 1.0), _share(claim, near, theirs, 0.0)


def _share(claim: Statement, near: Sequence[Term], terms: Sequence[Term], none: float) -> float:
    heavy = [t for t in terms if t.weight >= 0.2]
    whole = sum(t.weight for t in heavy)
    lemmas = {t.lemma for t in near}
    senses = frozenset().union(*(answering(t.senses) for t in near))
    found = sum(
        t.weight
        for t in heavy
        if t.lemma in lemmas
        or not senses.isdisjoint(t.senses)
        or (len(t.surface) > 1 and t.surface in claim.folded and not _elsewhere(claim, near, t))
    )
    return found / whole if whole else none


def _elsewhere(claim: Statement, near: Sequence[Term], term: Term) -> bool:
    """Whether the claim says the term of something else than the value."""
    return len(near) < len(claim.terms)
