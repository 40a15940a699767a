"""Reading-comprehension data (SQuAD, JaQuAD) as a retrieval and reading test over all of its paragraphs at once."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eval.batch import Progress
from eval.figures import DEPTHS, mean, recall, reciprocal
from eval.fold import fold
from eval.overlap import character_f1, exact_match
from eval.pace import Pace
from eval.parallel import ordered
from eval.rows import Row, RowError, read_bytes, read_table
from eval.temporary import number_id, temporary_index
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

    `legs` holds the rank of the right paragraph by each retrieval leg alone: 1, or 0 where another paragraph is first. `exact` and `f1`
    compare the first sentence with the answer as JSQuAD does, by its best wording.
    """

    passage: Mapping[str, int]
    sentence: int
    exact: float
    f1: float
    legs: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class SquadFigures:
    """Means over the questions, `recall` and `mrr` in each of the ORDERS; `seconds` is the median time of one search.

    What is compared for `exact` and `f1` is a whole sentence, as this system answers in sentences and not in the few words that
    the data marks: they are low even where the sentence is the right one, and say how much else it holds.
    """

    paragraphs: int
    questions: int
    recall: dict[str, dict[int, float]]
    mrr: dict[str, float]
    sentence: dict[int, float]
    exact: float
    f1: float
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
            "exact_match": self.exact,
            "f1": self.f1,
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
    """Index every paragraph in a temporary folder, ask the questions (the first `limit` of them) and return the figures.

    `jobs` processes work at both; 0 means one a core where there is much to do.
    """
    reading = read_squad(path)
    with indexed(reading, progress, settings, jobs) as assistant:
        return asked(assistant, reading, progress, limit, jobs)


@contextmanager
def indexed(reading: Reading, progress: Progress, settings: Settings | None = None, jobs: int = 0) -> Iterator[Assistant]:
    """An assistant over the paragraphs, one document each, in an index that is gone afterwards."""
    with temporary_index(((p.title, p.text) for p in reading.paragraphs), progress, settings, jobs) as assistant:
        yield assistant


def asked(assistant: Assistant, reading: Reading, progress: Progress, limit: int | None = None, jobs: int = 0) -> SquadFigures:
    """Ask an assistant over the paragraphs the questions, the first `limit` of them."""
    tasks = [(number_id(n), question) for n, p in enumerate(reading.paragraphs) for question in p.questions][:limit]
    pace = Pace(progress, len(tasks), "問を調べました")
    outcomes = []
    for outcome in ordered(assistant, _outcome, tasks, jobs):
        outcomes.append(outcome)
        pace.step()
    return _summary(reading, outcomes)


def _outcome(assistant: Assistant, task: tuple[str, Question]) -> Outcome:
    """Ask the question of which the document with the id holds the answer."""
    doc, question = task
    begun = time.perf_counter()
    understood = assistant.understand(question.text)
    fused = assistant.retrieve(understood)
    seconds = time.perf_counter() - begun
    read = assistant.reading(understood, fused)
    best = read.ranked[0].text if read.ranked else ""
    legs = assistant.retriever.legs(understood, date.today())
    first = {name: assistant.snapshot.at([int(scores.argmax())])[0].doc_id for name, scores in legs.items()}
    return Outcome(
        passage={
            order: _rank([hit.passage.doc_id == doc for hit in hits[: max(DEPTHS)]])
            for order, hits in zip(ORDERS, (fused.hits, read.ranking.hits), strict=True)
        },
        sentence=_rank([answers(candidate.text, question) for candidate in read.ranked[: max(SENTENCES)]]),
        exact=max(exact_match(best, answer) for answer in question.answers),
        f1=max(character_f1(best, answer) for answer in question.answers),
        legs={name: int(found == doc) for name, found in first.items()},
        seconds=seconds,
    )


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
        exact=mean(o.exact for o in outcomes),
        f1=mean(o.f1 for o in outcomes),
        legs={leg: mean(o.legs[leg] for o in outcomes) for leg in outcomes[0].legs},
        seconds=statistics.median(o.seconds for o in outcomes),
        problems=reading.problems,
    )
