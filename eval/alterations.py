"""Statements made false in exactly one value: a number, a unit, a date, an amount, a share."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from eval.writings import DATE, NUMERAL, Figure, amount, dates, figures, read, write

_NATURAL: dict[str, tuple[int, ...]] = {
    "日": (2, 3, 5, 7, 10, 14, 15, 20, 30, 45, 60, 90),
    "営業日": (2, 3, 5, 7, 10, 15, 20),
    "か月": (1, 2, 3, 4, 6, 9, 12, 18),
    "週間": (1, 2, 3, 4, 6),
    "年": (1, 2, 3, 5, 7, 10, 15, 20, 30),
    "時間": (1, 2, 3, 4, 6, 8, 12, 24, 48, 72),
    "分": (5, 10, 15, 20, 30, 45, 50, 60, 90),
    "歳": (3, 6, 18, 35, 60, 65, 70),
    "文字": (8, 10, 12, 16, 20, 24),
    "": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
}
_LEAST, _MOST = ("以上", "を超え", "超"), ("以下", "未満", "に満た")
"""A claim of a higher least or a lower most would follow from its source, so these are lowered and raised."""
_SHARES, _MONEY = ("%", "％", "パーセント", "割"), ("円",)
_UNITS: dict[str, tuple[str, ...]] = {
    "営業日": ("日", "か月", "週間"), "日": ("か月", "週間", "営業日", "時間"), "か月": ("日", "年", "週間"), "週間": ("か月", "日"), "年": ("か月", "日"),
    "時間": ("日", "分"), "分": ("時間", "日"), "日間": ("週間", "か月間"), "年間": ("か月間", "日間"), "円": ("ドル", "万円"), "万円": ("円", "億円"),
    "%": ("割", "円"), "平方メートル": ("坪",), "キロメートル": ("メートル",), "回": ("日", "時間"), "名": ("組",), "人": ("組",), "歳": ("か月",),
    "センチメートル": ("メートル",), "枚": ("冊",), "台": ("組",), "冊": ("部",), "度": ("割",),
}  # fmt: skip


def _put(words: str, start: int, end: int, new: str) -> str:
    return words[:start] + new + words[end:]


def _pool(counter: str) -> tuple[int, ...]:
    name = next((n for n in _NATURAL if n and counter in (n, n + "間")), "")
    return _NATURAL[name.replace("箇月", "か月")]


def _other(figure: Figure, words: str, rng: random.Random) -> int | None:
    """Another whole number that would do in the figure's place and that the words do not have."""
    value = figure.value
    if value != int(value):
        return None
    pool, tail = _pool(figure.counter if not figure.first else ""), words[figure.end :]
    steps = range(-5, 6) if figure.counter in ("歳", "度") else (-20, -10, 10, 20, 50) if value > max(pool) else ()
    choices = [int(value) + n for n in steps] or [n for n in pool if value / 4 <= n <= value * 4]
    if tail.startswith(_LEAST):
        choices = [n for n in choices if n < value]
    if tail.startswith(_MOST):
        choices = [n for n in choices if n > value]
    there = {f.value for f in figures(words)}
    choices = [n for n in choices if n > 0 and n not in there]
    return rng.choice(choices) if choices else None


def numbers(words: str, rng: random.Random) -> Iterator[str]:
    """Each number with a counter, and each number of an article, replaced by another."""
    for f in figures(words):
        if f.counter in _SHARES + _MONEY or f.large or words[f.end :].startswith(("につき", "当たり", "あたり")):
            continue
        new = _other(f, words, rng)
        if new is not None and (f.style != "kanji" or new < 10_000):
            yield _put(
                words, f.start + len(f.first), f.start + len(f.first) + len(f.numeral), write(new, f.style, "," in f.numeral)
            )


def units(words: str, rng: random.Random) -> Iterator[str]:
    """Each counter replaced by that of another measure."""
    for f in figures(words):
        others = _UNITS.get(f.large + f.counter) if f.large else _UNITS.get(re.sub("[箇ヶカ]月", "か月", f.counter))
        joined = re.match(rf"(?:{NUMERAL}|目|度|単位|につき|当たり)", words[f.end :]) or re.search(
            rf"{NUMERAL}\D{{1,2}}$", words[: f.start]
        )
        if others and not f.first and not joined and not words[f.end :].startswith(_LEAST + _MOST):
            yield _put(words, f.end - len(f.large + f.counter), f.end, rng.choice(others))


