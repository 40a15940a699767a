"""Quantities with units in folded text, and the ranges that rules set for them: 「50000円以上300000円未満」 holds 200000円.

Tables of thresholds answer by the row whose range holds the number asked about, which shares no word with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_UNITS = {
    "円": ("円", 1.0), "年": ("か月", 12.0), "か年": ("か月", 12.0), "か月": ("か月", 1.0), "時間": ("分", 60.0), "分": ("分", 1.0), "人": ("人", 1.0),
    "名": ("人", 1.0), "歳": ("歳", 1.0), "才": ("歳", 1.0), "日": ("日", 1.0), "営業日": ("日", 1.0), "週間": ("日", 7.0), "%": ("%", 1.0), "割": ("%", 10.0), "回": ("回", 1.0),
    "件": ("件", 1.0), "台": ("台", 1.0), "枚": ("枚", 1.0), "個": ("個", 1.0), "点": ("点", 1.0), "級": ("級", 1.0), "泊": ("泊", 1.0), "度": ("度", 1.0), "cm": ("m", 0.01),
    "m": ("m", 1.0), "km": ("m", 1000.0), "キロ": ("m", 1000.0), "kg": ("kg", 1.0), "mb": ("mb", 1.0), "gb": ("mb", 1000.0), "トン": ("kg", 1000.0), "倍": ("倍", 1.0),
}  # fmt: skip
"""Each unit with the unit that it is compared in and how many of those it is."""
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_NUMBER = rf"(?<![\d.第])(?!\d{{4}}年|(?<=月)\d{{1,2}}日)(\d{{1,15}}(?:\.\d{{1,6}})?)({_UNIT})(?:(?<=年)(\d{{1,2}})か月|(?<=時間)(\d{{1,2}})分)?"
"""A number with its unit, but no date; with the months after years and the minutes after hours."""
_QUANTITY = re.compile(_NUMBER)
_LOWER = ("以上", "を超え", "超")
_BOUND = re.compile(rf"{_NUMBER}(以上|を超え|超|以下|以内|未満|まで|に満たない)")
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


def _quantity(number: str, unit: str, months: str | None = None, minutes: str | None = None) -> Quantity:
    base, factor = _UNITS[unit]
    return Quantity(float(number) * factor + float(months or minutes or 0), base)


def quantities(folded: str) -> tuple[Quantity, ...]:
    """The quantities in folded text, in reading order."""
    return tuple(_quantity(*m.groups()) for m in _QUANTITY.finditer(folded))


def ranges(folded: str) -> tuple[Range, ...]:
    """The ranges in folded text: a lower bound with the upper bound right after it is one."""
    out: list[Range] = []
    end = -1
    for match in _BOUND.finditer(folded):
        *number, word = match.groups()
        bound = _quantity(*number)
        if word in _LOWER:
            out.append(Range(bound.unit, low=bound.value, open_low=word != "以上"))
            end = match.end()
            continue
        upper = Range(bound.unit, high=bound.value, open_high=word in ("未満", "に満たない"))
        if out and match.start() - end <= 3 and (joined := _joined(out[-1], upper)):
            out[-1] = joined
        else:
            out.append(upper)
    for match in _BETWEEN.finditer(folded):
        unit = match[4]
        first, last = _quantity(match[1], match[2] or unit), _quantity(match[3], unit)
        if first.unit == last.unit and first.value < last.value:
            out.append(Range(last.unit, first.value, last.value))
    return tuple(out)


def _joined(lower: Range, upper: Range) -> Range | None:
    """One range of a lower bound and an upper bound; None where they are none."""
    if lower.unit != upper.unit or lower.low is None or lower.high is not None or upper.high is None or lower.low > upper.high:
        return None
    return replace(lower, high=upper.high, open_high=upper.open_high)


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
