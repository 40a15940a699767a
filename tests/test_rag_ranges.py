"""Quantities and ranges as rules write them, after folding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fold import fold
from rag.ranges import Quantity, Range, fitting, quantities, ranges

UPPER = ("以下", "以内", "未満", "まで", "に満たない")
LOWER = ("以上", "を超え", "超")
OPEN = ("を超え", "超", "未満", "に満たない")
BOUNDS = st.integers(1, 10_000)


def asked(question: str) -> tuple[Quantity, ...]:
    return quantities(fold(question))


def found(*texts: str) -> list[tuple[Range, ...]]:
    return [ranges(fold(text)) for text in texts]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("３０万円の備品", 300_000, "円"),
        ("二十万円", 200_000, "円"),
        ("1.5億円", 150_000_000, "円"),
        ("12,000円", 12_000, "円"),
        ("勤続5年", 60, "か月"),
        ("勤続5年6か月", 66, "か月"),
        ("３ヶ月", 3, "か月"),
        ("１ヵ年", 12, "か月"),
        ("二週間", 14, "日"),
        ("５営業日", 5, "日"),
        ("90分", 90, "分"),
        ("1.5時間", 90, "分"),
        ("7時間45分", 465, "分"),
        ("三割", 30, "%"),
        ("３０パーセント", 30, "%"),
        ("10名", 10, "人"),
        ("満15才", 15, "歳"),
        ("50㎞", 50_000, "m"),
        ("120cm", pytest.approx(1.2), "m"),
        ("2GB", 2_000, "mb"),
        ("3トン", 3_000, "kg"),
    ],
)
def test_a_quantity_in_the_unit_that_such_are_compared_in(text: str, value: float, unit: str) -> None:
    assert [(q.value, q.unit) for q in asked(text)] == [(value, unit)]


@pytest.mark.parametrize(
    "text", ["第3条第2項", "第2回", "別表2", "3", "A4用紙", "午後5時", "Ver.2", "令和6年4月1日", "2024年度", "毎月10日"]
)
def test_a_number_that_is_no_quantity(text: str) -> None:
    assert asked(text) == ()


def test_quantities_stand_in_reading_order() -> None:
    assert [(q.value, q.unit) for q in asked("2泊3日で15,000円")] == [(2, "泊"), (3, "日"), (15_000, "円")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5万円以上30万円未満", Range("円", 50_000, 300_000, open_high=True)),
        ("5万円以上、30万円未満", Range("円", 50_000, 300_000, open_high=True)),
        ("５万円以上～３０万円未満", Range("円", 50_000, 300_000, open_high=True)),
        ("30万円を超え100万円以下", Range("円", 300_000, 1_000_000, open_low=True)),
        ("百万円超五百万円まで", Range("円", 1_000_000, 5_000_000, open_low=True)),
        ("勤続三年以上五年未満", Range("か月", 36, 60, open_high=True)),
        ("6か月以上1年未満", Range("か月", 6, 12, open_high=True)),
        ("30分以上1時間以内", Range("分", 30, 60)),
        ("200kg以上1トン未満", Range("kg", 200, 1_000, open_high=True)),
        ("勤続5年以上", Range("か月", 60)),
        ("勤続5年6か月以上", Range("か月", 66)),
        ("10万円を超える場合", Range("円", 100_000, open_low=True)),
        ("従業員100人超", Range("人", 100, open_low=True)),
        ("10万円未満", Range("円", None, 100_000, open_high=True)),
        ("満18歳に満たない者", Range("歳", None, 18, open_high=True)),
        ("帰着の日から５営業日以内", Range("日", None, 5)),
        ("二割以下", Range("%", None, 20)),
        ("1日7時間45分以内", Range("分", None, 465)),
        ("月45時間以内", Range("分", None, 2_700)),
        ("1万円～3万円", Range("円", 10_000, 30_000)),
        ("1万円〜3万円", Range("円", 10_000, 30_000)),
        ("10～30人", Range("人", 10, 30)),
        ("二年～三年", Range("か月", 24, 36)),
        ("6か月～2年", Range("か月", 6, 24)),
    ],
)
def test_a_range_as_rules_write_it(text: str, expected: Range) -> None:
    assert found(text) == [(expected,)]


@pytest.mark.parametrize(
    "text", ["勤続10年", "第5条第3項以下", "5名の委員", "10日～5日", "3日～2か月", "以上のとおり", "5以上", "2024年4月1日まで"]
)
def test_no_range(text: str) -> None:
    assert found(text) == [()]


def test_bounds_of_two_units_are_two_ranges() -> None:
    assert found("5万円以上10日以内") == [(Range("円", 50_000), Range("日", None, 10))]


def test_a_lower_bound_above_the_upper_one_is_another_range() -> None:
    assert found("勤続5年以上\t6か月以内") == [(Range("か月", 60), Range("か月", None, 6))]


def test_bounds_far_apart_are_two_ranges() -> None:
    text = "5万円以上の備品の購入は、部長の承認を受け、3万円以下の備品の購入は、課長の承認を受ける。"
    assert found(text) == [(Range("円", 50_000), Range("円", None, 30_000))]


@given(BOUNDS, st.sampled_from(LOWER), st.integers(1, 10_000), st.sampled_from(UPPER), st.integers(-1, 20_001))
def test_a_range_holds_what_its_words_say(low: int, above: str, width: int, below: str, value: int) -> None:
    (one,) = ranges(f"{low}円{above}{low + width}円{below}")
    over = value > low or (value == low and above not in OPEN)
    under = value < low + width or (value == low + width and below not in OPEN)
    assert one.holds(Quantity(value, "円")) == (over and under)
    assert not one.holds(Quantity(value, "日"))


@given(BOUNDS, st.sampled_from(LOWER + UPPER), st.integers(-1, 10_001))
def test_one_bound_leaves_the_other_side_open(bound: int, word: str, value: int) -> None:
    (one,) = ranges(f"{bound}円{word}")
    outside = value < bound if word in LOWER else value > bound
    assert one.holds(Quantity(value, "円")) == (not outside and not (value == bound and word in OPEN))


@given(st.text(st.sampled_from("0123456789.万円年か月日以上未満を超え～~、第条"), max_size=40))
def test_any_text_has_ranges_whose_ends_are_in_order(text: str) -> None:
    for one in ranges(fold(text)):
        ends = [end for end in (one.low, one.high) if end is not None]
        assert ends
        assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        # The rows of a table of thresholds: the one that holds the number asked about, up to its ends.
        ("20万円の備品の決裁者", ("5万円未満", "5万円以上30万円未満", "30万円以上"), [-1, 1, -1]),
        ("5万円の備品の決裁者", ("5万円未満", "5万円以上30万円未満", "30万円以上"), [-1, 1, -1]),
        ("30万円の備品の決裁者", ("5万円未満", "5万円以上30万円未満", "30万円以上"), [-1, -1, 1]),
        ("30万円の備品の決裁者", ("30万円以下", "30万円を超え100万円以下", "100万円超"), [1, -1, -1]),
        # A ladder with lower bounds alone: the highest step that is reached.
        ("勤続5年の祝金", ("勤続1年以上", "勤続3年以上", "勤続5年以上", "勤続10年以上"), [0, 0, 1, -1]),
        ("勤続4年6か月の祝金", ("勤続1年以上", "勤続3年以上", "勤続5年以上"), [0, 1, -1]),
        ("勤続半年の祝金", ("勤続1年以上", "勤続3年以上"), [0, 0]),
        # And with upper bounds alone: the lowest that is not passed.
        ("8人の会議", ("6人まで", "10人まで", "20人まで"), [-1, 1, 0]),
        # Years are months; days are neither, nor is money.
        ("30か月働いた", ("勤続2年以上3年未満", "勤続3年以上"), [1, -1]),
        ("20日の休暇", ("1か月以内", "20万円以上"), [0, 0]),
        ("いくらまで出ますか", ("5万円未満", "5万円以上"), [0, 0]),
        ("20万円の備品", ("備品は、総務部が管理する。", ""), [0, 0]),
        # Of several quantities one that is held is enough.
        ("勤続6年で20万円", ("5万円未満", "勤続5年以上"), [-1, 1]),
        ("10万円を3日", ("20万円以上2日以内", "5万円以上2日以内"), [-1, 1]),
    ],
)
def test_the_texts_that_a_quantity_falls_in(question: str, texts: tuple[str, ...], expected: list[float]) -> None:
    assert fitting(asked(question), found(*texts)) == expected


def test_nothing_to_fit() -> None:
    assert fitting((), []) == []
    assert fitting(asked("20万円"), []) == []
