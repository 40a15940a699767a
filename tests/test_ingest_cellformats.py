"""Tests of Excel's number formats against what Japanese Excel shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cellformats import shown_number, shown_text

DAY = 46113  # 1 April 2026, a Wednesday


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (12, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (1 / 3, "General", "0.333333333"),
        (1234567.125, "General", "1234567.125"),
        (1e20, "General", "1E+20"),
        (3, 'G/標準"人"', "3人"),
        (1234567.5, '#,##0"円"', "1,234,568円"),
        (-1234, "#,##0", "-1,234"),
        (-1234, '#,##0;"△ "#,##0', "△ 1,234"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (1234.5, r'_ "¥"* #,##0_ ;_ "¥"* \-#,##0_ ;_ "¥"* "-"_ ;_ @_ ', "¥1,235"),
        (1234, "[$¥-411]#,##0", "¥1,234"),
        (1234567, '#,##0,"千円"', "1,235千円"),
        (0.125, "0.0%", "12.5%"),
        (12.5, "0.00", "12.50"),
        (2.5, "0", "3"),
        (-0.3, "0", "0"),
        (7, "000", "007"),
        (1001234, "000-0000", "100-1234"),
        (12, '"第"0"条"', "第12条"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (12, "[DBNum3]0", "１２"),
        (150, '[>=100]0"以上";0', "150以上"),
        (50, '[>=100]0"以上";0', "50"),
        (5, ";;;", ""),
        (0.5, "# ?/?", "0.5"),
        (DAY, "yyyy/m/d", "2026/4/1"),
        (DAY, 'yyyy"年"m"月"d"日"', "2026年4月1日"),
        (DAY, "yyyy-mm-dd", "2026-04-01"),
        (DAY, '[$-411]ggge"年"m"月"d"日"', "令和8年4月1日"),
        (DAY, "[$-411]ge.m.d", "R8.4.1"),
        (DAY, 'm"月"d"日"(aaa)', "4月1日(水)"),
        (DAY, 'yyyy"年"m"月"d"日"aaaa', "2026年4月1日水曜日"),
        (DAY, r"[$-F800]dddd\, mmmm dd\, yyyy", "2026年4月1日"),
        (DAY, "d-mmm-yy", "1-Apr-26"),
        (43586, '[$-ja-JP-x-gannen]ggge"年"m"月"', "令和元年5月"),
        (43585, '[$-411]ggge"年"m"月"', "平成31年4月"),
        (DAY + 0.75, "yyyy/m/d h:mm", "2026/4/1 18:00"),
        (0.75, 'h"時"mm"分"', "18時00分"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (1.75, "[h]:mm", "42:00"),
        (0.5 / 86400, "mm:ss.0", "00:00.5"),
        (-1, "yyyy/m/d", "-1"),
        (1, "yyyy/m/d", "1900/1/1"),
    ],
)
def test_a_number_as_the_sheet_shows_it(value: float, code: str, shown: str) -> None:
    assert shown_number(value, code).strip() == shown


def test_days_of_a_macintosh_count_from_1904() -> None:
    assert shown_number(DAY - 1462, "yyyy/m/d", True) == "2026/4/1"


@pytest.mark.parametrize(
    ("code", "shown"), [("General", "山田"), ('@"様"', "山田様"), ("#,##0", "山田"), ('0;0;0;"（"@"）"', "（山田）"), (";;;", "")]
)
def test_a_text_as_the_sheet_shows_it(code: str, shown: str) -> None:
    assert shown_text("山田", code) == shown


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(alphabet='0#?.,%/;@"[]<>=$-E+ymdhsgea年 \\_*G', max_size=20))
def test_any_format_shows_something_or_nothing(value: float, code: str) -> None:
    assert isinstance(shown_number(value, code), str)
    assert isinstance(shown_text("語", code), str)
