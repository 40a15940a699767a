"""The extractive reader: from ranked candidates to a short answer, every sentence with the exact words it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.candidates import Candidate
from rag.places import row_label
from rag.plain import plain, sentence, table_row
from rag.questions import Question
from rag.retrieval import Ranking
from rag.snapshot import Snapshot
from rag.types import Citation, Passage, Sentence, Span, Unit, hull

QUOTE_LIMIT = 590
CITATIONS = 8
PIECES = 6
DROP = 3.0
"""A further sentence is taken while its score is less than this below the best one's."""
NEEDED = 150
"""An answer shorter than this many characters takes the next sentence whatever its score."""
FACT_LENGTH = 260
"""The longest answer, in characters, to a question that asks for one fact: a number, a date, a name."""
_OPEN_KINDS = ("definition", "reason", "how")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of the answer in the making, with the spans that it rests on, all in one document."""

    text: str
    passage: int
    spans: tuple[Span, ...]


def read(
    question: Question, ranking: Ranking, ranked: Sequence[Candidate], snapshot: Snapshot, length: int
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The sentences of the answer, best first, at most `length` characters in all, and their citations."""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    numbers: dict[tuple[str, str, Span], int] = {}
    used = 0
    length = min(length, FACT_LENGTH) if _asks_a_fact(question) else length
    for piece in _pieces(question, ranking, ranked, snapshot):
        new = [s for s in piece.spans if _key(ranking, piece, s) not in numbers]
        if not new or len(citations) + len(new) > CITATIONS or used + len(piece.text) > length:
            if sentences:
                continue
            piece = _Piece(
                piece.text[: length - 1] + "…" if len(piece.text) > length else piece.text, piece.passage, piece.spans[:CITATIONS]
            )
        for span in piece.spans:
            if _key(ranking, piece, span) not in numbers:
                numbers[_key(ranking, piece, span)] = len(citations)
                citations.append(cite(snapshot, ranking.hits[piece.passage].passage, span))
        sentences.append(Sentence(piece.text, tuple(numbers[_key(ranking, piece, s)] for s in piece.spans)))
        used += len(piece.text)
        if len(sentences) >= PIECES:
            break
    return tuple(sentences), tuple(citations)


def _asks_a_fact(question: Question) -> bool:
    return bool(question.kinds) and not question.wants_list and not any(kind.name in _OPEN_KINDS for kind in question.kinds)


def cite(snapshot: Snapshot, passage: Passage, span: Span) -> Citation:
    """The citation of a span in the passage's document; of a table row the path ends with the row."""
    document = snapshot.document(passage.doc_id, passage.version)
    page = document.layout.page(span.start, span.end) if document.layout else None
    page = page or next((p.number for p in document.pages if p.span.start <= span.start < p.span.end), None)
    path = snapshot.path_at(passage.doc_id, passage.version, span)
    row = next((u for u in passage.units if u.kind == "row" and u.span.covers(span)), None)
    if row is not None and len(row.context) > 0:  # the header itself has none
        path = (*path, row_label(row.span.of(document.text), *(c.of(document.text) for c in row.context[1:2])))
    return Citation(document.source, document.id, document.version, document.title, span, span.of(document.text), path, page)


def _key(ranking: Ranking, piece: _Piece, span: Span) -> tuple[str, str, Span]:
    passage = ranking.hits[piece.passage].passage
    return passage.doc_id, passage.version, span


def _pieces(question: Question, ranking: Ranking, ranked: Sequence[Candidate], snapshot: Snapshot) -> Iterator[_Piece]:
    """The pieces worth saying, best first, nothing twice."""
    said: set[str] = set()
    covered: dict[int, list[Span]] = {}
    total = 0
    for candidate in ranked:
        if total >= NEEDED and candidate.score < ranked[0].score - DROP:
            return
        if any(s.covers(candidate.unit.span) for s in covered.get(candidate.passage, ())):
            continue
        for piece in _compose(question, ranking.hits[candidate.passage].passage, candidate, ranked, snapshot):
            if piece.text in said:
                continue
            said.add(piece.text)
            covered.setdefault(piece.passage, []).extend(piece.spans)
            total += len(piece.text)
            yield piece


def _compose(
    question: Question, passage: Passage, candidate: Candidate, ranked: Sequence[Candidate], snapshot: Snapshot
) -> Iterator[_Piece]:
    """A candidate with what it cannot be understood without."""
    text = snapshot.document(passage.doc_id, passage.version).text
    unit = candidate.unit
    if unit.kind == "row":
        yield _row(text, candidate)
        return
    listed = _list_around(passage, candidate, question, ranked)
    if listed:
        yield from _listing(text, candidate.passage, listed)
        return
    for main in unit.context if unit.kind == "sentence" else ():
        yield _Piece(sentence(main.of(text)), candidate.passage, (main,))
    yield _Piece(sentence(unit.span.of(text)), candidate.passage, (unit.span,))


def _row(text: str, candidate: Candidate) -> _Piece:
    unit = candidate.unit
    header, *repeated = unit.context or (None,)
    if header is not None and header.start > unit.span.start:
        header = None
    spans = (unit.span, *((header,) if header else ()), *repeated)
    return _Piece(
        table_row(unit.span.of(text), header.of(text) if header else None, [r.of(text) for r in repeated]),
        candidate.passage,
        spans,
    )


def _list_around(
    passage: Passage, candidate: Candidate, question: Question, ranked: Sequence[Candidate]
) -> tuple[Span | None, list[Unit]] | None:
    """The introduction and all items of the list that the candidate introduces or belongs to, when the list is the answer."""
    units = passage.units
    unit = candidate.unit
    introduced = [u for u in units if u.kind == "item" and u.context and u.context[-1] == unit.span]
    if introduced:
        return unit.span, introduced
    if unit.kind != "item":
        return None
    siblings = [u for u in units if u.kind == "item" and u.context == unit.context]
    near = list(_run(siblings, unit, passage))
    good = sum(any(c.unit is u for u in near) for c in ranked[:6])
    if len(near) > 1 and (question.wants_list or good >= 3):
        return (unit.context[-1] if unit.context else None), near
    return None


def _run(siblings: Sequence[Unit], unit: Unit, passage: Passage) -> Iterator[Unit]:
    """The siblings that stand in one run with the unit, only a heading between them parting them."""
    position = {id(u): i for i, u in enumerate(passage.units)}
    at = position[id(unit)] if id(unit) in position else next(i for i, u in enumerate(passage.units) if u == unit)
    for sibling in siblings:
        here = position[id(sibling)]
        between = passage.units[min(here, at) : max(here, at)]
        if not any(u.kind == "heading" for u in between):
            yield sibling


def _listing(text: str, passage: int, listed: tuple[Span | None, list[Unit]]) -> Iterator[_Piece]:
    """A list read out in one sentence with one quote where both are short enough, else item by item."""
    lead, items = listed
    spans = [*((lead,) if lead else ()), *(u.span for u in items)]
    whole = hull(spans)
    intro = sentence(lead.of(text)) if lead else ""
    words = "、".join(plain(u.span.of(text)).rstrip("。") for u in items) + "。"
    if len(whole) <= QUOTE_LIMIT and len(intro) + len(words) <= 380:
        yield _Piece(intro + words, passage, (whole,))
        return
    for span in spans:
        yield _Piece(sentence(span.of(text)), passage, (span,))
