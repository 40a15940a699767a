"""Runs a gold set and writes the report: answers.jsonl, figures.json, questions.csv and report.html."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from eval.answers import Reply, reply
from eval.baseline import FIGURES, Comparison, Run, compare, read_run
from eval.batch import Progress, Question, answers, dumps
from eval.calibration import Calibration, calibration
from eval.figures import Figures, figures, null, scores
from eval.files import csv_table, whole_file
from eval.gold import read_gold
from eval.page import KINDS, NAMES, faults, page, shown
from eval.rows import Row
from eval.score import Score, Sources
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant

COLUMNS = (
    "ID", "種類", "質問", "検証済み", "不合格の理由", "回答", "棄権", "述べた事実", "期待する事実",
    "根拠の引用", "引用の完全一致", "検索の順位", "引用した文書", "引用した文言", "秒",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run over a gold set. `problems` has one sentence for each row, question or piece of evidence that could not be used."""

    scores: tuple[Score, ...]
    figures: Figures
    calibration: Calibration
    seconds_p50: float
    problems: tuple[str, ...]
    comparison: Comparison | None


def evaluate(assistant: Assistant, gold: Path, report: Path | None, baseline: Path | None, progress: Progress) -> Evaluation:
    """Ask every gold question, score the answers and write the report into its folder, each file put in place whole at the end.

    The folder of the baseline is read first, so that it may be the folder of the report.

    Raises InputError where the gold set or the baseline cannot be read, or the report cannot be written.
    """
    if report is not None and report.exists() and not report.is_dir():
        raise InputError(f"「{report}」はファイルです。--report にはフォルダを指定してください。")
    before = read_run(baseline) if baseline is not None else None
    table = read_gold(gold)
    questions = [Question(g.id, g.question, f"質問「{g.id}」", g.previous) for g in table.values]
    refused: list[str] = []
    lines = list(answers(assistant, questions, refused.append, progress))
    rows = scores(table.values, [_reply(line) for line in lines], Sources.of(assistant.snapshot))
    summary = figures(rows)
    result = Evaluation(
        scores=rows,
        figures=summary,
        calibration=calibration(rows),
        seconds_p50=_median([r.reply.seconds for r in rows if r.reply.seconds]),
        problems=(*table.problems, *refused, *_missing(rows)),
        comparison=compare(before, _run(summary, rows)) if before is not None else None,
    )
    if report is not None:
        _write(report, lines, result)
    return result


def told(result: Evaluation) -> list[str]:
    """The run as lines for a terminal: the figures, with those of the baseline, and what was gained and lost."""
    before = {name: value for name, value, _ in result.comparison.moved} if result.comparison else {}
    lines = [
        f"{NAMES[name]}: {shown(name, value)}" + (f"（前回 {shown(name, before[name])}）" if name in before else "")
        for name, value in result.figures.flat().items()
    ]
    lines += [f"{NAMES[name]}: {shown(name, value)}" for name, value in result.calibration.flat().items()]
    lines += [f"回答時間の中央値: {result.seconds_p50 * 1000:.1f}ミリ秒"]
    lines += [f"種類別 {KINDS.get(kind, kind)}: {share:.3f}（{n}問）" for kind, (share, n) in result.figures.by_kind.items()]
    if result.comparison:
        lines += [f"新たに検証済みになった質問: {'、'.join(map(str, result.comparison.gained)) or 'なし'}"]
        lines += [f"検証済みでなくなった質問: {'、'.join(map(str, result.comparison.lost)) or 'なし'}"]
    return lines


def _reply(line: dict[str, object]) -> Reply:
    """The answer as it is read back from the file, so that what is scored is what is written."""
    return reply(Row("answers.jsonl", json.loads(dumps(line))))


def _missing(rows: Sequence[Score]) -> list[str]:
    return [f"質問「{r.gold.id}」の根拠が、登録された文書にありません: {evidence}" for r in rows for evidence in r.missing]


def _run(summary: Figures, rows: Sequence[Score]) -> Run:
    return Run({name: null(value) for name, value in summary.flat().items()}, {r.gold.id: r.verified for r in rows})


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def _write(folder: Path, lines: Sequence[dict[str, object]], result: Evaluation) -> None:
    writers: dict[str, Callable[[TextIO], object]] = {
        "answers.jsonl": lambda file: file.writelines(dumps(line) + "\n" for line in lines),
        FIGURES: lambda file: file.write(json.dumps(_summary(result), ensure_ascii=False, indent=1) + "\n"),
        "questions.csv": lambda file: csv_table(file, COLUMNS, map(_cells, result.scores)),
        "report.html": lambda file: file.write(
            page(result.scores, result.figures, result.calibration, result.problems, result.comparison)
        ),
    }
    for name, write in writers.items():
        with whole_file(folder / name, bom=name.endswith(".csv")) as file:
            write(file)


def _summary(result: Evaluation) -> dict[str, object]:
    rows = [
        {
            "id": r.gold.id, "kind": r.gold.kind, "verified": r.verified, "abstained": r.reply.abstained,
            "confidence": r.reply.confidence, "facts": r.facts, "cited": r.cited, "exact": r.exact, "rank": r.rank, "length": r.length,
        }
        for r in result.scores
    ]  # fmt: skip
    return {
        **result.figures.as_json(),
        "calibration": result.calibration.as_json(),
        "seconds_p50": result.seconds_p50,
        "problems": list(result.problems),
        "rows": rows,
    }


def _cells(row: Score) -> tuple[object, ...]:
    gold, given = row.gold, row.reply
    return (
        gold.id, KINDS.get(gold.kind, gold.kind), gold.conversation, _mark(row.verified), "、".join(faults(row)), given.text,
        _mark(given.abstained), f"{sum(row.stated)}/{len(row.stated)}", "／".join("・".join(fact) for fact in gold.must),
        _mark(row.cited), _mark(row.exact), row.rank or "", "\n".join(dict.fromkeys(c.place.doc for c in given.citations)),
        "\n".join(c.quote for c in given.citations), round(given.seconds, 4),
    )  # fmt: skip


def _mark(value: bool) -> str:
    return "○" if value else "×"
