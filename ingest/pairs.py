"""Training pairs for the encoder: questions, captions, headings and synonyms with the text each of them belongs to."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError

QUESTIONS = "jaquad_train.jsonl.xz"
LAWS = "laws_2013.jsonl.xz"
PAGES = "business_docs.jsonl.xz"
SENTENCES = "jsts.jsonl.xz"
SYNONYMS = "synonyms.jsonl.xz"
FILES = (QUESTIONS, LAWS, PAGES, SENTENCES, SYNONYMS)
EVERYDAY = Path(__file__).with_name("data") / "everyday.jsonl"
"""The project's own pairs of an everyday question and the official sentence that answers it."""
EVERYDAY_HOLDOUT = 0.25
"""The share of the everyday regulations that is kept from the encoder, for what is fitted on top of it."""

_ARTICLE = re.compile(r"\n（((?:[^（）]|（[^（）]*）){2,80})）\n第[一二三四五六七八九十百千の]+条[^\n]*\n")
_BROKEN = re.compile(r"(?<=[^\n。])\n(?=[^\n　])")
_BLANK = re.compile(r"[\s　]*\n[\s　]*")
_HEADING = re.compile(r"^#{1,4} +(.+)$", re.MULTILINE)
_MARKUP = re.compile(r"^!.*$|\*\*|<[^>\n]{1,80}>", re.MULTILINE)
_WORD = re.compile(r"[一-龥々]+|[ァ-ヴー]+")
_LONGEST = 700
_COMMONEST = 60
"""A caption that more articles have than this (施行期日, 目的) tells nothing about its article."""
_PER_LAW = 60
_ALIKE = 3.5
"""From this similarity on, of 0 to 5, two sentences of JSTS are a pair."""


@dataclass(frozen=True, slots=True)
class Source:
    """Pairs of one origin: `queries[i]` belongs to `passages[positives[i]]`.

    Passages with equal `keys` may answer each other's queries, and are never negatives of them. `running` says that the
    passages are running text, from which further queries can be drawn.
    """

    name: str
    queries: tuple[str, ...]
    positives: tuple[int, ...]
    passages: tuple[str, ...]
    keys: tuple[int, ...]
    running: bool = True


def read_sources(data: Path, holdout: float, seed: int) -> tuple[Source, ...]:
    """The pairs of the shared data folder, without the held-out share of articles; a source without pairs is left out.

    Raises InputError where a file is missing or malformed.
    """
    chance = random.Random(seed)
    groups = [tuple(row["words"]) for row in read_rows(data / SYNONYMS)]
    replace = _replacer(groups, chance)
    sources = (
        _questions(read_rows(data / QUESTIONS), holdout, replace),
        _articles(read_rows(data / LAWS), chance, replace),
        _headings(read_rows(data / PAGES), replace),
        _everyday(read_rows(EVERYDAY), replace),
        _sentences(read_rows(data / SENTENCES)),
        _words(groups),
    )
    return tuple(source for source in sources if source.queries)


