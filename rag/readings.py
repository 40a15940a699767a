"""Words of the documents by how they are read, for questions in kana, dictated, or with a wrong kanji.

«しようきかん» and «使用期間» are read as 試用期間 is, which is the word that the documents have; «じーにあっく» has the consonants of GENIAC.
Like the glossary this widens a question and shows what was taken for what; it never changes a document.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.fold import Folded, fold_with_offsets
from rag.terms import functional, pronunciations, tokens
from rag.types import Rewrite, Span

KEPT = 60_000
"""The table holds so many words, the most frequent ones."""
_SPELT = re.compile(
    r"[一-龯々〆]{1,12}(?:[いきしちみりえけげせてべめれ](?![ぁ-ん])|[りいしきみ](?=[一-龯]))?[一-龯々]{0,8}|[ァ-ヺー]{3,16}|[A-Za-z][A-Za-z0-9-]{2,15}"
)
_HIRAGANA_RUN = re.compile(r"[ぁ-ゖー]{3,}")
_KATAKANA_RUN = re.compile(r"[ァ-ヺー]{3,}")
_KANJI_RUN = re.compile(r"[一-龯々]{2,10}")
_SPACE = re.compile(r"[ \t\u3000]")
_LONGEST, _SHORTEST = 16, 3
_CERTAIN = 6
"""A run of so many kana that is read as a word of the documents is that word, wherever it stands."""
_WORDS, _PIECES = 3, 3
"""Words that a place may be taken for, and pieces of a compound that count as a word."""
_PARTICLES = frozenset("はがをのにでともやへかなだっ")
_SMALL = str.maketrans("ァィゥェォッャュョヮヂヅ", "アイウエオツヤユヨワジズ")
_ROWS = {
    "a": "アカガサザタダナハバパマヤラワ", "i": "イキギシジチニヒビピミリ", "u": "ウクグスズツヌフブプムユルヴ", "e": "エケゲセゼテデネヘベペメレ",
    "o": "オコゴソゾトドノホボポモヨロ",
}  # fmt: skip
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_LENGTHENS = {"ア": "a", "イ": "ie", "ウ": "uo", "エ": "e", "オ": "o"}
_CONSONANTS = {
    "k": "カキクケコ", "g": "ガギグゲゴジ", "s": "サシスセソ", "z": "ザズゼゾ", "t": "タチツテト", "d": "ダヂヅデド", "n": "ナニヌネノン",
    "h": "ハヒフヘホ", "b": "バビブベボヴ", "p": "パピプペポ", "m": "マミムメモ", "y": "ヤユヨ", "r": "ラリルレロ", "w": "ワ",
}  # fmt: skip
_CONSONANT = {kana: consonant for consonant, row in _CONSONANTS.items() for kana in row}
_LATIN = (
    ("ch", "t"), ("sh", "s"), ("th", "s"), ("ph", "h"), ("ck", "k"), ("x", "ks"), ("q", "k"), ("l", "r"), ("v", "b"), ("j", "g"), ("f", "h"),
)  # fmt: skip
_LETTERS = {
    "a": "エー", "b": "ビー", "c": "シー", "d": "ディー", "e": "イー", "f": "エフ", "g": "ジー", "h": "エイチ", "i": "アイ", "j": "ジェー", "k": "ケー", "l": "エル", "m": "エム",
    "n": "エヌ", "o": "オー", "p": "ピー", "q": "キュー", "r": "アール", "s": "エス", "t": "ティー", "u": "ユー", "v": "ブイ", "w": "ダブリュー", "x": "エックス", "y": "ワイ", "z": "ゼット",
}  # fmt: skip


def words_in(text: str) -> Counter[str]:
    """The words of a text that may be asked for by their reading: runs of kanji, of katakana, of letters, with how often they stand."""
    return Counter(_SPELT.findall(text))


def key(kana: str) -> str:
    """The reading in one form: katakana, no small ones, no long vowels (けいひ, ケーヒ → ケヒ)."""
    large = "".join(chr(ord(c) + 96) if "ぁ" <= c <= "ゖ" else c for c in kana).translate(_SMALL)
    out = ""
    for char in large:
        if char == "ー" or (out and char in _LENGTHENS and _VOWEL.get(out[-1], " ") in _LENGTHENS[char]):
            continue
        out += char
    return out


def skeleton(word: str) -> str:
    """The consonants of a word in kana or Latin letters as katakana would have them: ジーニアック and GENIAC → gnk."""
    if word.isascii():
        low = word.lower()
        for letters, sound in _LATIN:
            low = low.replace(letters, sound)
        low = re.sub(r"c(?=[eiy])", "s", low).replace("c", "k")
        return "".join(c for c, after in pairwise(low + " ") if c in "kgsztdnhbpmrw" and c != after)
    large = "".join(chr(ord(c) + 96) if "ぁ" <= c <= "ゖ" else c for c in word).replace("ッ", "")
    return "".join(_CONSONANT.get(c, "") for c in large)


@dataclass(frozen=True)
class Readings:
    """The documents' words by reading, the most frequent first."""

    words: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    visible: Callable[[str], bool] | None = None
    """Which words may be shown; None when all may."""

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Readings:
        """The table for words with how often they stand: each and, of compounds, each part of up to three words."""
        found: Counter[str] = Counter()
        readings: dict[str, str] = {}
        for word, count in counts.items():
            for part, reading in _parts(word):
                found[part] += count
                readings[part] = reading
        kept = sorted(found, key=lambda w: (-found[w], w))[:KEPT]
        return cls(tuple(kept), tuple(key(readings[w]) for w in kept))

    def to_json(self) -> str:
        """The table as the index keeps it."""
        return json.dumps([self.words, self.keys], ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Readings:
        """The table that `to_json` wrote."""
        words, keys = json.loads(text)
        return cls(tuple(words), tuple(keys))

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for word, reading in zip(self.words, self.keys, strict=True):
            out.setdefault(reading, []).append(word)
        return out

    @cached_property
    def _by_skeleton(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for word in self.words:
            if word.isascii():
                out.setdefault(skeleton(word), []).append(word)
        return out

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.words)

    def rewrites(self, question: str) -> tuple[Rewrite, ...]:
        """The documents' words for what the question has in kana or in other kanji of the same reading; each place once."""
        folded = fold_with_offsets(question)
        places = [(a + at, b + at, words) for at, piece in _pieces(question, folded) for a, b, words in self._places(piece)]
        said = tokens(question) if places else []
        out = []
        for start, end, found in places:
            words = tuple(w for w in found if self.visible is None or self.visible(w))
            if not words:
                continue
            span: Span = folded.stored(start, end)
            out.append(Rewrite(span.of(question), words, tuple(dict.fromkeys(t.term for t in said if t.span.overlap(span)))))
        return tuple(out)

    def _places(self, text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Where folded text without spaces has what is read as words of the documents, with those."""
        for run in _HIRAGANA_RUN.finditer(text):
            yield from self._in_kana(text, run.start(), run.end())
        for run in _KATAKANA_RUN.finditer(text):
            if words := self._read(text, run.start(), run.end()):
                yield run.start(), run.end(), words
        for run in _KANJI_RUN.finditer(text):
            yield from self._same_reading(run)

    def _in_kana(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """The words read in text[start:end], a run of kana, from left to right, the longest at each place."""
        at = start
        while at < end - _SHORTEST + 1:
            ends = range(min(at + _LONGEST, end), at + _SHORTEST - 1, -1)
            found = next(((to, words) for to in ends if (words := self._read(text, at, to))), None)
            if found:
                yield at, *found
            at = found[0] if found else at + 1

    def _read(self, text: str, start: int, end: int) -> tuple[str, ...]:
        """The words that text[start:end], kana, is taken for; empty where it is a word of the documents itself or likely none."""
        said = text[start:end]
        words = self._by_key.get(key(said), ())
        if said in words or ("ァ" <= said[0] <= "ヺ" and end - start < _CERTAIN and words and not "ァ" <= words[0][0] <= "ヺ"):
            return ()
        if words and end - start >= _CERTAIN:
            return tuple(words[:_WORDS])
        if not words:
            sound = skeleton(said) if end - start >= _CERTAIN - 1 else ""
            latin = self._by_skeleton.get(sound, ()) if len(sound) >= _SHORTEST else ()
            words = latin if len(latin) == 1 else ()
        if not words or not (_begins(text, start) and _ends(text, end)) or functional(text, start, end):
            return ()
        return tuple(words[:_WORDS])

    def _same_reading(self, run: re.Match[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """The words that are read as a run of kanji which the documents do not have."""
        if run[0] in self._known:
            return
        reading = _kana(run[0])
        words = [w for w in self._by_key.get(key(reading), ()) if set(w) & set(run[0]) and _kana(w) == reading]
        if len(key(reading)) > _SHORTEST and words:
            yield run.start(), run.end(), tuple(words[:_WORDS])


def _pieces(question: str, folded: Folded) -> Iterator[tuple[int, str]]:
    """The folded text cut where the question has spaces, which folding leaves out and across which no word goes."""
    cuts = [i for i in range(1, len(folded.text)) if _SPACE.search(question, folded.ends[i - 1], folded.starts[i])]
    for start, end in pairwise([0, *cuts, len(folded.text)]):
        yield start, folded.text[start:end]


def _kana(word: str) -> str:
    return "".join(kana for _, kana in pronunciations(word))


def _parts(word: str) -> Iterator[tuple[str, str]]:
    """The word, and each run of up to three of its parts, with their readings in kana."""
    if word.isascii():
        yield word, "".join(_LETTERS.get(c, "") for c in word.lower()) if len(word) <= 5 else ""
        return
    if "ァ" <= word[0] <= "ヺ":
        yield word, word
        return
    pieces = pronunciations(word)
    for start in range(len(pieces)):
        part = reading = ""
        for spelt, kana in pieces[start : start + _PIECES]:
            part, reading = part + spelt, reading + kana
            if len(part) > 1 and reading:
                yield part, reading
    if len(pieces) > _PIECES:
        yield word, "".join(kana for _, kana in pieces)


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum() or text[at - 1] in _PARTICLES


def _ends(text: str, at: int) -> bool:
    return at == len(text) or not ("ぁ" <= text[at] <= "ゖ" or "ァ" <= text[at] <= "ー") or text[at] in _PARTICLES
