"""Word's automatic numbering: what numbers paragraphs get, from definitions as Word writes them."""

from __future__ import annotations

import pytest

from ingest.archive import parse_xml
from ingest.numbering import Label, Numbering
from ingest.numerals import numeral

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def level(at: int, text: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def abstract(number: int, *levels: str, more: str = "") -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{more}{"".join(levels)}</w:abstractNum>'


def num(number: int, definition: int, more: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{definition}"/>{more}</w:num>'


def numbering(*parts: str) -> Numbering:
    return Numbering.of(parse_xml(f'<w:numbering xmlns:w="{W}">{"".join(parts)}</w:numbering>'.encode()))


def labels(lists: Numbering, *places: tuple[int, int]) -> list[str | None]:
    found = [lists.label(str(number), at) for number, at in places]
    return [label.text if label else None for label in found]


RULES = abstract(
    0,
    level(0, "第%1章"),
    level(1, "第%2条", more='<w:lvlRestart w:val="0"/>'),
    level(2, "%3", start=2),
    level(3, "(%4)"),
    level(4, "%5", "irohaFullWidth"),
)


def test_articles_run_on_over_chapters_and_paragraphs_begin_at_two() -> None:
    lists = numbering(RULES, num(1, 0))
    places = [(1, 0), (1, 1), (1, 2), (1, 2), (1, 3), (1, 4), (1, 4), (1, 1), (1, 2), (1, 0), (1, 1), (1, 3)]
    expected = ["第1章", "第1条", "2", "3", "(1)", "イ", "ロ", "第2条", "2", "第2章", "第3条", "(1)"]
    assert labels(lists, *places) == expected


def test_items_right_below_an_article_leave_its_second_paragraph_the_second() -> None:
    lists = numbering(RULES, num(1, 0))
    assert labels(lists, (1, 1), (1, 3), (1, 3), (1, 2), (1, 3)) == ["第1条", "(1)", "(2)", "2", "(1)"]


def test_a_level_that_was_skipped_counts_once_its_number_is_shown() -> None:
    lists = numbering(abstract(0, level(0, "%1."), level(1, "%1.%2"), level(2, "%1.%2.%3")), num(1, 0))
    assert labels(lists, (1, 2), (1, 1), (1, 0), (1, 1)) == ["1.1.1", "1.2", "2.", "2.1"]


def test_lists_of_one_definition_count_on_unless_one_says_where_it_starts() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    lists = numbering(abstract(0, level(0, "%1.")), num(1, 0), num(2, 0), num(3, 0, anew))
    assert labels(lists, (1, 0), (2, 0), (3, 0), (3, 0), (1, 0)) == ["1.", "2.", "5.", "6.", "7."]


def test_a_start_that_a_list_sets_holds_for_each_restart() -> None:
    anew = '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="3"/></w:lvlOverride>'
    lists = numbering(abstract(0, level(0, "%1."), level(1, "(%2)")), num(1, 0, anew))
    assert labels(lists, (1, 0), (1, 1), (1, 1), (1, 0), (1, 1)) == ["1.", "(3)", "(4)", "2.", "(3)"]


def test_a_list_may_replace_a_level() -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "【%1】", "japaneseCounting")}</w:lvlOverride>'
    lists = numbering(abstract(0, level(0, "%1.")), num(1, 0, own), num(2, 0))
    assert labels(lists, (1, 0), (2, 0), (1, 0)) == ["【一】", "2.", "【三】"]


@pytest.mark.parametrize(
    ("restart", "expected"),
    [
        ("", ["(a)", "(b)", "(a)", "(a)"]),
        ('<w:lvlRestart w:val="0"/>', ["(a)", "(b)", "(c)", "(d)"]),
        ('<w:lvlRestart w:val="1"/>', ["(a)", "(b)", "(c)", "(a)"]),
    ],
)
def test_when_a_level_starts_anew(restart: str, expected: list[str]) -> None:
    lists = numbering(abstract(0, level(0, "%1"), level(1, "%2"), level(2, "(%3)", "lowerLetter", more=restart)), num(1, 0))
    found = labels(lists, (1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 2), (1, 0), (1, 2))
    assert [label for label in found if label and label.startswith("(")] == expected


def test_legal_levels_show_plain_digits() -> None:
    legal = level(1, "%1.%2", "lowerLetter", more="<w:isLgl/>")
    lists = numbering(abstract(0, level(0, "第%1編", "japaneseCounting"), legal), num(1, 0))
    assert labels(lists, (1, 0), (1, 0), (1, 1)) == ["第一編", "第二編", "2.1"]


