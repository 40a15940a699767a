"""Whether a claim says things with the force of the evidence: no duty out of an effort, no permission out of a ban, no denial of what holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.forces import NEGATIVE, Force, Said, fits, modal, negative
from rag.matching import Matching, Premise, answering, said_by
from rag.premises import Unit
from rag.statements import Statement, Term
from rag.types import ReasonKind

_FLIPPERS = re.compile(
    r"ない限り|なければ(?!なら|なり|いけ)|なくて(?!は|も)|なしに|なしで|以外|を除[きい]|のほか|しか|ずに(?!は)|ことなく|無断"
)
_CLAUSE = re.compile(r"[、。,;]")
_PART = re.compile(r"(?<=[うくぐすつぬぶむるいたんだ])が、|けれども?、|。|;|一方、|ただし")


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
            yield _finding(claim, said, *against)
    if not told:
        yield from _last(matching)


def _against(matching: Matching, term: Term, said: Said) -> tuple[Premise, Said] | None:
    """The place of the evidence that says the term in the words nearest to the claim's, when it is with another force."""
    found = [(p, t) for p in matching.focus for t in _same(term, p) if p.statement.forces[t.index].known]
    if not found:
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
    if fits(other.forces, said.forces):
        return True
    if modal(claim.morphemes[term.index]):
        return negative(said.forces) == negative(other.forces)
    return _turned(claim, said, premise.statement, other)


def _turned(claim: Statement, said: Said, statement: Statement, other: Said) -> bool:
    """Whether one says by «not without» what the other says by «only with»."""
    if negative(said.forces) == negative(other.forces):
        return False
    denying, affirming = (claim, statement) if negative(said.forces) else (statement, claim)
    return _flips(denying.folded) and not _flips(affirming.folded)


def _led(matching: Matching, said: Said, premise: Premise, other: Said) -> bool:
    """Whether an item of a list is said with the force of the sentence that introduces it: 「次の行為をしてはならない。」「転貸すること」."""
    if other.end < len(premise.statement.folded.rstrip("。")) or negative(other.forces):
        return False
    leads = [p.statement for p in matching.premises if p.lead and p is not premise]
    return any(closing is not None and fits(closing.forces, said.forces) for closing in map(_closing, leads))


def _excepted(matching: Matching, said: Said, premise: Premise, other: Said) -> bool:
    """Whether the claim says of the excepted case the opposite of the rule: 「ただし、許可を受けたときは、この限りでない。」"""
    if negative(said.forces) == negative(other.forces):
        return False
    provisos = [p for p in matching.premises if p.unit.proviso and p.says("この限りで")]
    return any(
        sum(t.weight for t in p.statement.terms if said_by(t, claim_of(matching))) >= 0.5 * p.statement.weight for p in provisos
    )


def claim_of(matching: Matching) -> Premise:
    """The claim as if it were evidence, to ask which words it says."""
    return Premise(-1, Unit(matching.claim.folded, 0), matching.claim)


def _flips(folded: str) -> bool:
    return bool(_FLIPPERS.search(folded))


def _nearness(matching: Matching, term: Term, premise: Premise, there: Term) -> float:
    """How many of the words around the term in the claim stand around it in the evidence as well, in its clause and its sentence."""
    mine = _around(matching.claim, term, _CLAUSE)
    theirs = _around(premise.statement, there, _CLAUSE)
    shared = sum(
        t.weight for t in mine if any(t.lemma == o.lemma or not answering(t.senses).isdisjoint(o.senses) for o in theirs)
    )
    part = _around(matching.claim, term, _PART)
    whole = sum(t.weight for t in part)
    held = sum(t.weight for t in part if said_by(t, premise))
    return shared + (4.0 * held / whole if whole else 0.0) + 0.3 * (term.lemma == there.lemma)


def _around(statement: Statement, term: Term, border: re.Pattern[str]) -> list[Term]:
    """The other terms between the borders before and after a term."""
    start, end = 0, len(statement.folded)
    for match in border.finditer(statement.folded):
        if match.start() >= term.end:
            end = match.start()
            break
        start = match.end()
    return [t for t in statement.terms if start <= t.start < end and t is not term]


def _last(matching: Matching) -> Iterator[Finding]:
    """Hold the force of the claim's last words against that of the best premise's, where they are said of other words of like meaning."""
    claim = matching.claim
    if not matching.focus or not claim.folded:
        return
    premise = matching.focus[0]
    mine, theirs = _closing(claim), _closing(premise.statement)
    yield from _denied(matching, mine)
    if (
        mine is None
        or theirs is None
        or premise.unit.row
        or theirs.end < len(premise.statement.folded) - 3
        or fits(theirs.forces, mine.forces)
        or _turned(claim, mine, premise.statement, theirs)
    ):
        return
    deontic = {Force.MUST, Force.MAY, Force.BAN, Force.NEEDLESS, Force.EFFORT}
    if mine.forces <= deontic and theirs.forces <= deontic | {Force.FACT} and len(matching.focus) == 1:
        yield _finding(claim, mine, premise, theirs)


_DENIAL = re.compile(r"不|非|無|未|外|除|禁|否|ない|なし|なく|ず|ぬ|ません|免|廃|止|失")


def _denied(matching: Matching, mine: Said | None) -> Iterator[Finding]:
    """What the claim denies in the end, where the evidence denies nothing at all."""
    at_end = mine is not None and mine.end >= len(matching.claim.folded) - 4
    if (
        mine is None
        or not at_end
        or _flips(matching.claim.folded)
        or not negative(mine.forces)
        or any(_DENIAL.search(p.statement.folded) for p in matching.focus)
    ):
        return
    premise = matching.focus[0]
    words = matching.claim.folded[mine.start : mine.end]
    text = f"「{words}」は{_named(mine)}ですが、典拠は打ち消していません。"
    yield Finding("negation", text, mine.start, mine.end, premise, (0, len(premise.statement.folded)))


def _closing(statement: Statement) -> Said | None:
    known = [s for m, s in zip(statement.morphemes, statement.forces, strict=True) if s.known and not modal(m)]
    return known[-1] if known else None


def _finding(claim: Statement, said: Said, premise: Premise, other: Said) -> Finding:
    mine, theirs = _named(said), _named(other)
    kind: ReasonKind = "negation" if (said.forces <= NEGATIVE) != (other.forces <= NEGATIVE) else "modality"
    words = claim.folded[said.start : said.end]
    there = premise.statement.folded[other.start : other.end]
    text = f"「{words}」は{mine}ですが、典拠は「{there}」（{theirs}）です。"
    return Finding(kind, text, said.start, said.end, premise, (other.start, other.end))


def _named(said: Said) -> str:
    """The force as a reader is told it; the strictest of several readings."""
    return next((force.value for force in Force if force in said.forces and force is not Force.FACT), Force.FACT.value)
