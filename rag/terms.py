"""Search terms: lemmas of content words by MeCab (fugashi, unidic-lite), and character n-grams, from folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.fold import fold, fold_with_offsets
from rag.types import Span

if TYPE_CHECKING:
    from fugashi import GenericTagger

TERMS_VERSION = 2
"""Raised whenever the same text would give other terms, so that an index of another version is refused."""

_CONTENT = ("名詞", "動詞", "形容詞", "形状詞", "副詞", "接頭辞", "接尾辞", "記号-文字")
_EMPTY = frozenset(
    [
        "為る",
        "有る",
        "居る",
        "成る",
        "出来る",
        "事",
        "物",
        "等",
        "様",
        "此れ",
        "其れ",
        "由る",
        "於く",
        "係る",
        "御",
        "無い",
        "下さる",
    ]
)
_NUMBER = re.compile(r"[a-z]+-?\d[a-z0-9]*|\d+(?:\.\d+)+|\d+(?:年|月|日|条|項|号|%|円|か月)")
_DIGIT = re.compile(r"\d")
BETWEEN = re.compile(r"[\W_]+")
"""What parts the runs of letters and digits within which grams are formed."""
COMMON_GRAMS = "common_grams.txt"
_PRIMES = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))


@dataclass(frozen=True, slots=True)
class Token:
    """A term and the span of the stored text that it was derived from."""

    term: str
    span: Span


@cache
def tokenizer_name() -> str:
    """The tokenizer, dictionary and rules with their versions, as the index manifest records them."""
    return f"fugashi {version('fugashi')}; unidic-lite {version('unidic-lite')}; terms {TERMS_VERSION}"


@cache
def tagger() -> GenericTagger:
    """MeCab with the bundled dictionary, made once."""
    import unidic_lite
    from fugashi import GenericTagger

    return GenericTagger(f'-r /dev/null -d "{unidic_lite.DICDIR}"')


@cache
def _brief_tagger() -> GenericTagger:
    """The same with only the surface and numbers that tell the dictionary's entry in its output, which takes a third less time."""
    import unidic_lite
    from fugashi import GenericTagger

    return GenericTagger(f'-r "{Path(__file__).with_name("mecabrc")}" -d "{unidic_lite.DICDIR}"')


def _term(surface: str, lemma: str, part: str) -> str:
    """The term of a word; empty where it carries no meaning of its own."""
    if not part.startswith(_CONTENT):
        return ""
    plain = lemma.split("-")[0]
    term = plain.lower() if plain and not surface.isascii() else surface
    return "" if term in _EMPTY or not any(c.isalnum() for c in term) else term


class _Lemmas(dict[str, str]):
    """Memo from a line of MeCab's output to its term; the empty string where the word carries no meaning of its own."""

    def __missing__(self, line: str) -> str:
        columns = line.split("\t")
        term = _term(columns[0], columns[3], columns[4]) if len(columns) > 4 else ""
        if len(self) < 500_000:
            self[line] = term
        return term


_lemmas = _Lemmas()


def terms(text: str) -> list[str]:
    """The terms of the text in reading order, then its numbers joined with their counters; repeated as often as they occur."""
    folded = fold(text)
    return [t for line in tagger().parse(folded).split("\n") if (t := _lemmas[line])] + numbers(folded)


def numbers(folded: str) -> list[str]:
    """The numbers of folded text joined with their counters, as terms."""
    return _NUMBER.findall(folded)


class _Kinds(dict[str, str]):
    """Memo from a line of MeCab's output to the kind of noun it is: «人名», «地名», «一般» for proper nouns, «名詞» for others but
    numerals; empty for other words."""

    def __missing__(self, line: str) -> str:
        columns = line.split("\t")
        part = columns[4] if len(columns) > 4 else ""
        kind = part.split("-")[2] if part.startswith("名詞-固有名詞-") else "名詞" if part.startswith("名詞-普通名詞") else ""
        if len(self) < 500_000:
            self[line] = kind
        return kind


