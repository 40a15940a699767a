"""Whether a claim says things with the force of the evidence: no duty out of an effort, no permission out of a ban, no denial of what holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.accord import fault, fits_choice, turned, waived
from rag.cases import share
from rag.closings import last
from rag.findings import Finding
from rag.forces import Force, Said, fits, modal, negative
from rag.matching import Matching
from rag.statements import CLAUSE, PART, Statement, Term, borders
from rag.wording import Premise, answering, said_by

_WHO = re.compile(r"[ぁ-ん]{0,3}[一-龥]{0,2}(?:者|員|人)")


def check(matching: Matching) -> Iterator[Finding]:
    """The words that the claim says with another force than the evidence."""
    claim = matching.claim
    told: set[str] = set()
    for term in claim.terms:
        said = claim.forces[term.index]
        if not said.known or term.lemma in told:
            continue
        against = _against(matching, term, said)
        if against:
            told.add(term.lemma)
            yield fault(claim, said, *against)
    if not told:
        yield from last(matching)


def _against(matching: Matching, term: Term, said: Said) -> tuple[Premise, Said] | None:
    """The place of the evidence that says the term in the words nearest to the claim's, when it is with another force."""
    found = [(p, t) for p in matching.focus for t in _same(term, p) if p.statement.forces[t.index].known]
    if not found:
        return None
    if not said.supposed and negative(said.forces):
        found = [(p, t) for p, t in found if not p.statement.forces[t.index].supposed] or found
    excepting = matching.excepting(term.start)
    found = [(p, t) for p, t in found if p not in excepting] or found
    if said.supposed and any(_fits(matching.claim, term, said, p, p.statement.forces[t.index]) for p, t in found):
        return None
    near = [_nearness(matching, term, p, t) for p, t in found]
    best = [(p, p.statement.forces[t.index]) for (p, t), n in zip(found, near, strict=True) if n >= max(near) - 0.05]
    if any(
        _fits(matching.claim, term, said, p, other) or _led(matching, said, p, other) or _excepted(matching, said, p, other)
        for p, other in best
    ):
        return None
    return best[0]


def _same(term: Term, premise: Premise) -> Sequence[Term]:
    """The terms of a premise that say the same; the same word before those of like meaning, which tell nothing in a table."""
    statement = premise.statement
    if term.lemma in statement.lemmas:
        return statement.lemmas[term.lemma]
    if premise.unit.row:
        return ()
    senses = answering(term.senses)
    return [t for t in statement.terms if not senses.isdisjoint(t.senses)]


def _fits(claim: Statement, term: Term, said: Said, premise: Premise, other: Said) -> bool:
    if (
        other.supposed
        and other.forces == {Force.FACT}
        and said.forces == {Force.MUST}
        and _WHO.match(premise.statement.folded, other.end)
    ):
        return False  # 「請求する社員は」 says of nobody that he has to
    if fits(other.forces, said.forces):
        return True
    if fits_choice(said, premise, other) or waived(claim, said, other):
        return True
    supposed = (said.supposed or other.supposed) and not negative(said.forces) and not negative(other.forces)
    if supposed and {Force.FACT} in (said.forces, other.forces) and Force.MUST not in said.forces:
        return True
    if modal(claim.morphemes[term.index]):
        return negative(said.forces) == negative(other.forces)
    return turned(claim, said, premise.statement, other)


def _led(matching: Matching, said: Said, premise: Premise, other: Said) -> bool:
    """Whether an item of a list is said with the force of the sentence that introduces it: 「次の行為をしてはならない。」「転貸すること」."""
    if other.end < len(premise.statement.folded.rstrip("。")) or negative(other.forces):
        return False
    leads = [p.statement for p in matching.premises if p.lead and p is not premise]
    return any(closing is not None and fits(closing.forces, said.forces) for closing in (s.closing for s in leads))


def _excepted(matching: Matching, said: Said, premise: Premise, other: Said) -> bool:
    """Whether the claim says of the excepted case the opposite of the rule: 「ただし、許可を受けたときは、この限りでない。」"""
    if negative(said.forces) == negative(other.forces):
        return False
    provisos = [p for p in matching.premises if p.unit.proviso and p.says("この限りで")]
    cases = ([t for t in p.statement.terms if t.end <= p.statement.folded.index("この限り")] for p in provisos)
    return any(case and share(case, matching.claim) >= 0.5 for case in cases)


def _nearness(matching: Matching, term: Term, premise: Premise, there: Term) -> float:
    """How many of the words around the term in the claim stand around it in the evidence as well, in its clause and its sentence."""
    mine = _around(matching.claim, term, CLAUSE)
    theirs = _around(premise.statement, there, CLAUSE, _topic_end(premise.statement))
    shared = sum(
        t.weight for t in mine if any(t.lemma == o.lemma or not answering(t.senses).isdisjoint(o.senses) for o in theirs)
    )
    part = _around(matching.claim, term, PART)
    whole = sum(t.weight for t in part)
    held = sum(t.weight for t in part if said_by(t, premise))
    return shared + (4.0 * held / whole if whole else 0.0) + 0.3 * (term.lemma == there.lemma)


def _topic_end(statement: Statement) -> int:
    """Where the topic that all clauses of a sentence share ends; 0 where there is none, or several."""
    topics = [m.end for m in statement.morphemes if m.surface == "は" and m.part == "助詞-係助詞"]
    return topics[0] if len(topics) == 1 or (len(topics) == 2 and statement.folded[topics[1] - 2] in "てで") else 0


def _around(statement: Statement, term: Term, border: re.Pattern[str], first: int = 0) -> list[Term]:
    """The other terms between the borders before and after a term, from the place `first`."""
    start, end = borders(statement.folded, term.start, border, first)
    return [t for t in statement.terms if start <= t.start < end and t is not term]
