"""Two runs over a gold set side by side: which figures moved and whether by chance, and what changed for each question that flipped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval.answers import Reply, read_replies
from eval.bootstrap import Counted, Counts, Difference, differences, holm, mcnemar
from eval.figures import null
from eval.measures import MEASURES
from eval.rows import read_bytes
from eval.stages import STAGES
from rag.errors import InputError

FIGURES, ANSWERS = "figures.json", "answers.jsonl"
Id = str | int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: the rank of the evidence (0 for none), the stage that failed (empty for none), the answer with its
    citations as a reader sees them, and what it adds to each figure."""

    rank: int = 0
    stage: str = ""
    abstained: bool = False
    answer: str = ""
    cited: tuple[str, ...] = ()
    counted: Mapping[str, Counted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its report tells it: the figures by name (None where there was nothing to count), each verdict by id, and what came of
    each question where the report tells it."""

    figures: Mapping[str, float | None]
    verified: Mapping[Id, bool]
    outcomes: Mapping[Id, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shift:
    """A figure over the questions that both runs have. `p` is that of the permutation test, `adjusted` the same for as many figures as
    are compared (Holm)."""

    name: str
    before: float
    after: float
    difference: Difference
    adjusted: float

    @property
    def p(self) -> float:
        """The p-value of the permutation test."""
        return self.difference.p

    def as_json(self) -> dict[str, object]:
        """All values, flat; null where nothing counts."""
        values = {"before": self.before, "after": self.after, **asdict(self.difference), "p_adjusted": self.adjusted}
        return {"name": self.name, **{name: null(value) for name, value in values.items()}}


@dataclass(frozen=True, slots=True)
class Change:
    """A question that flipped, with what came of it in both runs."""

    id: Id
    gained: bool
    before: Outcome
    after: Outcome

    def moved(self) -> Iterator[tuple[str, str, str]]:
        """What is not the same, as name, before and after for a reader; of the citations those that only one run has."""
        gone = [c for c in self.before.cited if c not in self.after.cited]
        new_ones = [c for c in self.after.cited if c not in self.before.cited]
        for name, old, new in (
            ("検索の順位", str(self.before.rank or "なし"), str(self.after.rank or "なし")),
            ("失敗した段階", _stage(self.before), _stage(self.after)),
            ("一方だけの引用", "\n".join(gone) or "なし", "\n".join(new_ones) or "なし"),
            ("回答", _said(self.before), _said(self.after)),
        ):
            if old != new:
                yield name, old, new


@dataclass(frozen=True, slots=True)
class Comparison:
    """`moved` holds name, before and after of the whole runs. All else is about the questions that both runs have: those gained and
    lost, what changed for them, and the tests of each figure."""

    moved: tuple[tuple[str, float | None, float | None], ...]
    gained: tuple[Id, ...]
    lost: tuple[Id, ...]
    added: tuple[Id, ...]
    removed: tuple[Id, ...]
    tested: tuple[Shift, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def worse(self) -> bool:
        """Whether fewer of the questions that both runs have are verified."""
        return len(self.lost) > len(self.gained)

    @property
    def p(self) -> float:
        """McNemar's exact p-value of the questions gained and lost."""
        return mcnemar(len(self.gained), len(self.lost))

    def as_json(self) -> dict[str, object]:
        """The tests and the ids; what changed stands in changes.csv."""
        ids = {name: list(getattr(self, name)) for name in ("gained", "lost", "added", "removed")}
        return {"p_mcnemar": self.p, "tested": [t.as_json() for t in self.tested], **ids}


def read_run(folder: Path) -> Run:
    """The run whose report lies in the folder; InputError where there is none, or it is not ours."""
    path = folder / FIGURES
    try:
        data = json.loads(read_bytes(path))
        verified = {q["id"]: bool(q["verified"]) for q in data["rows"]}
        outcomes = _outcomes(folder, data["rows"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"「{path}」は評価の結果として読めません。tenkyo eval の --report で作ったフォルダを指定してください。"
        ) from None
    figures = {k: v for k, v in data.items() if v is None or (isinstance(v, int | float) and not isinstance(v, bool))}
    return Run(figures, verified, outcomes)


def compare(before: Run, after: Run) -> Comparison:
    """What changed from the earlier run to the later one; ids in the order of the run that has them."""
    both = [i for i in after.verified if i in before.verified]
    gained = tuple(i for i in both if after.verified[i] and not before.verified[i])
    lost = tuple(i for i in both if before.verified[i] and not after.verified[i])
    known = [i for i in both if i in before.outcomes and i in after.outcomes]
    return Comparison(
        moved=tuple((name, before.figures.get(name), value) for name, value in after.figures.items()),
        gained=gained,
        lost=lost,
        added=tuple(i for i in after.verified if i not in before.verified),
        removed=tuple(i for i in before.verified if i not in after.verified),
        tested=_tested([before.outcomes[i].counted for i in known], [after.outcomes[i].counted for i in known]),
        changes=tuple(Change(i, i in gained, before.outcomes[i], after.outcomes[i]) for i in (*lost, *gained) if i in known),
    )


def outcome(row: Mapping[str, Any], given: Reply) -> Outcome:
    """What came of a question, from its row of figures.json and its answer; the answer counts as empty where it is not ours."""
    return Outcome(
        rank=int(row.get("rank") or 0),
        stage=str(row.get("stage") or ""),
        abstained=given.abstained,
        answer=given.text,
        cited=tuple(dict.fromkeys(f"{c.place.doc} {c.path}「{c.quote}」" for c in given.citations)),
        counted={str(name): (float(n), float(d)) for name, (n, d) in row["measures"].items()},
    )


def _outcomes(folder: Path, rows: Sequence[Mapping[str, Any]]) -> dict[Id, Outcome]:
    """By id what the report tells; nothing for a row of an earlier release, which has no measures."""
    path = folder / ANSWERS
    replies = {r.id: r for r in read_replies(path).values} if path.is_file() else {}
    return {row["id"]: outcome(row, replies.get(row["id"], Reply(row["id"], "", False))) for row in rows if "measures" in row}


def _tested(before: Sequence[Mapping[str, Counted]], after: Sequence[Mapping[str, Counted]]) -> tuple[Shift, ...]:
    """The tests of each figure that counts in both runs."""
    if not before:
        return ()
    names = [name for name in MEASURES if any(name in row for row in before) and any(name in row for row in after)]
    old, new = Counts.of(before, names), Counts.of(after, names)
    moved = differences(old, new)
    adjusted = holm([d.p for d in moved])
    columns = zip(names, old.values().tolist(), new.values().tolist(), moved, adjusted, strict=True)
    return tuple(Shift(*column) for column in columns)


def _stage(found: Outcome) -> str:
    return next((said for name, said in STAGES.items() if name == found.stage), "なし")


def _said(found: Outcome) -> str:
    return "（棄権）" if found.abstained else found.answer or "（なし）"
