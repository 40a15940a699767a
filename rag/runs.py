"""The lists of nouns in a sentence, and the numbers that count their members."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.premises import COUNTER
from rag.statements import Statement

AND, OR = ("及び", "並びに", "および", "ならびに", "かつ"), ("又は", "若しくは", "または", "もしくは", "あるいは", "或いは")


_JOINT = re.compile(
    r"(及び|並びに|および|ならびに|又は|若しくは|または|もしくは|あるいは|或いは|と(?!する|し|は|なる|なっ|き|も|して|の|さ|い|認|み)|や(?!む)|、|・)"
)


_FIRST = re.compile(r"\s*[(（](\d{1,2})[)）]")


_NUMBER = re.compile(r"[(（]?\d{1,2}[)）.]?$")


@dataclass(frozen=True, slots=True)
class Run:
    """A list of nouns in folded text: its members as they stand, and its place; `joints` are the words between them."""

    members: tuple[str, ...]
    joints: tuple[str, ...]
    start: int
    end: int


def _runs(folded: str, nouns: tuple[tuple[int, int], ...]) -> tuple[Run, ...]:
    out: list[Run] = []
    group: list[tuple[int, int]] = []
    joints: list[str] = []
    for span in nouns:
        joint = _JOINT.fullmatch(_NUMBER.sub("", folded[group[-1][1] : span[0]].strip())) if group else None
        if joint:
            group.append(span)
            joints.append(joint[1])
            continue
        out += _run(folded, group, joints)
        group, joints = [span], []
    out += _run(folded, group, joints)
    return tuple(out)


_ARTICLE = re.compile(r"^第\d+条(?:の\d+)?(?=.)")
_DONE = re.compile("(?:し|する|すれ|せ|いた|さ)(?!か)")


def _run(folded: str, group: list[tuple[int, int]], joints: list[str]) -> list[Run]:
    if joints and joints[-1] == "と" and _DONE.match(folded, group[-1][1]):  # 「室長と協議する」
        group, joints = group[:-1], joints[:-1]
    if len(group) < 2 or (all(j == "、" for j in joints[-1:]) and len(group) < 3):
        return []
    members = tuple(_ARTICLE.sub("", folded[a:b]) for a, b in group)
    return [Run(members, tuple(joints), group[0][0], group[-1][1])]


@lru_cache(maxsize=4_000)
def runs(statement: Statement) -> tuple[Run, ...]:
    """The lists of nouns in a sentence."""
    spans: list[tuple[int, int]] = []
    marks = labels(statement.folded)
    for m in statement.morphemes:
        if (
            not (m.nominal or m.part.startswith("形状詞"))
            or not any(c.isalnum() for c in m.surface)
            or m.surface in ("並び", "とき", "場合", "際")
        ):
            continue
        if m.part == "名詞-数詞" and (m.start in marks or (spans and statement.folded[spans[-1][1] : m.start] == "の")):
            continue
        if spans and statement.folded[spans[-1][1] : m.start] in ("", "の"):
            spans[-1] = (spans[-1][0], m.end)
        else:
            spans.append((m.start, m.end))
    return _runs(statement.folded, tuple(spans))


_LABEL = re.compile(r"(?:(?<![\d.,])|(?<=[、,:]))[(（]?(\d{1,2})[)）.、 ]?(?=[一-龥ァ-ヶぁ-んa-z「])")


@lru_cache(maxsize=8_000)
def labels(folded: str) -> frozenset[int]:
    """The places of the numbers that count the members of a list in a sentence (①甲、②乙) or begin an item: (1), 1."""
    found = [(int(m[1]), m.start(1)) for m in _LABEL.finditer(folded) if not COUNTER.match(folded, m.end())]
    out: list[int] = []
    for number, at in found:
        if number == len(out) + 1:
            out.append(at)
    first = _FIRST.match(folded)
    alone = frozenset([first.start(1)] if first else [])
    return frozenset(out) | alone if len(out) > 1 else alone
