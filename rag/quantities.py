"""Whether the numbers and dates of a claim stand in the evidence, and with the thing that the claim says them of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.attachment import misplaced
from rag.enumerations import items
from rag.findings import Finding
from rag.forces import Force
from rag.matching import Matching
from rag.measures import Measure
from rag.moments import Moment, told
from rag.runs import labels, runs
from rag.statements import Statement
from rag.wording import Premise


def check(matching: Matching) -> Iterator[Finding]:
    """The numbers, amounts, percentages and dates that are wrong or not there."""
    marks = labels(matching.claim.folded)
    for measure in matching.claim.measures:
        if measure.start not in marks:
            yield from _measure(matching, measure)
    for moment in matching.claim.moments:
        yield from _moment(matching, moment)


def _measure(matching: Matching, measure: Measure) -> Iterator[Finding]:
    found = [(p, m) for p in matching.premises for m in p.statement.measures if m.start not in labels(p.statement.folded)]
    if any(measure.equals(m) for p in matching.focus if p.header for m in p.header.measures):
        return
    if measure.reference and any(measure.equals(m) for p in matching.focus[:1] if p.about for m in p.about.measures):
        return
    equal = [(p, m) for p, m in found if measure.equals(m) or _bare(measure, p, m)]
    if not equal or _only_elsewhere(matching, measure, equal):
        yield from _missing(matching, measure, found)
        return
    fitting = [
        (p, m)
        for p, m in equal
        if (_bounds_fit(matching.claim, measure, m, p) or _beyond(matching, measure, m, p))
        and _directed(matching.claim, measure) in ("", m.direction or "後")
        and (measure.per == m.per or not measure.per or not m.per)
    ]
    if not fitting:
        premise, other = _nearest(matching, equal)
        other_rate = measure.per and other.per and measure.per != other.per
        yield Finding(
            "unit" if other_rate else measure.kind,
            f"「{_shown(matching.claim, measure)}」は、典拠では「{_shown(premise.statement, other)}」です。",
            measure.start,
            measure.end,
            premise,
            (other.start, other.end),
        )
        return
    days = (
        [(p, m) for p in matching.premises for m in p.statement.moments if m.day and not m.month] if measure.base == "日" else []
    )
    yield from misplaced(matching, measure, [*((p, m) for p, m in found if m.base == measure.base), *days], fitting)


def _only_elsewhere(matching: Matching, measure: Measure, equal: Sequence[tuple[Premise, Measure]]) -> bool:
    """Whether the number stands only in sentences that the claim does not follow, while the one that it follows has another."""
    first = matching.focus[0] if matching.focus else None
    if first is None or first.unit.row or any(p in matching.focus for p, _ in equal):
        return False
    return any(m.base == measure.base for m in first.statement.measures)


def _bare(claim: Measure, premise: Premise, found: Measure) -> bool:
    """Whether a number without unit, as tables have it, or with a counter of any kind is the claim's."""
    if claim.written != found.written or claim.reference or found.reference:
        return False
    if claim.base == "" or found.base == "":
        return found.base.removeprefix("第") in ("", "個", "人", "件", "回") or premise.unit.row or claim.base == "個"
    return claim.counts and found.counts and claim.base == "個"


def _bounds_fit(statement: Statement, claim: Measure, found: Measure, premise: Premise) -> bool:
    """Whether the bounds are the same; one that the claim leaves out, or that the column's name may set, is none the worse for it."""
    if {claim.bound, found.bound} == {">", "<="}:
        over = statement if claim.bound == ">" else premise.statement
        return over.closing is not None and Force.BAN in over.closing.forces  # 「4時間を超えて運転させてはならない」
    if claim.bound == found.bound or (not claim.bound and found.bound in ("<=", ">=")):
        return True
    if not found.bound and claim.bound in ("<=", ">="):
        if premise.unit.row and premise.header is None:  # what its columns are called is not known
            return True
        around = premise.statement.folded + (premise.header.folded if premise.header else "")
        words = (
            ("上限", "限度", "定員", "最大", "最高", "まで", "範囲", "以内", "以下", "期間", "期限", "日間")
            if claim.bound == "<="
            else ("下限", "最低", "から", "最小", "以上")
        )
        return any(word in around for word in words)
    return False


