"""Whether what a claim says of a table stands in one row of it: the words of another row say nothing of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching, Premise, said_by
from rag.statements import Statement, Term


def check(matching: Matching) -> Iterator[Finding]:
    """The words of the claim that stand in another row than the one whose first cell it names."""
    claim = matching.claim
    rows = [p for p in matching.premises if p.unit.row and p.header is not None]
    named = [p for p in rows if _names(claim, p)]
    if len(rows) < 2 or len(named) != 1:
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
