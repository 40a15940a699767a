"""Days and times as Excel's number formats show them, eras (令和8年) included."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ingest.cellcodes import Section

_ERAS = (
    (date(2019, 5, 1), "R", "令和"),
    (date(1989, 1, 8), "H", "平成"),
    (date(1926, 12, 25), "S", "昭和"),
    (date(1912, 7, 30), "T", "大正"),
    (date(1868, 1, 25), "M", "明治"),
)
_DAYS = "月火水木金土日"
_LAST_DAY = 2_958_466


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def shown_moment(section: Section, value: float, from_1904: bool) -> str | None:
    """The moment that so many days after the calendar's first day are, by a format with dates; None outside the calendar."""
    if not 0 <= value < _LAST_DAY:
        return None
    seconds = round(value * 86400, 3 if any("." in w for k, w in section.tokens if k == "date") else 0)
    # Excel counts a 29 February 1900 that never was
    first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30) if value >= 60 else datetime(1899, 12, 31)
    moment = first + timedelta(seconds=seconds)
    half = section.has("half")
    clock = [written[0].lower() if kind in ("date", "elapsed") else "" for kind, written in section.tokens]
    return "".join(_part(section, n, moment, seconds, half, _is_minute(clock, n)) for n in range(len(section.tokens)))


def _is_minute(clock: list[str], n: int) -> bool:
    """Whether an `m` at this place is a minute: after an hour, or before a second."""
    before = next((c for c in reversed(clock[:n]) if c), "")
    after = next((c for c in clock[n + 1 :] if c), "")
    return before == "h" or after == "s"


def _part(section: Section, n: int, moment: datetime, seconds: float, half: bool, minute: bool) -> str:
    kind, written = section.tokens[n]
    if kind == "literal":
        return written
    if kind == "half":
        return ("AM" if moment.hour < 12 else "PM")[: len(written) // 2]
    if kind == "elapsed":
        return f"{int(seconds // {'h': 3600, 'm': 60, 's': 1}[written[0]]):0{len(written)}}"
    if kind != "date":
        return written if kind in ("point", "comma", "fraction") else ""
    return _date_part(written.lower(), moment, half, minute, section.first_year)


def _date_part(token: str, moment: datetime, half: bool, minute: bool, first_year: bool) -> str:
    begun, letter, era = next((e for e in _ERAS if e[0] <= moment.date()), (date(1, 1, 1), "", ""))
    year = moment.year - begun.year + 1 if era else moment.year
    hour = (moment.hour % 12 or 12) if half else moment.hour
    match token[0], len(token):
        case "y", size:
            return f"{moment.year % 100:02}" if size < 3 else f"{moment.year:04}"
        case "g", size:
            return letter if size == 1 else era[:1] if size == 2 else era
        case "e", size:
            return "元" if first_year and year == 1 else f"{year:0{min(size, 2)}}"
        case "a", size:
            return _DAYS[moment.weekday()] + ("曜日" if size == 4 else "")
        case "m", size if minute and size < 3:
            return f"{moment.minute:0{size}}"
        case "m", size:
            name = _MONTHS[moment.month - 1]
            return f"{moment.month:0{size}}" if size < 3 else name[:3] if size == 3 else name[:1] if size == 5 else name
        case "d", size:
            day = _WEEKDAYS[moment.weekday()]
            return f"{moment.day:0{size}}" if size < 3 else day[:3] if size == 3 else day
        case "h", size:
            return f"{hour:0{min(size, 2)}}"
        case _:
            whole, _, places = token.partition(".")
            rest = f"{moment.microsecond / 1e6:.{len(places)}f}"[1:] if places else ""
            return f"{moment.second:0{min(len(whole), 2)}}" + rest