def test_what_separates_a_number_from_the_words() -> None:
    tab, space, nothing = (level(0, "第%1条", more=f'<w:suff w:val="{suff}"/>') for suff in ("tab", "space", "nothing"))
    lists = numbering(abstract(0, tab), abstract(1, space), abstract(2, nothing), num(1, 0), num(2, 1), num(3, 2))
    assert [lists.label(n, 0) for n in "123"] == [Label("第1条", "　"), Label("第1条", " "), Label("第1条", "")]


def test_bullets_and_empty_labels() -> None:
    lists = numbering(abstract(0, level(0, "\uf06c", "bullet"), level(1, "", "none")), num(1, 0))
    assert lists.label("1", 0) == Label("", "　", bullet=True)
    assert lists.label("1", 1) == Label("", "")


def test_what_is_not_defined_has_no_label() -> None:
    lists = numbering(abstract(0, level(0, "%1.")), num(1, 0), num(2, 9), num(3, 0, '<w:lvlOverride w:ilvl="99"/>'))
    assert labels(lists, (7, 0), (2, 0), (1, 5), (1, 30), (3, 0)) == [None, None, None, None, "1."]
    assert Numbering.of(None).label("1", 0) is None


def test_numbering_styles_lead_to_the_definition_they_name() -> None:
    styled = abstract(0, level(0, "第%1条"), more='<w:styleLink w:val="規程"/>')
    lists = numbering(styled, abstract(1, more='<w:numStyleLink w:val="規程"/>'), num(1, 0), num(2, 1))
    assert labels(lists, (1, 0), (2, 0)) == ["第1条", "第2条"]


def test_a_style_names_its_level() -> None:
    lists = numbering(abstract(0, level(0, "%1"), level(1, "%2", more='<w:pStyle w:val="条"/>')), num(1, 0))
    assert (lists.level_of("1", "条"), lists.level_of("1", "章"), lists.level_of("9", "条")) == (1, None, None)


def test_newer_formats_stand_among_alternatives() -> None:
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    form = (
        f'<mc:AlternateContent xmlns:mc="{markup}"><mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001, 002, ..."/>'
        '</mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
    )
    lvl = f'<w:lvl w:ilvl="0"><w:start w:val="9"/>{form}<w:lvlText w:val="規程%1号"/></w:lvl>'
    assert labels(numbering(abstract(0, lvl), num(1, 0)), (1, 0), (1, 0)) == ["規程009号", "規程010号"]


@pytest.mark.parametrize(
    ("form", "numbers", "expected"),
    [
        ("decimal", (0, 1, 12), "0 1 12"),
        ("decimalFullWidth", (1, 12), "１ １２"),
        ("decimalZero", (9, 10, 100), "09 10 100"),
        ("decimalEnclosedCircle", (1, 20, 21), "① ⑳ 21"),
        ("decimalEnclosedParen", (1, 20), "⑴ ⒇"),
        ("japaneseCounting", (1, 10, 11, 20, 99, 100, 111, 1001, 12000), "一 十 十一 二十 九十九 百 百十一 千一 一万二千"),
        ("chineseCounting", (10, 11), "十 十一"),
        ("ideographDigital", (1, 10, 11, 105), "一 一〇 一一 一〇五"),
        ("japaneseDigitalTenThousand", (10, 20), "一〇 二〇"),
        ("japaneseLegal", (1, 3, 10, 21), "壱 参 壱拾 弐拾壱"),
        ("ideographTraditional", (1, 2, 10, 11), "甲 乙 癸 甲"),
        ("ideographEnclosedCircle", (1, 10), "㊀ ㊉"),
        ("aiueoFullWidth", (1, 6, 46, 47), "ア カ ン ア"),
        ("aiueo", (1, 6), "ｱ ｶ"),
        ("irohaFullWidth", (1, 2, 48), "イ ロ ン"),
        ("iroha", (1, 3), "ｲ ﾊ"),
        ("upperRoman", (1, 4, 9, 14, 1994, 5000), "I IV IX XIV MCMXCIV 5000"),
        ("lowerRoman", (3, 40), "iii xl"),
        ("upperLetter", (1, 26, 27, 53), "A Z AA AAA"),
        ("lowerLetter", (2, 28), "b bb"),
        ("ganada", (3,), "3"),
    ],
)
def test_the_number_formats(form: str, numbers: tuple[int, ...], expected: str) -> None:
    assert " ".join(numeral(n, form) for n in numbers) == expected


def test_no_number_for_none() -> None:
    assert numeral(3, "none") == ""


def test_huge_numbers_stay_short() -> None:
    assert max(len(numeral(999_999, form)) for form in ("upperLetter", "lowerRoman", "japaneseCounting", "japaneseLegal")) < 40
