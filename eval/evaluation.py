"""One run over a gold set, as the report and the terminal tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.baseline import Comparison
from eval.calibration import Calibration
from eval.figures import Figures
from eval.groups import Group
from eval.measures import Figure, Measured
from eval.names import NAMES
from eval.score import Score


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run over a gold set. `figures` are those of the shared scorer, `summary` all that are ratios over questions, `times` seconds
    and memory. `problems` has one sentence for each row, question or piece of evidence that could not be used, `broken` one for each
    gate that was not passed.
    """

    measured: tuple[Measured, ...]
    figures: Figures
    summary: Mapping[str, Figure]
    groups: tuple[Group, ...]
    calibration: Calibration
    times: Mapping[str, float]
    problems: tuple[str, ...]
    comparison: Comparison | None
    broken: tuple[str, ...] = ()

    @property
    def scores(self) -> tuple[Score, ...]:
        """How each question went, in order."""
        return tuple(m.score for m in self.measured)

    @property
    def seconds_p50(self) -> float:
        """The median of the seconds that an answer took."""
        return self.times["seconds_p50"]

    def flat(self) -> dict[str, float]:
        """Every figure under its public name, in the order of NAMES; those of the shared scorer as it has them."""
        others = {name: found.value for name, found in self.summary.items()}
        every = {**others, **self.figures.flat(), **self.calibration.flat(), **self.times}
        return {name: every[name] for name in NAMES}
