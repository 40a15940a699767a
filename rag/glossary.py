"""The glossary: everyday words and the official words for them. It widens a question; it never changes a document.

The entries stand in YAML that users edit (`entries:` with `say:` and `official:` lists). The bundled general ones are in
glossary.yaml beside this module; an ingested folder's own glossary.yaml comes before them. The index keeps all as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.fold import fold, fold_with_offsets
from rag.terms import tokens
from rag.types import Rewrite, Span

BUNDLED_GLOSSARY = Path(__file__).with_name("glossary.yaml")
NAME = "glossary.yaml"


@dataclass(frozen=True, slots=True)
class Entry:
    """Everyday words, any of which may be said, and the official words, any of which may be meant, the likeliest first."""

    say: tuple[str, ...]
    official: tuple[str, ...]


@dataclass(frozen=True)
class Glossary:
    """All entries; the first `own` are the user's, the others the bundled ones."""

    entries: tuple[Entry, ...] = ()
    own: int = 0

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[str, Entry]]]:
        """The folded words with their entries by their first character, the longest first."""
        out: dict[str, list[tuple[str, Entry]]] = {}
        pairs = [(word, entry) for entry in self.entries for said in entry.say if (word := fold(said))]
        for word, entry in sorted(pairs, key=lambda p: -len(p[0])):
            out.setdefault(word[0], []).append((word, entry))
        return out

    def rewrites(self, question: str) -> tuple[Rewrite, ...]:
        """The official words for what the question says in everyday words; the longest match counts, each place once."""
        folded = fold_with_offsets(question)
        found: list[tuple[Span, Entry]] = []
        at = 0
        while at < len(folded.text):
            here = next((p for p in self._by_first.get(folded.text[at], ()) if folded.text.startswith(p[0], at)), None)
            if here:
                found.append((folded.stored(at, at + len(here[0])), here[1]))
            at += len(here[0]) if here else 1
        said = tokens(question) if found else []
        out = []
        for span, entry in found:
            new = tuple(word for word in entry.official if fold(word) not in folded.text)
            if new:
                inside = tuple(dict.fromkeys(t.term for t in said if t.span.overlap(span)))
                out.append(Rewrite(span.of(question), new, inside))
        return tuple(out)

    def words(self) -> Iterator[str]:
        """All words, everyday and official ones."""
        for entry in self.entries:
            yield from entry.say
            yield from entry.official

    def to_json(self) -> str:
        """The entries as the index keeps them."""
        return json.dumps({"own": self.own, "entries": [[e.say, e.official] for e in self.entries]}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Glossary:
        """The glossary that `to_json` wrote."""
        kept = json.loads(text)
        return cls(tuple(Entry(tuple(say), tuple(official)) for say, official in kept["entries"]), kept["own"])


def read_glossary(file: Path) -> tuple[Entry, ...]:
    """The entries of a YAML file. Raises InputError that names the file and the entry which makes no sense."""
    import yaml

    try:
        loaded = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise InputError(f"用語集「{file}」がYAMLとして読めないので、書き方を直してください（{_first_line(error)}）。") from error
    rows = loaded.get("entries") if isinstance(loaded, dict) else None
    if not isinstance(rows, list):
        raise InputError(f"用語集「{file}」にentriesの一覧がないので、「entries:」の下にsayとofficialを書いてください。")
    return tuple(_entry(file, n, row) for n, row in enumerate(rows, start=1))


def _entry(file: Path, number: int, row: Any) -> Entry:
    if isinstance(row, dict) and _is_words(row.get("say")) and _is_words(row.get("official")):
        return Entry(tuple(map(str, row["say"])), tuple(map(str, row["official"])))
    raise InputError(f"用語集「{file}」の{number}番目の項目は使えないので、sayとofficialに語の一覧を書いてください。")


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str | int) and str(word).strip() for word in value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def merged(own: Iterable[Entry], bundled: Sequence[Entry]) -> Glossary:
    """The user's entries before the bundled ones; a word that the user has an entry for is not looked up in the bundled ones."""
    first = tuple(own)
    known = {fold(word) for entry in first for word in entry.say}
    rest = (Entry(tuple(w for w in e.say if fold(w) not in known), e.official) for e in bundled)
    return Glossary((*first, *(e for e in rest if e.say)), len(first))
