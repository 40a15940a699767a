"""Whether a claim keeps the conditions and exceptions of the evidence: 場合, とき, 限り, 除き, ただし書, and says nothing absolute against them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching, Premise, answering
from rag.statements import Statement, Term
from rag.types import ReasonKind

_IF = r"場合(?!によ)(?:に(?:おいて|は|つい|限り)?|は|、|には|のみ|だけ|で)|とき(?:は|に|、|のみ)|時(?:は|に)(?=、)|際(?:は|に(?:は)?)(?=、)|たら(?=、)|れば(?=、)|限り(?:、|は)|に限り|に限って|上で、|うえで、|後に、"
_EXCEPT = r"(?:場合|とき|もの|者|日)?を?除(?:き|いて|く)|以外|ない限り"
_CONDITION = re.compile(f"(?:{_IF})")
_EXCEPTION = re.compile(f"(?:{_EXCEPT})")
_ABSOLUTE = re.compile(
    r"いかなる|どのような場合|どんな(?:場合|とき|時)|いつでも|例外なく|例外は?(?:な|あり)|一切|無条件|制限(?:なく|なし)|常に|必ず|絶対に|すべて|全て|誰でも|だれでも|何でも|すべからく|一律"
    r"|(?:事情|理由|いかん|有無|如何)[^、。]{0,6}(?:にかかわらず|を問わ)|にかかわらず|を問わず|に限らず|にかかわりなく|に関係なく|を問わない"
)
_GROUPS = (
    re.compile("すべ|全て|誰でも|だれでも|何でも|一律"),
    re.compile("いつでも|常に|必ず"),
    re.compile("いかなる|どのよう|どんな|例外|一切|無条件|絶対|かかわらず|問わ|かかわりなく|関係なく"),
)
_EVEN = re.compile(r"(?:場合|とき|時)(?:であっ)?(?:て)?も(?:、|$)|であっても|といえども|についても|(?:場合|とき)でも")
_SETS_APART = re.compile(r"以外|除|のみ|だけ|限|しか|ほか|他|なけれ|なく|ない|外|別")
_HEDGE = re.compile(r"原則|一定の|例外|ただし|場合があ|ことがあ|条件")
_CASES = re.compile(r"(?:次の|以下の)?(?:各号)?の?いずれかに(?:該当|当た)[^、。]{0,6}(?:とき|場合)")
_ANY_CASE = re.compile(r"場合|とき|時|際|たら|れば|限り|者|よる|より")
_MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "限定",
            r"に限[りるっ](?!ら)|に限定|のみ(?!なら)|だけ(?!で(?:な|は))|しか|以外(?:は|に|の)|なければ(?!なら|なり|いけ)|限り",
        ),
        ("非限定", r"に限ら|のみなら|だけで(?:な|は)|にかかわらず|を問わ|に関わらず"),
        ("除外", r"除[きくいか]|以外|対象外|含[まめ]な|含みません|のほか|この限りで"),
        ("包含", r"含[むめみん]|も同様|も対象"),
        ("前", r"までに?|前(?!項|条|号|年|期|各|提|記|回)|以前|より前|事前|予め|あらかじめ|前もって|先立"),
        ("後", r"後(?!段)|以降|以後|より後|事後|過ぎて|経過し|を過ぎ"),
        ("全部", r"全(?!体|部門|角|国|般|額)|すべて|誰でも|だれでも"),
        ("不定", r"(?:いかん|有無|如何|場合)によ(?:って|り)"),
        ("都度", r"都度|毎回|ごと|毎|たび"),
    )
)


def check(matching: Matching) -> Iterator[Finding]:
    """The conditions and exceptions that the claim drops, changes or denies."""
    found = [*_absolute(matching), *_turned(matching), *_ruled(matching)]
    yield from found
    if not found:
        yield from _dropped(matching)
        yield from _without_proviso(matching)


def _absolute(matching: Matching) -> Iterator[Finding]:
    """What is said without exception, or even for the case excepted, where the evidence has conditions or exceptions."""
    claim = matching.claim
    here = "".join(p.statement.folded for p in matching.focus)
    for match in (*_ABSOLUTE.finditer(claim.folded), *_EVEN.finditer(claim.folded)):
        if match[0] in here or _same_absolute(match[0], here):
            continue
        limiting = [p for p in _nearby(matching) if p.unit.proviso or _limits(p)]
        premise = next((p for p in limiting if match.re is _ABSOLUTE or _said_there(matching, match, p)), None)
        if premise is not None:
            place = (0, len(premise.statement.folded))
            text = f"「{match[0].rstrip('、')}」とありますが、典拠には条件又は例外があります。"
            yield Finding("exception", text, match.start(), match.end(), premise, place)
            return


def _ruled(matching: Matching) -> Iterator[Finding]:
    """An exception of the evidence told as the rule."""
    rule = matching.claim.folded.find("原則")
    if rule < 0 or not matching.focus or not matching.focus[0].unit.proviso or any(p.says("原則") for p in matching.focus):
        return
    premise = matching.focus[0]
    text = "「原則」とありますが、典拠では例外（ただし書）です。"
    yield Finding("exception", text, rule, rule + 2, premise, (0, len(premise.statement.folded)))


def _same_absolute(word: str, evidence: str) -> bool:
    """Whether the evidence has a word as absolute: of all persons and things, of all times, or of all cases."""
    return any(group.search(word) and group.search(evidence) for group in _GROUPS)


def _said_there(matching: Matching, match: re.Match[str], premise: Premise) -> bool:
    """Whether the case that the claim includes is the one that the premise excepts."""
    case = [t for t in matching.claim.terms if t.end <= match.end()]
    return _share(case, premise.statement) >= 0.4


def _limits(premise: Premise) -> bool:
    return bool(
        _CONDITION.search(premise.statement.folded)
        or _EXCEPTION.search(premise.statement.folded)
        or "原則" in premise.statement.folded
        or "に限" in premise.statement.folded
        or "一回" in premise.statement.folded
    )


def _nearby(matching: Matching) -> list[Premise]:
    """The focus and the provisos that follow what is in it."""
    out = list(matching.focus[:2])
    for n, premise in enumerate(matching.premises):
        if premise.unit.proviso and n and matching.premises[n - 1] in out:
            out.append(premise)
    return out


def _turned(matching: Matching) -> Iterator[Finding]:
    """A marker of the claim that the evidence has only the opposite of."""
    if not matching.focus:
        return
    claim, evidence = matching.claim.folded, "。".join(p.statement.folded for p in matching.focus)
    mine = {name: m for name, p in _MARKERS if (m := p.search(claim))}
    theirs = {name: m for name, p in _MARKERS if (m := p.search(evidence))}
    for one, other in (
        ("限定", "非限定"),
        ("除外", "包含"),
        ("前", "後"),
        ("都度", "限定"),
        ("不定", "非限定"),
        ("全部", "限定"),
    ):
        for a, b in ((one, other), (other, one)):
            if a in mine and a not in theirs and b in theirs and b not in mine:
                word = theirs[b]
                text = f"「{mine[a][0]}」とありますが、典拠では「{word[0]}」です。"
                premise = next(p for p in matching.focus if word[0] in p.statement.folded)
                at = premise.statement.folded.index(word[0])
                yield Finding("condition", text, mine[a].start(), mine[a].end(), premise, (at, at + len(word[0])))
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
    if _HEDGE.search(claim.folded):
        return
    for premise in matching.focus[:2]:
        statement = premise.statement
        segments = list(_segments(statement))
        for start, end, kind in segments:
            outside = [t for t in statement.terms if not any(a <= t.start < b for a, b, _ in segments)]
            rest = [t for t in outside if t.start >= end] or outside
            if not rest or _share(rest, claim) < 0.6 or _share(outside, claim) < 0.5:
                continue
            inside = [t for t in statement.terms if start <= t.start < end]
            told = _share(inside, claim)
            turned = kind == "exception" and told >= 0.6 and not _SETS_APART.search(claim.folded)
            if sum(t.weight for t in inside) >= 0.8 and (told < 0.3 or turned):
                words = statement.folded[start:end].rstrip("、")
                text = f"典拠の{'条件' if kind == 'condition' else '例外'}「{words}」が落ちています。"
                yield Finding(kind, text, 0, len(claim.folded), premise, (start, end))
                return


def _without_proviso(matching: Matching) -> Iterator[Finding]:
    """A rule told without the ただし書 that follows it, when the claim neither tells nor hints at an exception."""
    claim = matching.claim
    if not matching.focus or matching.focus[0].unit.proviso or _HEDGE.search(claim.folded):
        return
    main = matching.focus[0]
    after = next((n for n, p in enumerate(matching.premises) if p is main), len(matching.premises)) + 1
    proviso = matching.premises[after] if after < len(matching.premises) else None
    last = [t for t in main.statement.terms if t.start > main.statement.folded.rfind("、")]
    if proviso is None or not proviso.unit.proviso or min(_share(main.statement.terms, claim), _share(last, claim)) < 0.5:
        return
    if _share(proviso.statement.terms, claim) < 0.4 and not _EXCEPTION.search(claim.folded):
        words = proviso.statement.folded
        yield Finding(
            "exception", f"典拠のただし書「{words[:40]}」が落ちています。", 0, len(claim.folded), proviso, (0, len(words))
        )


def _segments(statement: Statement) -> Iterator[tuple[int, int, ReasonKind]]:
    """The parts of a sentence that set a condition or an exception, from the comma before to what marks them."""
    kinds: tuple[tuple[ReasonKind, re.Pattern[str]], ...] = (("exception", _EXCEPTION), ("condition", _CONDITION))
    for kind, pattern in kinds:
        for match in pattern.finditer(statement.folded):
            start = max(statement.folded.rfind(c, 0, match.start()) for c in "、。は") + 1
            if not re.search("各号|いずれか|次の", statement.folded[start : match.end()]):
                yield start, match.end(), kind


def _share(terms: Sequence[Term], other: Statement) -> float:
    """The share of the terms, by weight, that the other statement says."""
    whole = sum(t.weight for t in terms)
    senses = frozenset(other.senses)
    found = sum(
        t.weight
        for t in terms
        if t.lemma in other.lemmas
        or not answering(t.senses).isdisjoint(senses)
        or (len(t.surface) > 1 and t.surface in other.folded)
    )
    return found / whole if whole else 0.0
