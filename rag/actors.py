"""Whether the same one does it to the same one: 「社員は会社に届け出る」 is not 「会社は社員に届け出る」."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.enumerations import runs
from rag.findings import Finding
from rag.lexicon import Sense
from rag.matching import Matching, Premise, answering
from rag.statements import Statement, Term

_ROLES = {"は": "主体", "が": "主体", "に": "相手", "へ": "相手", "から": "出所", "より": "出所", "を": "対象"}
_CASES = frozenset(["とき", "時", "場合", "もの", "こと", "際"])
_NAMED = {"主体": "する側", "相手": "相手", "出所": "出所", "対象": "対象"}


@dataclass(frozen=True, slots=True)
class Part:
    """A noun at folded[start:end], the part it plays, the particle that says so, and the verb it plays it with."""

    noun: str
    role: str
    verb: str
    start: int
    end: int
    particle: str = ""


def parts(statement: Statement) -> list[Part]:
    """The nouns with the particles that say what part they play, and the next verb."""
    out: list[tuple[str, str, int, int, int]] = []
    found = statement.morphemes
    start = None
    for i, m in enumerate(found):
        noun = m.part.startswith(("名詞", "接尾辞", "接頭辞")) and m.part != "名詞-数詞"
        if noun:
            start = m.start if start is None else start
            continue
        if start is not None and i and m.part.startswith("助詞") and m.surface in _ROLES:
            following = found[i + 1] if i + 1 < len(found) else None
            if not (
                following
                and m.surface == "に"
                and following.lemma
                in ("基づく", "於く", "関する", "因る", "対する", "応ずる", "係る", "限る", "就く", "従う", "当たる")
            ):
                out.append((statement.folded[start : found[i - 1].end], _ROLES[m.surface], start, found[i - 1].end, i))
        start = None
    return [Part(noun, role, verb_after(statement, i), a, b, found[i].surface) for noun, role, a, b, i in out]


def verb_after(statement: Statement, at: int) -> str:
    """The lemma of the next verb, or of the noun that する makes one."""
    found = statement.morphemes
    for i in range(at + 1, len(found)):
        m = found[i]
        if m.part.startswith("動詞-一般"):
            return m.lemma
        if m.lemma in ("行う", "為す"):
            return m.lemma
        if "サ変" in m.part and i + 1 < len(found) and found[i + 1].lemma in ("為る", "致す", "出来る", "為さる"):
            return m.lemma
    return ""


_PERSON = re.compile(
    r"(?:者|員|長|人|官|主|師|士|会|社|省|庁|局|部|課|室|係|役|事|院|署|団|組合|機構|法人|ら|医|生|スタッフ|メンバー)$"
)
_RECEIVED = re.compile(r"れる|られ|され|もら|受け|いただ|頂")


def is_person(noun: str) -> bool:
    """Whether a noun names a person or a body that acts."""
    return bool(_PERSON.search(noun)) and not noun.endswith(("全部", "一部", "本部長室"))


def check(matching: Matching) -> Iterator[Finding]:
    """Two nouns of the claim that have changed parts, or one that plays another's part with the same verb."""
    claim = matching.claim
    mine = parts(claim)
    yield from _doer(matching, mine)
    for premise in matching.focus[:2]:
        theirs = parts(premise.statement)
        for part in mine:
            same = [o for o in theirs if o.noun == part.noun]
            if not same or any(o.role == part.role for o in same):
                continue
            other = next((o for o in theirs if o.role == part.role and o.noun != part.noun and _verbs(o, part)), None)
            if other and any(q.noun == other.noun and q.role in {s.role for s in same} for q in mine):
                text = f"「{part.noun}」は典拠では{_NAMED[same[0].role]}であり、{_NAMED[part.role]}は「{other.noun}」です。"
                yield Finding("actor", text, part.start, part.end, premise, (same[0].start, same[0].end))
                return
        yield from _exchanged(mine, theirs, premise)
        yield from _other_doer(matching, mine, theirs, premise)


def _other_doer(matching: Matching, mine: list[Part], theirs: list[Part], premise: Premise) -> Iterator[Finding]:
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


def _doer(matching: Matching, mine: list[Part]) -> Iterator[Finding]:
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
            and (named == (other.noun in matching.claim.folded))
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


def _exchanged(mine: list[Part], theirs: list[Part], premise: Premise) -> Iterator[Finding]:
    """The doer of one verb given for another's: 「部長が申請し、社長が承認する」."""
    claimed = {o.verb: o for o in mine if o.role == "主体" and o.verb}
    doers = {o.verb: o for o in theirs if o.role == "主体" and o.verb}
    for verb, part in claimed.items():
        other = doers.get(verb)
        if other is None or other.noun == part.noun or part.noun in _CASES or other.noun in _CASES:
            continue
        if any(doers[v].noun == part.noun and claimed[v].noun == other.noun for v in doers.keys() & claimed.keys()):
            yield Finding(
                "actor",
                f"「{part.noun}」がするとありますが、典拠では「{other.noun}」です。",
                part.start,
                part.end,
                premise,
                (other.start, other.end),
            )
            return
