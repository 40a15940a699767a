"""Numbers and dates as Japanese texts write them, read and written in each of the ways: ３, 三, 1,000, 千, 令和8年, 2026年."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Style = Literal["half", "full", "kanji"]
_DIGITS = "〇一二三四五六七八九"
_FULL = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
_HALF = str.maketrans("０１２３４５６７８９，．", "0123456789,.")
_SCALES = {"千": 1000, "百": 100, "十": 10}
_LARGE = {"": 1, "万": 10_000, "億": 100_000_000}
NUMERAL = r"(?:[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?|[〇一二三四五六七八九十百千]+)"
ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
COUNTERS = (
    "営業日", "日間", "日", "か月間", "か月", "ヶ月", "カ月", "箇月", "週間", "時間", "年間", "年度", "年", "分間", "分", "秒", "人", "名", "台", "枚", "部",
    "冊", "件", "回", "歳", "度", "級", "条", "項", "号", "章", "か所", "平方メートル", "キロメートル", "メートル", "ルクス", "文字", "種類", "部門", "点", "組",
    "足", "着", "キログラム", "デシベル", "センチメートル", "営業所", "か国", "桁", "株", "番",
)  # fmt: skip
_FIGURE = re.compile(
    rf"(?P<first>第|別表第?|別記様式第?)?(?P<numeral>{NUMERAL})(?P<large>万|億)?(?P<counter>%|％|パーセント|割|円|"
    + "|".join(sorted(COUNTERS, key=len, reverse=True))
    + r")?(?!の[一二三四五六七八九]のう)"
)
_NOT_FIGURES = re.compile(r"^(?:[一十]分[なに]|一部|一度|一人ひとり|一点張|[一二三]番)")
DATE = re.compile(
    rf"(?:(?P<era>{'|'.join(ERAS)})(?P<era_year>元|{NUMERAL})年|(?P<year>(?:19|20|１９|２０)[0-9０-９]{{2}})年)"
    rf"(?:(?P<month>{NUMERAL})月)?(?:(?P<day>{NUMERAL})日)?"
)
MONTH_DAY = re.compile(rf"(?<![0-9０-９])(?P<month>{NUMERAL})月(?:(?P<day>{NUMERAL})日)?(?![額分間])")
CLOCK = re.compile(rf"(?P<half>午前|午後)(?P<hour>{NUMERAL})時(?:(?P<minute>{NUMERAL})分)?")
WEEKDAY = re.compile(r"[月火水木金土日]曜日?")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its counter at [start, end) of a text; `first` is what makes it ordinal (第), `large` its 万 or 億."""

    start: int
    end: int
    first: str
    numeral: str
    large: str
    counter: str

    @property
    def style(self) -> Style:
        """How it is written."""
        return "kanji" if self.numeral[0] in _DIGITS + "十百千" else "full" if self.numeral[0] > "9" else "half"

    @property
    def value(self) -> float:
        """What it says, without 万 and 億."""
        return read(self.numeral)


def read(numeral: str) -> float:
    """The value of a numeral below ten thousand in kanji, or any in digits."""
    if numeral[0] not in _DIGITS + "十百千":
        return float(numeral.translate(_HALF).replace(",", "").rstrip("."))
    if not set(numeral) & set(_SCALES):
        return float("".join(str(_DIGITS.index(c)) for c in numeral))
    total = part = 0
    for c in numeral:
        if c in _SCALES:
            total, part = total + (part or 1) * _SCALES[c], 0
        else:
            part = _DIGITS.index(c)
    return float(total + part)


def write(value: int, style: Style, comma: bool = True) -> str:
    """A whole number in a style; kanji for those below ten thousand only (ValueError)."""
    if style == "kanji":
        return _kanji(value)
    digits = f"{value:,}" if comma else str(value)
    return digits.translate(_FULL) if style == "full" else digits


def _kanji(value: int) -> str:
    if not 0 < value < 10_000:
        raise ValueError(f"not written in kanji here: {value}")
    out = ""
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        n, value = divmod(value, scale)
        out += "" if not n else name if n == 1 and name else _DIGITS[n] + name
    return out


def amount(yen: int, style: Style, large: str = "", comma: bool = True) -> str:
    """An amount of money before 円; kanji are split at 万."""
    if large:
        return write(yen // _LARGE[large], style, comma) + large
    if style == "kanji" and yen >= 10_000:
        return _kanji(yen // 10_000) + "万" + (_kanji(yen % 10_000) if yen % 10_000 else "")
    return write(yen, style, comma)


def dates(text: str) -> list[re.Match[str]]:
    """Dates, months, clock times and weekdays in reading order."""
    found: list[re.Match[str]] = []
    for pattern in (DATE, CLOCK, MONTH_DAY, WEEKDAY):
        for match in pattern.finditer(text):
            if all(match.end() <= m.start() or m.end() <= match.start() for m in found):
                found.append(match)
    return sorted(found, key=lambda m: m.start())


def figures(text: str) -> Iterator[Figure]:
    """Numbers with a counter or an ordinal mark that are no part of a date, a fraction or a word."""
    taken = [m.span() for m in dates(text)] + [
        m.span() for m in re.finditer(rf"{NUMERAL}分の{NUMERAL}|法律第|別表第?{NUMERAL}の", text)
    ]
    for match in _FIGURE.finditer(text):
        first, numeral, large, counter = (match[g] or "" for g in ("first", "numeral", "large", "counter"))
        inside = any(a < match.end() and match.start() < b for a, b in taken)
        if inside or not (counter or first) or _NOT_FIGURES.match(text[match.start("numeral") :]):
            continue
        if (counter == "部" and read(numeral) == 1) or (first == "第" and not counter):
            continue
        yield Figure(match.start(), match.end(), first, numeral, large, counter)


def era_year(year: int) -> str | None:
    """A year of 2020 or later, or of 1990 to 2018, in its era, without 年; None for others, whose era depends on the day."""
    if year >= 2020:
        return f"令和{year - ERAS['令和']}"
    return f"平成{year - ERAS['平成']}" if 1990 <= year <= 2018 else None
