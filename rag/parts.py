"""The nouns of a sentence with the parts they play: who does it, to whom, from whom, to what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rag.statements import Statement

_ROLES = {"は": "主体", "が": "主体", "に": "相手", "へ": "相手", "から": "出所", "より": "出所", "を": "対象"}
_RELATING = frozenset(
    [
        "就く",
        "つく",
        "対する",
        "因る",
        "よる",
        "関する",
        "基づく",
        "当たる",
        "あたる",
        "応ずる",
        "応じる",
        "係る",
        "於く",
        "従う",
        "当る",
        "際する",
    ]
)
"""Verbs that stand for particles: 「について」「に対し」."""


@dataclass(frozen=True, slots=True)
class Part:
    """A noun at folded[start:end], the part it plays, the particle that says so, and the verb it plays it with."""

    noun: str
    role: str
    verb: str
    start: int
    end: int
    particle: str = ""


@lru_cache(maxsize=4_000)
def parts(statement: Statement) -> tuple[Part, ...]:
    """The nouns with the particles that say what part they play, and the next verb."""
    out: list[tuple[str, str, int, int, int]] = []
    found = statement.morphemes
    start = None
    for i, m in enumerate(found):
        noun = m.nominal and m.part != "名詞-数詞"
        if noun:
            start = m.start if start is None else start
            continue
        if start is not None and i and m.part.startswith("助詞") and m.surface in _ROLES:
            following = found[i + 1] if i + 1 < len(found) else None
            if not (following and m.surface == "に" and following.lemma in _RELATING | {"限る"} and following.lemma != "対する"):
                out.append((statement.folded[start : found[i - 1].end], _ROLES[m.surface], start, found[i - 1].end, i))
        start = None
    return tuple(Part(noun, role, verb_after(statement, i), a, b, found[i].surface) for noun, role, a, b, i in out)


def verb_after(statement: Statement, at: int, last: int | None = None) -> str:
    """The lemma of the next verb, or of the noun that する makes one, up to the morpheme `last`; empty where there is none."""
    found = statement.morphemes
    for i in range(at + 1, len(found) if last is None else last + 1):
        m = found[i]
        if m.lemma in _RELATING and found[i - 1].surface in ("に", "と"):
            continue
        if m.part.startswith("動詞") and (m.content or m.part.startswith("動詞-一般")):
            return m.lemma
        if m.lemma in ("行う", "為す"):
            return m.lemma
        if "サ変" in m.part and i + 1 < len(found) and found[i + 1].lemma in ("為る", "致す", "出来る", "為さる"):
            return m.lemma
    return ""