_kinds = _Kinds()


def analysed(folded: str) -> tuple[list[str], dict[str, str]]:
    """The terms of folded text in reading order, and its nouns with their kinds («人名», «地名», «一般», «名詞»)."""
    lines = tagger().parse(folded).split("\n")
    return [t for line in lines if (t := _lemmas[line])], {t: k for line in lines if (k := _kinds[line]) and (t := _lemmas[line])}


def pronunciations(word: str) -> list[tuple[str, str]]:
    """The parts of a word, each with its pronunciation in katakana; the part itself where it is not known."""
    columns = (line.split("\t") for line in tagger().parse(word).split("\n") if "\t" in line)
    return [(c[0], c[1] or c[0]) for c in columns]


_FUNCTIONAL = ("助詞", "助動詞", "動詞-非自立可能", "形容詞-非自立可能", "代名詞", "接続詞", "連体詞")
_BROKEN = ("記号", "補助記号", "感動詞")


def functional(folded: str, start: int, end: int) -> bool:
    """Whether folded[start:end] begins with a particle or auxiliary verb or inside one, or has only words that one writes in kana and
    that carry no meaning of their own («もしれ» of かもしれない, «しょうか» of でしょうか, «これから»).

    Where the words around are in kana that MeCab cannot read, those of folded[start:end] alone count.
    """
    there = [(a, b, part) for a, b, part in _parts_of_speech(folded) if a < end and start < b]
    parts = [part for _, _, part in there]
    if not parts or (there[0][0] < start and parts[0].startswith(_FUNCTIONAL[:2])):
        return True
    if (there[0][0], there[-1][1]) != (start, end) or any(part.startswith(_BROKEN) for part in parts):
        return all(part.startswith(_FUNCTIONAL) for _, _, part in _parts_of_speech(folded[start:end]))
    return all(part.startswith(_FUNCTIONAL) for part in parts) or (start > 0 and parts[0].startswith(_FUNCTIONAL[:2]))


def _parts_of_speech(folded: str) -> Iterator[tuple[int, int, str]]:
    """The words of folded text by start, end and part of speech."""
    at = 0
    for line in tagger().parse(folded).split("\n"):
        columns = line.split("\t")
        if len(columns) > 4 and columns[0]:
            start = folded.index(columns[0], at)
            at = start + len(columns[0])
            yield start, at, columns[4]


_NOMINAL = ("名詞-普通名詞", "名詞-固有名詞", "名詞-数詞", "接頭辞", "接尾辞-名詞的")
_FORMAL = _EMPTY | frozenset(["時", "場合", "方", "所", "為", "後", "為る", "幾ら", "幾つ", "何"])


