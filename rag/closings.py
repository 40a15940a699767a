"""Whether a claim ends with the force of the evidence: the last words, where they are said of others of like meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.accord import fault, fits_choice, flips, named, turned
from rag.findings import Finding
from rag.forces import Force, Said, fits, negative
from rag.matching import Matching
from rag.statements import Statement


def last(matching: Matching) -> Iterator[Finding]:
    """Hold the force of the claim's last words against that of the best premise's, where they are said of other words of like meaning."""
    claim = matching.claim
    if not matching.focus or not claim.folded:
        return
    premise = matching.focus[0]
    mine, theirs = claim.closing, premise.statement.closing
    yield from _denied(matching, mine)
    if (
        mine is None
        or theirs is None
        or premise.unit.row
        or theirs.end < len(premise.statement.folded) - 3
        or mine.end < len(claim.folded) - 4
        or fits_choice(mine, premise, theirs)
        or fits(theirs.forces, mine.forces)
        or turned(claim, mine, premise.statement, theirs)
    ):
        return
    if negative(mine.forces) != negative(theirs.forces) and _same_verb(claim, mine, premise.statement, theirs):
        yield fault(claim, mine, premise, theirs)
        return
    deontic = {Force.MUST, Force.MAY, Force.BAN, Force.NEEDLESS, Force.EFFORT}
    verbs = _verb(claim, mine) and _verb(premise.statement, theirs)
    if verbs and mine.forces <= deontic and theirs.forces <= deontic | {Force.FACT} and len(matching.focus) == 1:
        yield fault(claim, mine, premise, theirs)


def _verb(statement: Statement, said: Said) -> bool:
    """Whether a force is that of a verb with a meaning of its own, and not of 「…とする」 or 「…にする」."""
    return next(m for m in statement.morphemes if m.start == said.start).lemma != "為る"


def _same_verb(claim: Statement, mine: Said, statement: Statement, theirs: Said) -> bool:
    """Whether two forces are those of the same verb of little meaning: 「…までとする」 and 「…までとしない」."""
    one = next(m for m in claim.morphemes if m.start == mine.start)
    other = next(m for m in statement.morphemes if m.start == theirs.start)
    return one.lemma == other.lemma and not one.content


_WITHIN = re.compile(r"超[えす過]|上回|下回")
"""A denial of these sets a bound, which is looked at with its number."""
_DENIAL = re.compile(r"不|非|無|未|外|除|禁|否|ない|なし|なく|ず|ぬ|ません|免|廃|止|失")


def _denied(matching: Matching, mine: Said | None) -> Iterator[Finding]:
    """What the claim denies in the end, where the evidence denies nothing at all."""
    at_end = mine is not None and mine.end >= len(matching.claim.folded) - 4
    if (
        mine is None
        or not at_end
        or flips(matching.claim.folded)
        or not negative(mine.forces)
        or _WITHIN.match(matching.claim.folded, mine.start)
        or any(_DENIAL.search(p.statement.folded) for p in matching.focus)
    ):
        return
    premise = matching.focus[0]
    words = matching.claim.folded[mine.start : mine.end]
    text = f"「{words}」は{named(mine)}ですが、典拠は打ち消していません。"
    yield Finding("negation", text, mine.start, mine.end, premise, (0, len(premise.statement.folded)))
