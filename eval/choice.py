"""Multiple choice over law texts, in the form of lawqa_jp's selection.json: the choice is the statement that the verifier finds best
supported, or least where what is wrong is asked for."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval.batch import Progress
from eval.figures import mean, null
from eval.pace import Pace
from eval.parallel import ordered
from eval.rows import Row, RowError, Table, read_bytes
from eval.temporary import number_id, temporary_index
from rag.errors import InputError
from rag.support import Judged, Support
from rag.types import Passage, Verdict

if TYPE_CHECKING:
    from rag.assistant import Assistant

Given = Literal["context", "index"]
GIVEN: Mapping[Given, str] = {"context": "問題に付いた条文", "index": "索引から検索した条文"}
"""What the statements are checked against."""
PASSAGES = 8
"""So many passages are searched for a statement."""
_LABEL = re.compile(r"\s*([A-Za-zア-オ1-9])(?:[\s.．、:：)）]+)(?=\S)")
_ASKED = re.compile(
    r"(?P<wrong>誤っ|誤り|間違っ|正しくな|適切でな|適当でな|妥当でな|不適切|不適当|該当しな|含まれな|当てはまらな|あてはまらな)|正しい|適切な|適当な|妥当な|該当する"
)
_ORDER: Mapping[Verdict, int] = {"supported": 2, "not_found": 1, "contradicted": 0}


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with its statements by label; `right` is the label of the one to choose, `context` the articles given with it."""

    id: str
    question: str
    options: tuple[tuple[str, str], ...]
    right: str
    context: str = ""

    @property
    def wrong_asked(self) -> bool:
        """Whether the statement that does not hold is asked for: the last word on it in the question decides."""
        said = list(_ASKED.finditer(unicodedata.normalize("NFKC", self.question)))
        return bool(said) and said[-1]["wrong"] is not None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A statement with what the verifier says of it, and the words that it says it by."""

    label: str
    verdict: Verdict
    score: float
    reasons: tuple[str, ...]
    quotes: tuple[str, ...]

    @property
    def support(self) -> tuple[int, float]:
        """The greater, the better it is supported."""
        return _ORDER[self.verdict], self.score


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen; `tied` says that another statement was weighed the same."""

    choice: Choice
    label: str
    tied: bool
    weighed: tuple[Weighed, ...]

    @property
    def right(self) -> bool:
        """Whether it is the right one."""
        return self.label == self.choice.right


