"""What a claim leaves out of the evidence: a condition, an exception, the ただし書, or that what it tells is only the exception."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.cases import case_of, named, one_told, share, told
from rag.findings import Finding
from rag.forces import negative
from rag.matching import Matching
from rag.statements import Statement, Term
from rag.types import ReasonKind

_IF = r"場合(?!によ)(?:に(?:おいて|は|つい|限り)?|は|、|には|のみ|だけ|で)|とき(?:は|に|、|のみ)|時(?:は|に)(?=、)|際(?:は|に(?:は)?)(?=、)|たら(?=、)|れば(?=、)|限り(?:、|は)|に限り|に限って|上で、|うえで、|後に、"
_EXCEPT = r"(?:場合|とき|もの|者|日)?を?除(?:き|いて|く)|以外|ない限り"
CONDITION = re.compile(f"(?:{_IF})")
EXCEPTION = re.compile(f"(?:{_EXCEPT})")
_SETS_APART = re.compile(r"以外|除|のみ|だけ|限|しか|ほか|他|なけれ|なく|ない|外|別")
HEDGE = re.compile(r"原則|一定の|例外|ただし|場合があ|ことがあ|条件")
_CASES = re.compile(r"(?:次の|以下の)?(?:各号)?の?いずれかに(?:該当|当た)[^、。]{0,6}(?:とき|場合)")
_ANY_CASE = re.compile(r"場合|とき|時|際|たら|れば|限り|者|よる|より|[うくぐすつぬぶむる]と、")
_ONLY = re.compile("だけ|のみ|限|きり")
_EXCUSED = re.compile(r"この限りで")
_FLIPPED = re.compile(r"除|以外|ただし|原則|限り|なければ|なしに|なく|ずに|ないで|ないと|得ず|外")


def check(matching: Matching) -> Iterator[Finding]:
    """The conditions and exceptions that the claim drops."""
    found = [*_dropped(matching), *_case_as_rule(matching), *_still_bound(matching)]
    yield from found[:1]
    if not found:
        yield from _without_proviso(matching)


def _case_as_rule(matching: Matching) -> Iterator[Finding]:
    """What the ただし書 says of some case, told without that case."""
    claim = matching.claim
    if HEDGE.search(claim.folded):
        return
    for n, premise in enumerate(matching.premises):
        if not premise.unit.proviso or premise not in matching.focus or not n or _EXCUSED.search(premise.statement.folded):
            continue
        own = matching.holds[premise] - matching.holds[matching.premises[n - 1]]
        start, end = named(premise)
        case, values = case_of(premise, matching.premises[n - 1])
        if not own or sum(t.weight for t in case) + len(values) < 0.8:
            continue
        if told(case, values, claim) < 0.5 and not one_told(premise, case, claim):
            text = f"典拠では例外（「{premise.statement.folded[start:end]}」の場合）についての定めです。"
            yield Finding("exception", text, 0, len(claim.folded), premise, (start, end))
            return


def _still_bound(matching: Matching) -> Iterator[Finding]:
    """The excepted case told with the force of the rule: 「茶菓も受けてはならない」 where 茶菓 are 「この限りでない」."""
    claim = matching.claim
    if _FLIPPED.search(claim.folded):
        return
    for n, premise in enumerate(matching.premises):
        match = _EXCUSED.search(premise.statement.folded)
        if not match or not n or matching.premises[n - 1] not in matching.focus:
            continue
        case = [t for t in premise.statement.terms if t.end <= match.start()]
        rule, said = matching.premises[n - 1].statement.closing, claim.closing
        if case and share(case, claim) >= 0.6 and rule and said and negative(rule.forces) == negative(said.forces):
            text = "典拠では例外とされている場合です。"
            yield Finding("exception", text, 0, len(claim.folded), premise, (0, match.start()))
            return


def _dropped(matching: Matching) -> Iterator[Finding]:
    """A condition of the premise that the claim follows, of which the claim says nothing."""
    claim = matching.claim
    for premise in matching.focus[:2]:
        case = _CASES.search(premise.statement.folded)
        if case and not _ANY_CASE.search(claim.folded):
            text = f"典拠の条件「{case[0]}」が落ちています。"
            yield Finding("condition", text, 0, len(claim.folded), premise, case.span())
            return
    if HEDGE.search(claim.folded):
        return
    homes = {matching.homes(start)[0] for start, _ in claim.clauses if matching.focus}
    for premise in (p for p in matching.focus[:2] if p in homes or p is matching.focus[0]):
        statement = premise.statement
        segments = list(_segments(statement))
        for start, end, kind in segments:
            outside = [t for t in statement.terms if not any(a <= t.start < b for a, b, _ in segments)]
            rest = [t for t in outside if t.start >= end] or outside
            if not rest or share(rest, claim) < 0.6 or share(outside, claim) < 0.5:
                continue
            inside = [t for t in statement.terms if start <= t.start < end]
            values = [m for m in statement.measures if start <= m.start < end]
            if values and _ONLY.search(claim.folded) and all(any(v.equals(m) for m in claim.measures) for v in values):
                continue  # 「一回に限り」 told as 「一回だけ」
            said = share([t for t in inside if _itself(t, statement, claim)], claim) * _part(inside, statement, claim)
            if kind == "condition" and inside and _ANY_CASE.search(claim.folded) and share(inside[-1:], claim) == 1.0:
                continue  # 「軍属などを引き渡したら」
            turned = kind == "exception" and said >= 0.6 and not _SETS_APART.search(claim.folded)
            if sum(t.weight for t in inside) >= 0.8 and (said < 0.3 or turned):
                words = statement.folded[start:end].rstrip("、")
                text = f"典拠の{'条件' if kind == 'condition' else '例外'}「{words}」が落ちています。"
                yield Finding(kind, text, 0, len(claim.folded), premise, (start, end))
                return


def _part(terms: Sequence[Term], statement: Statement, claim: Statement) -> float:
    """The share of the terms, by weight, that the claim has for themselves or not at all."""
    whole = sum(t.weight for t in terms)
    return sum(t.weight for t in terms if _itself(t, statement, claim)) / whole if whole else 0.0


def _itself(term: Term, statement: Statement, claim: Statement) -> bool:
    """Whether a term is not said only as the beginning of another noun: 取締役 in 取締役会."""
    there = claim.lemmas.get(term.lemma, ())
    mine = _noun(statement, term)
    others = [_noun(claim, t) for t in there]
    return not others or not all(o != mine and o.startswith(mine) and o[len(mine) :] in ("会", "長", "部") for o in others)


def _noun(statement: Statement, term: Term) -> str:
    """The noun phrase that a term stands in."""
    found = statement.morphemes
    start = end = term.index
    while start and found[start - 1].end == found[start].start and found[start - 1].nominal:
        start -= 1
    while end + 1 < len(found) and found[end + 1].nominal:
        end += 1
    return statement.folded[found[start].start : found[end].end]


def _without_proviso(matching: Matching) -> Iterator[Finding]:
    """A rule told without the ただし書 that follows it, when the claim neither tells nor hints at an exception."""
    claim = matching.claim
    if not matching.focus or matching.focus[0].unit.proviso or HEDGE.search(claim.folded):
        return
    main = matching.focus[0]
    following = zip(matching.premises, matching.premises[1:], strict=False)
    proviso = next((b for a, b in following if b.unit.proviso and a.statement is main.statement), None)
    last = [t for t in main.statement.terms if t.start > main.statement.folded.rfind("、")]
    if proviso is None or min(share(main.statement.terms, claim), share(last, claim)) < 0.5:
        return
    if share(proviso.statement.terms, claim) < 0.4 and not EXCEPTION.search(claim.folded):
        words = proviso.statement.folded
        yield Finding(
            "exception", f"典拠のただし書「{words[:40]}」が落ちています。", 0, len(claim.folded), proviso, (0, len(words))
        )


def _segments(statement: Statement) -> Iterator[tuple[int, int, ReasonKind]]:
    """The parts of a sentence that set a condition or an exception, from the comma before to what marks them."""
    kinds: tuple[tuple[ReasonKind, re.Pattern[str]], ...] = (("exception", EXCEPTION), ("condition", CONDITION))
    for kind, pattern in kinds:
        for match in pattern.finditer(statement.folded):
            start = max(statement.folded.rfind(c, 0, match.start()) for c in "、。は") + 1
            aside = statement.folded.count("(", 0, match.start()) > statement.folded.count(")", 0, match.start())
            if not aside and not re.search("各号|いずれか|次の", statement.folded[start : match.end()]):
                yield start, match.end(), kind
