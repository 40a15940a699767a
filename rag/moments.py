"""Dates and times of day in folded text, as far as they are given: 「2024年4月1日」, 「4月1日」, 「2024年度」, 「午後5時30分」."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.fold import kanji_number

_DATE = re.compile(
    r"(?<![\d.])(?:(?P<year>\d{4})年(?!間|以上|以下|未満)(?P<fiscal>度)?(?:の|中の)?)?"
    r"(?:(?<![\d.])(?P<month>1[0-2]|0?[1-9])月(?!額|数|以内|以上|以下|未満|間|を経過|を超え|を限度|前|後)(?:(?P<day>3[01]|[12]\d|0?[1-9])日(?!間|以内|以上))?)?"
)
_SHORT = re.compile(r"(?<![\d/.])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/.])")
_MONTHLY = re.compile(
    r"(?P<relation>当月|翌月|前月|翌々月|同月|毎月|来月|今月)の?(?P<day>3[01]|[12]\d|0?[1-9])日(?!間|以内|以上|前|後)"
)
_NOON = re.compile(r"正午|深夜0時")
_AT = re.compile("(?:の?(?:に|から|まで|付|より|時点|現在|施行|以降|以前|[(]))")
"""What follows a day written as 1/2, rather than a half."""
_CLOCK = re.compile(
    r"(?P<half>午前|午後|am|pm)?(?<![\d:])(?P<hour>2[0-4]|1\d|0?\d)(?:時(?!間)(?:(?P<minute>[0-5]?\d|[一二三四五十]{1,3})分|(?P<thirty>半))?|:(?P<colon>[0-5]\d))(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of day at folded[start:end]; parts not given are None. `minute` counts from midnight, and `either` says
    that it may be morning or afternoon."""

    start: int
    end: int
    text: str
    year: int | None = None
    fiscal: bool = False
    month: int | None = None
    day: int | None = None
    minute: int | None = None
    either: bool = False
    relation: str = ""

    def within(self, other: Moment) -> bool:
        """Whether all that this one gives is given by the other, too."""
        if (self.minute is None) != (other.minute is None):
            return False
        if self.minute is not None and other.minute is not None:
            gap = abs(self.minute - other.minute)
            return gap == 0 or (gap == 720 and (self.either or other.either))
        given = [(self.year, other.year), (self.month, other.month), (self.day, other.day)]
        if self.relation and other.relation and self.relation != other.relation:
            return False
        return self.fiscal == other.fiscal and all(mine is None or mine == theirs for mine, theirs in given)

    def alike(self, other: Moment) -> bool:
        """Whether both give the same kind of thing: times of day, or dates."""
        return (self.minute is None) == (other.minute is None)


def told(moment: Moment, others: Iterable[Moment]) -> bool:
    """Whether the others together tell the moment: by one of them, or its year by one and its day by another."""
    found = list(others)
    if any(moment.within(other) for other in found):
        return True
    if moment.year is None or moment.month is None or moment.fiscal:
        return False
    year, rest = Moment(0, 0, "", year=moment.year), Moment(0, 0, "", month=moment.month, day=moment.day)
    return any(year.within(o) for o in found) and any(o.year is None and rest.within(o) for o in found)


@lru_cache(maxsize=8_000)
def moments(folded: str) -> tuple[Moment, ...]:
    """The dates and times of day in reading order."""
    if not any(c in folded for c in "年月時:/午"):
        return ()
    out: list[Moment] = []
    for match in _DATE.finditer(folded):
        if match["year"] or match["month"]:
            out.append(
                Moment(
                    match.start(),
                    match.end(),
                    match[0],
                    _int(match["year"]),
                    bool(match["fiscal"]),
                    _int(match["month"]),
                    _int(match["day"]),
                )
            )
    taken = [(m.start, m.end) for m in out]
    for match in (*_SHORT.finditer(folded), *_MONTHLY.finditer(folded)):
        fraction = match.re is _SHORT and match["month"] == "1" and int(match["day"]) < 10 and not _AT.match(folded, match.end())
        if not fraction and not any(a < match.end() and match.start() < b for a, b in taken):
            groups = match.groupdict()
            out.append(
                Moment(
                    match.start(),
                    match.end(),
                    match[0],
                    month=_int(groups.get("month")),
                    day=_int(groups["day"]),
                    relation=groups.get("relation") or "",
                )
            )
    out += [Moment(m.start(), m.end(), m[0], minute=720) for m in _NOON.finditer(folded)]
    for match in _CLOCK.finditer(folded):
        out.append(_clock(match))
    return tuple(sorted(out, key=lambda m: m.start))


def _clock(match: re.Match[str]) -> Moment:
    hour, minute = int(match["hour"]), kanji_number(match["minute"] or match["colon"] or ("30" if match["thirty"] else "0"))
    afternoon = match["half"] in ("午後", "pm")
    hours = hour + 12 if afternoon and hour < 12 else hour
    return Moment(match.start(), match.end(), match[0], minute=hours * 60 + minute, either=not match["half"] and hour <= 12)


def _int(text: str | None) -> int | None:
    return int(text) if text else None
