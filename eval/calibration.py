"""What the confidence is worth: how often the answers of each tenth are right, and how answering fewer questions saves errors.

Only the answers given count: whether one that was withheld would have been right is not known. An answer is right when it is
verified; one to a question that the documents do not answer is wrong.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from eval.figures import mean, null
from eval.score import Score

LOWS = tuple(k / 10 for k in range(10))
Given = tuple[float, bool]
"""An answer given: its confidence, from 0 to 1, and whether it is right."""


@dataclass(frozen=True, slots=True)
class Tenth:
    """The answers whose confidence lies in [low, low + 0.1), or for the last in [0.9, 1]: their mean confidence, the share
    right and how many they are, at least one."""

    low: float
    confidence: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """The tenths that hold an answer, lowest first.

    `error` is the expected calibration error (Guo and others, ICML 2017): the distance between mean confidence and share right,
    averaged over the tenths by count. From 0, where the confidence is to be believed, to 1; NaN without an answer.
    """

    tenths: tuple[Tenth, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Point:
    """What comes of giving the answers from this confidence on: `coverage` is the share of all questions that are answered,
    `error` the share of these answers that are not right."""

    confidence: float
    coverage: float
    error: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The risk-coverage curve (El-Yaniv and Wiener, JMLR 2010): a point for each confidence that occurs, highest first.

    `area` lies under the steps that lead up to each point from the coverage before it; NaN without an answer. Where all questions
    are answered it is the mean error over the coverages, from 0 (best) to 1; the areas of runs that end at different coverages
    cannot be compared.
    """

    points: tuple[Point, ...]
    area: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Both views of the answers of one run."""

    reliability: Reliability
    curve: Curve

    def flat(self) -> dict[str, float]:
        """The two figures under their public names."""
        return {"ece": self.reliability.error, "area": self.curve.area}

    def as_json(self) -> dict[str, object]:
        """The figures (null without an answer), the tenths and the points of the curve."""
        return {name: null(value) for name, value in self.flat().items()} | {
            "tenths": [asdict(t) for t in self.reliability.tenths],
            "curve": [asdict(p) for p in self.curve.points],
        }

    def by_tenth(self) -> Iterator[tuple[Tenth, Point]]:
        """Each tenth with the point of the curve that takes in the last of its answers."""
        for tenth in self.reliability.tenths:
            yield tenth, [p for p in self.curve.points if p.confidence >= tenth.low][-1]


def calibration(rows: Sequence[Score]) -> Calibration:
    """The calibration of the scored questions; answers that tell no confidence count as none."""
    given = [(r.reply.confidence, r.verified) for r in rows if not r.reply.abstained and r.reply.confidence is not None]
    return Calibration(reliability(given), curve(given, len(rows)))


def reliability(given: Sequence[Given]) -> Reliability:
    """The answers by tenth of the confidence."""
    grouped = {low: [g for g in given if LOWS[bisect(LOWS, g[0]) - 1] == low] for low in LOWS}
    tenths = tuple(
        Tenth(low, mean(c for c, _ in found), mean(r for _, r in found), len(found)) for low, found in grouped.items() if found
    )
    apart = sum(t.count * abs(t.right - t.confidence) for t in tenths)
    return Reliability(tenths, apart / len(given) if given else math.nan)


def curve(given: Sequence[Given], questions: int) -> Curve:
    """The curve of the answers given to so many questions; answers of one confidence are one point, as no threshold parts them."""
    points = []
    wrong = 0
    ordered = sorted(given, reverse=True)
    for number, ((confidence, right), (following, _)) in enumerate(pairwise([*ordered, (-1.0, False)]), 1):
        wrong += not right
        if following < confidence:
            points.append(Point(confidence, number / questions, wrong / number))
    steps = pairwise([Point(1.0, 0.0, 0.0), *points])
    area = sum((point.coverage - before.coverage) * point.error for before, point in steps)
    return Curve(tuple(points), area if points else math.nan)
