"""Folding: what is brought together, and the way back to the stored offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fold import fold, fold_with_offsets, kanji_number

JAPANESE = st.text(
    st.sampled_from(
        "規程第一二三十百千万億条項号令和平成7年４月１日円％、。「」（）ABCaiＡＩ ﾃﾚﾜｰｸガ゛ー-–*_<u>/#[](){}$\n\t　0123456789,.か箇月ヶ國體⽤⻑"
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第十一条第二項", "第11条第2項"),
        ("第１１条", "第11条"),
        ("三箇月以内", "３か月以内"),
        ("3ヶ月以内", "3か月以内"),
        ("令和７年４月１日", "2025年4月1日"),
        ("令和元年五月", "2019年5月"),
        ("昭和六十三年", "1988年"),
        ("2024/2/15", "2024年2月15日"),
        ("R7.4.1", "令和7年4月1日"),
        ("30,000円", "３万円"),
        ("百二十万円", "1,200,000円"),
        ("3.5億円", "350,000,000円"),
        ("百分の二十五", "25パーセント"),
        ("二〇二四年", "2024年"),
        ("ＡＩ システム", "aiシステム"),
        ("⽤語", "用語"),
        ("個人⻑", "個人長"),
        ("國際會議", "国際会議"),
        ("ｶﾞｲﾄﾞﾗｲﾝ", "ガイドライン"),
        ("システ\nムの利用", "システムの利用"),
        ("**規制**が<u>必要</u>", "規制が必要"),
        ("生成 AI<sup>2</sup>は", "生成AIは"),
        ("[図表1](#)のとおり", "図表1のとおり"),
        ("$10^{25}$", "10^25"),
    ],
)
def test_ways_of_writing_one_thing_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("十分な説明", "10分な説明"),
        ("一部", "1部"),
        ("一時金", "1時金"),
        ("30,000", "30"),
        ("第2条", "第22条"),
        ("三　一年以上", "31年以上"),
    ],
)
def test_different_things_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "value"),
    [("十一", 11), ("二〇二四", 2024), ("三千五百", 3500), ("3万5千", 35000), ("一億二千万", 120_000_000), ("百", 100)],
)
def test_kanji_number(text: str, value: int) -> None:
    assert kanji_number(text) == value


def test_kanji_number_refuses_words() -> None:
    with pytest.raises(ValueError, match="not a number"):
        kanji_number("十分な")


@given(JAPANESE)
def test_the_offset_map_leads_back_into_the_stored_text(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


def test_a_folded_word_maps_to_the_words_it_came_from() -> None:
    text = "施行は**令和\n７年**４月からです"
    folded = fold_with_offsets(text)
    at = folded.text.index("2025年")
    assert folded.stored(at, at + 5).of(text) == "令和\n７年"
