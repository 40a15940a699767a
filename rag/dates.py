"""Partial dates (`2024`, `2024-04`, `2024-04-01`) and the version of a document that answers on a day."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Protocol, TypeVar

from rag.errors import InputError
from rag.fold import kanji_number
from rag.types import Meta

_ERAS = {
    "明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019,
    "M": 1868, "T": 1912, "S": 1926, "H": 1989, "R": 2019,
}  # fmt: skip
_NUMBER = r"[0-9]{1,2}|[〇一二三四五六七八九十]{1,3}"
_YEAR = (
    rf"(?:(?P<era>{'|'.join(_ERAS)})(?P<of_era>元|{_NUMBER})"
    r"|(?P<year>[0-9]{4}|[〇一二三四五六七八九]{4}|[一二三四五六七八九]?千[〇一二三四五六七八九十百]*))"
)
_WRITTEN = re.compile(rf"{_YEAR}年(?:(?P<month>{_NUMBER})月(?:(?P<day>{_NUMBER})日)?)?")
_PUNCTUATED = re.compile(rf"{_YEAR}(?:(?P<mark>[-/.])(?P<month>{_NUMBER})(?:(?P=mark)(?P<day>{_NUMBER}))?)?")
_HYPHENS = str.maketrans("‐‑–−", "----")


class Versioned(Protocol):
    """One version of a document, as far as its dates go."""

    @property
    def version(self) -> str: ...

    @property
    def meta(self) -> Meta: ...


V = TypeVar("V", bound=Versioned)


def parse_partial(text: str) -> str:
    """The canonical partial date of what a person wrote: ISO, `2024/4/1`, `2024年4月`, `令和六年四月一日`, `R6.4.1`.

    Raises:
        InputError: the text is no date, or no day of the calendar.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).translate(_HYPHENS).upper().split())
    match = _WRITTEN.fullmatch(plain) or _PUNCTUATED.fullmatch(plain)
    if match is None:
        raise _not_a_date(text)
    year = _year(match)
    parts = [kanji_number(part) for part in match.group("month", "day") if part]
    try:
        date(year, *[*parts, 1, 1][:2])
    except ValueError:
        raise _not_a_date(text) from None
    return "-".join([f"{year:04}", *(f"{part:02}" for part in parts)])


def first_day(text: str) -> date:
    """The first day of a partial date: `2024-04` is 1 April 2024."""
    return _days(text)[0]


def last_day(text: str) -> date:
    """The last day of a partial date: `2024-04` is 30 April 2024."""
    return _days(text)[1]


def in_force(meta: Meta, on: date) -> bool:
    """Whether the document is in force on the day; a missing date leaves its side open."""
    begun = not meta.effective_from or first_day(meta.effective_from) <= on
    return begun and (not meta.effective_to or on <= last_day(meta.effective_to))


def current_version(versions: Iterable[V], on: date) -> V | None:
    """Of several versions of one document the one that answers on the day; None when none is in force.

    The latest `effective_from` wins, `published` standing in for a missing one; then the latest `published`, then the
    version's name in natural order. A version published only after the day answers when there is no other.
    """
    return max((v for v in versions if in_force(v.meta, on)), key=lambda v: _precedence(v, on), default=None)


def natural_key(text: str) -> tuple[tuple[int, str], ...]:
    """A sort key in which numbers count as numbers: `1.9` comes before `1.10`, `第２版` before `第10版`."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", unicodedata.normalize("NFKC", text).casefold())
    return tuple((int(p), "") if p[0] in "0123456789" else (-1, p) for p in pieces)


def _precedence(version: Versioned, on: date) -> tuple[bool, date, date, tuple[tuple[int, str], ...]]:
    published = first_day(version.meta.published) if version.meta.published else date.min
    start = first_day(version.meta.effective_from) if version.meta.effective_from else published
    return start <= on, start, published, natural_key(version.version)


@lru_cache(maxsize=4096)
def _days(text: str) -> tuple[date, date]:
    year, *rest = (int(part) for part in parse_partial(text).split("-"))
    if len(rest) == 2:
        return date(year, *rest), date(year, *rest)
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _year(match: re.Match[str]) -> int:
    if match["year"]:
        return kanji_number(match["year"])
    count = 1 if match["of_era"] == "元" else kanji_number(match["of_era"])
    return _ERAS[match["era"]] + count - 1 if count else 0


def _not_a_date(text: str) -> InputError:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return InputError(f"「{shown}」は日付として読めないので、2024、2024-04、2024-04-01、令和6年4月1日 のように書いてください。")
