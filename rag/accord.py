"""When two forces agree though they are not the same, and how it is told where they do not."""

from __future__ import annotations

import re

from rag.findings import Finding
from rag.forces import NEGATIVE, Force, Said, negative
from rag.statements import Statement
from rag.types import ReasonKind
from rag.wording import Premise, answering

_FLIPPERS = re.compile(
    r"ない限り|なければ(?!なら|なり|いけ)|なくて(?!は|も)|なしに|なしで|以外|を除[きい]|のほか|しか|ずに(?!は)|ことなく|無断"
)


_EVEN = re.compile(r"(?:場合|とき|者|つい)[^、。]{0,6}も")
_WITHOUT = re.compile(r"なくても|ことなく|なしに|なしで|ずに")
_CHOICE = re.compile(r"[しりきちいてか]、?(?:又は|若しくは|または|もしくは)|いずれか(?!に(?:該当|当))")


def fits_choice(said: Said, premise: Premise, other: Said) -> bool:
    """Whether what may be done is one of several things of which one must be: 「裁断し、又は委託しなければならない」."""
    return (
        said.forces == {Force.MAY}
        and not other.forces.isdisjoint({Force.MUST, Force.FACT})
        and bool(_CHOICE.search(premise.statement.folded))
    )


def waived(claim: Statement, said: Said, other: Said) -> bool:
    """Whether the claim does without what the evidence does not ask for: 「承認を受けずに利用できます」 for 「承認を要しない」."""
    if other.forces != {Force.NEEDLESS} or not _WITHOUT.search(claim.folded[said.start : said.end + 3]):
        return False
    return claim.closing is not None and not negative(claim.closing.forces)


def turned(claim: Statement, said: Said, statement: Statement, other: Said) -> bool:
    """Whether one says by «not without» what the other says by «only with»."""
    if negative(said.forces) == negative(other.forces):
        return False
    denying, affirming = (claim, statement) if negative(said.forces) else (statement, claim)
    if not flips(denying.folded) or flips(affirming.folded):
        return False
    return any(_told(denying, m, affirming) for m in _FLIPPERS.finditer(denying.folded))


def _told(denying: Statement, flipper: re.Match[str], affirming: Statement) -> bool:
    """Whether the one names the condition that the other denies without: 「同意を得れば」 for 「同意を得ることなく」."""
    start = max(denying.folded.rfind(c, 0, flipper.start()) for c in "、。は") + 1
    case = [t for t in denying.terms if start <= t.start < flipper.start() and t.weight > 0.2 and not t.verb]
    return not case or any(
        t.lemma in affirming.lemmas or not answering(t.senses).isdisjoint(affirming.senses) or t.surface in affirming.folded
        for t in case
    )


def flips(folded: str) -> bool:
    """Whether a sentence has words that turn what is denied into a condition: 「承諾なしに」「承諾がなければ」."""
    return bool(_FLIPPERS.search(folded))


def fault(claim: Statement, said: Said, premise: Premise, other: Said) -> Finding:
    """That the claim says a word with another force than the evidence."""
    mine, theirs = named(said), named(other)
    kind: ReasonKind = "negation" if (said.forces <= NEGATIVE) != (other.forces <= NEGATIVE) else "modality"
    if kind == "negation" and premise.unit.proviso and _EVEN.search(claim.folded):
        kind = "exception"
    elif kind == "negation" and _WITHOUT.search(claim.folded[said.start : said.end + 3]):
        kind = "condition"
    words = claim.folded[said.start : said.end]
    there = premise.statement.folded[other.start : other.end]
    text = f"「{words}」は{mine}ですが、典拠は「{there}」（{theirs}）です。"
    return Finding(kind, text, said.start, said.end, premise, (other.start, other.end))


def named(said: Said) -> str:
    """The force as a reader is told it; the strictest of several readings."""
    return next((force.value for force in Force if force in said.forces and force is not Force.FACT), Force.FACT.value)