def amounts(words: str, rng: random.Random) -> Iterator[str]:
    """Each amount of money replaced by another."""
    for f in figures(words):
        factor = rng.choice((2, 3, 5, 10, 0.5, 1.5, 0.8, 1.2))
        new = f.value * factor
        if f.counter != "円" or new != int(new) or "." in f.numeral or words[f.end :].startswith(_LEAST + _MOST):
            continue
        if not (f.large and new >= 10_000):
            yield _put(words, f.start, f.end, amount(int(new), f.style, comma="," in f.numeral or new >= 1000) + f.large + "円")


_FRACTION = re.compile(rf"(?P<below>{NUMERAL})分の(?P<above>{NUMERAL})")
_SHARE_WORDS = {
    "過半数": ("三分の二以上", "四分の三以上"),
    "半数以上": ("三分の一以上", "四分の一以上", "二割以上"),
    "半額": ("全額",),
    "全額": ("半額", "七割", "三分の二"),
    "半分": ("三分の一", "二割", "四分の一"),
}


def percents(words: str, rng: random.Random) -> Iterator[str]:
    """Each percentage, tenth, fraction or half replaced by another share."""
    for f in figures(words):
        if f.counter in _SHARES and f.value == int(f.value):
            step = rng.choice((1, 2, 3) if f.counter == "割" else (5, 10, 15, 20, 25))
            new = int(f.value) + step if rng.random() < 0.6 or f.value <= step else int(f.value) - step
            yield _put(words, f.start, f.start + len(f.numeral), write(new, f.style))
    for m in _FRACTION.finditer(words):
        below, above = int(read(m["below"])), int(read(m["above"]))
        choices = [(b, a) for b, a in ((2, 1), (3, 1), (3, 2), (4, 1), (4, 3), (5, 1), (5, 4)) if b * above != a * below]
        b, a = rng.choice(choices)
        style = Figure(0, 0, "", m["below"], "", "").style
        yield _put(words, m.start(), m.end(), f"{write(b, style)}分の{write(a, style)}")
    for word, others in _SHARE_WORDS.items():
        if word in words and "を代表する" not in words:
            yield words.replace(word, rng.choice(others), 1)


_WEEK = "月火水木金土日"


def times(words: str, rng: random.Random) -> Iterator[str]:
    """Each date, month, time of the clock or weekday replaced by another, in the year, the month, the day, the hour or the era."""
    for m in dates(words):
        groups = [g for g, v in m.groupdict().items() if v]
        if not groups:
            other = rng.choice([d for d in _WEEK if d != m[0][0]])
            yield _put(words, m.start(), m.start() + 1, other)
            continue
        if m.re is DATE and "month" not in groups and words[m.end() :].startswith("度"):
            continue
        for group in rng.sample(groups, min(2, len(groups))):
            new = _part(group, m[group], read(m["day"]) if m.groupdict().get("day") else 1, rng)
            if new and not (group == "era" and read(m["era_year"].replace("元", "1")) > 12):
                yield _put(words, m.start(group), m.end(group), new)


def _part(group: str, old: str, day: float, rng: random.Random) -> str | None:
    if group in ("half", "era"):
        return {"午前": "午後", "午後": "午前", "令和": "平成", "平成": "昭和", "昭和": "平成"}.get(old)
    if old == "元":
        return rng.choice(("2", "3"))
    value, style = int(read(old)), Figure(0, 0, "", old, "", "").style
    ranges: dict[str, Sequence[int]] = {
        "year": range(value - 3, value + 4),
        "era_year": range(max(1, value - 3), value + 4),
        "month": range(1, 13),
        "day": range(1, 29),
    }
    if group == "month" and day > 28:
        ranges["month"] = (1, 3, 5, 7, 8, 10, 12)
    other = rng.choice([n for n in ranges.get(group, range(1, 12)) if n != value])
    if group == "minute":
        other = rng.choice([n for n in (5, 10, 15, 20, 30, 40, 45) if n != value])
    return write(other, style, comma=False)
