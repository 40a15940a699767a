"""Whether the same one does it to the same one: 「社員は会社に届け出る」 is not 「会社は社員に届け出る」."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.lexicon import Sense
from rag.matching import Matching
from rag.parts import Part, parts
from rag.persons import is_person
from rag.runs import runs
from rag.statements import Statement, Term
from rag.wording import Premise, answering

_CASES = frozenset(["とき", "時", "場合", "もの", "こと", "際"])
_NAMED = {"主体": "する側", "相手": "相手", "出所": "出所", "対象": "対象"}


_RECEIVED = re.compile(r"れる|られ|され|もら|受け|いただ|頂")


def check(matching: Matching) -> Iterator[Finding]:
    """Two nouns of the claim that have changed parts, or one that plays another's part with the same verb."""
    claim = matching.claim
    mine = parts(claim)
    yield from _doer(matching, mine)
    for premise in matching.focus[:2]:
        theirs = parts(premise.statement)
        for part in mine:
            home = [o for p in matching.homes(part.start)[:1] for o in parts(p.statement)]
            if any(o.noun == part.noun and o.role == part.role and _verbs(o, part) for o in home):
                continue
            same = [o for o in theirs if o.noun == part.noun]
            if not same or any(o.role == part.role or (o.particle == "は" and not is_person(o.noun)) for o in same):
                continue
            others = (o for o in theirs if o.role == part.role and o.noun != part.noun and _verbs(o, part))
            other = next((o for o in others if o.particle != "は" or is_person(o.noun)), None)
            if other and any(q.noun == other.noun and q.role in {s.role for s in same} for q in mine):
                text = f"「{part.noun}」は典拠では{_NAMED[same[0].role]}であり、{_NAMED[part.role]}は「{other.noun}」です。"
                yield Finding("actor", text, part.start, part.end, premise, (same[0].start, same[0].end))
                return
        yield from _exchanged(mine, theirs, premise)
        yield from _turned_round(matching, mine, theirs, premise)
        yield from _other_doer(matching, mine, theirs, premise)


def _turned_round(matching: Matching, mine: Sequence[Part], theirs: Sequence[Part], premise: Premise) -> Iterator[Finding]:
    """One who does it in the evidence and to whom, or from whom, it is done in the claim, which has another doer."""
    if _RECEIVED.search(matching.claim.folded) and not _RECEIVED.search(premise.statement.folded):
        return
    yield from _done_to(matching, mine, theirs, premise)
    doers = {o.noun for o in theirs if o.role == "主体" and is_person(o.noun)}
    others = {o.noun for o in theirs if o.role != "主体"}
    for part in mine:
        if part.role not in ("相手", "出所") or not part.verb or part.noun in others:
            continue
        if not any(part.noun.endswith(d) or d.endswith(part.noun) for d in doers - others):
            continue
        doer = next((q for q in mine if q.role == "主体" and q.verb == part.verb and q.noun not in _CASES), None)
        if doer is None or any(doer.noun in d or d in doer.noun for d in doers) or doer.noun not in premise.statement.folded:
            continue
        if not any(o.verb == part.verb for o in theirs):
            continue
        text = f"「{doer.noun}」がするとありますが、典拠では「{part.noun}」です。"
        yield Finding("actor", text, doer.start, doer.end, premise, (0, len(premise.statement.folded)))
        return


def _done_to(matching: Matching, mine: Sequence[Part], theirs: Sequence[Part], premise: Premise) -> Iterator[Finding]:
    """One who does what in the evidence is done to him, or for him: 「責任者が引き継ぐ」 for 「責任者に引き継ぐ」."""
    acting = {o.noun for p in matching.focus for o in parts(p.statement) if o.role == "主体"}
    for part in mine:
        if part.role != "主体" or not part.verb or not is_person(part.noun) or any(part.noun in a for a in acting):
            continue
        other = next((o for o in theirs if o.noun == part.noun and o.role == "相手" and o.verb == part.verb), None)
        if other is not None and premise in matching.homes(part.start):
            text = f"「{part.noun}」がするとありますが、典拠では「{part.noun}」は相手です。"
            yield Finding("actor", text, part.start, part.end, premise, (other.start, other.end))
            return


def _other_doer(matching: Matching, mine: Sequence[Part], theirs: Sequence[Part], premise: Premise) -> Iterator[Finding]:
    """What one does of whom the evidence says by が that another does it: 「障害の受付は保守会社が行う」."""
    for part in mine:
        if part.particle != "が" or not part.verb or part.noun in _CASES or _parted(matching.claim, part):
            continue
        doers = [o for o in theirs if o.particle == "が" and o.verb == part.verb and not _parted(premise.statement, o)]
        known = any(part.noun in p.statement.folded for p in matching.focus)
        if (
            doers
            and known
            and not any(o.noun in part.noun or part.noun in o.noun for o in doers)
            and not any(_same(matching, part, premise, o) for o in doers)
            and not any(premise.statement.folded[: o.start].endswith(f"{part.noun}の") for o in doers)
        ):
            other = doers[0]
            text = f"「{part.noun}」がするとありますが、典拠では「{other.noun}」です。"
            yield Finding("actor", text, part.start, part.end, premise, (other.start, other.end))
            return


