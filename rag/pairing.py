"""Which part of one document answers which part of another: by number, by the same words, then by likeness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.fold import fold

_GRAM = 4
_SAMPLE = 400_000
_COMMON = 30
_NEAREST = 3
_LIKE, _LIKE_AT_HOME, _HOME = 0.5, 0.2, 0.15
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a document: `key` is its number and where it stands, `name` its caption, `words` what it says without its number."""

    key: Hashable
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Part `old` of one document and part `new` of the other (None where there is none), and whether they say the same."""

    old: int | None
    new: int | None
    same: bool = False


class _Open:
    """The parts not yet paired."""

    def __init__(self, old: Sequence[Part], new: Sequence[Part]) -> None:
        self.old, self.new = dict(enumerate(old)), dict(enumerate(new))
        self.pairs: list[Pair] = []

    def take(self, i: int, j: int, same: bool) -> None:
        del self.old[i], self.new[j]
        self.pairs.append(Pair(i, j, same))

    def at_home(self) -> list[tuple[int, int]]:
        """The pairs of parts with the same key."""
        where = {part.key: j for j, part in self.new.items()}
        return [(i, where[part.key]) for i, part in self.old.items() if part.key in where]


def pairs(old: Sequence[Part], new: Sequence[Part]) -> list[Pair]:
    """Every part of both documents once, in the order of the new document, what is gone after what stood before it.

    Keys must differ within a document. What differs in white space, width or the way of writing a number alone is the same.
    """
    todo = _Open(old, new)
    for normal in (_without_spaces, _folded):
        mine = {i: normal(part.words) for i, part in todo.old.items()}
        yours = {j: normal(part.words) for j, part in todo.new.items()}
        for i, j in todo.at_home():
            if mine[i] == yours[j]:
                todo.take(i, j, same=True)
    _take_moved(todo, mine, yours)
    _take_alike(todo, mine, yours)
    _take_named(todo, mine, yours)
    for i, j in todo.at_home():
        if todo.old[i].name == todo.new[j].name or min(len(mine[i]), len(yours[j])) <= _SHORT:
            todo.take(i, j, same=False)
    rest = [*(Pair(i, None) for i in todo.old), *(Pair(None, j) for j in todo.new)]
    return _in_order([*todo.pairs, *rest])


def _without_spaces(words: str) -> str:
    return "".join(words.split())


def _folded(words: str) -> str:
    return "".join(fold(words).split())


def _take_moved(todo: _Open, mine: dict[int, str], yours: dict[int, str]) -> None:
    """Pair what says the same under another number."""
    places: dict[str, list[int]] = defaultdict(list)
    for j in todo.new:
        places[yours[j]].append(j)
    for i in list(todo.old):
        if len(mine[i]) > _SHORT and places[mine[i]]:
            todo.take(i, places[mine[i]].pop(0), same=True)


def _take_alike(todo: _Open, mine: dict[int, str], yours: dict[int, str]) -> None:
    """Pair what is most alike first; the same number counts for something."""
    if not todo.old or not todo.new:
        return
    every = 1 + (sum(len(mine[i]) for i in todo.old) + sum(len(yours[j]) for j in todo.new)) // _SAMPLE
    left = {i: _grams(mine[i], every) for i in todo.old}
    right = {j: _grams(yours[j], every) for j in todo.new}
    home = set(todo.at_home())
    scored = []
    for i, j in {*home, *_candidates(left, right)}:
        shared = np.intersect1d(left[i], right[j], assume_unique=True).size
        like = 2 * shared / max(1, left[i].size + right[j].size)
        at_home = (i, j) in home
        if like >= (_LIKE_AT_HOME if at_home else _LIKE):
            scored.append((-(like + _HOME * at_home), i, j))
    for _, i, j in sorted(scored):
        if i in todo.old and j in todo.new:
            todo.take(i, j, same=False)


def _grams(words: str, every: int) -> NDArray[np.uint64]:
    """The different character 4-grams as hashes, of long documents one in `every`."""
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    size = max(0, codes.size - _GRAM + 1)
    hashes = np.zeros(size, np.uint64)
    for n in range(_GRAM):
        hashes = hashes * np.uint64(1_000_003) + codes[n : n + size]
    hashes = (hashes * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(16)
    return np.unique(hashes[hashes % np.uint64(every) == 0] if every > 1 else hashes)


def _candidates(left: dict[int, NDArray[np.uint64]], right: dict[int, NDArray[np.uint64]]) -> Iterator[tuple[int, int]]:
    """For each old part the new parts that share most of its less common grams."""
    holders: dict[int, list[int]] = defaultdict(list)
    for j, grams in right.items():
        for gram in grams.tolist():
            holders[gram].append(j)
    for i, grams in left.items():
        shared: Counter[int] = Counter()
        for gram in grams.tolist():
            found = holders.get(gram, ())
            if len(found) <= _COMMON:
                shared.update(found)
        yield from ((i, j) for j, _ in shared.most_common(_NEAREST))


def _take_named(todo: _Open, mine: dict[int, str], yours: dict[int, str]) -> None:
    """Pair what alone has a caption in each document."""
    named: list[dict[str, list[int]]] = [defaultdict(list), defaultdict(list)]
    for side, parts in enumerate((todo.old, todo.new)):
        for n, part in parts.items():
            named[side][part.name].append(n)
    for name, here in named[0].items():
        there = named[1].get(name, [])
        if name and len(here) == len(there) == 1:
            todo.take(here[0], there[0], same=mine[here[0]] == yours[there[0]])


def _in_order(found: Iterable[Pair]) -> list[Pair]:
    by_old = sorted((p for p in found), key=lambda p: (p.old is None, p.old))
    place, order = -1, []
    for pair in by_old:
        place = place if pair.new is None else pair.new
        order.append((place, pair.new is None, pair.old or 0, pair))
    return [pair for *_, pair in sorted(order, key=lambda row: row[:3])]
