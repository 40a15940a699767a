"""All claims that can be made of an index's sources: each alteration and each rephrasing of what they state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eval import alterations, enumerations, rephrasings, swaps, twists
from eval.claimsource import Quote, Source
from eval.statements import Statement, halves, statements, topic
from eval.synonyms import reworded

ALTERED = (
    "number", "unit", "date", "amount", "percent", "negation", "modality", "condition", "exception", "actor", "name", "list", "quotation", "unstated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim that has no evidence chosen yet: `quotes` are what it must rest on."""

    source: Source
    kind: str
    altered: bool
    words: str
    quotes: tuple[Quote, ...]


def seeded(*parts: object) -> random.Random:
    """The dice of a purpose, the same on every machine."""
    return random.Random(":".join(map(str, parts)))


def _made(statement: Statement, kind: str, pool: swaps.Pools, rng: random.Random) -> Iterator[str]:
    """The statement altered in the way that the kind names."""
    if kind in _VALUES:
        for _ in range(8 if kind == "percent" else 3):  # other values each time
            yield from _VALUES[kind](statement.words, rng)
    elif kind in _TWISTS:
        yield from _TWISTS[kind](statement, rng)
    elif kind in _SWAPS:
        yield from _SWAPS[kind](statement, pool, rng)
    elif kind == "list":
        yield from enumerations.lists(statement, pool.elements, rng)


_VALUES: dict[str, Callable[[str, random.Random], Iterator[str]]] = {
    "number": alterations.numbers, "unit": alterations.units, "date": alterations.times, "amount": alterations.amounts, "percent": alterations.percents,
}  # fmt: skip
_TWISTS: dict[str, Callable[[Statement, random.Random], Iterator[str]]] = {
    "negation": twists.negated, "modality": twists.modal, "condition": twists.conditional, "exception": twists.excepted,
}  # fmt: skip
_SWAPS: dict[str, Callable[[Statement, swaps.Pools, random.Random], Iterator[str]]] = {
    "actor": swaps.actors, "name": swaps.names, "unstated": swaps.unstated,
}  # fmt: skip


_QUOTING = (
    "規程には「{}」と定められている",
    "「{}」と書かれている",
    "規程では「{}」とされている",
    "条文には「{}」とあります",
    "「{}」というのが会社の決まりです",
)


def _quotable(statement: Statement) -> bool:
    return (
        statement.form == "sentence"
        and not set("「」『』") & set(statement.words)
        and statement.words in statement.source.quotes[-1].words
    )


def _quoted(statement: Statement, words: str, rng: random.Random) -> str:
    """A sentence that quotes the words, whole or from the subject on."""
    head = topic(statement.words)
    if head and words.startswith(head) and rng.random() < 0.5 and len(words) - len(head) >= 10:
        return f"{head}「{words[len(head) :]}」と定められている"
    return rng.choice(_QUOTING).format(words)


def _kana(words: str) -> str:
    """The words without what is only another writing of the same word."""
    return words.replace("及び", "および").replace("又は", "または").replace("全て", "すべて")


def _false_quotations(statement: Statement, pool: swaps.Pools, rng: random.Random) -> Iterator[str]:
    if not _quotable(statement):
        return
    kinds = ("modality", "negation", "number", "amount", "condition", "actor", "date", "unit")
    for kind in rng.sample(kinds, 4):
        for words in list(_made(statement, kind, pool, rng))[:1]:
            yield _quoted(statement, words, rng)
    other = [w for w in dict.fromkeys(reworded(statement.words)) if _kana(w) != _kana(statement.words)]
    for words in rng.sample(other, min(1, len(other))):
        yield _quoted(statement, words, rng)


def _altered(statement: Statement, pool: swaps.Pools, seed: object) -> Iterator[Draft]:
    source = statement.source
    for kind in ALTERED:
        rng = seeded(seed, source.key, kind, statement.words)
        made = _false_quotations(statement, pool, rng) if kind == "quotation" else _made(statement, kind, pool, rng)
        for words in dict.fromkeys(made):
            said = rephrasings.spoken(words, rng) if kind != "quotation" and rng.random() < 0.4 else None
            yield Draft(source, kind, True, said or words, source.quotes)
    rng = seeded(seed, source.key, "elsewhere")
    if statement.form == "sentence" and not source.words.startswith("ただし") and rng.random() < 0.3:
        yield from (Draft(source, "unstated", True, w, source.quotes) for w in swaps.elsewhere(statement, pool, rng))