def noun_runs(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """The runs of nouns, numerals and their affixes in a text: start, end and the words of each that are no numerals or affixes."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    at = 0
    for line in tagger().parse(text).split("\n"):
        columns = line.split("\t")
        if len(columns) < 5 or not columns[0]:
            continue
        start = text.index(columns[0], at)
        at = start + len(columns[0])
        part = columns[4]
        if columns[0] in ".．-" and runs and runs[-1][1] == start and text[start - 1].isdigit() and text[at : at + 1].isdigit():
            runs[-1] = (runs[-1][0], at, runs[-1][2])
            continue
        if not part.startswith(_NOMINAL) or columns[3] in _FORMAL:
            continue
        words = (columns[0],) if _kinds[line] else ()
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], at, runs[-1][2] + words)
        else:
            runs.append((start, at, words))
    return [run for run in runs if run[2] or text[run[0] : run[1]].isalnum()]


def tokens(text: str) -> list[Token]:
    """The same terms with the stored spans that they came from."""
    folded = fold_with_offsets(text)
    found, at = [], 0
    for line in tagger().parse(folded.text).split("\n"):
        surface = line.split("\t", 1)[0]
        if "\t" not in line or not surface:
            continue
        start = folded.text.index(surface, at)
        at = start + len(surface)
        if term := _lemmas[line]:
            found.append(Token(term, folded.stored(start, at)))
    return found + [Token(m[0], folded.stored(*m.span())) for m in _NUMBER.finditer(folded.text)]


def term_ids(words: Iterable[str]) -> NDArray[np.uint32]:
    """The terms as 32-bit hashes (CRC-32), shape (n,): what the index holds in place of a vocabulary."""
    return np.fromiter((crc32(w.encode()) for w in words), np.uint32)


def folded_term_ids(folded: str) -> NDArray[np.uint32]:
    """The hashes of the terms of folded text, the same as `term_ids(terms(text))`."""
    lines = _brief_tagger().parse(folded).split("\n")
    try:
        found = np.fromiter(map(_hashes.__getitem__, lines), np.int64, len(lines))
    except KeyError:
        _learn(folded, lines)
        found = np.fromiter(map(_hashes.__getitem__, lines), np.int64, len(lines))
    words = found[found >= 0].astype(np.uint32)
    if not _DIGIT.search(folded):
        return words
    return np.concatenate([words, term_ids(numbers(folded))])


def unknown_words(text: str) -> list[str]:
    """The words of a text of two letters or more that the dictionary lacks, as MeCab cuts them, in reading order."""
    lines = _brief_tagger().parse(fold(text)).split("\n")
    words = (line.partition("\t")[0] for line in lines if line.endswith(","))
    return [word for word in words if len(word) > 1 and any(c.isalpha() for c in word) and not word.isascii()]


def _learn(folded: str, lines: Sequence[str]) -> None:
    """Look up the terms of the words of the brief output in the full one, which cuts the text alike.

    A line of the brief output names one entry of the dictionary: surface, context and cost tell it from all others that MeCab chooses.
    """
    if len(_hashes) > 500_000:
        _hashes.clear()
    for line, full in zip(lines, tagger().parse(folded).split("\n"), strict=False):  # the full one goes on with EOS
        term = _lemmas[full]
        _hashes[line] = crc32(term.encode()) if term else -1
    _hashes[""] = -1


_hashes: dict[str, int] = {}


@cache
def common_grams() -> NDArray[np.uint32]:
    """The hashes, ascending, of grams so common in regulations that they tell no passage from another; they get no inverted lists."""
    lines = (Path(__file__).parent / "models" / "ranking" / COMMON_GRAMS).read_text(encoding="utf-8").split()
    return np.unique(np.concatenate([np.zeros(0, np.uint32), *(grams[-1:] for grams in gram_bags(lines))]))


def gram_ids(text: str) -> NDArray[np.uint32]:
    """The character 2- and 3-grams of the text once folded, within runs of letters and digits, as 32-bit hashes, shape (n,)."""
    return folded_gram_ids(fold(text))


def folded_gram_ids(folded: str) -> NDArray[np.uint32]:
    """The same for text that is folded already."""
    (grams,) = gram_bags([folded])
    return grams


def gram_bags(folded: Sequence[str]) -> list[NDArray[np.uint32]]:
    """The same for several folded texts."""
    parts = [BETWEEN.sub(" ", text) for text in folded]
    codes = np.frombuffer(" ".join(parts).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([len(part) + 1 for part in parts])
    letter = codes != ord(" ")
    pairs = codes[:-1] * _PRIMES[0] ^ codes[1:] * _PRIMES[1]
    triples = pairs[:-1] * _PRIMES[1] ^ codes[2:] * _PRIMES[2]
    inside = letter[:-1] & letter[1:]
    two, three = np.flatnonzero(inside), np.flatnonzero(inside[:-1] & letter[2:])
    halves = zip(
        np.split(pairs[two], np.searchsorted(two, ends[:-1])),
        np.split(triples[three], np.searchsorted(three, ends[:-1])),
        strict=True,
    )
    return [np.concatenate(half) for half in halves]