def held_out(title: str, share: float) -> bool:
    """Whether an article is kept from training: by the hash of its title, so that the answer is the same everywhere."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:8], "big") < share * 2**64


def file_digests(data: Path) -> dict[str, str]:
    """The SHA-256 of each training file, the project's own among them, by name."""
    found = {}
    for place in (*(data / name for name in FILES), EVERYDAY):
        with _opened(place, lambda file: file.open("rb")) as stream:
            found[place.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _opened(file: Path, how: Callable[[Path], Any]) -> Any:
    try:
        return how(file)
    except OSError as error:
        raise InputError(
            f"学習データのファイル「{file}」を開けません。{len(FILES)}つのファイルがあるフォルダを指定してください。"
        ) from error


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file, plain or xz-compressed. Raises InputError where it is missing or malformed."""
    how = lzma.open if file.suffix == ".xz" else open
    with _opened(file, lambda path: how(path, "rt", encoding="utf-8")) as lines:
        try:
            for line in lines:
                yield json.loads(line)
        except (ValueError, EOFError, lzma.LZMAError) as error:
            raise InputError(f"学習データのファイル「{file}」が壊れています（{error}）。取り直してください。") from error


def _source(name: str, pairs: Iterable[tuple[Iterable[str], str]]) -> Source:
    """A source from passages, each with its queries; equal passages share a key."""
    queries: list[str] = []
    positives: list[int] = []
    passages: list[str] = []
    keys: dict[str, int] = {}
    for asked, passage in pairs:
        for query in asked:
            queries.append(query)
            positives.append(len(passages))
        passages.append(passage)
        keys.setdefault(passage, len(keys))
    return Source(name, tuple(queries), tuple(positives), tuple(passages), tuple(keys[p] for p in passages))


def _questions(rows: Iterable[dict[str, Any]], holdout: float, replace: Callable[[str], list[str]]) -> Source:
    """JaQuAD: a paragraph with its questions, each also in other words where synonyms allow it."""
    kept = (row for row in rows if not held_out(row["title"], holdout))
    return _source(
        "questions",
        (([v for qa in row["qas"] for v in (qa["question"], *replace(qa["question"]))], row["context"]) for row in kept),
    )


def _articles(rows: Iterable[dict[str, Any]], chance: random.Random, replace: Callable[[str], list[str]]) -> Source:
    """Laws: the text of an article with its caption, alone and after the law's title."""
    found: list[tuple[str, str, str]] = []
    seen: Counter[str] = Counter()
    for row in rows:
        articles = [(row["title"], caption, body) for caption, body in _captioned(row["text"])]
        seen.update(caption for _, caption, _ in articles)
        found += chance.sample(articles, _PER_LAW) if len(articles) > _PER_LAW else articles
    telling = [(title, caption, body) for title, caption, body in found if seen[caption] <= _COMMONEST and len(body) >= 30]
    return _source("articles", (([caption, *replace(caption)], body) for _, caption, body in telling))


def _captioned(law: str) -> Iterator[tuple[str, str]]:
    """The captions of a law's articles with the articles' texts, cut to 700 characters, lines joined."""
    matches = list(_ARTICLE.finditer(law))
    ends = [m.start() for m in matches[1:]] + [len(law)] * bool(matches)
    for match, end in zip(matches, ends, strict=True):
        raw = law[match.end() : min(end, match.end() + 2 * _LONGEST)]
        yield match[1].replace("\n", ""), _BLANK.sub("\n", _BROKEN.sub("", raw)).strip()[:_LONGEST]


def _headings(rows: Iterable[dict[str, Any]], replace: Callable[[str], list[str]]) -> Source:
    """Business pages: the text under a heading with the heading, and the page's description with its first text."""

    def pairs() -> Iterator[tuple[list[str], str]]:
        for row in rows:
            parts = _HEADING.split(_MARKUP.sub("", row["text"]))
            for n, (heading, body) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
                text = body.strip()[:_LONGEST]
                if len(text) >= 60 and len(heading) >= 3:
                    described = [row["description"]] if n == 0 and row.get("description") else []
                    yield [heading.strip(), *replace(heading), *described], text

    return _source("headings", pairs())


def regulation(row: Mapping[str, str]) -> str:
    """The regulation that an everyday pair is about, by which pairs are held out."""
    return row["title"].split(" > ")[0]


def _everyday(rows: Iterable[dict[str, Any]], replace: Callable[[str], list[str]]) -> Source:
    """The project's own pairs: the official sentence, alone and under its title, with the everyday question."""
    kept = [row for row in rows if not held_out(regulation(row), EVERYDAY_HOLDOUT)]
    texts = [(row, text) for row in kept for text in (row["sentence"], f"{row['title']}\n{row['sentence']}")]
    source = _source("everyday", (([row["question"], *replace(row["question"])], text) for row, text in texts))
    numbers = {sentence: n for n, sentence in enumerate(dict.fromkeys(row["sentence"] for row in kept))}
    keys = tuple(numbers[row["sentence"]] for row, _ in texts)
    return Source(source.name, source.queries, source.positives, source.passages, keys, running=False)


def _sentences(rows: Iterable[dict[str, Any]]) -> Source:
    """JSTS: the sentences of the training split that people found alike."""
    alike = [r for r in rows if r["split"] == "train" and r["score"] >= _ALIKE]
    source = _source("sentences", (([row["sentence1"]], row["sentence2"]) for row in alike))
    return Source(source.name, source.queries, source.positives, source.passages, source.keys, running=False)


def _words(groups: Iterable[tuple[str, ...]]) -> Source:
    """Synonyms: each word of a group with the next one, around the group."""
    queries: list[str] = []
    passages: list[str] = []
    keys: list[int] = []
    for key, words in enumerate(groups):
        if len(words) > 1:
            queries += words
            passages += [*words[1:], words[0]]
            keys += [key] * len(words)
    return Source("words", tuple(queries), tuple(range(len(passages))), tuple(passages), tuple(keys), running=False)


def _replacer(groups: Iterable[tuple[str, ...]], chance: random.Random) -> Callable[[str], list[str]]:
    """A function from a query to the same query with one of its words replaced by a synonym, or to nothing."""
    others: dict[str, tuple[str, ...]] = {}
    for words in groups:
        japanese = [w for w in words if len(w) > 1 and not w.isascii()]
        for word in japanese:
            rest = tuple(w for w in japanese if w != word)
            if rest and _WORD.fullmatch(word):
                others.setdefault(word, rest)

    def replace(query: str) -> list[str]:
        places = [m for m in _WORD.finditer(query) if m[0] in others]
        if not places:
            return []
        place = chance.choice(places)
        return [query[: place.start()] + chance.choice(others[place[0]]) + query[place.end() :]]

    return replace
