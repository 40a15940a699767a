"""The values that travel through the system. All offsets are half-open code-point offsets into `Document.text`."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.layout import Layout

UnitKind = Literal["sentence", "item", "row", "heading", "note"]
Verdict = Literal["supported", "contradicted", "not_found"]
AbstainReason = Literal["no_hits", "thin_evidence", "near_miss"]
ReasonKind = Literal[
    "number",
    "unit",
    "date",
    "amount",
    "percent",
    "negation",
    "modality",
    "condition",
    "exception",
    "actor",
    "name",
    "list",
    "quotation",
    "unstated",
]
"""What is wrong with a claim: the last one says that the evidence does not speak of it."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range [start, end) of code points in a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The words of the span in the document's text."""
        return text[self.start : self.end]

    def covers(self, other: Span) -> bool:
        """Whether the other span lies wholly in this one."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> int:
        """How many code points the two spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def hull(spans: Iterable[Span]) -> Span:
    """The smallest span that covers all of the given ones; ValueError when there is none."""
    found = list(spans)
    return Span(min(s.start for s in found), max(s.end for s in found))


@dataclass(frozen=True, slots=True)
class Page:
    """One page, sheet or slide of a document, as a span of its text; numbers start at 1.

    `label` is what it calls itself (a sheet's name), `width` and `height` are its size in points (0 where it has none),
    `confidence` is the mean confidence of its recognised words from 0 to 1, None where its text was in the file.
    """

    number: int
    span: Span
    label: str = ""
    width: float = 0.0
    height: float = 0.0
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What the manifest says of a document. Dates are a year, a year and month, or a day (`2024`, `2024-04`, `2024-04-01`)."""

    publisher: str = ""
    published: str = ""
    effective_from: str = ""
    effective_to: str = ""
    groups: tuple[str, ...] = ()
    url: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document: `source` is its file's path below the ingested folder."""

    id: str
    version: str
    source: str
    title: str
    text: str
    pages: tuple[Page, ...] = ()
    meta: Meta = field(default_factory=Meta)
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document's tree: `path` holds the labels from the root down, `heading` the span of its own label."""

    path: tuple[str, ...]
    span: Span
    heading: Span


def path_at(sections: Sequence[Section], span: Span) -> tuple[str, ...]:
    """The path of the innermost section that holds a span's beginning, of sections in reading order; empty outside all."""
    at = bisect_right(sections, span.start, key=lambda s: s.span.start) - 1
    return next((s.path for s in reversed(sections[: at + 1]) if span.start < s.span.end), ())


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest citable piece: a sentence, a list item or a table row.

    `context` holds the spans without which it cannot be understood: the header of its table, the sentence that introduces
    its list, the main clause of a ただし書. They lie in the same document, in reading order.
    """

    span: Span
    kind: UnitKind
    context: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """What is retrieved: at most 1,200 code points with `Document.text[span] == text`, made of whole units."""

    id: str
    doc_id: str
    version: str
    path: tuple[str, ...]
    span: Span
    text: str
    units: tuple[Unit, ...] = ()


def passage_id(doc_id: str, version: str, span: Span) -> str:
    """The id that the same words at the same place of the same version have on every machine."""
    return hashlib.sha1(f"{doc_id}\0{version}\0{span.start}\0{span.end}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with its fused score (higher is better)."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words a sentence rests on: `quote == Document.text[span]`; `doc` is the file's path below the ingested folder."""

    doc: str
    doc_id: str
    version: str
    title: str
    span: Span
    quote: str
    path: tuple[str, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim has its verdict, pointing at the words: `claim` is a span of the claim's text, `evidence` the number (from 0) of the
    evidence and `span` a span of that evidence's text. `text` is one Japanese sentence for a reader."""

    kind: ReasonKind
    text: str
    claim: Span | None = None
    evidence: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What the evidence says of a claim. `evidence` are the numbers of the evidence that it rests on (or that contradicts it), best
    first; `score` is how sure it is that the claim is supported, 0 to 1."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[int, ...] = ()
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers (from 0) of the citations it rests on; `reasons` say what is wrong with one that is
    not supported."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict = "supported"
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What was said in a question, the question's terms that say it, and the official words searched for beside it."""

    said: str
    official: tuple[str, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """How a model came to an answer: tokens as the server counts them (0 where it does not), seconds of all its calls, the calls made,
    the passages left out for length, the sentences taken out with what is wrong with them, and what the reader has to be told (each one
    Japanese sentence). `fallback` is set where the extractive answer stands in the model's place."""

    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    calls: int = 0
    dropped: int = 0
    removed: tuple[Sentence, ...] = ()
    notices: tuple[str, ...] = ()
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the system says to a question. Abstaining is a value: then `sentences` is empty and `hits` are the nearest passages.

    `searched` is the question as it was made whole from the conversation, empty where it stands alone; `trace` is there where a model
    was asked.
    """

    question: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    abstained: bool = False
    reason: AbstainReason | None = None
    confidence: float = 0.0
    seconds: float = 0.0
    rewrites: tuple[Rewrite, ...] = ()
    searched: str = ""
    trace: Trace | None = None

    @property
    def text(self) -> str:
        """The answer as plain text, without citation marks."""
        return "".join(s.text for s in self.sentences)

    def timed(self, seconds: float) -> Answer:
        """The same answer with the seconds it took."""
        return replace(self, seconds=seconds)
