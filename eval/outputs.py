"""The files of a report: answers.jsonl, figures.json and .csv, questions.csv, groups.csv, changes.csv and report.html."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from eval.baseline import ANSWERS, FIGURES, Run, outcome
from eval.batch import dumps
from eval.evaluation import Evaluation
from eval.figures import null
from eval.files import csv_table, whole_file
from eval.groups import SHOWN
from eval.measures import Measured
from eval.names import KINDS, NAMES, faults
from eval.page import page
from eval.stages import STAGES

COLUMNS = (
    "ID", "種類", "質問", "検証済み", "不合格の理由", "失敗した段階", "回答", "棄権", "述べた事実", "期待する事実",
    "根拠の引用", "引用の完全一致", "検索の順位", "支えられた文", "引用した文書", "引用した文言", "秒",
)  # fmt: skip
FIGURE_COLUMNS = (
    "指標",
    "名前",
    "値",
    "95%区間の下",
    "95%区間の上",
    "数えた質問",
    "前回",
    "今回との差",
    "差の下",
    "差の上",
    "p",
    "補正したp",
)
CHANGE_COLUMNS = ("ID", "検証済み", "変わったもの", "前回", "今回")


def write(folder: Path, lines: Sequence[dict[str, object]], result: Evaluation) -> None:
    """Write every file, each put in place whole; InputError where that cannot be."""
    tables: dict[str, tuple[Sequence[str], Iterator[Sequence[object]]]] = {
        "questions.csv": (COLUMNS, map(_cells, result.measured)),
        "figures.csv": (FIGURE_COLUMNS, _figures(result)),
        "groups.csv": (("分け方", "名前", "質問の数", *(NAMES[name] for name in SHOWN)), _groups(result)),
    }
    if result.comparison:
        tables["changes.csv"] = (CHANGE_COLUMNS, _changes(result))
    writers: dict[str, Callable[[TextIO], object]] = {
        ANSWERS: lambda file: file.writelines(dumps(line) + "\n" for line in lines),
        FIGURES: lambda file: file.writelines(_json(result)),
        "report.html": lambda file: file.write(page(result)),
    }
    for name, write_to in writers.items():
        with whole_file(folder / name) as file:
            write_to(file)
    for name, (columns, rows) in tables.items():
        with whole_file(folder / name, bom=True) as file:
            csv_table(file, columns, rows)
    if not result.comparison:
        (folder / "changes.csv").unlink(missing_ok=True)


def run(result: Evaluation) -> Run:
    """The run as a later one reads it from its report."""
    return Run(
        {name: null(value) for name, value in result.flat().items()},
        {m.score.gold.id: m.score.verified for m in result.measured},
        {m.score.gold.id: outcome(_row(m), m.score.reply) for m in result.measured},
    )


def _json(result: Evaluation) -> Iterator[str]:
    """The whole of figures.json, the rows one a line."""
    ours = {name: null(value) for name, value in result.flat().items()}
    head = {
        **ours,
        **result.figures.as_json(),
        "intervals": {name: [null(found.low), null(found.high)] for name, found in result.summary.items()},
        "calibration": result.calibration.as_json(),
        "stages": {stage: sum(m.stage == stage for m in result.measured) for stage in STAGES},
        "groups": [group.as_json() for group in result.groups],
        "comparison": result.comparison.as_json() if result.comparison else None,
        "gates_broken": list(result.broken),
        "problems": list(result.problems),
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "rows": ['
    for number, measured in enumerate(result.measured):
        yield (",\n" if number else "\n") + dumps(_row(measured))
    yield "\n ]\n}\n"


def _row(measured: Measured) -> dict[str, object]:
    r = measured.score
    return {
        "id": r.gold.id, "kind": r.gold.kind, "verified": r.verified, "abstained": r.reply.abstained,
        "confidence": r.reply.confidence, "facts": r.facts, "cited": r.cited, "exact": r.exact, "rank": r.rank, "length": r.length,
        "stage": measured.stage, "measures": {name: [float(v) for v in counted] for name, counted in measured.counted().items()},
    }  # fmt: skip


def _cells(measured: Measured) -> Sequence[object]:
    row, found = measured.score, measured.attribution
    gold, given = row.gold, row.reply
    return (
        gold.id, KINDS.get(gold.kind, gold.kind), gold.conversation, _mark(row.verified), "、".join(faults(row)),
        STAGES[measured.stage] if measured.stage else "", given.text, _mark(given.abstained),
        f"{sum(row.stated)}/{len(row.stated)}", "／".join("・".join(fact) for fact in gold.must),
        _mark(row.cited), _mark(row.exact), row.rank or "", f"{found.supported}/{found.sentences}" if found else "",
        "\n".join(dict.fromkeys(c.place.doc for c in given.citations)), "\n".join(c.quote for c in given.citations),
        round(given.seconds, 4),
    )  # fmt: skip


def _figures(result: Evaluation) -> Iterator[Sequence[object]]:
    tested = {t.name: t for t in result.comparison.tested} if result.comparison else {}
    before = {name: value for name, value, _ in result.comparison.moved} if result.comparison else {}
    for name, value in result.flat().items():
        found, test = result.summary.get(name), tested.get(name)
        spread = (found.low, found.high, found.questions) if found else (None, None, None)
        moved = test.difference if test else None
        compared = (moved.value, moved.low, moved.high, moved.p, test.adjusted) if test and moved else (None,) * 5
        yield name, NAMES[name], *(_number(v) for v in (value, *spread, before.get(name), *compared))


def _groups(result: Evaluation) -> Iterator[Sequence[object]]:
    for group in result.groups:
        yield (
            group.dimension,
            KINDS.get(group.name, group.name),
            group.questions,
            *(_number(group.figures[n].value) for n in SHOWN),
        )


def _changes(result: Evaluation) -> Iterator[Sequence[object]]:
    for change in result.comparison.changes if result.comparison else ():
        for name, before, after in change.moved():
            yield change.id, "×→○" if change.gained else "○→×", name, before, after


def _number(value: float | None) -> object:
    return "" if value is None or value != value else round(value, 6)


def _mark(value: bool) -> str:
    return "○" if value else "×"