def _faithful(statement: Statement, seed: object) -> Iterator[Draft]:
    source, words = statement.source, statement.words
    rng = seeded(seed, source.key, "faithful", words)
    ways: dict[str, list[str]] = {
        "era": list(rephrasings.eras(words, rng)),
        "width": list(rephrasings.widths(words, rng)),
        "politeness": list(rephrasings.polite(words, rng)),
        "order": list(rephrasings.ordered(words, rng)),
        "synonym": _two_words(words, rng),
        "shortened": list(rephrasings.shortened(statement, rng)),
    }
    ways["era"] += [s for w in ways["era"] if (s := rephrasings.spoken(w, rng))]
    if statement.form == "exception" and rng.random() < 0.5:
        ways["order"].append(words)  # two sentences told as one
    if statement.form == "row":
        ways = {k: ways[k] for k in ("era", "width")} | {"row": [words, *_rows(statement)]}
    if _quotable(statement):
        ways["quotation"] = [_quoted(statement, words, rng), _quoted(statement, words, rng)]
    for kind, made in ways.items():
        for each in dict.fromkeys(made):
            said = rephrasings.spoken(each, rng) if rng.random() < _SPOKEN.get(kind, 0.0) else None
            yield Draft(source, kind, False, said or each, source.quotes)
    yield from (Draft(source, "combined", False, w, source.quotes) for w in dict.fromkeys(_combined(ways, rng)))


_SPOKEN = {"row": 0.5, "order": 0.25, "shortened": 0.25, "synonym": 0.2}
"""How many of a kind are said politely."""


def _two_words(words: str, rng: random.Random) -> list[str]:
    """The words with one synonym, and with two."""
    once = list(dict.fromkeys(reworded(words)))
    twice = [t for o in rng.sample(once, min(2, len(once))) if (ts := list(reworded(o))) and (t := rng.choice(ts)) != words]
    return [*twice, *once]


def _rows(statement: Statement) -> Iterator[str]:
    """Two cells of the row in one sentence."""
    cells, header = statement.source.cells, statement.source.header
    value = statement.words.rsplit("は、", 1)
    subject = value[0].split("の")[0]
    for other, name in zip(cells[1:], header[1:], strict=False):
        if (
            len(value) == 2
            and statement.words.startswith(cells[0] + "の")
            and other not in statement.words
            and subject == cells[0]
            and len(other) <= 20
            and len(other) > 1
            and name.endswith(("額", "数", "期間", "者", "部門", "日"))
        ):
            yield f"{statement.words.removesuffix('である')}で、{name}は{other}である"


def _combined(ways: dict[str, list[str]], rng: random.Random) -> Iterator[str]:
    """Two rephrasings of different kinds, one upon the other."""
    for first in ("era", "width", "order", "shortened", "synonym"):
        for each in rng.sample(ways.get(first, []), min(1, len(ways.get(first, [])))):
            seconds: list[str] = [p for p in (rephrasings.spoken(each, rng),) if p]
            if first != "synonym":
                seconds += rng.sample(made, 1) if (made := list(reworded(each))) else []
            else:
                seconds += list(rephrasings.widths(each, rng))[:1]
            yield from seconds[: 1 + (rng.random() < 0.3)]


def _families(source: Source, pool: swaps.Pools, seed: object) -> Iterator[Draft]:
    """Claims of a whole list, which rest on its lead and all its items."""
    found = enumerations.family(source) if source.lead and source.unit.kind == "item" else None
    if found is None:
        return
    rng = seeded(seed, source.key, "family")
    quotes = (*source.quotes[:-1], *(s.quotes[-1] for s in source.siblings))
    yield from (Draft(source, "list", True, w, quotes) for w in enumerations.whole(found, rng))
    yield from (Draft(source, "list", False, rephrasings.spoken(w, rng) or w, quotes) for w in enumerations.reordered(found, rng))


def drafts(found: Sequence[Source], seed: object) -> list[Draft]:
    """All claims that can be made of the sources."""
    made = [s for source in found for s in statements(source)]
    pool = swaps.pools(made)
    out = [d for source in found for d in _families(source, pool, seed)]
    for statement in made:
        out += _altered(statement, pool, seed)
        if not _limited(statement):
            out += _faithful(statement, seed)
    return out


def _limited(statement: Statement) -> bool:
    """A ただし書 is told with the sentence it limits or not at all."""
    return statement.form == "exception" and halves(statement.source) is None