def _parted(statement: Statement, part: Part) -> bool:
    """Whether a comma or the end of a clause stands between a noun and its verb."""
    rest = statement.folded[part.end :]
    verb = next((t.start for t in statement.terms if t.start >= part.end and t.lemma == part.verb), len(statement.folded))
    return bool(re.search("[、。]|とき|場合", rest[: verb - part.end]))


def _doer(matching: Matching, mine: Sequence[Part]) -> Iterator[Finding]:
    """Another doer than the evidence's: one that it names in another part, or does not name at all while the claim leaves out its own."""
    if not matching.focus or matching.focus[0].unit.row or _RECEIVED.search(matching.claim.folded):
        return
    lists = [r.members for r in runs(matching.claim)]
    premise = matching.focus[0]
    evidence = [p for p in matching.focus if not p.unit.row]
    theirs = [o for p in evidence for o in parts(p.statement)]
    doers = [o for o in parts(premise.statement) if o.role == "主体" and is_person(o.noun)]
    acting = [o.noun for o in theirs if o.role == "主体"]
    for part in mine:
        if part.role != "主体" or not is_person(part.noun) or not doers or part.noun in ("人", "者", "方"):
            continue
        if any(q.role == "主体" and q.start > part.start and is_person(q.noun) for q in mine):  # 「事務局は、総務省が務める」
            continue
        if any(part.noun in noun or noun in part.noun for noun in acting) or any(
            _same(matching, part, premise, o) for o in doers
        ):
            continue
        other = doers[0]
        if any(any(part.noun in m for m in r) and any(other.noun in m for m in r) for r in lists):
            continue
        named = any(part.noun in p.statement.folded for p in evidence)
        acts_too = any(q.role == "主体" and other.noun in q.noun for q in mine)
        if (
            not acts_too
            and (named or not any(other.noun in q.noun for q in mine))
            and (named == (other.noun in matching.claim.folded) or (named and other.verb == part.verb and bool(part.verb)))
        ):
            text = f"「{part.noun}」がするとありますが、典拠では「{other.noun}」です。"
            yield Finding("actor", text, part.start, part.end, premise, (other.start, other.end))
            return


def _same(matching: Matching, part: Part, premise: Premise, other: Part) -> bool:
    """Whether two nouns name the same one in other words."""
    mine = [t for t in matching.claim.terms if part.start <= t.start < part.end and t.weight > 0.1]
    theirs = [t for t in premise.statement.terms if other.start <= t.start < other.end]
    known = _senses(premise.statement, theirs, other)
    if not answering(_senses(matching.claim, mine, part)).isdisjoint(known):
        return True
    lemmas = {t.lemma for t in theirs}
    return bool(mine) and all(t.lemma in lemmas or not answering(t.senses).isdisjoint(known) for t in mine)


def _senses(statement: Statement, terms: list[Term], part: Part) -> frozenset[Sense]:
    """The senses, but for those of the glossary, of a noun as a whole."""
    whole = [p.senses for p in statement.phrases if (p.start, p.end) == (part.start, part.end)]
    found = whole or [t.senses for t in terms if (t.start, t.end) == (part.start, part.end)]
    return frozenset(s for senses in found for s in senses if not s[1])


def _verbs(one: Part, other: Part) -> bool:
    return one.verb == other.verb or not one.verb or not other.verb


def _exchanged(mine: Sequence[Part], theirs: Sequence[Part], premise: Premise) -> Iterator[Finding]:
    """The doer of one verb given for another's: 「部長が申請し、社長が承認する」."""
    claimed = {o.verb: o for o in mine if o.role == "主体" and o.verb}
    doers = {o.verb: o for o in theirs if o.role == "主体" and o.verb}
    for verb, part in claimed.items():
        other = doers.get(verb)
        if other is None or other.noun == part.noun or part.noun in _CASES or other.noun in _CASES:
            continue
        crossed = any(doers[v].noun == part.noun and claimed[v].noun == other.noun for v in doers.keys() & claimed.keys())
        others = {d.noun for v, d in doers.items() if v != verb}
        taken = part.noun in others and other.noun not in {c.noun for c in claimed.values()} and len(claimed) == 1
        if crossed or (taken and is_person(part.noun) and is_person(other.noun)):
            yield Finding(
                "actor",
                f"「{part.noun}」がするとありますが、典拠では「{other.noun}」です。",
                part.start,
                part.end,
                premise,
                (other.start, other.end),
            )
            return
