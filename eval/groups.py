"""The figures by the kind of question, by document, and by the length of question and answer."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from eval.bootstrap import Counted
from eval.figures import null
from eval.fold import fold
from eval.measures import Figure, Measured, summarised

NOWHERE, UNNAMED = "（文書に答えなし）", "（根拠の指定なし）"
QUESTION_LENGTHS, ANSWER_LENGTHS = (20, 40), (100, 200)
SHOWN = ("verified", "facts", "cited", "citation_recall", "groundedness", "recall@5", "false_abstain")
"""The figures that a reader sees of each group."""


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of the questions that have something in common: `name` within its `dimension`."""

    dimension: str
    name: str
    questions: int
    figures: Mapping[str, Figure]

    def as_json(self) -> dict[str, object]:
        """The figures with their intervals; null where nothing counts."""
        figures = {name: {k: null(v) for k, v in asdict(found).items()} for name, found in self.figures.items()}
        return {"dimension": self.dimension, "name": self.name, "questions": self.questions, "figures": figures}


def groups(rows: Sequence[Measured]) -> tuple[Group, ...]:
    """All groups, dimension by dimension; a question whose evidence lies in several documents counts for each."""
    counted = [row.counted() for row in rows]
    found = []
    for dimension, names in DIMENSIONS.items():
        members: dict[str, list[Mapping[str, Counted]]] = defaultdict(list)
        for row, adds in zip(rows, counted, strict=True):
            for name in names(row):
                members[name].append(adds)
        found += [Group(dimension, name, len(members[name]), summarised(members[name])) for name in sorted(members, key=_order)]
    return tuple(found)


def _kind(row: Measured) -> Sequence[str]:
    return (row.score.gold.kind,)


def _documents(row: Measured) -> Sequence[str]:
    gold = row.score.gold
    return tuple(dict.fromkeys(e.doc for e in gold.evidence)) or (UNNAMED if gold.answerable else NOWHERE,)


def _question_length(row: Measured) -> Sequence[str]:
    return (_between(len(fold(row.score.gold.question)), QUESTION_LENGTHS),)


def _answer_length(row: Measured) -> Sequence[str]:
    return ("棄権",) if row.score.reply.abstained else (_between(row.score.length, ANSWER_LENGTHS),)


def _between(length: int, limits: Sequence[int]) -> str:
    """The range between two limits that a length lies in."""
    place = bisect_right(limits, length)
    low = (0, *limits)[place]
    return f"{low}～{limits[place] - 1}文字" if place < len(limits) else f"{low}文字以上"


def _order(name: str) -> tuple[int, str]:
    """Ranges by their first number, the rest by name."""
    return int(re.match(r"\d*", name)[0] or -1), name  # type: ignore[index]


DIMENSIONS: dict[str, Callable[[Measured], Sequence[str]]] = {
    "種類": _kind,
    "文書": _documents,
    "質問の長さ": _question_length,
    "回答の長さ": _answer_length,
}
