"""Enumerations in a sentence and lists of items: their elements, in another order, with one missing or one too many."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.claimsource import Source
from eval.statements import Statement

_ENUM = r"[一-龥ァ-ヶーA-Za-z0-9０-９]{1,14}"
ENUMERATION = re.compile(
    rf"(?:(?<=^)|(?<=[、「（]))(?P<list>(?:{_ENUM}、)*{_ENUM}(?P<joint>及び|又は|若しくは|並びに){_ENUM})(?=は|が|を|に|で|と|へ|から|（以下)"
)


def parts(words: str) -> list[str]:
    """The elements of an enumeration."""
    return [p for p in re.split("、|及び|又は|若しくは|並びに", words) if p]


def fresh(choices: Sequence[str], source: Source, old: str, rng: random.Random) -> str | None:
    """One of the choices that the evidence of the source does not have."""
    there = "".join(q.words for q in source.quotes)
    found = [c for c in choices if c not in there and c not in old and old not in c]
    return rng.choice(found) if found else None


_COUNTS = "零一二三四五六七八九十"


def lists(statement: Statement, elements: Mapping[str, Sequence[str]], rng: random.Random) -> Iterator[str]:
    """An enumeration said to be whole without one of its elements, or with one that is not in it."""
    for m in ENUMERATION.finditer(statement.words):
        found, joint, tail = parts(m["list"]), m["joint"], statement.words[m.end() :]
        if re.search("[0-9０-９]", m["list"]):
            continue
        foreign = fresh(_alike(found, elements, statement.source.doc), statement.source, found[-1], rng)
        gone = rng.randrange(len(found))
        rest = [e for i, e in enumerate(found) if i != gone]
        if foreign:
            yield _listed(statement.words, m, [foreign if i == gone else e for i, e in enumerate(found)], joint)
            yield _listed(statement.words, m, [*found, foreign], joint)
        whole_list = re.search(r"(?:^|は、|が、)$", statement.words[: m.start()]) and not re.match(
            r"この(?:規程|規則)は、", statement.words
        )
        if whole_list and joint == "及び" and len(rest) > 1:
            yield f"{statement.words[: m.start()]}{'、'.join(rest[:-1])}及び{rest[-1]}の{_COUNTS[len(rest)]}つだけ{tail}"
        elif whole_list and joint == "及び" and tail[0] in "はがをに":
            yield f"{statement.words[: m.start()]}{rest[0]}だけ{tail}"


def _alike(found: Sequence[str], elements: Mapping[str, Sequence[str]], doc: str) -> list[str]:
    """Elements of other enumerations that end like one of these."""
    ends = {e[-1] for e in found}
    return [
        e for name in sorted(elements, key=lambda d: (d != doc, d)) for e in elements[name] if 2 <= len(e) <= 8 and e[-1] in ends
    ]


def _listed(words: str, m: re.Match[str], elements: Sequence[str], joint: str) -> str:
    return words[: m.start()] + "、".join(elements[:-1]) + joint + elements[-1] + words[m.end() :]


_KINDS = (
    re.compile(r"(?P<what>[^、]{2,30}は、)次の(?:とおり(?:とする|である)|[二三四五六]種類とする)。"),
    re.compile(r"(?P<what>.{2,50}?[は、に]、?)次の(?P<noun>役員|書類|業務|事業|事項)(?P<rest>を(?!守)[^次]+)。"),
)


@dataclass(frozen=True, slots=True)
class Family:
    """A list as one sentence: what comes before its items, the items, and what comes after their number."""

    before: str
    items: tuple[str, ...]
    after: str

    def of(self, items: Sequence[str]) -> str:
        """The sentence that says that these are all."""
        joint = "並びに" if any("及び" in i for i in items) else "及び"
        return f"{self.before}{'、'.join(items[:-1])}{joint}{items[-1]}の{_COUNTS[len(items)]}つ{self.after}"


def family(source: Source) -> Family | None:
    """The list whose first item the source is, where its items are short names; None for other units."""
    lead = next((m for p in _KINDS if (m := p.fullmatch(source.lead))), None)
    items = tuple(s.words.rstrip("。").split("　")[0] for s in source.siblings)
    if (
        lead is None
        or source.siblings[0].unit != source.unit
        or not 2 <= len(items) <= 7
        or "用語" in source.lead
        or "意味" in source.lead
    ):
        return None
    if not all(2 <= len(i) <= 32 and not re.search(r"[。 :]|[るいす]$|こと$|とき$", i) for i in items):
        return None
    found = lead.groupdict()
    return Family(found["what"], items, f"の{found['noun']}{found['rest']}" if found.get("noun") else "である")


def whole(found: Family, rng: random.Random) -> Iterator[str]:
    """A list said to be whole without one of its items."""
    for gone in rng.sample(range(len(found.items)), len(found.items)):
        kept = [i for n, i in enumerate(found.items) if n != gone]
        if len(kept) > 1:
            yield found.of(kept)


def reordered(found: Family, rng: random.Random) -> Iterator[str]:
    """A whole list in another order."""
    for _ in range(4):
        order = tuple(rng.sample(found.items, len(found.items)))
        if order != found.items:
            yield found.of(order)
