"""Which words say the same as others: by the tables, by their letters, or by a Chinese character that a verb and a noun share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag.lexicon import Phrase
from rag.premises import Unit
from rag.statements import Statement, Term
from rag.types import Span

_KANA = frozenset(
    "ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちっつてでとどなにぬねのはばひびふぶへべほぼまみむめもやゆよらりるれろわをん"
)


_LEAD = re.compile(r"次の(?!日|月|年|世|期|回|段)|次に掲げる|以下の|下記|各号|左の|次のとおり|いずれか(?:に|の)")


@dataclass(frozen=True, eq=False)
class Premise:
    """A unit of the evidence numbered `evidence`, analysed; `header` are the names of a row's columns, `about` is where it stands: titles
    and headings."""

    evidence: int
    unit: Unit
    statement: Statement
    header: Statement | None = None
    about: Statement | None = None

    @cached_property
    def _all(self) -> tuple[Statement, ...]:
        return tuple(s for s in (self.statement, self.header, self.about) if s)

    @cached_property
    def lemmas(self) -> frozenset[str]:
        """The lemmas of the unit, of its header and of where it stands."""
        return frozenset(lemma for s in self._all for lemma in s.lemmas)

    @cached_property
    def senses(self) -> frozenset[tuple[int, int]]:
        """The senses of the unit, of its header and of where it stands."""
        return frozenset(sense for s in self._all for sense in s.senses)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that exclude others, of the unit and of its header."""
        return frozenset(m.word for s in (self.statement, self.header) if s for m in s.marks)

    @cached_property
    def lead(self) -> bool:
        """Whether it introduces a list that follows."""
        text = self.statement.folded.rstrip()
        return text.endswith(("。", ":", "：")) and bool(_LEAD.search(text)) and not self.unit.row

    def says(self, word: str) -> bool:
        """Whether the letters of a word stand in the unit, in its header or where it stands."""
        return any(word in s.folded for s in self._all)


@lru_cache(maxsize=50_000)
def answering(senses: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """The senses of words that say the same as a word of these senses."""
    return frozenset((group, 2 * side) for group, side in senses if side < 2)


def said_by(term: Term, premise: Premise) -> bool:
    """Whether a premise says a term, by the same word or by one that the tables give for it."""
    return term.lemma in premise.lemmas or not premise.senses.isdisjoint(answering(term.senses))


def said(claim: Statement, term: Term, premise: Premise) -> bool:
    """Whether a premise says a term of the claim, by the same word or by one that the tables give for it."""
    if term.lemma in premise.lemmas or not premise.senses.isdisjoint(answering(term.senses)):
        return True
    if len(term.surface) > 1 and premise.says(term.surface):
        return True
    return any(p.start <= term.start and term.end <= p.end and phrase_said(claim, p, premise) for p in claim.phrases)


def phrase_said(claim: Statement, phrase: Phrase, premise: Premise) -> bool:
    """Whether a premise says a phrase in other words; two nouns that differ in their first part alone (災害見舞金, 慶弔見舞金) are two things."""
    word = claim.folded[phrase.start : phrase.end]
    for statement in (premise.statement, premise.header):
        for sense in answering(phrase.senses) if statement else ():
            place = statement.senses.get(sense) if statement else None
            if statement and place and not _siblings(word, statement.folded[place[0] : place[1]]):
                return True
    return False


def _siblings(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or one in other or other in one:
        return False
    return one[-2:] == other[-2:] and one[0] != other[0] and one[-1] not in _KANA


def cognate(term: Term, statement: Statement) -> bool:
    """Whether a statement has a word of the same Chinese character, the one a verb and the other a noun: 兼ねる and 兼務, 住む and 在住."""
    return any(kin(term, other) for other in statement.terms)


def spread(word: str, folded: str) -> Span | None:
    """Where a word of two Chinese characters is said as two words that begin with one each: 急病 as 急な病気, 同性 as 同じ性別."""
    if len(word) != 2 or not all(c > "一" for c in word):
        return None
    at = folded.find(word[0])
    while at >= 0:
        end = next((i for i in range(at + 1, min(at + 5, len(folded))) if folded[i] not in _KANA), None)
        if end is not None and end > at + 1 and folded[end] == word[1]:
            return Span(at, end + 1)
        at = folded.find(word[0], at + 1)
    return None


def kin(term: Term, other: Term) -> bool:
    """Whether one of two words is a verb and the other a noun of the same Chinese character."""
    if _verbal(other) == _verbal(term):
        return False
    verb, noun = (term, other) if _verbal(term) else (other, term)
    return verb.lemma[:1] in noun.lemma and verb.lemma[:1] > "一" and len(noun.lemma) == 2


def _verbal(term: Term) -> bool:
    """Whether a term is a verb, or a noun made of one: 始め, 休み."""
    return term.verb or (len(term.surface) > 1 and term.surface[0] > "一" and all(c in _KANA for c in term.surface[1:]))
