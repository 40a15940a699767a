"""Answers a file of questions, one line each, in the order in which they were asked."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.files import whole_file
from eval.pace import Pace
from eval.parallel import ordered
from eval.partial import Partial, partial
from eval.rows import Row, read_table
from rag.answers import to_json
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant

Progress = Callable[[str], None]
_ANSWER, _REFUSED = "answer", "refused"
"""The keys of what is kept of a question: its line, or why it has none."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask, with the id it came with, where it stands, for messages, and the conversation's earlier questions."""

    id: str | int
    text: str
    place: str
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a file of questions; `problems` has one sentence for each line that was not answered."""

    answered: int
    abstained: int
    seconds: float
    problems: tuple[str, ...]


def answer_file(
    assistant: Assistant, questions: Path, out: Path, progress: Progress, as_of: date | None = None, jobs: int = 1
) -> Batch:
    """Answer QUESTIONS.jsonl (id, question and perhaps previous; other keys are ignored) into ANSWERS.jsonl, put in place whole.

    Lines that are malformed, or whose question cannot be asked, are left out and listed. An interrupted run goes on where it stopped
    when it is started again with the same questions, index and settings.

    Raises InputError where the questions cannot be read or the answers cannot be written.
    """
    if out.exists() and questions.exists() and out.samefile(questions):
        raise InputError(f"質問と回答が同じファイル「{out}」です。--out に別の名前を指定してください。")
    if out.is_dir():
        raise InputError(f"「{out}」はフォルダです。書き出すファイルの名前を指定してください。")
    begun = time.perf_counter()
    table = read_table(questions, _question)
    problems = list(table.problems)
    answered = abstained = 0
    with keeping(out, assistant, table.values, progress, as_of) as kept:
        for _ in answers(assistant, table.values, problems.append, progress, as_of, jobs=jobs, kept=kept):
            pass
        with whole_file(out) as file:
            for line in (record[_ANSWER] for record in kept or () if _ANSWER in record):
                file.write(dumps(line) + "\n")
                answered += 1
                abstained += line["abstained"] is True
    return Batch(answered, abstained, time.perf_counter() - begun, tuple(problems))


def keeping(
    output: Path | None, assistant: Assistant, questions: Sequence[Question], progress: Progress, as_of: date | None = None
) -> AbstractContextManager[Partial | None]:
    """What `answers` keeps while it works for an output, which an interrupted run goes on from; nothing where there is no output."""
    if output is None:
        return nullcontext()
    return partial(output, _key(assistant, questions, as_of or date.today()), progress)


def answers(
    assistant: Assistant,
    questions: Sequence[Question],
    refuse: Callable[[str], None],
    progress: Progress,
    as_of: date | None = None,
    *,
    jobs: int = 1,
    kept: Partial | None = None,
) -> Iterator[dict[str, Any]]:
    """The lines of ANSWERS.jsonl, in order; `refuse` is told of each question that cannot be asked, which then has no line.

    Those that are `kept` come first, and each new one is kept. `jobs` processes work at it, 0 for one a core where there are many.
    """
    done = kept.done if kept else 0
    pace = Pace(progress, len(questions), "問に回答しました", done)
    work = functools.partial(_record, as_of or date.today())
    for number, record in enumerate(_records(kept, ordered(assistant, work, questions[done:], jobs))):
        if number >= done:
            pace.step()
        if _ANSWER in record:
            yield record[_ANSWER]
        else:
            refuse(record[_REFUSED])


def _records(kept: Partial | None, new: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is kept, and then what is new, kept from now on."""
    if kept:
        for _, record in zip(range(kept.done), kept, strict=False):
            yield record
    for record in new:
        if kept:
            kept.add(record)
        yield record


def _record(on: date, assistant: Assistant, question: Question) -> dict[str, Any]:
    """The line of a question, or why it cannot be asked."""
    try:
        answer = assistant.ask(question.text, on, question.previous)
    except InputError as error:
        return {_REFUSED: f"{question.place}: {error}"}
    return {_ANSWER: {"id": question.id, **to_json(answer, assistant.snapshot)}}


def _key(assistant: Assistant, questions: Sequence[Question], on: date) -> str:
    """What the answers hang on: the questions, the index and what of it may be seen, the day and the settings."""
    settings, scope = assistant.settings, assistant.snapshot.scope
    chosen = (settings.answer_length, settings.passages, settings.question_length, settings.threshold, sorted(settings.without))
    seen = [sorted(names) if names is not None else None for names in (scope.groups, scope.ids)]
    digest = hashlib.sha256(repr((assistant.snapshot.name, seen, on.isoformat(), chosen)).encode())
    for question in questions:
        digest.update(repr(astuple(question)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def dumps(line: dict[str, object]) -> str:
    """The line as JSON, with Japanese as it is."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False)


def _question(row: Row) -> Question:
    return Question(row.id(), row.words("question"), row.place, row.lines("previous"))
