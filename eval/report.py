"""Runs a gold set, measures what came of it and writes the report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from eval.alce import Attribution, attribution
from eval.answers import Reply, reply
from eval.baseline import ANSWERS, Run, compare, read_run
from eval.batch import Progress, Question, answers, dumps, keeping
from eval.calibration import calibration
from eval.evaluation import Evaluation
from eval.figures import figures
from eval.gates import broken, read_gates
from eval.gold import Gold, read_gold
from eval.groups import groups
from eval.located import located
from eval.measures import measure, summarised, times
from eval.names import KINDS, NAMES, between, chance, shown
from eval.outputs import run, write
from eval.pace import Pace
from eval.parallel import ordered
from eval.rows import Row
from eval.score import Score, Sources
from eval.stages import STAGES
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.snapshot import Snapshot


def evaluate(
    assistant: Assistant,
    gold: Path,
    report: Path | None,
    baseline: Path | None,
    progress: Progress,
    gates: Path | None = None,
    jobs: int = 1,
) -> Evaluation:
    """Ask every gold question, measure the answers and write the report into its folder, each file put in place whole at the end.

    The folder of the baseline is read first, so that it may be the folder of the report. `jobs` processes answer, 0 for one a core; a
    run with a report that was interrupted goes on where it stopped.

    Raises InputError where the gold set, the baseline or the gates cannot be read, or the report cannot be written.
    """
    if report is not None and report.exists() and not report.is_dir():
        raise InputError(f"「{report}」はファイルです。--report にはフォルダを指定してください。")
    before = read_run(baseline) if baseline is not None else None
    required = read_gates(gates, before is not None) if gates is not None else ()
    table = read_gold(gold)
    questions = [Question(g.id, g.question, f"質問「{g.id}」", g.previous) for g in table.values]
    golds = located(table.values, assistant.snapshot)
    refused: list[str] = []
    with keeping(report / ANSWERS if report is not None else None, assistant, questions, progress) as kept:
        lines = list(answers(assistant, questions, refused.append, progress, jobs=jobs, kept=kept))
        result = judged(assistant, golds, lines, (*table.problems, *refused), before, progress, jobs)
        result = replace(result, broken=tuple(broken(required, result.flat(), result.comparison)))
        if report is not None:
            write(report, lines, result)
    return result


def judged(
    assistant: Assistant,
    gold: Sequence[Gold],
    lines: Sequence[dict[str, object]],
    problems: Sequence[str] = (),
    before: Run | None = None,
    progress: Progress = lambda line: None,
    jobs: int = 1,
) -> Evaluation:
    """Measure the lines of ANSWERS.jsonl against the gold questions and the texts of the assistant's index. `jobs` processes check the
    answers, 0 for one a core where there are many."""

    def attribute(given: Sequence[Reply]) -> Iterator[Attribution]:
        pace = Pace(progress, len(given), "件の回答を典拠と照合しました")
        for found in ordered(assistant, _attributed, given, jobs):
            pace.step()
            yield found

    measured = measure(gold, [_reply(line) for line in lines], _sources(assistant.snapshot), attribute)
    rows = tuple(m.score for m in measured)
    result = Evaluation(
        measured=measured,
        figures=figures(rows),
        summary=summarised([m.counted() for m in measured]),
        groups=groups(measured),
        calibration=calibration(rows),
        times=times(rows),
        problems=(*problems, *_missing(rows)),
        comparison=None,
    )
    return result if before is None else replace(result, comparison=compare(before, run(result)))


def _attributed(assistant: Assistant, given: Reply) -> Attribution:
    return attribution(given, assistant.verifier.verify, _sources(assistant.snapshot))


@lru_cache(maxsize=1)
def _sources(snapshot: Snapshot) -> Sources:
    return Sources.of(snapshot)


def told(result: Evaluation) -> list[str]:
    """The run as lines for a terminal: the figures with their intervals and those of the baseline, and what was gained and lost."""
    lines = [f"{NAMES[name]}: {shown(name, value)}{_beside(name, result)}" for name, value in result.flat().items()]
    lines += [f"種類別 {KINDS.get(kind, kind)}: {share:.3f}（{n}問）" for kind, (share, n) in result.figures.by_kind.items()]
    failed = [m.stage for m in result.measured if m.stage]
    lines += [f"失敗した段階 {said}: {failed.count(stage)}問" for stage, said in STAGES.items() if stage in failed]
    if result.comparison:
        lines += [f"新たに検証済みになった質問: {'、'.join(map(str, result.comparison.gained)) or 'なし'}"]
        lines += [f"検証済みでなくなった質問: {'、'.join(map(str, result.comparison.lost)) or 'なし'}"]
        lines += [f"検証済みの増減が偶然である見込み（マクネマー検定）: {chance(result.comparison.p)}"]
    return lines


def _beside(name: str, result: Evaluation) -> str:
    """What stands beside a figure: its interval, the value of the baseline and how likely the difference is by chance."""
    found = result.summary.get(name)
    said = [f"95%区間 {between(found.low, found.high)}"] if found and found.questions else []
    if result.comparison:
        said += [f"前回 {shown(n, before)}" for n, before, _ in result.comparison.moved if n == name]
        said += [chance(t.p) for t in result.comparison.tested if t.name == name]
    return f"（{'、'.join(said)}）" if said else ""


def _reply(line: dict[str, object]) -> Reply:
    """The answer as it is read back from the file, so that what is scored is what is written."""
    return reply(Row("answers.jsonl", json.loads(dumps(line))))


def _missing(rows: Sequence[Score]) -> list[str]:
    return [f"質問「{r.gold.id}」の根拠が、登録された文書にありません: {evidence}" for r in rows for evidence in r.missing]
