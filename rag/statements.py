"""A sentence as the verifier reads it: its words with what they may mean, its numbers and dates, and the force of each word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag.fold import fold
from rag.forces import Said, forces, modal
from rag.lexicon import Contrast, Lexicon, Phrase, Sense, contrasts, openings
from rag.measures import Measure, measures
from rag.moments import Moment, moments
from rag.morphemes import Morpheme, morphemes
from rag.tables import words

_LIGHT = words("light")
"""Words too common to tell one thing from another."""
_ASKING = words("asking")
_SUFFIXES = ("接尾辞", "接頭辞")
_MOST = 5
CLAUSE = re.compile(r"(?<=[しきぎちびみりいえけげせてでねべめればとずく])、|(?<=[うくぐすつぬぶむるいただ])が、|。|;")
"""Where the words of one verb end and those of the next begin: a comma after a verb, not one in a list or after a topic."""

PART = re.compile(r"(?<=[うくぐすつぬぶむるいたんだ])が、|けれども?、|。|;|一方、|ただし")
"""Where one statement of a sentence ends and another begins."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of meaning at folded[start:end]: its lemma, how much it weighs, what it may mean, what it excludes, its morpheme's number.

    `name` says that only the word itself, or one that the tables give for it, says the same: proper nouns, Latin letters, offices.
    """

    lemma: str
    surface: str
    start: int
    end: int
    weight: float
    name: bool
    verb: bool
    senses: frozenset[Sense]
    index: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at folded[start:end], or several that are one, that excludes others."""

    word: str
    start: int
    end: int
    sets: tuple[Contrast, ...]
    index: int


@dataclass(frozen=True, eq=False)
class Statement:
    """An analysed sentence; all places are those of the folded text."""

    folded: str
    morphemes: tuple[Morpheme, ...]
    terms: tuple[Term, ...]
    phrases: tuple[Phrase, ...]
    marks: tuple[Mark, ...]

    @cached_property
    def lemmas(self) -> dict[str, tuple[Term, ...]]:
        """The terms by lemma."""
        out: dict[str, tuple[Term, ...]] = {}
        for term in self.terms:
            out[term.lemma] = (*out.get(term.lemma, ()), term)
        return out

    @cached_property
    def senses(self) -> dict[Sense, tuple[int, int]]:
        """All senses of words and phrases, each with a place where it is said."""
        out: dict[Sense, tuple[int, int]] = {}
        for phrase in self.phrases:
            out.update(dict.fromkeys(phrase.senses, (phrase.start, phrase.end)))
        for term in self.terms:
            out.update(dict.fromkeys(term.senses, (term.start, term.end)))
        return out

    @cached_property
    def forces(self) -> tuple[Said, ...]:
        """The force of each morpheme."""
        return forces(self.folded, self.morphemes)

    @cached_property
    def clauses(self) -> tuple[tuple[int, int], ...]:
        """The parts of the sentence with a verb each, as places."""
        ends = [*(m.end() for m in CLAUSE.finditer(self.folded)), len(self.folded)]
        return tuple((a, b) for a, b in zip([0, *ends], ends, strict=False) if a < b)

    @cached_property
    def closing(self) -> Said | None:
        """The force of the last word that says one, other than the words for forces themselves."""
        known = [s for m, s in zip(self.morphemes, self.forces, strict=True) if s.known and not modal(m)]
        return known[-1] if known else None

    @cached_property
    def weight(self) -> float:
        """The weight of all terms."""
        return sum(term.weight for term in self.terms)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The numbers with their units."""
        return measures(self.folded)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The dates and times of day."""
        return moments(self.folded)


Reader = Callable[[str], Statement]
"""Analyses a stored text, and keeps what it has analysed."""


def reader(lexicon: Lexicon) -> Reader:
    """The analyser of stored texts."""

    @lru_cache(maxsize=8_000)
    def read(text: str) -> Statement:
        folded = fold(text)
        found = morphemes(folded)
        return Statement(
            folded,
            found,
            tuple(_terms(folded, found, lexicon)),
            tuple(_phrases(folded, found, lexicon)),
            tuple(_marks(folded, found)),
        )

    return read


