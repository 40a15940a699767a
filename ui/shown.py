"""An answer as it is shown and as the audit log keeps it: with all that the page says, so that a replay needs nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, get_args

from rag.answers import NOT_FOUND, REASONS, rewrites_text, searched_text
from rag.snapshot import Snapshot
from rag.types import AbstainReason, Answer, Citation, Hit, Sentence, Span, Verdict
from ui.labels import bases, mark, page_name, section_name

NEAREST = 5
"""How many passages an abstention names."""


@dataclass(frozen=True, slots=True)
class Source:
    """Words in a stored document that can be opened: `place` is where they stand, for a reader, and `quote` they themselves."""

    title: str
    place: str
    doc: str
    doc_id: str
    version: str
    span: Span
    quote: str
    path: tuple[str, ...]
    page: str = ""

    @property
    def name(self) -> str:
        """Title and place in one line."""
        return f"{self.title} {self.place}".rstrip()


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the numbers (from 0) of the sources it rests on, its verdict, and what is wrong with it."""

    text: str
    sources: tuple[int, ...]
    verdict: Verdict = "supported"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer with everything that stands beside it. `day` is the day for which it was given, `sources` are those of its sentences,
    or the nearest passages where it abstains; `notes` is what has to be told beside it, `removed` what a model said in vain, and
    `confirmed` says that a person has approved it."""

    question: str
    searched: str
    day: date
    snapshot: str
    sentences: tuple[Said, ...]
    sources: tuple[Source, ...]
    abstained: bool
    reason: AbstainReason | None
    versions: tuple[str, ...]
    rewrites: str
    confidence: float
    seconds: float
    model: str = ""
    tokens: int = 0
    notes: tuple[str, ...] = ()
    removed: tuple[Said, ...] = ()
    confirmed: bool = False

    @property
    def text(self) -> str:
        """The answer as plain text."""
        return NOT_FOUND + "。" if self.abstained else "".join(said.text for said in self.sentences)

    @property
    def why(self) -> str:
        """Why the documents do not answer; empty where they do."""
        return REASONS[self.reason] if self.abstained and self.reason else ""

    def to_json(self) -> dict[str, Any]:
        """As the audit log keeps it."""
        return asdict(self) | {"day": self.day.isoformat()}

    def timed(self, seconds: float) -> Shown:
        """The same answer, given again in so many seconds."""
        return replace(self, seconds=seconds)


def shown(answer: Answer, snapshot: Snapshot, day: date) -> Shown:
    """What is shown of an answer that was given from the snapshot for the day."""
    trace = answer.trace
    sources = (
        (_near(h, snapshot) for h in answer.hits[:NEAREST])
        if answer.abstained
        else (_cited(c, snapshot) for c in answer.citations)
    )
    return Shown(
        answer.question,
        searched_text(answer),
        day,
        snapshot.name,
        tuple(map(_said, answer.sentences)),
        tuple(sources),
        answer.abstained,
        answer.reason,
        () if answer.abstained else bases(answer, snapshot, day),
        rewrites_text(answer),
        answer.confidence,
        answer.seconds,
        trace.model if trace else "",
        trace.prompt_tokens + trace.completion_tokens if trace else 0,
        trace.notices if trace else (),
        tuple(map(_said, trace.removed)) if trace else (),
    )


def _said(sentence: Sentence) -> Said:
    return Said(sentence.text, sentence.citations, sentence.verdict, tuple(reason.text for reason in sentence.reasons))


def _cited(citation: Citation, snapshot: Snapshot) -> Source:
    page = page_name(snapshot.document(citation.doc_id, citation.version), citation.span)
    place = section_name(citation.title, citation.path)
    named = citation.title, place, citation.doc, citation.doc_id, citation.version
    return Source(*named, citation.span, citation.quote, citation.path, page)


def _near(hit: Hit, snapshot: Snapshot) -> Source:
    passage, row = hit.passage, snapshot.row(hit.passage.doc_id, hit.passage.version)
    title = f"{row.title}{mark(row.meta, date.today())}"
    place = section_name(row.title, passage.path)
    return Source(title, place, row.source, row.id, row.version, passage.span, passage.text, passage.path)


def from_json(kept: dict[str, Any]) -> Shown:
    """The answer that `to_json` wrote. Raises ValueError where a record has another form."""
    try:
        fields = kept | {
            "day": date.fromisoformat(kept["day"]),
            "sentences": _sentences(kept["sentences"]),
            "removed": _sentences(kept.get("removed", ())),
            "sources": tuple(Source(**{**s, "span": Span(**s["span"]), "path": tuple(s["path"])}) for s in kept["sources"]),
            "versions": tuple(kept["versions"]),
            "notes": tuple(kept.get("notes", ())),
        }
        if fields["reason"] not in (None, *get_args(AbstainReason)):
            raise ValueError(fields["reason"])
        return Shown(**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a kept answer: {error}") from error


def _sentences(kept: Any) -> tuple[Said, ...]:
    return tuple(Said(s["text"], tuple(s["sources"]), s["verdict"], tuple(s["reasons"])) for s in kept)
