"""Hand-made tables of words: which say the same (synonyms.txt, and the glossary) and which exclude each other (contrasts.txt).

Words of one morpheme are looked up by lemma, longer ones by their folded letters in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from rag.fold import fold
from rag.glossary import Glossary
from rag.morphemes import morphemes
from rag.tables import rows
from rag.types import ReasonKind

Sense = tuple[int, int]
"""A group and the side of it that a word stands on. Words of a synonym group all stand on side 0; everyday words of the glossary on 1, official
ones on 2, and a claim's everyday word is said by an official one of the evidence."""
_EVERYDAY, _OFFICIAL = 1, 2


@dataclass(frozen=True, slots=True)
class Contrast:
    """A set of words that exclude each other, and the side of it that a word stands on."""

    number: int
    side: int
    kind: ReasonKind


@dataclass(frozen=True, slots=True)
class Phrase:
    """A place folded[start:end] of a text where a word of several morphemes stands, with its senses."""

    start: int
    end: int
    senses: frozenset[Sense]


class Lexicon:
    """Senses and contrasts of words. Threads may share it."""

    def __init__(self, glossary: Glossary | None = None) -> None:
        self._lemmas: dict[str, set[Sense]] = {}
        self._phrases: dict[str, dict[str, set[Sense]]] = {}
        groups = rows("synonyms.txt")
        for number, words in enumerate(groups):
            for word in words:
                self._add(word, (number, 0))
        for number, entry in enumerate(glossary.entries if glossary else (), start=len(groups)):
            for word in entry.say:
                self._add(word, (number, _EVERYDAY))
            for word in entry.official:
                self._add(word, (number, _OFFICIAL))
        self._frozen = {lemma: frozenset(senses) for lemma, senses in self._lemmas.items()}

    def _add(self, word: str, sense: Sense) -> None:
        folded = fold(word)
        found = [m for m in morphemes(folded) if m.content]
        if (
            len(found) == 1
            and found[0].lemma
            and (found[0].end - found[0].start) >= len(folded) - 1
            and len(morphemes(folded)) <= 2
        ):
            self._lemmas.setdefault(found[0].lemma, set()).add(sense)
        if len(folded) > 1:
            self._phrases.setdefault(folded[:2], {}).setdefault(folded, set()).add(sense)

    def senses(self, lemma: str) -> frozenset[Sense]:
        """The senses of a word of one morpheme."""
        return self._frozen.get(lemma, frozenset())

    def phrases(self, folded: str, starts: Iterable[int]) -> Iterator[Phrase]:
        """The words and phrases of the tables that begin at the places of the folded text; they may overlap."""
        for at in starts:
            for word, senses in self._phrases.get(folded[at : at + 2], {}).items():
                if folded.startswith(word, at):
                    yield Phrase(at, at + len(word), frozenset(senses))


@cache
def _contrasts() -> dict[str, tuple[Contrast, ...]]:
    """The contrasts of words, by their folded letters and, for words of one morpheme, by lemma."""
    table: dict[str, tuple[Contrast, ...]] = {}
    for number, (kind, *sides) in enumerate(rows("contrasts.txt")):
        for side, words in enumerate(sides):
            for word in words.split("="):
                found = morphemes(fold(word))
                for key in {fold(word)} | ({found[0].lemma} if len(found) == 1 else set()):
                    table[key] = (*table.get(key, ()), Contrast(number, side, cast(ReasonKind, kind)))
    return table


@cache
def openings() -> frozenset[str]:
    """The first letters of the words that stand in a set."""
    return frozenset(word[0] for word in _contrasts())


def contrasts(word: str) -> tuple[Contrast, ...]:
    """The sets in which a word stands, given by its folded letters or its lemma."""
    return _contrasts().get(word, ())
