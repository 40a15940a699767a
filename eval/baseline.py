"""Two runs over a gold set side by side: which figures moved, which questions were gained and which were lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.rows import read_bytes
from rag.errors import InputError

FIGURES = "figures.json"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its figures.json tells it: the figures by name (None where there was nothing to count), and each verdict by id."""

    figures: Mapping[str, float | None]
    verified: Mapping[str | int, bool]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`moved` holds name, before and after. Gained and lost are among the questions that both runs have."""

    moved: tuple[tuple[str, float | None, float | None], ...]
    gained: tuple[str | int, ...]
    lost: tuple[str | int, ...]
    added: tuple[str | int, ...]
    removed: tuple[str | int, ...]

    @property
    def worse(self) -> bool:
        """Whether fewer of the questions that both runs have are verified."""
        return len(self.lost) > len(self.gained)


def read_run(folder: Path) -> Run:
    """The run whose report lies in the folder; InputError where there is none, or it is not ours."""
    path = folder / FIGURES
    try:
        data = json.loads(read_bytes(path))
        verified = {q["id"]: bool(q["verified"]) for q in data["rows"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"「{path}」は評価の結果として読めません。tenkyo eval の --report で作ったフォルダを指定してください。"
        ) from None
    figures = {k: v for k, v in data.items() if v is None or (isinstance(v, int | float) and not isinstance(v, bool))}
    return Run(figures, verified)


def compare(before: Run, after: Run) -> Comparison:
    """What changed from the earlier run to the later one; ids in the order of the run that has them."""
    both = [i for i in after.verified if i in before.verified]
    return Comparison(
        moved=tuple((name, before.figures.get(name), value) for name, value in after.figures.items()),
        gained=tuple(i for i in both if after.verified[i] and not before.verified[i]),
        lost=tuple(i for i in both if before.verified[i] and not after.verified[i]),
        added=tuple(i for i in after.verified if i not in before.verified),
        removed=tuple(i for i in before.verified if i not in after.verified),
    )