@dataclass(frozen=True, slots=True)
class ChoiceFigures:
    """What was chosen of each question by what it was checked against."""

    chosen: Mapping[Given, tuple[Chosen, ...]]
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The accuracy by what was checked against, over all questions and by what they ask for, beside that of guessing."""
        return {name: _means(rows) for name, rows in self.chosen.items()}

    def lines(self) -> Iterator[str]:
        """Each question with the verdicts, as JSON lines."""
        for name, rows in self.chosen.items():
            for row in rows:
                weighed = [
                    {"label": w.label, "verdict": w.verdict, "score": w.score, "reasons": w.reasons, "quotes": w.quotes}
                    for w in row.weighed
                ]
                line = {
                    "id": row.choice.id,
                    "given": name,
                    "question": row.choice.question,
                    "wrong_asked": row.choice.wrong_asked,
                    "expected": row.choice.right,
                    "chosen": row.label,
                    "right": row.right,
                    "tied": row.tied,
                    "options": weighed,
                }
                yield json.dumps(line, ensure_ascii=False) + "\n"

    def told(self) -> Iterator[str]:
        """The figures as lines for a terminal."""
        for name, rows in self.chosen.items():
            found = _means(rows)
            yield f"{GIVEN[name]}: {len(rows)}問の正解率 {found['accuracy']:.3f}（当て推量なら {found['chance']:.3f}）"
            for asked, said in (("right_asked", "正しいものを選ぶ問題"), ("wrong_asked", "誤っているものを選ぶ問題")):
                if found[f"{asked}_questions"]:
                    yield f"　{said}: {found[f'{asked}_questions']}問の正解率 {found[f'{asked}_accuracy']:.3f}"


def _means(rows: Sequence[Chosen]) -> dict[str, float | None]:
    by_kind = {
        name: [r.right for r in rows if r.choice.wrong_asked == wrong]
        for name, wrong in (("right_asked", False), ("wrong_asked", True))
    }
    return {
        "questions": len(rows),
        "accuracy": null(mean(r.right for r in rows)),
        "chance": null(mean(1 / len(r.choice.options) for r in rows)),
        "tied": null(mean(r.tied for r in rows)),
        **{f"{name}_questions": len(right) for name, right in by_kind.items()},
        **{f"{name}_accuracy": null(mean(right)) for name, right in by_kind.items()},
    }  # fmt: skip


def read_choices(path: Path) -> Table[Choice]:
    """The questions of a JSON file: a list of objects with 問題文, 選択肢, output and perhaps コンテキスト, or that list under `samples`.

    Malformed ones are listed by their number, from 1. Raises InputError where the file cannot be read or has no question.
    """
    try:
        data = json.loads(read_bytes(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"「{path}」をJSONとして読めません（{error}）。UTF-8のJSONファイルを指定してください。") from None
    items = data.get("samples") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise InputError(f"「{path}」は問題の配列ではないので、問題文、選択肢、outputのあるオブジェクトの配列にしてください。")
    found: list[Choice] = []
    problems: list[str] = []
    for number, item in enumerate(items, 1):
        place = f"{path.name} {number}件目"
        try:
            if not isinstance(item, dict):
                raise RowError(f"{place}: JSONのオブジェクトではありません。")
            found.append(_choice(Row(place, item), number))
        except RowError as error:
            problems.append(str(error))
    if not found:
        raise InputError(f"「{path}」から読める問題が1件もありません。{''.join(problems[:1])}")
    return Table(tuple(found), tuple(problems))


def _choice(row: Row, number: int) -> Choice:
    options = tuple(_options(row.words("選択肢")))
    labels = [label for label, _ in options]
    if len(options) < 2 or len(set(labels)) != len(labels):
        raise row.wrong("選択肢", "「a …」のような行が2行以上の文字列")
    right = unicodedata.normalize("NFKC", row.words("output")).strip().lower()[:1]
    if right not in labels:
        raise row.wrong("output", "選択肢のどれかの記号")
    context = row.text("コンテキスト") if row.fields.get("コンテキスト") else ""
    name = row.fields.get("ファイル名")
    return Choice(name if isinstance(name, str) and name else str(number), row.words("問題文"), options, right, context)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """The statements by label; a line without one goes on from the line before."""
    label, words = "", ""
    for line in text.splitlines():
        found = _LABEL.match(unicodedata.normalize("NFKC", line))
        if found:
            if label:
                yield label, words
            label, words = found[1].lower(), line.strip()[1:].lstrip(" 　.．、:：)）")
        elif label:
            words += line.strip()
    if label:
        yield label, words


def measure(
    path: Path, progress: Progress, assistant: Assistant | None, limit: int | None = None, jobs: int = 0
) -> ChoiceFigures:
    """Choose for every question (the first `limit` of them) by the articles given with it, and by those that an assistant finds."""
    table = read_choices(path)
    chosen: dict[Given, tuple[Chosen, ...]] = {}
    choices = table.values[:limit]
    if with_context := [c for c in choices if c.context.strip()]:
        settings = assistant.settings if assistant else None
        with temporary_index(((c.id, c.context) for c in with_context), progress, settings, jobs) as over:
            tasks = [(c, number_id(n)) for n, c in enumerate(with_context)]
            chosen["context"] = tuple(_all(over, tasks, progress, jobs))
    if assistant:
        chosen["index"] = tuple(_all(assistant, [(c, "") for c in choices], progress, jobs))
    return ChoiceFigures(chosen, table.problems)


def _all(assistant: Assistant, tasks: Sequence[tuple[Choice, str]], progress: Progress, jobs: int) -> Iterator[Chosen]:
    pace = Pace(progress, len(tasks), "問を選びました")
    for chosen in ordered(assistant, _chosen, tasks, jobs):
        pace.step()
        yield chosen


def _chosen(assistant: Assistant, task: tuple[Choice, str]) -> Chosen:
    """The choice by the passages of the document with an id, or by those that are found where that is empty."""
    choice, doc = task
    weighed = tuple(_weighed(assistant, choice, label, words, doc) for label, words in choice.options)
    best = (min if choice.wrong_asked else max)(weighed, key=lambda w: w.support)
    return Chosen(choice, best.label, sum(w.support == best.support for w in weighed) > 1, weighed)


def _weighed(assistant: Assistant, choice: Choice, label: str, words: str, doc: str) -> Weighed:
    passages = _given(assistant, doc) if doc else _found(assistant, choice.question + words)
    judged: Judged = Support(passages, assistant.snapshot, assistant.verifier.verify).judge(words, ())
    found = judged.found
    return Weighed(label, found.verdict, found.score, tuple(r.text for r in found.reasons), tuple(e.text for e in judged.basis))


def _given(assistant: Assistant, doc: str) -> Sequence[Passage]:
    rows = [row for row in assistant.snapshot.documents() if row.id == doc]
    return [p for row in rows for p in assistant.snapshot.passages(row.id, row.version)]


def _found(assistant: Assistant, query: str) -> Sequence[Passage]:
    return [hit.passage for hit in assistant.search(query[-assistant.settings.question_length :], PASSAGES)]
