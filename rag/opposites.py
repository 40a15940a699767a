"""Whether a claim puts in the place of a word one that excludes it: 増加 for 減少, 課長 for 部長, 事後 for 事前."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.findings import Finding
from rag.forces import negative
from rag.matching import Matching
from rag.statements import Mark, Statement, Term
from rag.tables import words
from rag.wording import Premise, answering


def check(matching: Matching) -> Iterator[Finding]:
    """The words of the claim that the evidence does not say, while it says one that excludes them."""
    claim = matching.claim
    yield from _affixes(matching)
    yield from _periods(matching)
    yield from _prefixes(matching)
    yield from _compounds(matching)
    yield from _katakana(matching)
    mine = {c for m in claim.marks for c in m.sets}
    for mark in claim.marks:
        homes = matching.homes(mark.start)
        homes = (*homes, *_further(matching, mark, homes))
        if _there(matching, mark, homes) or (mark.word in _GENERIC and not _ACTING.match(claim.folded, mark.end)):
            continue
        for premise, other in ((p, m) for p in homes for m in p.statement.marks):
            shared = next((c for c in mark.sets for o in other.sets if c.number == o.number and c.side != o.side), None)
            if shared is None or any(o.number == shared.number and o in mine for o in other.sets):
                continue
            if shared.kind == "negation" and _denied(claim, mark) != _denied(premise.statement, other):
                continue
            text = f"「{mark.word}」は、典拠では「{other.word}」です。"
            yield Finding(shared.kind, text, mark.start, mark.end, premise, (other.start, other.end))
            break


_GENERIC = words("people")
_ACTING = re.compile(r"員?(?:は|が|に|から|へ|も|の|、|及|又|並|若|と)")
_AFFIX = re.compile(r"(?<![\d一-龥々])([一-龥々ァ-ヶー]{1,8})([内外中前後])(?![一-龥々])")
_SAID_OUT = {"再": re.compile("再び|再度|改めて|もう[一1]度|繰り返"), "旧": re.compile("(?:前|元|以前|従前|もと)の")}
"""What says in other words that a word begins so: 再申請 is 再び申請する."""
_PREFIX = "不非未無反副準再旧"


def _affixes(matching: Matching) -> Iterator[Finding]:
    """A word with another ending: 勤務時間外 for 勤務時間中, 事業所内 for 事業所外."""
    theirs = [(p, m) for p in matching.focus for m in _AFFIX.finditer(p.statement.folded)]
    said = {m[0] for _, m in theirs}
    for match in _AFFIX.finditer(matching.claim.folded):
        other = next(((p, m) for p, m in theirs if m[1] == match[1] and m[2] != match[2]), None)
        if other and match[0] not in said:
            premise, there = other
            text = f"「{match[0]}」は、典拠では「{there[0]}」です。"
            yield Finding("condition", text, *match.span(), premise, there.span())


_PERIOD = re.compile(
    r"(翌々|翌|当該|当|前々|前|次|同|今|来|その)(事業年度|会計年度|学期|四半期|営業日|年度|週|月|期|回)(?![一-龥])"
)
_RELATED = {"当該": "当", "同": "当", "今": "当", "その": "当", "次": "翌", "来": "翌"}


def _periods(matching: Matching) -> Iterator[Finding]:
    """A period counted otherwise from another: 翌学期 for 当該学期."""
    for match in _PERIOD.finditer(matching.claim.folded):
        homes = matching.homes(match.start())
        theirs = [(p, m) for p in homes for m in _PERIOD.finditer(p.statement.folded) if m[2] == match[2]]
        if theirs and not any(_RELATED.get(m[1], m[1]) == _RELATED.get(match[1], match[1]) for _, m in theirs):
            premise, there = theirs[0]
            text = f"「{match[0]}」は、典拠では「{there[0]}」です。"
            yield Finding("date", text, *match.span(), premise, there.span())
            return


def _prefixes(matching: Matching) -> Iterator[Finding]:
    """A word denied by its beginning in the one and not in the other: 未承認 for 承認."""
    for term in matching.claim.terms:
        if len(term.surface) < 2 or term.surface[0] in _PREFIX:
            continue
        found = [(p, t) for p in matching.focus for t in p.statement.lemmas.get(term.lemma, ())]
        texts = [matching.claim.folded, *(p.statement.folded for p, _ in found)]
        prefixes = "".join(c for c in _PREFIX if c not in _SAID_OUT or not any(_SAID_OUT[c].search(text) for text in texts))
        mine = {_prefixed(matching.claim, t, prefixes) for t in matching.claim.lemmas[term.lemma]}
        if found and mine.isdisjoint(_prefixed(p.statement, t, prefixes) for p, t in found):
            premise, there = found[0]
            if negative(matching.claim.forces[term.index].forces) != negative(premise.statement.forces[there.index].forces):
                continue
            text = f"「{term.surface}」に付く打消しの有無が、典拠と異なります。"
            yield Finding("negation", text, term.start, term.end, premise, (there.start, there.end))
            return


_KATAKANA = re.compile(r"[ァ-ヶー]{4,}")


def _katakana(matching: Matching) -> Iterator[Finding]:
    """A name in katakana that begins as one of the evidence does and goes on otherwise: ミナトシステムズ for ミナトテック."""
    theirs = [(p, m) for p in matching.focus for m in _KATAKANA.finditer(p.statement.folded)]
    for match in _KATAKANA.finditer(matching.claim.folded):
        if any(p.says(match[0].rstrip("ー")) or (m[0] in match[0] and len(m[0]) > len(match[0]) - 2) for p, m in theirs):
            continue
        other = next(((p, m) for p, m in theirs if m[0][:2] == match[0][:2] and m[0][-2:] != match[0][-2:]), None)
        if other:
            text = f"「{match[0]}」は、典拠では「{other[1][0]}」です。"
            yield Finding("name", text, *match.span(), other[0], other[1].span())


def _compounds(matching: Matching) -> Iterator[Finding]:
    """A compound with another first part: 職員用駐車場 for 来客用駐車場, 傷病見舞金 for 慶弔見舞金."""
    theirs: dict[str, list[tuple[Term, Premise]]] = {}
    for premise in matching.focus:
        for first, second in _adjoining(premise.statement):
            theirs.setdefault(second.lemma, []).append((first, premise))
    lemmas = {t.lemma for t in matching.claim.terms}
    for first, second in _adjoining(matching.claim):
        found = theirs.get(second.lemma, ())
        whole = matching.claim.folded[first.start : second.end]
        if not found or any(p.says(whole) for p in matching.focus):
            continue
        if any(_one_thing(matching, first, other) for other, _ in found):
            continue
        exchanged = any(first.lemma in p.lemmas for p in matching.focus)
        if (
            all(t.lemma in lemmas and len(second.surface) > 1 for t, _ in found)
            if exchanged
            else all(len(t.surface) > 1 for t in (first, found[0][0]))
        ):
            other, premise = found[0]
            text = f"「{first.surface}{second.surface}」は、典拠では「{other.surface}{second.surface}」です。"
            yield Finding("name", text, first.start, second.end, premise, (other.start, other.end))
            return


def _one_thing(matching: Matching, first: Term, other: Term) -> bool:
    """Whether two first parts of a compound say the same."""
    senses = answering(first.senses).union(
        *(answering(p.senses) for p in matching.claim.phrases if p.start <= first.start and first.end <= p.end)
    )
    theirs = other.senses.union(
        *(p.senses for q in matching.focus for p in q.statement.phrases if p.start <= other.start and other.end <= p.end)
    )
    return (
        first.lemma == other.lemma
        or first.surface in other.surface
        or other.surface in first.surface
        or not senses.isdisjoint(theirs)
    )


def _adjoining(statement: Statement) -> Iterator[tuple[Term, Term]]:
    pairs = ((a, b) for a, b in pairwise(statement.terms) if not a.verb and not b.verb and a.weight > 0.2)
    return ((a, b) for a, b in pairs if statement.folded[a.end : b.start] in ("", "用", "者", "等"))


def _prefixed(statement: Statement, term: Term, prefixes: str) -> bool:
    return term.start > 0 and statement.folded[term.start - 1] in prefixes


def _further(matching: Matching, mark: Mark, homes: Sequence[Premise]) -> list[Premise]:
    """The premises that say the mark, and another word of the claim that the homes say by a like one only: 「極秘の文書は部門長の…」."""
    rest = {t.lemma for t in matching.claim.terms if not mark.start <= t.start < mark.end}
    rest -= frozenset[str]().union(*(p.lemmas for p in homes))
    return [p for p in matching.premises if p not in homes and mark.word in p.words and not rest.isdisjoint(p.lemmas)]


def _there(matching: Matching, mark: Mark, homes: Sequence[Premise]) -> bool:
    """Whether the premises, or what they go on from, say the word itself or one of its side."""
    sides = {(c.number, c.side) for c in mark.sets}
    for premise in dict.fromkeys((*homes, *(c for p in homes for c in matching.around(p)))):
        if mark.word in premise.words:
            return True
        statements = (premise.statement, premise.header) if premise.header else (premise.statement,)
        if any((c.number, c.side) in sides for s in statements for m in s.marks for c in m.sets):
            return True
    inside = [i for i, t in enumerate(matching.claim.terms) if mark.start <= t.start and t.end <= mark.end]
    strict = any(c.kind != "negation" for c in mark.sets) or any(mark.word in w for p in matching.focus for w in p.words)
    return not strict and bool(inside) and all(i in matching.held for i in inside)


def _denied(statement: Statement, mark: Mark) -> bool:
    return negative(statement.forces[mark.index].forces)
