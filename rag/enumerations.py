"""Whether the lists of a claim are those of the evidence: nothing left out of them, nothing added, «and» for «and», as many as said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.findings import Finding
from rag.matching import Matching, Premise, answering
from rag.statements import Statement

_AND, _OR = ("及び", "並びに", "および", "ならびに", "かつ"), ("又は", "若しくは", "または", "もしくは", "あるいは", "或いは")
_JOINT = re.compile(
    r"(及び|並びに|および|ならびに|又は|若しくは|または|もしくは|あるいは|或いは|と(?!する|し|は|なる|なっ|き|も|して|の|さ|い|認|み)|や(?!む)|、|・)"
)
_ONLY = re.compile(r"(?:のみ(?!なら)|だけ(?!で(?:な|は))|に限|しか|以外(?:は|に))")
_MORE = re.compile(r"など|等|ほか|その他|を含[むみん]|が含ま|も")
_MARK = re.compile(r"^\s*(?:[(（]?[\d一二三四五六七八九十ア-ン]{1,3}[)）.、 ]|[・●○•*-])\s*")


@dataclass(frozen=True, slots=True)
class Run:
    """A list of nouns in folded text: its members as they stand, and its place; `joints` are the words between them."""

    members: tuple[str, ...]
    joints: tuple[str, ...]
    start: int
    end: int


@lru_cache(maxsize=4_000)
def _runs(folded: str, nouns: tuple[tuple[int, int], ...]) -> tuple[Run, ...]:
    out: list[Run] = []
    group: list[tuple[int, int]] = []
    joints: list[str] = []
    for span in nouns:
        joint = _JOINT.fullmatch(folded[group[-1][1] : span[0]].strip()) if group else None
        if joint:
            group.append(span)
            joints.append(joint[1])
            continue
        out += _run(folded, group, joints)
        group, joints = [span], []
    out += _run(folded, group, joints)
    return tuple(out)


def _run(folded: str, group: list[tuple[int, int]], joints: list[str]) -> list[Run]:
    if len(group) < 2 or (all(j == "、" for j in joints[-1:]) and len(group) < 3):
        return []
    return [Run(tuple(folded[a:b] for a, b in group), tuple(joints), group[0][0], group[-1][1])]


def runs(statement: Statement) -> tuple[Run, ...]:
    """The lists of nouns in a sentence."""
    spans: list[tuple[int, int]] = []
    for m in statement.morphemes:
        if (
            not m.part.startswith(("名詞", "接頭辞", "接尾辞", "形状詞"))
            or not any(c.isalnum() for c in m.surface)
            or m.surface == "並び"
        ):
            continue
        if spans and statement.folded[spans[-1][1] : m.start] in ("", "の"):
            spans[-1] = (spans[-1][0], m.end)
        else:
            spans.append((m.start, m.end))
    return _runs(statement.folded, tuple(spans))


def items(premises: Sequence[Premise], focus: Sequence[Premise]) -> tuple[Premise, ...]:
    """The items of the list that a sentence of the focus introduces: what follows it up to the next whole sentence."""
    lead = next((n for n, p in enumerate(premises) if p.lead and p in focus), None)
    if lead is None:
        return ()
    out: list[Premise] = []
    for premise in premises[lead + 1 :]:
        if premise.unit.row or premise.lead or (premise.unit.text.rstrip().endswith("。") and not premise.unit.item):
            break
        out.append(premise)
    return tuple(out)


def check(matching: Matching) -> Iterator[Finding]:
    """The lists of the claim that are not the evidence's."""
    claim = matching.claim
    lists = [(p, r) for p in matching.focus for r in runs(p.statement)]
    mine = runs(claim)
    for run in mine:
        shared = [
            (sum(any(_alike(m, o) for o in other.members) for m in run.members), premise, other) for premise, other in lists
        ]
        near = [found for found in shared if found[0] > 1]
        if near and not any(set(run.members) == set(other.members) for _, _, other in near):
            count, premise, other = max(near, key=lambda found: found[0] / len(found[2].members))
            yield from _against(matching, run, premise, other, count)
        elif not near:
            yield from _of_items(matching, run)
    yield from _joined(matching)
    if not mine:
        yield from _only(matching, lists)


_PAIR = re.compile(rf"(\w{{1,2}})、?({'|'.join((*_AND, *_OR))})、?(?=(\w{{1,2}}))")


def _joined(matching: Matching) -> Iterator[Finding]:
    """«And» for «or» between the same words."""
    theirs = {(m[1], m[3]): (p, m) for p in matching.focus for m in _PAIR.finditer(p.statement.folded)}
    for match in _PAIR.finditer(matching.claim.folded):
        premise, other = theirs.get((match[1], match[3]), (None, None))
        if premise and other and _sort(match[2]) != _sort(other[2]):
            text = f"「{match[2]}」は、典拠では「{other[2]}」です。"
            yield Finding("list", text, match.start(2), match.end(2), premise, other.span(2))
            return