_FRAME = re.compile(
    r"^(?:条文|規程|規則|規定|文書|資料|本文|原文|典拠|社内規程|ルール|記載)(?:には|では|によれば|によると|上は|に)、?"
    r"|(?<=[」』”])?と(?:書かれ|記され|定められ|規定され|明記され|記載され|述べられ|説明され|決められ)て[^、。]*。?$|というのが[^、。]{0,12}(?:決まり|ルール|規定|定め|内容)です?。?$"
    r"|に(?:つい|関し|関す|対し|対す|おい|おけ|よっ|より|よる|基づ|応じ|沿っ|かかわ|関わ|従っ|際し|当た|あた|わた|とっ|伴)"
    r"|(?:早朝|未明|深夜|朝|昼|夕方|夕|夜)の?(?=\d)|少なくとも|多くとも|遅くとも|一定の(?:事由|条件|要件|基準|場合|理由|範囲|もの|者|手続)|並びに|義務(?:付|づ)け|ことにな(?:る|り|っ)"
    r"|(?<=という)(?:制限|条件|決まり|取り決め|ルール|規定|定め|内容|仕組み|制度|扱い|取扱い|考え方?|方針)|利用(?=でき|可能|いただけ)|[日月年]額(?=\d)"
    r"|(?<=[\d日月年回円人名件枚個%割歳分間])[をにが]?(?:満た|届か|超[えす]|超過|上回|下回|達[しす]|及[びぶ]|経過|過ぎ)"
)
"""Words that tell where something is said, verbs that stand for particles, and what sets the bound of a number, which is read with it: they
say nothing of the thing itself."""


def _terms(folded: str, found: tuple[Morpheme, ...], lexicon: Lexicon) -> list[Term]:
    out = []
    frames = [
        *(m.span() for m in _FRAME.finditer(folded)),
        *((m.start, m.end) for m in moments(folded)),
        *((m.start, m.end) for m in measures(folded)),
    ]
    framed = {at for a, b in frames for at in range(a, b)}
    for i, m in enumerate(found):
        numeral = i > 0 and found[i - 1].part == "名詞-数詞" and found[i - 1].end == m.start and "助数詞" in m.part
        if m.content and m.part != "名詞-数詞" and not numeral:
            weight = 0.1 if m.start in framed else _weight(m)
            if (
                len(m.surface) == 1
                and not m.surface.isascii()
                and i
                and found[i - 1].end == m.start
                and found[i - 1].part.startswith("名詞")
            ):
                weight = min(weight, 0.2)
            out.append(
                Term(
                    m.lemma, m.surface, m.start, m.end, weight, _is_name(m), m.part.startswith("動詞"), lexicon.senses(m.lemma), i
                )
            )
    return out


def _phrases(folded: str, found: tuple[Morpheme, ...], lexicon: Lexicon) -> Iterator[Phrase]:
    """The words of the tables in the text; one of the glossary's that is part of a longer noun (見舞金 in 災害見舞金) is none."""
    ends = {m.end for m in found if m.part.startswith(("名詞", "接頭辞"))}
    starts = {m.start for m in found if m.part.startswith(("名詞", "接尾辞"))}
    for phrase in lexicon.phrases(folded, [m.start for m in found]):
        whole = phrase.start not in ends and phrase.end not in starts
        senses = phrase.senses if whole else frozenset(s for s in phrase.senses if not s[1])
        if senses:
            yield Phrase(phrase.start, phrase.end, senses)


def _weight(m: Morpheme) -> float:
    if len(m.surface) == 1 and m.surface.isascii():
        return 0.8  # 会議室A
    if m.lemma in _ASKING:
        return 0.1  # 「どこにあるか」
    if modal(m) or m.lemma in _LIGHT or m.part.startswith("副詞"):
        return 0.2
    if m.part.startswith(_SUFFIXES) or (len(m.surface) == 1 and not m.part.startswith("動詞")):
        return 0.4
    if m.part.startswith("名詞-固有名詞"):
        return 1.3
    return 0.6 if m.part.startswith(("動詞", "形容詞", "形状詞")) else 1.0


def _is_name(m: Morpheme) -> bool:
    return m.part.startswith("名詞-固有名詞") or (m.surface.isascii() and m.surface.isalpha() and len(m.surface) > 1)


def _marks(folded: str, found: tuple[Morpheme, ...]) -> list[Mark]:
    """The words that exclude others; of several that begin alike the longest counts."""
    out: list[Mark] = []
    initials = openings()
    at = 0
    while at < len(found):
        step = 1
        first = found[at]
        longest = min(_MOST, len(found) - at) if first.surface[0] in initials else int(first.content)
        for length in range(longest, 0, -1):
            last = found[at + length - 1]
            word = folded[first.start : last.end]
            sets = contrasts(word) or (contrasts(first.lemma) if length == 1 and first.content else ())
            if sets:
                out.append(Mark(word, first.start, last.end, sets, at + length - 1))
                if length > 1 and last.content and (inner := contrasts(last.surface)):
                    out.append(Mark(last.surface, last.start, last.end, inner, at + length - 1))  # 休暇 in 介護休暇
                step = length
                break
        at += step
    return out


def borders(folded: str, at: int, border: re.Pattern[str], first: int = 0) -> tuple[int, int]:
    """The places of the borders before and after a place, from the place `first`."""
    start, end = first, len(folded)
    for match in border.finditer(folded):
        if match.start() > at:
            end = match.start()
            break
        start = max(start, match.end())
    return start, end
