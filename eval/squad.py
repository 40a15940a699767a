"""Reading-comprehension data (SQuAD, JaQuAD) as a retrieval and reading test over all of its paragraphs at once."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eval.batch import STEP, Progress
from eval.figures import DEPTHS, mean, recall, reciprocal
from eval.fold import fold
from eval.rows import Row, RowError, read_bytes, read_table
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings

SENTENCES = (1, 3)
ORDERS = ("fused", "answer")
"""The orders of the passages: as retrieval fuses them, and as the hits of an answer have them, reordered by what they hold."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the wordings of its answer, any one of which is right."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article, with its questions."""

    title: str
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The data set; `problems` has one sentence for each paragraph that was left out."""

    paragraphs: tuple[Paragraph, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: the ranks, from 1 and 0 for none, of the right paragraph in each of the ORDERS and of the first sentence with
    the answer.

    `legs` holds the rank of the right paragraph by each retrieval leg alone: 1, or 0 where another paragraph is first.
    """

    passage: Mapping[str, int]
    sentence: int
    legs: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class SquadFigures:
    """Means over the questions, `recall` and `mrr` in each of the ORDERS; `seconds` is the median time of one search."""

    paragraphs: int
    questions: int
    recall: dict[str, dict[int, float]]
    mrr: dict[str, float]
    sentence: dict[int, float]
    legs: dict[str, float]
    seconds: float
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, float]:
        """The figures under their public names."""
        return {
            "paragraphs": self.paragraphs,
            "questions": self.questions,
            **{f"recall@{k} {order}": v for order, found in self.recall.items() for k, v in found.items()},
            **{f"mrr {order}": v for order, v in self.mrr.items()},
            **{f"sentence@{k}": v for k, v in self.sentence.items()},
            **{f"recall@1 {leg}": v for leg, v in self.legs.items()},
            "search_seconds_p50": self.seconds,
        }


def read_squad(path: Path) -> Reading:
    """The paragraphs of a JSON-lines file (title, context, qas; plain or .xz), or of a .json file in SQuAD's own form.

    Questions without an answer (SQuAD 2.0) are left out, as the other paragraphs do not answer them either way.

    Raises InputError where the file cannot be read or has no question.
    """
    if path.name.removesuffix(".xz").endswith(".json"):
        reading = _read_json(path)
    else:
        table = read_table(path, _paragraph)
        reading = Reading(table.values, table.problems)
    if not any(p.questions for p in reading.paragraphs):
        raise InputError(f"「{path}」から読める質問が1件もありません。{''.join(reading.problems[:1])}")
    return reading


def _read_json(path: Path) -> Reading:
    found: list[Paragraph] = []
    problems: list[str] = []
    for row in _flat(path):
        try:
            found.append(_paragraph(row))
        except RowError as error:
            problems.append(str(error))
    return Reading(tuple(found), tuple(problems))


def _flat(path: Path) -> Iterator[Row]:
    """Each paragraph with its article's title, as a row of the line form."""
    try:
        whole = Row(path.name, {"file": json.loads(read_bytes(path))})
        for article in Row(path.name, _fields(whole, "file")).rows("data"):
            for paragraph in article.rows("paragraphs"):
                yield Row(paragraph.place, {"title": article.fields.get("title", ""), **paragraph.fields}, paragraph.prefix)
    except (ValueError, RecursionError) as error:
        raise InputError(f"「{path}」をSQuADのJSONとして読めません（{error}）。") from None


def _fields(row: Row, key: str) -> dict[str, object]:
    value = row.fields[key]
    if not isinstance(value, dict):
        raise row.wrong(key, "オブジェクト")
    return value


def _paragraph(row: Row) -> Paragraph:
    asked = tuple(_question(q) for q in row.rows("qas"))
    return Paragraph(row.text("title"), row.words("context"), tuple(q for q in asked if q.answers))


def _question(row: Row) -> Question:
    if "answers" not in row.fields:
        return Question(row.words("question"), (row.words("answer"),))
    return Question(row.words("question"), tuple(a.words("text") for a in row.rows("answers")))


def measure(
    path: Path, progress: Progress, settings: Settings | None = None, limit: int | None = None, jobs: int = 0
) -> SquadFigures:
    """Index every paragraph in a temporary folder, ask the questions (the first `limit` of them) and return the figures."""
    reading = read_squad(path)
    with indexed(reading, progress, settings, jobs) as assistant:
        return asked(assistant, reading, progress, limit)


@contextmanager
def indexed(reading: Reading, progress: Progress, settings: Settings | None = None, jobs: int = 0) -> Iterator[Assistant]:
    """An assistant over the paragraphs, one document each, in an index that is gone afterwards."""
    from ingest.build import ingest
    from rag.assistant import Assistant

    with tempfile.TemporaryDirectory() as name:
        folder, index = Path(name) / "paragraphs", Path(name) / "index"
        folder.mkdir()
        lines = [{"id": _id(n), "title": p.title, "text": p.text} for n, p in enumerate(reading.paragraphs)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / "p.jsonl").write_text(text, encoding="utf-8")
        ingest([folder], index, settings=settings, jobs=jobs, progress=progress)
        assistant = Assistant.open(index, settings)
        with assistant.snapshot:
            yield assistant


def _id(number: int) -> str:
    """The id of the document that a paragraph becomes."""
    return f"p{number:06d}"


def asked(assistant: Assistant, reading: Reading, progress: Progress, limit: int | None = None) -> SquadFigures:
    """Ask an assistant over the paragraphs the questions, the first `limit` of them."""
    return _summary(reading, list(_outcomes(assistant, reading, progress, limit)))


def _outcomes(assistant: Assistant, reading: Reading, progress: Progress, limit: int | None) -> Iterator[Outcome]:
    questions = [(_id(n), question) for n, p in enumerate(reading.paragraphs) for question in p.questions][:limit]
    names = {row.number: row.id for row in assistant.snapshot.documents()}
    owners = [names[n] for n in assistant.snapshot.passage_document.tolist()]
    for number, (doc, question) in enumerate(questions, 1):
        begun = time.perf_counter()
        understood = assistant.understand(question.text)
        fused = assistant.retrieve(understood)
        seconds = time.perf_counter() - begun
        read = assistant.reading(understood, fused)
        legs = assistant.retriever.legs(understood, date.today())
        yield Outcome(
            passage={
                order: _rank([hit.passage.doc_id == doc for hit in hits[: max(DEPTHS)]])
                for order, hits in zip(ORDERS, (fused.hits, read.ranking.hits), strict=True)
            },
            sentence=_rank([answers(candidate.text, question) for candidate in read.ranked[: max(SENTENCES)]]),
            legs={name: int(owners[int(scores.argmax())] == doc) for name, scores in legs.items()},
            seconds=seconds,
        )
        if number % STEP == 0 or number == len(questions):
            progress(f"{number}/{len(questions)}問を調べました")


def answers(sentence: str, question: Question) -> bool:
    """Whether the sentence contains the answer in one of its wordings, width, case and white space folded."""
    return any(fold(answer) in fold(sentence) for answer in question.answers)


def _rank(right: Sequence[bool]) -> int:
    """The place of the first right one, from 1; 0 where none is."""
    return right.index(True) + 1 if True in right else 0


def _summary(reading: Reading, outcomes: Sequence[Outcome]) -> SquadFigures:
    passages = {order: [o.passage[order] for o in outcomes] for order in ORDERS}
    sentences = [o.sentence for o in outcomes]
    return SquadFigures(
        paragraphs=len(reading.paragraphs),
        questions=len(outcomes),
        recall={order: {k: recall(ranks, k) for k in DEPTHS} for order, ranks in passages.items()},
        mrr={order: reciprocal(ranks) for order, ranks in passages.items()},
        sentence={k: recall(sentences, k) for k in SENTENCES},
        legs={leg: mean(o.legs[leg] for o in outcomes) for leg in outcomes[0].legs},
        seconds=statistics.median(o.seconds for o in outcomes),
        problems=reading.problems,
    )