_BEYOND = {("<=", ">"), ("<", ">="), (">=", "<"), (">", "<=")}


def _beyond(matching: Matching, claim: Measure, found: Measure, premise: Premise) -> bool:
    """Whether a ただし書 sets the bound from which the main clause that the claim follows holds no more: 「5,000万円以下の契約は」."""
    if (claim.bound, found.bound) not in _BEYOND or not premise.unit.proviso or not matching.focus:
        return False
    return (matching.focus[0], premise) in pairwise(matching.premises)


_SINCE = re.compile(r"(?:から|後|して|[っし]た日より)$")


def _directed(claim: Statement, measure: Measure) -> str:
    """Whether a number counts back («前») or on («後»), which 「から」 before it tells as well; empty where nothing does."""
    if measure.direction or measure.base not in ("日", "か月", "営業日", "労働日", "年"):
        return measure.direction
    return "後" if _SINCE.search(claim.folded[: measure.start]) and measure.bound == "<=" else ""


def _missing(matching: Matching, measure: Measure, found: Sequence[tuple[Premise, Measure]]) -> Iterator[Finding]:
    if not measure.bound and any(_within(matching.claim, measure, premise) for premise in matching.focus):
        return
    if measure.counts and measure.base in ("個", "人", "", "か所", "社", "件") and _counted(matching, measure):
        return
    if measure.base == "回" and any(
        len([m for m in p.statement.moments if m.minute is None]) == measure.value > 1 for p in matching.focus
    ):
        return
    if measure.written == 1 and _per_one(matching, measure):
        return
    days = (
        [(p, m) for p in matching.premises for m in p.statement.moments if m.day and not m.month] if measure.base == "日" else []
    )
    if any(m.day == measure.value for _, m in days):
        rest = [(p, m) for p, m in found if m.base == "日"]
        yield from misplaced(matching, measure, [*days, *rest], [(p, m) for p, m in days if m.day == measure.value])
        return
    same = [(p, m) for p, m in found if m.base == measure.base]
    written = [(p, m) for p, m in found if m.written == measure.written and m.base != measure.base and m.base and not m.reference]
    shown = _shown(matching.claim, measure)
    here = [(p, m) for p, m in written if p in matching.focus[:1] and measure.base and not measure.counts]
    if here and not measure.reference and not any(p in matching.focus[:1] for p, _ in same):
        premise, other = here[0]
        text = f"「{shown}」は、典拠では単位の異なる「{_shown(premise.statement, other)}」です。"
        yield Finding("unit", text, measure.start, measure.end, premise, (other.start, other.end))
    elif same and not (measure.reference and not _same_rule(matching, same)):
        premise, other = _nearest(matching, same)
        text = f"「{shown}」は、典拠では「{_shown(premise.statement, other)}」です。"
        yield Finding(measure.kind, text, measure.start, measure.end, premise, (other.start, other.end))
    elif written and not measure.reference:
        premise, other = _nearest(matching, written)
        text = f"「{shown}」は、典拠では単位の異なる「{_shown(premise.statement, other)}」です。"
        yield Finding("unit", text, measure.start, measure.end, premise, (other.start, other.end))
    elif measure.counts and measure.value <= 1:
        return
    else:
        yield Finding(measure.kind, f"「{shown}」という数は、典拠にありません。", measure.start, measure.end, absent=True)


def _per_one(matching: Matching, measure: Measure) -> bool:
    """Whether the evidence says by the name of an amount what the claim says by a number: 「1日1,200円」 for 「日額1,200円」."""
    unit = measure.text[-1]
    return unit in "日月年週" and any(
        re.search(f"毎{unit}|{unit}額|{unit}給", p.statement.folded) or any(m.per == unit for m in p.statement.measures)
        for p in matching.focus
    )


