"""The calibration as small inline SVG charts, both axes from 0 to 1; the page's style colours them."""

from __future__ import annotations

from eval.calibration import Curve, Reliability

SIDE = 240
LEFT, RIGHT, TOP, BOTTOM = 40, 20, 30, 44
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def reliability_diagram(found: Reliability) -> str:
    """A bar for each tenth, as high as the share right, with its count at the foot; the diagonal is where confidence and share agree."""
    bars = "".join(
        f'<path class="shape" d="M{_x(t.low)} {_y(0)}V{_y(t.right)}H{_x(t.low + 0.1)}V{_y(0)}Z"/>'
        f'<text x="{_x(t.low + 0.05)}" y="{_y(0.02)}" text-anchor="middle">{t.count}</text>'
        for t in found.tenths
    )
    return _chart("確からしさ", "正しい割合", f'{bars}<path class="ideal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>')


def error_curve(found: Curve) -> str:
    """The error over the coverage, as the steps whose area is told."""
    steps = "".join(f"V{_y(p.error)}H{_x(p.coverage)}" for p in found.points)
    return _chart("答える割合", "誤りの割合", f'<path class="shape" d="M{_x(0)} {_y(0)}{steps}V{_y(0)}Z"/>')


def _chart(across: str, up: str, marks: str) -> str:
    """The marks within a frame with ticks and the names of its axes."""
    ticks = "".join(
        f'<text x="{_x(t)}" y="{TOP + SIDE + 18}" text-anchor="middle">{t}</text>'
        f'<text x="{LEFT - 6}" y="{_y(t)}" dy="4" text-anchor="end">{t}</text>'
        for t in TICKS
    )
    return (
        f'<svg viewBox="0 0 {LEFT + SIDE + RIGHT} {TOP + SIDE + BOTTOM}" role="img" aria-label="{across}と{up}">{marks}'
        f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>{ticks}<text x="4" y="16">{up}</text>'
        f'<text x="{LEFT + SIDE}" y="{TOP + SIDE + 38}" text-anchor="end">{across}</text></svg>'
    )


def _x(share: float) -> float:
    return round(LEFT + share * SIDE, 1)


def _y(share: float) -> float:
    return round(TOP + (1 - share) * SIDE, 1)