def _of_items(matching: Matching, run: Run) -> Iterator[Finding]:
    """Hold a list of the claim against the items that a sentence introduces, when it tells several of them but not all."""
    listed = items(matching.premises, matching.focus)
    claim = matching.claim.folded
    told = [p for p in listed if any(_alike(m, _bare(p)) for m in run.members) or _bare(p) in claim]
    if len(told) < 2 or len(told) == len(listed) or _MORE.search(matching.claim.folded[run.start : run.end + 6]):
        return
    left = [p for p in listed if p not in told and _bare(p) not in claim]
    if (
        left
        and len(run.members) <= len(told) + 1
        and not any(matching.says(t, p) for p in left for t in matching.claim.terms if t.weight >= 1)
    ):
        text = f"典拠では「{_bare(left[0])}」も挙げられています。"
        yield Finding("list", text, run.start, run.end, left[0], (0, len(left[0].statement.folded)))


def _bare(premise: Premise) -> str:
    """An item without its number or mark and its full stop."""
    return _MARK.sub("", premise.statement.folded).rstrip("。")


def _against(matching: Matching, run: Run, premise: Premise, other: Run, shared: int) -> Iterator[Finding]:
    claim = matching.claim
    left = [o for o in other.members if not any(_alike(m, o) for m in run.members) and not _said(claim, o)]
    hedged = _MORE.search(claim.folded[run.start : run.end + 4])
    if left and shared == len(run.members) and not hedged:
        text = f"典拠では「{'」「'.join(left)}」も挙げられています。"
        yield Finding("list", text, run.start, run.end, premise, (other.start, other.end))
    added = [m for m in _unpaired(run.members, other.members) if not any(p.says(m) for p in matching.focus)]
    added = [m for m in added if not any(c.isdigit() for c in m)]
    if (
        added
        and shared >= 2
        and (len(run.members) > len(other.members) or (left and not _same_words(claim, premise, added, left)))
    ):
        text = f"「{'」「'.join(added)}」は、典拠では挙げられていません。"
        at = claim.folded.index(added[0], run.start)
        yield Finding("list", text, at, at + len(added[0]), premise, (other.start, other.end))
    mine = {_sort(j) for j in run.joints} - {""}
    theirs = {_sort(j) for j in other.joints} - {""}
    if mine and theirs and mine.isdisjoint(theirs):
        text = f"「{claim.folded[run.start : run.end]}」は、典拠では「{premise.statement.folded[other.start : other.end]}」です。"
        yield Finding("list", text, run.start, run.end, premise, (other.start, other.end))


def _unpaired(members: Sequence[str], others: Sequence[str]) -> list[str]:
    """The members that find no partner of their own among the others: the same word, or one that holds it or is held by it."""
    free = [o for o in others if o not in members]
    out = []
    for member in members:
        if member in others:
            continue
        partner = next((o for o in free if _alike(member, o)), None)
        if partner is None:
            out.append(member)
        else:
            free.remove(partner)
    return out


def _same_words(claim: Statement, premise: Premise, added: list[str], left: list[str]) -> bool:
    """Whether each member that is new says the same as one that is left out, in other words."""
    mine = [t for t in claim.terms if any(t.surface in m for m in added)]
    theirs = frozenset(s for t in premise.statement.terms if any(t.surface in m for m in left) for s in t.senses)
    return bool(mine) and any(not answering(t.senses).isdisjoint(theirs) for t in mine)


def _sort(joint: str) -> str:
    return "and" if joint in _AND else "or" if joint in _OR else ""


def _alike(one: str, other: str) -> bool:
    return one == other or (len(one) > 1 and len(other) > 1 and (one in other or other in one))


def _said(claim: Statement, member: str) -> bool:
    return member in claim.folded


def _only(matching: Matching, lists: list[tuple[Premise, Run]]) -> Iterator[Finding]:
    """One member alone where the evidence lists several and does not say so."""
    claim = matching.claim
    only = _ONLY.search(claim.folded)
    if only is None or any(_ONLY.search(p.statement.folded) for p in matching.focus):
        return
    for premise, run in lists:
        kept = [m for m in run.members if m in claim.folded]
        if kept and len(kept) < len(run.members):
            left = [m for m in run.members if m not in claim.folded]
            text = f"典拠では「{'」「'.join(left)}」も挙げられています。"
            yield Finding("list", text, only.start(), only.end(), premise, (run.start, run.end))
            return
