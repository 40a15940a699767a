"""Whether what a claim says of a table stands in one row of it: the words of another row say nothing of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching
from rag.measures import Measure
from rag.statements import Statement, Term
from rag.wording import Premise, said_by


def check(matching: Matching) -> Iterator[Finding]:
    """The words of the claim that stand in another row than the one whose first cell it names."""
    claim = matching.claim
    rows = [p for p in matching.premises if p.unit.row and p.header is not None]
    if len(rows) < 2:
        return
    yield from _values(matching, rows)
    yield from _apart(matching, rows)
    named = [p for p in rows if _names(claim, p)]
    if len(named) != 1:
        return
    row = named[0]
    others = [p for p in matching.premises if not p.unit.row]
    for term in claim.terms:
        if term.weight < 0.4 or said_by(term, row) or any(said_by(term, p) for p in others):
            continue
        elsewhere = next((p for p in rows if term.lemma in p.statement.lemmas), None)
        if elsewhere is not None:
            place = elsewhere.statement.lemmas[term.lemma][0]
            text = f"「{term.surface}」は、典拠の表では別の行の値です。"
            yield Finding("name", text, term.start, term.end, elsewhere, (place.start, place.end))
            return


def _values(matching: Matching, rows: Sequence[Premise]) -> Iterator[Finding]:
    """The values that a part of the claim says of a row by its first cell, and that stand in another row."""
    claim = matching.claim
    key: Premise | None = None
    for start, end in _parts(claim):
        named = [p for p in rows if _key(p) and _key(p) in claim.folded[start:end]]
        longest = max((len(_key(p)) for p in named), default=0)
        named = [p for p in named if len(_key(p)) == longest]
        key = named[0] if len(named) == 1 else None if named else key
        if key is None:
            continue
        here = (*key.statement.measures, *(key.header.measures if key.header else ()))
        for measure in claim.measures:
            if not start <= measure.start < end or any(_same(measure, m) for m in here):
                continue
            other = next(((p, m) for p in rows for m in p.statement.measures if p is not key and _same(measure, m)), None)
            elsewhere = any(_same(measure, m) for p in matching.premises if not p.unit.row for m in p.statement.measures)
            if other and not elsewhere and any(m.base == measure.base for m in here):
                text = f"「{measure.text}」は、典拠の表では「{_key(key)}」でない行の値です。"
                yield Finding(measure.kind, text, measure.start, measure.end, other[0], (other[1].start, other[1].end))
                return


def _apart(matching: Matching, rows: Sequence[Premise]) -> Iterator[Finding]:
    """Two values of one part of the claim that no row has both: 「500万円以上の契約の決裁者は部長」."""
    claim = matching.claim
    rest = [p for p in matching.premises if not p.unit.row]
    for start, end in _parts(claim):
        items: list[tuple[int, int, str, list[Premise]]] = []
        for m in claim.measures:
            has = [p for p in rows if any(_same(m, o) and m.bound == o.bound for o in p.statement.measures)]
            items.append((m.start, m.end, m.text, has))
        for t in claim.terms:
            if (
                t.weight >= 1
                and not any(said_by(t, p) for p in rest)
                and not any(t.lemma in p.header.lemmas for p in rows if p.header)
            ):
                items.append((t.start, t.end, t.surface, [p for p in rows if t.lemma in p.statement.lemmas]))
        here = [item for item in items if start <= item[0] < end and 0 < len(item[3]) < len(rows)]
        if len(here) > 1 and not any(all(p in has for *_, has in here) for p in rows):
            a, b, words, has = here[-1]
            text = f"「{words}」は、典拠の表では別の行の値です。"
            yield Finding("name", text, a, b, has[0], (0, len(has[0].statement.folded)))
            return


def _same(one: Measure, other: Measure) -> bool:
    return one.equals(other) or (one.written == other.written and "" in (one.base, other.base))


def _parts(claim: Statement) -> list[tuple[int, int]]:
    """The parts of a claim between its commas."""
    ends = [*(i + 1 for i, c in enumerate(claim.folded) if c in "、。"), len(claim.folded)]
    return [(a, b) for a, b in zip([0, *ends], ends, strict=False) if a < b]


def _key(row: Premise) -> str:
    """The first cell of a row."""
    text = row.statement.folded.strip("|\t ")
    return text[: min((i for c in "\t|" if (i := text.find(c)) >= 0), default=0)].strip()


def _names(claim: Statement, row: Premise) -> bool:
    """Whether the claim says all of the first cell of a row."""
    text = row.statement.folded
    edge = min((i for c in "\t|" if (i := text.find(c, 2)) >= 0), default=len(text))
    key: Sequence[Term] = [t for t in row.statement.terms if t.end <= edge]
    numbers = [m for m in row.statement.measures if m.end <= edge]
    return (
        bool(key or numbers)
        and all(t.lemma in claim.lemmas for t in key)
        and all(any(m.equals(c) for c in claim.measures) for m in numbers)
    )
