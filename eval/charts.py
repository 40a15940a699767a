"""The report's charts as small inline SVG; the page's style colours them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from html import escape

from eval.calibration import Curve, Reliability
from eval.measures import Figure

SIDE = 240
LEFT, RIGHT, TOP, BOTTOM = 40, 20, 30, 44
SHARES = tuple((k / 5, f"{k / 5}") for k in range(6))
ROW, NAMED, LONG, COUNTED = 20, 100, 164, 36
EDGES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)
"""Seconds at which a bar of the histogram begins; the first also takes what is shorter."""
Ticks = Sequence[tuple[float, str]]
"""Where the names of an axis stand, from 0 to 1."""


def reliability_diagram(found: Reliability) -> str:
    """A bar for each tenth, as high as the share right, with its count at the foot; the diagonal is where confidence and share agree."""
    bars = "".join(_bar(t.low, t.low + 0.1, t.right) + _words(t.low + 0.05, 0.02, str(t.count)) for t in found.tenths)
    return _chart("確からしさ", "正しい割合", f'{bars}<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>')


def error_curve(found: Curve) -> str:
    """The error over the coverage, as the steps whose area is told."""
    steps = "".join(f"V{_y(p.error)}H{_x(p.coverage)}" for p in found.points)
    return _chart("答える割合", "誤りの割合", f'<path class="shape" d="M{_x(0)} {_y(0)}{steps}V{_y(0)}Z"/>')


def recall_curve(points: Sequence[tuple[int, float]]) -> str:
    """The recall over the number of hits looked at, from 1; the first and last value are written."""
    places = [((k - 1) / max(1, points[-1][0] - 1), value) for k, value in points]
    line = "L".join(f"{_x(across)} {_y(value)}" for across, value in places)
    dots = "".join(f'<circle class="shape" cx="{_x(across)}" cy="{_y(value)}" r="3"/>' for across, value in places)
    ends = "".join(
        _words(across, value - 0.09, f"{value:.3f}", end) for (across, value), end in ((places[0], "start"), (places[-1], "end"))
    )
    ticks = [(across, str(k)) for (k, _), (across, _) in zip(points, places, strict=True)]
    return _chart("上位の件数", "再現率", f'<path class="curve" d="M{line}"/>{dots}{ends}', ticks)


def latency_histogram(seconds: Sequence[float]) -> str:
    """How many answers took how long: a bar for each of the EDGES between the shortest and the longest, its count above it."""
    bars = [max(0, bisect_right(EDGES, s) - 1) for s in seconds]
    shown = range(min(bars), max(bars) + 1)
    counts = [bars.count(n) for n in shown]
    wide, high = 1 / len(counts), 1.15 * max(counts)
    drawn = "".join(
        _bar(i * wide, (i + 1) * wide, n / high) + _words((i + 0.5) * wide, n / high + 0.02, str(n)) for i, n in enumerate(counts)
    )
    across = [(i * wide, _seconds(EDGES[n])) for i, n in enumerate(shown)]
    up = [(share, f"{share * high:.0f}") for share in (0, 0.5, 1)]
    return _chart("秒", "質問の数", drawn, across, up)


def share_bars(rows: Sequence[tuple[str, Figure, int]]) -> str:
    """A bar for each name as long as the share, with its interval and the number of questions."""
    height = len(rows) * ROW
    drawn = []
    for number, (name, found, questions) in enumerate(rows):
        y = 1 + number * ROW
        middle = y + ROW / 2
        drawn.append(f'<text x="{NAMED - 6}" y="{middle + 4}" text-anchor="end">{escape(_short(name))}</text>')
        drawn.append(f'<text x="{NAMED + LONG + COUNTED}" y="{middle + 4}" text-anchor="end">{questions}</text>')
        if math.isnan(found.value):
            continue
        drawn.append(f'<rect class="shape" x="{NAMED}" y="{y + 4}" width="{_long(found.value)}" height="{ROW - 8}"/>')
        low, high = NAMED + _long(found.low), NAMED + _long(found.high)
        drawn.append(f'<path class="whisker" d="M{low} {middle}H{high}M{low} {middle - 4}v8M{high} {middle - 4}v8"/>')
    ticks = "".join(
        f'<text x="{NAMED + _long(share)}" y="{height + 18}" text-anchor="middle">{said}</text>' for share, said in SHARES
    )
    return (
        f'<svg viewBox="0 0 {NAMED + LONG + COUNTED} {height + 24}" role="img" aria-label="種類別の検証済みの割合">{"".join(drawn)}'
        f'<rect class="frame" x="{NAMED}" y="1" width="{LONG}" height="{height}"/>{ticks}</svg>'
    )


def _chart(across: str, up: str, marks: str, below: Ticks = SHARES, beside: Ticks = SHARES) -> str:
    """The marks within a frame with ticks and the names of its axes."""
    ticks = "".join(f'<text x="{_x(at)}" y="{TOP + SIDE + 18}" text-anchor="middle">{said}</text>' for at, said in below)
    ticks += "".join(f'<text x="{LEFT - 6}" y="{_y(at)}" dy="4" text-anchor="end">{said}</text>' for at, said in beside)
    return (
        f'<svg viewBox="0 0 {LEFT + SIDE + RIGHT} {TOP + SIDE + BOTTOM}" role="img" aria-label="{across}と{up}">{marks}'
        f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>{ticks}<text x="4" y="16">{up}</text>'
        f'<text x="{LEFT + SIDE}" y="{TOP + SIDE + 38}" text-anchor="end">{across}</text></svg>'
    )


def _bar(left: float, right: float, height: float) -> str:
    return f'<path class="shape" d="M{_x(left)} {_y(0)}V{_y(height)}H{_x(right)}V{_y(0)}Z"/>'


def _words(across: float, up: float, said: str, anchor: str = "middle") -> str:
    return f'<text x="{_x(across)}" y="{_y(up)}" text-anchor="{anchor}">{said}</text>'


def _seconds(value: float) -> str:
    return f"{value:g}".removeprefix("0") if value < 1 else f"{value:g}"


def _short(name: str) -> str:
    return name if len(name) <= 8 else f"{name[:7]}…"


def _long(share: float) -> float:
    return round(share * LONG, 1)


def _x(share: float) -> float:
    return round(LEFT + share * SIDE, 1)


def _y(share: float) -> float:
    return round(TOP + (1 - share) * SIDE, 1)
