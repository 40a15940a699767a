"""What each part of the system adds: the figures of the whole beside those without one part at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from eval.batch import Progress
from eval.evaluation import Evaluation
from eval.figures import null
from eval.files import whole_file
from eval.names import shown
from eval.report import evaluate
from eval.squad import SquadFigures, asked, indexed, read_squad
from rag.assistant import Assistant
from rag.settings import PARTS, Settings

GOLD = ("verified", "verified_answerable", "recall@1", "recall@5", "abstain_recall", "false_abstain", "seconds_p50")
SQUAD = ("recall@1 answer", "recall@5 answer", "sentence@1", "sentence@3")
"""The columns over a gold set and over reading-comprehension data; by the first one the rows are compared."""
UNSEEN = frozenset(("confidence",))
"""What makes no difference over reading-comprehension data, where nothing is withheld."""


@dataclass(frozen=True, slots=True)
class Row:
    """The figures without a part, by column; `part` is empty for the whole system."""

    part: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ablation:
    """The whole system and then each part left out, all with the same columns."""

    whole: Row
    parts: tuple[Row, ...]

    def difference(self, row: Row) -> float:
        """How far the first figure of the row is above the one of the whole; below 0 for a part that helps."""
        first = next(iter(self.whole.figures))
        return row.figures[first] - self.whole.figures[first]

    def as_json(self) -> list[dict[str, object]]:
        """A row each, `without` null for the whole; a figure without a question is null."""
        return [
            {
                "without": row.part or None,
                **{name: null(value) for name, value in row.figures.items()},
                "difference": self.difference(row),
            }
            for row in (self.whole, *self.parts)
        ]

    def markdown(self) -> str:
        """The rows as a Markdown table, with a line end."""
        columns = [*self.whole.figures, f"{next(iter(self.whole.figures))}の差"]
        lines = [("外した部分", *columns), ("---", *("---:" for _ in columns))]
        for row in (self.whole, *self.parts):
            said = f"{PARTS[row.part]}（{row.part}）" if row.part else "なし（全体）"
            lines.append((said, *(shown(name, value) for name, value in row.figures.items()), f"{self.difference(row):+.3f}"))
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def write(self, folder: Path) -> None:
        """Write ablation.json and ablation.md into the folder of a report; InputError where that cannot be."""
        rows = json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n"
        for name, text in (("ablation.json", rows), ("ablation.md", self.markdown())):
            with whole_file(folder / name) as file:
                file.write(text)


def over_gold(assistant: Assistant, gold: Path, whole: Evaluation, progress: Progress) -> Ablation:
    """Evaluate the gold set once more without each part; `whole` is the evaluation of the assistant itself."""
    return _ablation(assistant, _of_gold(whole), lambda a: _of_gold(evaluate(a, gold, None, None, progress)), progress)


def over_squad(
    path: Path, progress: Progress, settings: Settings, limit: int | None = None, jobs: int = 0
) -> tuple[SquadFigures, Ablation]:
    """The figures over reading-comprehension data and over the same index those without each part; `limit` and `jobs` as `measure` has them."""
    reading = read_squad(path)
    with indexed(reading, progress, settings, jobs) as assistant:
        whole = asked(assistant, reading, progress, limit)
        return whole, _ablation(
            assistant, _of_squad(whole), lambda a: _of_squad(asked(a, reading, progress, limit)), progress, UNSEEN
        )


def _ablation(
    assistant: Assistant,
    whole: Mapping[str, float],
    measured: Callable[[Assistant], Mapping[str, float]],
    progress: Progress,
    skipped: frozenset[str] = frozenset(),
) -> Ablation:
    rows = []
    for part, name in PARTS.items():
        if part not in skipped:
            progress(f"{name}を外して調べています")
            rows.append(Row(part, measured(_lacking(assistant, part))))
    return Ablation(Row("", whole), tuple(rows))


def _lacking(assistant: Assistant, part: str) -> Assistant:
    settings = replace(assistant.settings, without=assistant.settings.without | {part})
    return Assistant(assistant.snapshot, assistant.encoder, settings)


def _of_gold(found: Evaluation) -> dict[str, float]:
    every = found.figures.flat() | {"seconds_p50": found.seconds_p50}
    return {name: every[name] for name in GOLD}


def _of_squad(found: SquadFigures) -> dict[str, float]:
    every = found.as_json()
    return {name: every[name] for name in SQUAD}
