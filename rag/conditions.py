"""Whether a claim keeps the conditions and exceptions of the evidence: 場合, とき, 限り, 除き, ただし書, and says nothing absolute against them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag import omissions
from rag.cases import share
from rag.findings import Finding
from rag.forces import negative
from rag.matching import Matching
from rag.measures import Measure
from rag.moments import Moment
from rag.omissions import CONDITION, EXCEPTION
from rag.statements import PART, Statement, borders
from rag.types import ReasonKind
from rag.wording import Premise

_ABSOLUTE = re.compile(
    r"いかなる|(?:どのような|どんな)[^、。]{1,6}(?:でも|にも|も、)|いつでも|例外なく|例外は?(?:な|あり)|一切|無条件|制限(?:なく|なし)|常に|必ず|絶対に|すべて|全て|誰でも|だれでも|何でも|何[回度人日]でも|すべからく|一律"
    r"|(?:事情|理由|いかん|有無|如何)[^、。]{0,6}(?:にかかわらず|を問わ)|にかかわらず|を問わず|に限らず|にかかわりなく|に関係なく|を問わない"
)
_GROUPS = (
    re.compile("すべ|全て|誰でも|だれでも|何でも|一律"),
    re.compile("何[回度人日]でも"),
    re.compile("いつでも|常に|必ず"),
    re.compile("いかなる|どのよう|どんな|例外|一切|無条件|絶対|かかわらず|問わ|かかわりなく|関係なく"),
)
_EVEN = re.compile(r"(?:場合|とき|時)(?:であっ)?(?:て)?も(?:、|$)|であっても|といえども|についても|(?:場合|とき)でも")
_MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "限定",
            r"に限[りるっ](?!ら)|に限られ|に限定|のみ(?!なら)|だけ(?!で(?:な|は|済|すむ|すみ|足り))|しか|以外(?:は|に|の)|なければ(?!なら|なり|いけ)|限り",
        ),
        ("非限定", r"に限ら(?!れ)|のみなら|だけで(?:な|は)|にかかわらず|を問わ|に関わらず"),
        ("除外", r"除[きくいか]|以外|対象外|含[まめ]な|含みません|のほか|この限りで"),
        ("包含", r"含[むめみん]|も同様|も対象"),
        ("前", r"までに|前(?!項|条|号|年|期|各|提|記|回)|以前|より前|事前|予め|あらかじめ|前もって|先立"),
        ("後", r"後(?!段)|以降|以後|より後|事後|過ぎて|経過し|を過ぎ"),
        ("全部", r"全(?!体|部門|角|国|般|額)|すべて|誰でも|だれでも"),
        ("不定", r"(?:いかん|有無|如何|場合)によ(?:って|り)"),
        ("都度", r"都度|毎回|ごと|毎|たび"),
    )
)


def check(matching: Matching) -> Iterator[Finding]:
    """The conditions and exceptions that the claim drops, changes or denies."""
    found = [*_absolute(matching), *_turned(matching), *_ruled(matching), *_waived(matching)]
    yield from found
    if not found:
        yield from omissions.check(matching)


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
            excepts = premise.unit.proviso or EXCEPTION.search(premise.statement.folded) or match.re is _EVEN
            yield Finding("exception" if excepts else "condition", text, match.start(), match.end(), premise, place)
            return


_WAIVER = re.compile(
    r"(?:なくて(?:も|よ|い|済|構|大丈夫)|(?<!少)(?<!多)なくと|なしで|なしに|(?<=[しらけせえねべめれ])ずに(?!済|すむ|すみ)|ことなく|を?待たず|(?<!ませ)(?:ないで(?!ください|下さ))"
    r"|(?:かどうか|か否か|の有無)(?:に|を)?(?:かかわ|関わ|関係な|問わ|よら))"
)
_MAY_BE_LEFT = re.compile("も?(?:よ|い|良|構|かま[わい]|差)")
"""After 「加えなくて」: what is told is that nothing need be done, not that something may be done without it."""
_NEEDLESS = re.compile(
    rf"ない(?:もの|こと)(?:とする?こと)?[がも]?(?:でき|可能)|ない(?:とき|場合)で(?:あって)?も|不要|省略|要しない|免除|かかわらず|問わ|よらず|[せらけえねべめれ]ず、|{_WAIVER.pattern}"
)


def _waived(matching: Matching) -> Iterator[Finding]:
    """A condition of the evidence that the claim says need not be met: 「承認がなくても」, 「届出をすることなく」, 「資格の有無にかかわらず」."""
    claim = matching.claim
    for match in _WAIVER.finditer(claim.folded):
        open_case = match[0][0] == "か" or "有無" in match[0]
        if not open_case and (_denies(claim, match.end()) or _MAY_BE_LEFT.match(claim.folded, match.end())):
            continue
        start = max(claim.folded.rfind(c, 0, match.start()) for c in "、。は") + 1
        case = [t for t in claim.terms if start <= t.start < match.start() and t.weight > 0.2]
        for premise in matching.homes(match.start()):
            said = share(case, premise.statement, claimed=True) >= 0.6
            if not case or not said or premise.unit.row:
                continue
            excused = _NEEDLESS.search(premise.statement.folded)
            if excused and (open_case or not _denies(premise.statement, excused.end())):
                continue
            text = f"「{claim.folded[start : match.end()]}」とありますが、典拠ではそれが条件です。"
            yield Finding("condition", text, start, match.end(), premise, (0, len(premise.statement.folded)))
            return


def _denies(statement: Statement, at: int) -> bool:
    """Whether a sentence denies or forbids something after a place."""
    return any(negative(s.forces) for s in statement.forces if s.start >= at)


def _ruled(matching: Matching) -> Iterator[Finding]:
    """An exception of the evidence told as the rule: what follows 「原則」 stands in the ただし書 rather than in its main clause."""
    rule = matching.claim.folded.find("原則")
    if rule < 0 or any(p.says("原則") for p in matching.focus):
        return
    _, end = borders(matching.claim.folded, rule, PART)
    rest = {i: t.weight for i, t in enumerate(matching.claim.terms) if rule + 2 < t.start < end}
    values: list[Measure | Moment] = [*matching.claim.measures, *matching.claim.moments]
    rest |= {i: 1.0 for i, v in enumerate(values, start=len(matching.claim.terms)) if rule < v.start < end}
    said = {p: sum(w for i, w in rest.items() if i in matching.holds[p]) for p in matching.focus}
    premise = max(matching.focus, key=lambda p: said[p], default=None)
    if premise is None or not premise.unit.proviso or said[premise] < 0.5 * sum(rest.values()):
        return
    if all(p.unit.proviso or said[premise] >= said[p] + 0.8 for p in matching.focus):
        text = "「原則」とありますが、典拠では例外（ただし書）です。"
        yield Finding("exception", text, rule, rule + 2, premise, (0, len(premise.statement.folded)))


def _same_absolute(word: str, evidence: str) -> bool:
    """Whether the evidence has a word as absolute: of all persons and things, of all times, or of all cases."""
    return any(group.search(word) and group.search(evidence) for group in _GROUPS)


def _said_there(matching: Matching, match: re.Match[str], premise: Premise) -> bool:
    """Whether the case that the claim includes is the one that the premise excepts."""
    case = [t for t in matching.claim.terms if t.end <= match.end()]
    return share(case, premise.statement, claimed=True) >= 0.4


def _limits(premise: Premise) -> bool:
    return bool(
        CONDITION.search(premise.statement.folded)
        or EXCEPTION.search(premise.statement.folded)
        or "原則" in premise.statement.folded
        or re.search("に限|のみ|だけ|しか", premise.statement.folded)
        or "1回" in premise.statement.folded
    )


def _nearby(matching: Matching) -> list[Premise]:
    """The focus and the provisos that follow what is in it."""
    out = list(matching.focus[:3])
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
                kind: ReasonKind = "date" if {a, b} == {"前", "後"} else "condition"
                yield Finding(kind, text, mine[a].start(), mine[a].end(), premise, (at, at + len(word[0])))
                return
