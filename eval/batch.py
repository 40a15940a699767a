"""Answers a file of questions, one line each, in the order in which they were asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eval.files import whole_file
from eval.rows import Row, read_table
from rag.answers import to_json
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant

Progress = Callable[[str], None]
STEP = 100


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


def answer_file(assistant: Assistant, questions: Path, out: Path, progress: Progress, as_of: date | None = None) -> Batch:
    """Answer QUESTIONS.jsonl (id, question and perhaps previous; other keys are ignored) into ANSWERS.jsonl, written aside and put in place whole.

    Lines that are malformed, or whose question cannot be asked, are left out and listed.

    Raises InputError where the questions cannot be read or the answers cannot be written.
    """
    if out.exists() and questions.exists() and out.samefile(questions):
        raise InputError(f"質問と回答が同じファイル「{out}」です。--out に別の名前を指定してください。")
    begun = time.perf_counter()
    table = read_table(questions, _question)
    problems = list(table.problems)
    answered = abstained = 0
    with whole_file(out) as file:
        for line in answers(assistant, table.values, problems.append, progress, as_of):
            file.write(dumps(line) + "\n")
            answered += 1
            abstained += line["abstained"] is True
    return Batch(answered, abstained, time.perf_counter() - begun, tuple(problems))


def answers(
    assistant: Assistant,
    questions: Sequence[Question],
    refuse: Callable[[str], None],
    progress: Progress,
    as_of: date | None = None,
) -> Iterator[dict[str, object]]:
    """The lines of ANSWERS.jsonl, in order; `refuse` is told of each question that cannot be asked, which then has no line."""
    for number, question in enumerate(questions, 1):
        try:
            yield {"id": question.id, **to_json(assistant.ask(question.text, as_of, question.previous), assistant.snapshot)}
        except InputError as error:
            refuse(f"{question.place}: {error}")
        if number % STEP == 0 or number == len(questions):
            progress(f"{number}/{len(questions)}問に回答しました")


def dumps(line: dict[str, object]) -> str:
    """The line as JSON, with Japanese as it is."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False)


def _question(row: Row) -> Question:
    return Question(row.id(), row.words("question"), row.place, row.lines("previous"))
