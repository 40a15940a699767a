"""Whether the lists of a claim are those of the evidence: nothing left out of them, nothing added, «and» for «and», as many as said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching
from rag.runs import AND, OR, Run, runs
from rag.statements import Statement
from rag.wording import Premise, answering

_ONLY = re.compile(r"(?:のみ(?!なら)|だけ(?!で(?:な|は))|に限|しか|以外(?:は|に))")
_MORE = re.compile(r"など|等|ほか|その他|を含[むみん]|が含ま|も")
_MARK = re.compile(r"^\s*(?:[(（]?[\d一二三四五六七八九十ア-ン]{1,3}[)）.、 ]|[・●○•*-])\s*")


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


_PAIR = re.compile(rf"(\w{{1,2}})、?({'|'.join((*AND, *OR))})、?(?=(\w{{1,2}}))")


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
    mine = [t for m in added if (t := next((t for t in claim.terms if t.surface in m and m.startswith(t.surface)), None))]
    theirs = frozenset(s for t in premise.statement.terms if any(t.surface in m for m in left) for s in t.senses if not s[1])
    return bool(mine) and any(not answering(t.senses).isdisjoint(theirs) for t in mine)


def _sort(joint: str) -> str:
    return "and" if joint in AND else "or" if joint in OR else ""


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