def _same_rule(matching: Matching, same: Sequence[tuple[Premise, Measure]]) -> bool:
    return any(p in matching.focus for p, _ in same)


_CASE = re.compile(r"^(?:の|は|で|なら|だと|である|を|が|持|、)")


def _within(claim: Statement, measure: Measure, premise: Premise) -> bool:
    """Whether the claim's value is a case that the bounds of a premise hold: those in the first cell of a row, or said of what follows."""
    text = premise.statement.folded
    last = min((i for c in "\t|" if (i := text.find(c, 2)) >= 0), default=len(text)) if premise.unit.row else len(text)
    bounds = [m for m in premise.statement.measures if m.base == measure.base and m.bound and m.end <= last]
    if not premise.unit.row:
        bounds = [m for m in bounds if re.match(r".{2,5}?(?:の|は|、|場合|とき)", text[m.end : m.end + 7])]
    return bool(_CASE.match(claim.folded[measure.end :])) and bool(bounds) and all(b.holds(measure.value) for b in bounds[:2])


def _counted(matching: Matching, measure: Measure) -> bool:
    """Whether a list of the claim or of the evidence has as many members as the claim counts."""
    listed = items(matching.premises, matching.focus)
    if len(listed) > 1:
        return int(measure.value) == len(listed)
    if any(len(labels(p.statement.folded)) == int(measure.value) > 1 for p in matching.focus):
        return True
    lists = [len(r.members) for s in (matching.claim, *(p.statement for p in matching.focus)) for r in runs(s)]
    return measure.value > 1 and int(measure.value) in lists


def _shown(statement: Statement, measure: Measure) -> str:
    """The number with what sets its bound, as it stands."""
    end = measure.end
    tail = statement.folded[end : end + 4]
    for word in ("以上", "以下", "以内", "未満", "を超え", "超", "まで", "前", "後"):
        if tail.startswith(word):
            end += len(word)
            break
    return statement.folded[measure.start : end]


def _nearest(matching: Matching, found: Sequence[tuple[Premise, Measure]]) -> tuple[Premise, Measure]:
    """The mention in the premise that says most of the claim."""
    order = {id(p): n for n, p in enumerate(matching.focus)}
    return min(found, key=lambda pm: order.get(id(pm[0]), len(order)))


def _moment(matching: Matching, moment: Moment) -> Iterator[Finding]:
    found = [(p, m) for p in matching.premises for m in p.statement.moments]
    equal = [(p, m) for p, m in found if moment.within(m)]
    if equal:
        days = (
            [(p, m) for p in matching.premises for m in p.statement.measures if m.base == "日"]
            if moment.day and not moment.month
            else []
        )
        yield from misplaced(matching, moment, [*((p, m) for p, m in found if m.alike(moment)), *days], equal)
        return
    if told(moment, [m for _, m in found]):
        return
    days = [(p, m) for p in matching.focus for m in p.statement.measures if m.base == "日"]
    if moment.year is None and moment.month is None and any(m.value == moment.day for _, m in days):
        yield from misplaced(matching, moment, [*found, *days], [(p, m) for p, m in days if m.value == moment.day])
        return
    near = [(p, m) for p, m in found if m.alike(moment)]
    if near:
        order = {id(p): n for n, p in enumerate(matching.focus)}
        premise, other = min(near, key=lambda pm: (order.get(id(pm[0]), len(order)), _distance(moment, pm[1])))
        text = f"「{moment.text}」は、典拠では「{other.text}」です。"
        yield Finding("date", text, moment.start, moment.end, premise, (other.start, other.end))
    else:
        yield Finding("date", f"「{moment.text}」は、典拠にありません。", moment.start, moment.end, absent=True)


def _distance(one: Moment, other: Moment) -> int:
    """How many parts of two dates differ."""
    return sum(a != b for a, b in ((one.year, other.year), (one.month, other.month), (one.day, other.day)))
