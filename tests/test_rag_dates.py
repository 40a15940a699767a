"""Partial dates as people write them, and which version of a document answers on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dates import current_version, first_day, in_force, last_day, natural_key, parse_partial
from rag.errors import InputError
from rag.types import Meta


@dataclass(frozen=True)
class Version:
    version: str
    meta: Meta = field(default_factory=Meta)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2024", "2024"),
        ("2024年", "2024"),
        ("2024-04", "2024-04"),
        ("2024年4月", "2024-04"),
        ("2024/4/1", "2024-04-01"),
        ("2024.4.1", "2024-04-01"),
        ("２０２４年４月１日", "2024-04-01"),
        (" 2024 年 4 月 1 日 ", "2024-04-01"),
        ("2024−04−01", "2024-04-01"),
        ("令和6年4月1日", "2024-04-01"),
        ("令和六年四月一日", "2024-04-01"),
        ("令和元年五月", "2019-05"),
        ("㋿7年", "2025"),
        ("R6.4.1", "2024-04-01"),
        ("h31/4/30", "2019-04-30"),
        ("平成31年4月30日", "2019-04-30"),
        ("昭和六十四年一月七日", "1989-01-07"),
        ("大正12年9月1日", "1923-09-01"),
        ("明治四十五年", "1912"),
        ("二〇二四年十二月三十一日", "2024-12-31"),
        ("二千二十四年", "2024"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_a_date_as_people_write_it_becomes_iso(written: str, canonical: str) -> None:
    assert parse_partial(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "令和",
        "2024-13",
        "2024-00",
        "2023-02-29",
        "2024-4/1",
        "2024-",
        "0000",
        "令和0年",
        "令和6年度",
        "4月1日",
        "24-4-1",
        "未定",
    ],
)
def test_what_is_no_date_is_refused_with_the_value_and_the_way_to_write_it(written: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_partial(written)
    assert f"「{written}」" in str(caught.value)
    assert "2024-04-01" in str(caught.value)


def test_a_long_text_is_shortened_in_the_message() -> None:
    with pytest.raises(InputError, match="…"):
        parse_partial("あ" * 10_000)


@pytest.mark.parametrize(
    ("partial", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024-04-01", date(2024, 4, 1), date(2024, 4, 1)),
    ],
)
def test_a_partial_date_covers_its_days(partial: str, first: date, last: date) -> None:
    assert (first_day(partial), last_day(partial)) == (first, last)


@given(st.dates())
def test_every_day_parses_to_itself_in_iso_and_in_japanese(day: date) -> None:
    assert parse_partial(day.isoformat()) == day.isoformat()
    assert parse_partial(f"{day.year:04}年{day.month}月{day.day}日") == day.isoformat()
    assert first_day(day.isoformat()) == last_day(day.isoformat()) == day


@given(st.text(max_size=12))
def test_any_text_is_a_canonical_date_or_an_input_error(text: str) -> None:
    try:
        canonical = parse_partial(text)
    except InputError:
        return
    assert parse_partial(canonical) == canonical
    assert first_day(canonical) <= last_day(canonical)


@pytest.mark.parametrize(
    ("begins", "ends", "on", "expected"),
    [
        ("", "", date(1900, 1, 1), True),
        ("2024-04", "", date(2024, 3, 31), False),
        ("2024-04", "", date(2024, 4, 1), True),
        ("", "2024-04", date(2024, 4, 30), True),
        ("", "2024-04", date(2024, 5, 1), False),
        ("2023", "2024", date(2024, 12, 31), True),
    ],
)
def test_in_force_from_the_first_day_to_the_last(begins: str, ends: str, on: date, expected: bool) -> None:
    assert in_force(Meta(effective_from=begins, effective_to=ends), on) is expected


V1 = Version("1.0", Meta(effective_from="2024-07-01", effective_to="2026-03-31"))
V2 = Version("2.0", Meta(effective_from="2026-04-01"))


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2024, 6, 30), None), (date(2024, 7, 1), V1), (date(2026, 3, 31), V1), (date(2026, 4, 1), V2)],
)
def test_the_version_in_force_on_the_day_answers(on: date, expected: Version | None) -> None:
    assert current_version([V1, V2], on) == expected
    assert current_version([V2, V1], on) == expected


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([], None),
        ([Version("")], ""),
        ([Version("1.9"), Version("1.10")], "1.10"),
        ([Version("第２版"), Version("第10版")], "第10版"),
        ([Version("a", Meta(published="2023")), Version("b", Meta(published="2022-12"))], "a"),
        ([Version("new", Meta(effective_from="2024")), Version("old", Meta(effective_from="2020"))], "new"),
        ([Version("dated", Meta(published="2020")), Version("undated")], "dated"),
        ([Version("later", Meta(published="2030")), Version("earlier", Meta(published="2020"))], "earlier"),
        ([Version("later", Meta(published="2030"))], "later"),
        ([Version("ended", Meta(effective_to="2020"))], None),
    ],
)
def test_the_choice_among_several(versions: list[Version], expected: str | None) -> None:
    chosen = current_version(versions, date(2025, 1, 1))
    assert (chosen.version if chosen else None) == expected


def test_numbers_in_a_version_count_as_numbers() -> None:
    assert sorted(["v10", "V2", "v2.10", "v2.9", "改定"], key=natural_key) == ["V2", "v2.9", "v2.10", "v10", "改定"]
