"""Quantities with units in folded text, and the ranges that rules set for them: 「50000円以上300000円未満」 holds 200000円.

Tables of thresholds answer by the row whose range holds the number asked about, which shares no word with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = {
    "円": ("円", 1.0), "年": ("か月", 12.0), "か年": ("か月", 12.0), "か月": ("か月", 1.0), "時間": ("分", 60.0), "分": ("分", 1.0), "人": ("人", 1.0),
    "名": ("人", 1.0), "歳": ("歳", 1.0), "才": ("歳", 1.0), "日": ("日", 1.0), "営業日": ("日", 1.0), "週間": ("日", 7.0), "%": ("%", 1.0), "割": ("%", 10.0), "回": ("回", 1.0),
    "件": ("件", 1.0), "台": ("台", 1.0), "枚": ("枚", 1.0), "個": ("個", 1.0), "点": ("点", 1.0), "級": ("級", 1.0), "泊": ("泊", 1.0), "度": ("度", 1.0), "cm": ("m", 0.01),
    "m": ("m", 1.0), "km": ("m", 1000.0), "キロ": ("m", 1000.0), "kg": ("kg", 1.0), "mb": ("mb", 1.0), "gb": ("mb", 1000.0), "トン": ("kg", 1000.0), "倍": ("倍", 1.0),
}  # fmt: skip
"""Each unit with the unit that it is compared in and how many of those it is."""
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![\d.第])(\d{{1,15}}(?:\.\d{{1,6}})?)({_UNIT})(?:(\d{{1,2}})か月)?")
_LOWER = ("以上", "を超え", "超")
_BOUND = re.compile(
    rf"(?<![\d.第])(\d{{1,15}}(?:\.\d{{1,6}})?)({_UNIT})(?:(\d{{1,2}})か月)?(以上|を超え|超|以下|以内|未満|まで|に満たない)"
)
_BETWEEN = re.compile(rf"(?<![\d.第])(\d{{1,15}}(?:\.\d{{1,6}})?)({_UNIT})?[~〜]\s?(\d{{1,15}}(?:\.\d{{1,6}})?)({_UNIT})")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a unit, in the unit that such are compared in."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Range:
    """The quantities that a rule holds for, from `low` to `high`; which of the ends belong to it is in `open_low`, `open_high`."""

    unit: str
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def holds(self, quantity: Quantity) -> bool:
        """Whether the quantity lies in the range; the units have to be the same."""
        value = quantity.value
        above = self.low is None or value > self.low or (value == self.low and not self.open_low)
        below = self.high is None or value < self.high or (value == self.high and not self.open_high)
        return self.unit == quantity.unit and above and below


def _quantity(number: str, unit: str, months: str | None = None) -> Quantity:
    base, factor = _UNITS[unit]
    return Quantity(float(number) * factor + (float(months) if months and base == "か月" else 0.0), base)


def quantities(folded: str) -> tuple[Quantity, ...]:
    """The quantities in folded text, in reading order."""
    return tuple(_quantity(m[1], m[2], m[3]) for m in _QUANTITY.finditer(folded))


def ranges(folded: str) -> tuple[Range, ...]:
    """The ranges in folded text: a lower bound with the upper bound right after it is one."""
    out: list[Range] = []
    end = -1
    for match in _BOUND.finditer(folded):
        bound = _quantity(match[1], match[2], match[3])
        if match[4] in _LOWER:
            out.append(Range(bound.unit, low=bound.value, open_low=match[4] != "以上"))
            end = match.end()
            continue
        high, open_high = bound.value, match[4] in ("未満", "に満たない")
        joined = out and out[-1].high is None and out[-1].unit == bound.unit and match.start() - end <= 3
        if joined and end >= 0:
            out[-1] = Range(bound.unit, out[-1].low, high, out[-1].open_low, open_high)
        else:
            out.append(Range(bound.unit, high=high, open_high=open_high))
    for match in _BETWEEN.finditer(folded):
        unit = match[4]
        first, last = _quantity(match[1], match[2] or unit), _quantity(match[3], unit)
        if first.unit == last.unit and first.value < last.value:
            out.append(Range(last.unit, first.value, last.value))
    return tuple(out)


def fitting(asked: Sequence[Quantity], found: Sequence[Sequence[Range]]) -> list[float]:
    """For each of the texts' ranges 1 when they hold a quantity asked about, -1 when all ranges of its unit exclude it, else 0.

    Of texts with lower bounds alone (勤続5年以上, 勤続6年以上) only those with the highest one that holds count as holding it, and of
    texts with upper bounds alone those with the lowest one.
    """
    out = [0.0] * len(found)
    for quantity in asked:
        same = [[r for r in text if r.unit == quantity.unit] for text in found]
        held = [next((r for r in text if r.holds(quantity)), None) for text in same]
        lowest = min((r.high for r in held if r and r.low is None and r.high is not None), default=None)
        highest = max((r.low for r in held if r and r.high is None and r.low is not None), default=None)
        for i, (text, within) in enumerate(zip(same, held, strict=True)):
            if within is None:
                out[i] = min(out[i], -1.0) if text and out[i] <= 0 else out[i]
            elif _tightest(within, highest, lowest):
                out[i] = 1.0
    return out


def _tightest(within: Range, highest: float | None, lowest: float | None) -> bool:
    if within.high is None:
        return within.low == highest
    return within.low is not None or within.high == lowest
