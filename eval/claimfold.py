"""A text in one writing, and the dates and figures it then shows, for checking claims."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_KANJI = "〇一二三四五六七八九"
_UNITS = "営業日|か月|週間|時間|日間|年間|分間|平方メートル|キロメートル|センチメートル|キログラム|メートル|ルクス|文字|か所|円|%|割|日|年|分|秒|人|名|台|枚|冊|件|回|歳|度|級|条|項|号|章|坪|組|着|足|点|番|ドル|つ|株|目|段階|社"
_COUNTED = re.compile(rf"([〇一二三四五六七八九十百千]+)(?=万|億|{_UNITS}|月|時|分の)")
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_YEAR = re.compile(r"(明治|大正|昭和|平成|令和)(元|\d+)年")


def fold(text: str) -> str:
    """The text in one writing: narrow digits without commas for kanji numerals with a counter, years of our count, か月, no marks."""
    text = unicodedata.normalize("NFKC", re.sub(r"<sup>.*?</sup>|\*\*|[(（]注\d*[)）]", "", text)).replace(" ", "")
    text = re.sub(r"[ヶカヵ箇]月", "か月", text).replace("パーセント", "%").replace("又は", "または").replace("及び", "および")
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = _COUNTED.sub(lambda m: str(_value(m[1])), text)
    text = re.sub(r"分の([一二三四五六七八九])", lambda m: f"分の{_value(m[1])}", text)
    text = re.sub(r"(\d+)万(\d+)?(?=円)", lambda m: str(int(m[1]) * 10_000 + int(m[2] or 0)), text)
    return _YEAR.sub(lambda m: f"{_ERAS[m[1]] + (1 if m[2] == '元' else int(m[2]))}年", text)


def _value(numeral: str) -> int:
    if not re.search("[十百千]", numeral):
        return int("".join(str(_KANJI.index(c)) for c in numeral))
    found = re.fullmatch(r"(?:(?P<千>.?)千)?(?:(?P<百>.?)百)?(?:(?P<十>.?)十)?(?P<一>.?)", numeral)
    if found is None:
        return 0
    scales = {"千": 1000, "百": 100, "十": 10, "一": 1}
    return sum(
        s * (_KANJI.index(found[n]) if found[n] else 0 if n == "一" else 1) for n, s in scales.items() if found[n] is not None
    )


_DATE = re.compile(r"(?:(\d{4})年(?!間|度?を))?(?:(\d{1,2})月(?!額|分))?(?:(?<=月)(\d{1,2})日)?")
_CLOCK = re.compile(r"(午前|午後)?(\d{1,2})時(?!間)(?:(\d{1,2})分)?")
_FRACTION = re.compile(r"(\d+)分の(\d+)|(過半数|半数|半額|半分|全額)")
_FIGURE = re.compile(rf"(\d+(?:\.\d+)?)(億|万)?({_UNITS})?")


def dates(folded: str) -> Counter[str]:
    """Years, months, days of months, hours and weekdays that a folded text names."""
    found: Counter[str] = Counter()
    for m in _DATE.finditer(folded):
        found.update(f"{n}{v}" for n, v in zip("年月日", m.groups(), strict=True) if v)
    found.update(f"{m[1] or ''}{m[2]}時{m[3] or ''}" for m in _CLOCK.finditer(folded))
    found.update(f"{d}曜" for d in re.findall(r"([月火水木金土日])曜", folded))
    return found


def figures(folded: str) -> Counter[tuple[str, str]]:
    """The other numbers of a folded text with their units; shares of a whole have the unit 分の."""
    rest = _CLOCK.sub("〓", re.sub(r"\d{4}年(?!間)|\d{1,2}月(?!額|分)(?:\d{1,2}日)?", "〓", folded))
    found = Counter((m[0], "分の") for m in _FRACTION.finditer(rest))
    found.update((m[1] + (m[2] or ""), m[3] or "") for m in _FIGURE.finditer(_FRACTION.sub("〓", rest)))
    return found
