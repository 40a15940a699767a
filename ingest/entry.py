"""The work done for one document: sections, passages, term and gram hashes, vectors; cached by the hash of its content."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.passages import passages
from ingest.structure import parse
from rag.encoder import Encoder
from rag.readings import words_in
from rag.stored import dump_path, dump_units, load_path, load_section, load_units, section_row
from rag.terms import gram_ids, term_ids, terms, tokenizer_name
from rag.types import Document, Passage, Section, Span

ENTRY_VERSION = 3
"""Raised whenever the same document would give another entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index needs of a document. `terms[i]` and `grams[i]` are the hashes of passage i, `vectors` has a row for each; `spelt`
    has its words that may be asked for by their reading, with how often they stand there."""

    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    terms: tuple[NDArray[np.uint32], ...]
    grams: tuple[NDArray[np.uint32], ...]
    vectors: NDArray[np.float32]
    spelt: dict[str, int]


def entry_key(document: Document, encoder: Encoder) -> str:
    """The hash of everything that the document's entry depends on."""
    parts = (ENTRY_VERSION, tokenizer_name(), encoder.fingerprint, document.id, document.version, document.title, document.text)
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def make_entry(document: Document, encoder: Encoder) -> Entry:
    """Do a document's work."""
    structure = parse(document.text)
    found = passages(document, structure)
    texts = [indexed_text(document, p) for p in found]
    dense = (
        encoder.encode_passages([embedded_text(document, p) for p in found]) if found else np.zeros((0, encoder.dim), np.float32)
    )
    return Entry(
        structure.sections,
        found,
        tuple(term_ids(t for part in text for t in terms(part)) for text in texts),
        tuple(np.concatenate([gram_ids(part) for part in text]) for text in texts),
        dense,
        dict(words_in(document.text)),
    )


def indexed_text(document: Document, passage: Passage) -> list[str]:
    """What a passage is found by: title, path, what its units need from elsewhere (the header of a table), and its own units."""
    outside = dict.fromkeys(c for u in passage.units for c in u.context if not passage.span.covers(c))
    own = (u.span for u in passage.units if u.kind != "heading")
    return [document.title, *passage.path, *(span.of(document.text) for span in (*outside, *own))]


def embedded_text(document: Document, passage: Passage) -> str:
    """What the encoder sees of a passage."""
    return "\n".join([document.title, " ".join(passage.path), passage.text])


def entry_to_bytes(entry: Entry) -> bytes:
    """An entry as the cache keeps it."""
    layout = {
        "sections": [section_row(s) for s in entry.sections],
        "passages": [
            [p.id, p.doc_id, p.version, dump_path(p.path), p.span.start, p.span.end, dump_units(p.units)] for p in entry.passages
        ],
        "spelt": entry.spelt,
    }
    terms_packed, terms_ends = _packed(entry.terms)
    grams_packed, grams_ends = _packed(entry.grams)
    out = io.BytesIO()
    np.savez_compressed(
        out,
        layout=np.frombuffer(json.dumps(layout, ensure_ascii=False).encode(), np.uint8),
        vectors=entry.vectors,
        terms=terms_packed,
        terms_ends=terms_ends,
        grams=grams_packed,
        grams_ends=grams_ends,
    )
    return out.getvalue()


def entry_from_bytes(data: bytes, text: str) -> Entry:
    """The entry that `entry_to_bytes` wrote, for the document with this text."""
    with np.load(io.BytesIO(data)) as arrays:
        layout = json.loads(arrays["layout"].tobytes())
        sections = tuple(load_section(row) for row in layout["sections"])
        found = tuple(
            Passage(pid, doc, version, load_path(path), Span(a, b), text[a:b], load_units(units))
            for pid, doc, version, path, a, b, units in layout["passages"]
        )
        bags = {name: tuple(np.split(arrays[name], arrays[f"{name}_ends"][:-1])) if found else () for name in ("terms", "grams")}
        return Entry(sections, found, bags["terms"], bags["grams"], arrays["vectors"], layout["spelt"])


def _packed(bags: Sequence[NDArray[np.uint32]]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The bags one after another, and where each ends."""
    return np.concatenate([np.zeros(0, np.uint32), *bags]), np.cumsum([len(b) for b in bags], dtype=np.int64)
