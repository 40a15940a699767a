"""The work done for one document: sections, passages, keys of terms and grams, vectors; found again by the hash of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.passages import passages
from ingest.structure import parse
from rag.encoder import Encoder
from rag.fold import fold
from rag.postings import Ids, Keys, keyed
from rag.terms import folded_term_ids, gram_bags, tokenizer_name
from rag.types import Document, Passage, Section
from rag.vectors import coded

ENTRY_VERSION = 4
"""Raised whenever the same document would give another entry."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What is derived of P passages: the keys of their terms and grams (`rag.postings.keyed`) with the numbers of them in each passage,
    shape (P,), and their vectors in code (`rag.vectors.coded`), shape (P, bytes)."""

    terms: Keys
    term_lengths: NDArray[np.uint32]
    grams: Keys
    gram_lengths: NDArray[np.uint32]
    codes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What the index needs of a document."""

    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    derived: Derived


def entry_key(document: Document, encoder: Encoder) -> str:
    """The hash of everything that the document's entry depends on."""
    layout = hashlib.sha256(document.layout.packed).hexdigest() if document.layout else ""
    parts = (
        ENTRY_VERSION, tokenizer_name(), encoder.fingerprint, document.id, document.version, document.title, document.text, layout,
    )  # fmt: skip
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def make_entry(document: Document, encoder: Encoder) -> Entry:
    """Do a document's work."""
    structure = parse(document.text)
    found = passages(document, structure)
    texts = [indexed_text(document, p) for p in found]
    terms, grams = _bags(texts)
    dense = (
        encoder.encode_passages([embedded_text(document, p) for p in found]) if found else np.zeros((0, encoder.dim), np.float32)
    )
    return Entry(structure.sections, found, Derived(*keyed(terms), *keyed(grams), coded(dense)))


def gram_keys(document: Document, found: Sequence[Passage]) -> tuple[Keys, NDArray[np.uint32]]:
    """The keys of the grams alone, for an entry whose other parts are at hand."""
    parts, places = _distinct([indexed_text(document, p) for p in found])
    return keyed(_gathered(gram_bags(list(map(fold, parts))), places))


def _bags(texts: Sequence[Sequence[str]]) -> tuple[list[Ids], list[Ids]]:
    """The terms and the grams of each text, given in parts; a part that several texts have is read once."""
    parts, places = _distinct(texts)
    folded = list(map(fold, parts))
    return _gathered(list(map(folded_term_ids, folded)), places), _gathered(gram_bags(folded), places)


def _distinct(texts: Sequence[Sequence[str]]) -> tuple[list[str], list[list[int]]]:
    numbers: dict[str, int] = {}
    places = [[numbers.setdefault(part, len(numbers)) for part in text] for text in texts]
    return list(numbers), places


def _gathered(bags: Sequence[Ids], places: Sequence[Sequence[int]]) -> list[Ids]:
    return [np.concatenate([bags[i] for i in own]) for own in places]


def indexed_text(document: Document, passage: Passage) -> list[str]:
    """What a passage is found by: title, path, what its units need from elsewhere (the header of a table), and its own units."""
    outside = dict.fromkeys(c for u in passage.units for c in u.context if not passage.span.covers(c))
    own = (u.span for u in passage.units if u.kind != "heading")
    return [document.title, *passage.path, *(span.of(document.text) for span in (*outside, *own))]


def embedded_text(document: Document, passage: Passage) -> str:
    """What the encoder sees of a passage."""
    return "\n".join([document.title, " ".join(passage.path), passage.text])
