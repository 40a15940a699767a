"""Whether a value of the claim stands in the evidence with the thing that the claim says it of, and not with another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching
from rag.measures import Measure
from rag.mentions import Mention, Place, Value, around, context, others
from rag.moments import Moment
from rag.parts import verb_after
from rag.statements import Statement, Term
from rag.wording import Premise, answering

_CASE = re.compile(r"(?:以上|以下|未満|を超え(?:る|た)?)?の?(?:場合|ときは|者|もの(?!と))")
"""What follows a number that sets a case, rather than what holds in it."""


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
    equal = [(p, m) for p, m in equal if not _CASE.match(p.statement.folded[m.end :])]
    if not equal:
        return
    near = (*around(matching.claim, value), *others(matching.claim, value, 0, len(matching.claim.folded)))
    own = [Mention(p, m, context(p, m)) for p, m in equal]
    yield from _other_deed(matching, value, equal, rivals)
    own_best = max(_told(matching, m.premise) for m in own)
    for premise, other in rivals:
        if premise not in [m.premise for m in own] and _told(matching, premise) < own_best:
            continue  # a sentence that says less of the claim than that with its value
        rival = Mention(premise, other, context(premise, other))
        shares = [_shares(matching.claim, near, mention, rival) for mention in own]
        if all((mine < 0.34 and theirs >= 0.6) or (mine < 0.2 and theirs >= 0.45) for mine, theirs in shares) or all(
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


def _told(matching: Matching, premise: Premise) -> float:
    """The weight of the claim's words that a premise says."""
    return sum(t.weight for i, t in enumerate(matching.claim.terms) if i in matching.holds[premise])


def _other_deed(
    matching: Matching,
    value: Value,
    equal: Sequence[Place],
    rivals: Sequence[Place],
) -> Iterator[Finding]:
    """A value said of what the evidence says with another one: 「10日までに作成し、15日までに提出する」."""
    deed = next(iter(_deeds(matching.claim, value)), "")
    deeds = [_deeds(p.statement, m) for p, m in equal]
    if not deed or not all(deeds) or any(deed in of for of in deeds):
        return
    for premise, other in rivals:
        if deed in _deeds(premise.statement, other)[:1]:
            kind = value.kind if isinstance(value, Measure) else "date"
            text = f"「{value.text}」は、典拠では別の事柄についての値で、この事柄については「{other.text}」です。"
            yield Finding(kind, text, value.start, value.end, premise, (other.start, other.end))
            return


def _deeds(statement: Statement, value: Value) -> tuple[str, ...]:
    """The verbs that follow a value, as far as no other value comes between: 「20日以内に作成して提出する」."""
    values: list[Value] = [*statement.measures, *statement.moments]
    later = [v.start for v in values if v.start >= value.end]
    end = min(later, default=len(statement.folded))
    found = statement.morphemes
    return tuple(
        dict.fromkeys(
            verb for i, m in enumerate(found) if value.end <= m.start < end and (verb := verb_after(statement, i - 1, i))
        )
    )


_KATAKANA = re.compile(r"[ァ-ヶー]{3,}")
_NOUN = re.compile(r"[一-龥々ァ-ヶーa-z]{3,}")


def _other_case(claim: Statement, mention: Mention, rival: Mention) -> bool:
    """Whether the claim names by a whole noun what the rival is said of, and not what the value is: 自宅通学, 自宅外通学."""
    mine, theirs = (set(_NOUN.findall(_words(m))) for m in (mention, rival))
    own, other = mine - theirs, theirs - mine
    return (
        bool(own)
        and bool(other)
        and not any(n in claim.folded or any(n.startswith(k) for k in _KATAKANA.findall(claim.folded)) for n in own)
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
        or any(n.surface[:1] > "ァ" and len(n.surface) > 2 and t.surface.startswith(n.surface) for n in near)
    )
    return found / whole if whole else none


def _elsewhere(claim: Statement, near: Sequence[Term], term: Term) -> bool:
    """Whether the claim says the term of something else than the value."""
    return len(near) < len(claim.terms)
