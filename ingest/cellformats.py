"""A cell's value as Excel shows it by the cell's number format, as Japanese Excel reads the format."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from ingest.cellcodes import Section, sections
from ingest.celldates import shown_moment

_WIDE = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt, "<>": operator.ne,
}  # fmt: skip


def shown_text(words: str, code: str) -> str:
    """A text as a cell of this format shows it."""
    if code in ("General", "@"):
        return words
    parts = sections(code)
    section = parts[3] if len(parts) > 3 else parts[-1]
    if not section.has("text") and len(parts) < 4:
        return words
    return "".join(words if kind == "text" else written for kind, written in section.tokens if kind in ("text", "literal"))


def shown_number(value: float, code: str, from_1904: bool = False) -> str:
    """A number, which may be a date or a time, as a cell of this format shows it; a date that no calendar has as the number."""
    if code == "General":
        return general(value)
    parts = sections(code)
    number = _choose(parts, value)
    section = parts[number]
    if not section.tokens:
        return ""
    if section.has("date") or section.has("elapsed"):
        moment = shown_moment(section, value, from_1904)
        words = general(value) if moment is None else moment
    elif section.has("digit") and not section.has("fraction"):
        words = _digits(section, Decimal(repr(value)), _is_signed(section, number))
    else:
        words = "".join(
            general(value) if k in ("general", "text") else w for k, w in section.tokens if k in ("general", "text", "literal")
        )
        words = general(value) if section.has("fraction") else words
    return words.translate(_WIDE) if section.wide else words


def general(value: float) -> str:
    """A number in the format General: at most ten digits after the point, no exponent where that can be."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if not 1e-9 <= abs(value) < 1e15:
        return f"{value:.6G}"
    places = max(0, 10 - len(str(int(abs(value)))))
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".") if places else f"{rounded:f}"


def _choose(parts: tuple[Section, ...], value: float) -> int:
    usable = parts[:3]
    if any(section.test for section in usable):
        met = (n for n, s in enumerate(usable) if s.test is None or _TESTS[s.test[0]](value, s.test[1]))
        return next(met, len(usable) - 1)
    if value < 0 and len(usable) > 1:
        return 1
    return 2 if value == 0 and len(usable) > 2 else 0


def _is_signed(section: Section, number: int) -> bool:
    """Whether a negative number shows its minus here: the part for negative numbers writes its own."""
    if section.test:
        return not (section.test[0] in ("<", "<=") and section.test[1] <= 0)
    return number != 1


def _digits(section: Section, value: Decimal, signed: bool) -> str:
    """The digits of the number in the places of the format, from the point outwards."""
    kinds = [kind for kind, _ in section.tokens]
    if "exponent" in kinds:
        mantissa = kinds[: kinds.index("exponent")]
        decimals = mantissa[mantissa.index("point") :].count("digit") if "point" in mantissa else 0
        return f"{float(value):.{decimals}E}"
    point = kinds.index("point") if "point" in kinds else len(kinds)
    whole, rest = section.tokens[:point], section.tokens[point + 1 :]
    last = max((n for n, kind in enumerate(kinds[:point]) if kind == "digit"), default=-1)
    thousands = sum(1 for kind in kinds[last + 1 : point] if kind == "comma") if last >= 0 else 0
    grouped = "comma" in kinds[:last] if last >= 0 else False
    scaled = value.scaleb(2 * kinds.count("percent") - 3 * thousands)
    places = sum(1 for kind, _ in rest if kind == "digit")
    rounded = abs(scaled).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if scaled.adjusted() < 20 else abs(scaled)
    before, _, after = f"{rounded:f}".partition(".")
    words = _whole_part(whole, before.lstrip("0"), grouped) + _fraction_part(rest, after, "point" in kinds)
    return ("-" if signed and value < 0 and rounded else "") + words


def _whole_part(tokens: tuple[tuple[str, str], ...], digits: str, grouped: bool) -> str:
    places = sum(1 for kind, _ in tokens if kind == "digit")
    written: list[str] = []
    count = 0

    def put(digit: str) -> None:
        nonlocal count
        if grouped and count and count % 3 == 0:
            written.append(",")
        written.append(digit)
        count += 1

    for kind, mark in reversed(tokens):
        if kind == "digit":
            places -= 1
            if digits or mark == "0":
                put(digits[-1:] or "0")
                digits = digits[:-1]
            while digits and not places:
                put(digits[-1])
                digits = digits[:-1]
        elif kind in ("literal", "percent"):
            written.append(mark)
    return "".join(reversed(written)) + digits


def _fraction_part(tokens: tuple[tuple[str, str], ...], digits: str, has_point: bool) -> str:
    marks = [mark for kind, mark in tokens if kind == "digit"]
    needed = max((n + 1 for n, mark in enumerate(marks) if mark == "0"), default=0)
    kept = max(needed, len(digits.rstrip("0")))
    written: list[str] = ["."] if has_point and (kept or not marks) else []
    n = 0
    for kind, mark in tokens:
        if kind == "digit":
            written.append(digits[n : n + 1] if n < kept else "")
            n += 1
        elif kind in ("literal", "percent"):
            written.append(mark)
    return "".join(written)
