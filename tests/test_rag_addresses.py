"""Addresses as people write them, and the sections that they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.structure import parse
from rag.addresses import Address, asked_address, find_addresses
from rag.places import Places, label_part, match_title, resolve, row_label
from rag.types import Section, Span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("旅費規程第12条第3項", ["旅費規程第12条第3項"]),
        ("就業規則の第３６条", ["就業規則第36条"]),
        ("第十二条の二第1項第三号", ["第12条の2第1項第3号"]),
        ("12条3項", ["第12条第3項"]),
        ("12条の3項", ["第12条第3項"]),
        ("第12条の2の3項", ["第12条の2第3項"]),
        ("第十条の三の二第二項第一号の三", ["第10条の3の2第2項第1号の3"]),
        ("第１２条　第３項", ["第12条第3項"]),
        ("第一条ノ二", ["第1条の2"]),
        ("別表第2", ["別表第2"]),
        ("別表２", ["別表第2"]),
        ("別表第一の二の備考", ["別表第1の2"]),
        ("別表第1の部長の行", ["別表第1の部長の行"]),
        ("別表第1の2行目", ["別表第1の2の行"]),
        ("別記様式第三号の二", ["別記様式第3の2"]),
        ("附則第3条", ["附則第3条"]),
        ("附則2項", ["附則第2項"]),
        ("附則（令和6年4月1日）第2項", ["附則（令和6年4月1日）第2項"]),
        ("第2章", ["第2章"]),
        ("第二章第三節", ["第2章第3節"]),
        ("第5条ただし書", ["第5条ただし書"]),
        ("第5条第2項の後段", ["第5条第2項後段"]),
        ("第3条第1項第2号イ（１）", ["第3条第1項第2号イ（1）"]),
        ("第3条と第5条第2項", ["第3条", "第5条第2項"]),
        ("経費規程（令和六年改正）第4条", ["経費規程第4条"]),
        ("「テレワーク勤務」第4条", ["テレワーク勤務第4条"]),
        ("事業者は、地方税法第七百三条第一項の規定により", ["地方税法第703条第1項"]),
        ("個人情報の保護に関する法律第二十三条", ["個人情報の保護に関する法律第23条"]),
        ("前項に規定する旅費規程第7条", ["旅費規程第7条"]),
        ("第3項目の確認と第1号様式の提出、第2条約の批准", []),
        ("3条件をすべて満たす第2回の会議", []),
        ("令和6年4月1日から10日以内", []),
    ],
)
def test_addresses_are_found_in_text(text: str, shown: list[str]) -> None:
    assert [m.address.text for m in find_addresses(text)] == shown


def test_an_address_has_the_span_that_says_it() -> None:
    text = "旅費は、旅費規程 第７条（日当）第２項及び附則第二項による。"
    assert [m.span.of(text) for m in find_addresses(text)] == ["旅費規程 第７条", "第２項", "附則第二項"]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("旅費規程第12条第3項を見せて", "旅費規程第12条第3項"),
        ("旅費規程の第12条を見せてください。", "旅費規程第12条"),
        ("就業規則36条とは", "就業規則第36条"),
        ("第7条には何と書いてありますか？", "第7条"),
        ("第7条の内容を教えてください", "第7条"),
        ("第7条（日当）は？", "第7条"),
        ("別表第2はどこにありますか", "別表第2"),
        ("すみません、附則第2項を開いて", "附則第2項"),
        ("生成AI利用規程v2の第5条", "生成AI利用規程v2第5条"),
        ("第2章", "第2章"),
        ("12条3項　", "第12条第3項"),
        ("別表第1の部長の行を見せて", "別表第1の部長の行"),
        ("第7条の日当はいくらですか", None),
        ("第7条に違反したらどうなりますか", None),
        ("第3条と第5条の違いは", None),
        ("日当は第7条のとおりですか", None),
        ("旅費規程を見せて", None),
        ("出張のときに第7条を見せる必要はありますか", None),
        ("", None),
    ],
)
def test_a_question_may_ask_to_open_a_place(question: str, asked: str | None) -> None:
    found = asked_address(question)
    assert (found and found.text) == asked


@given(st.text(st.sampled_from("第1２一十条項号の別表附則（）「」章旅費規程イ、を見せて\n　"), max_size=40))
def test_any_text_has_addresses_in_order(text: str) -> None:
    end = 0
    for mention in find_addresses(text):
        assert end <= mention.span.start <= mention.at < mention.span.end <= len(text)
        end = mention.span.end
    asked_address(text)


RULES = """見本規則
目次
第一章　総則（第一条―第二条の二）

第一章　総則
（目的）
第一条　この規則は、旅行の手続を定める。ただし、海外への旅行を除く。
（定義）
第二条　次のとおりとする。
一　役員
一の二　監査役
イ　常勤の者
第二条の二　旅行をする者は、申請する。この場合において、会社は、承認する。
２　次の者は、除く。ただし、前条の者を除かない。
一　嘱託
第三条から第五条まで　削除
第二章　旅費
第六条　旅費は、別表による。
附　則
１　この規則は、施行する。
２　前の規則は、廃止する。
附　則（令和六年四月一日改正）
第一条　この規則は、施行する。
別表第１（第六条関係）
区分\t日当
部長\t三千円
課長\t二千円
別表第２
区分\t宿泊料
"""


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("第1条", "第1章 総則/第1条（目的）"),
        ("第1章第1条", "第1章 総則/第1条（目的）"),
        ("第1条第1項", "第1章 総則/第1条（目的）"),
        ("第2条第1項第1号の2", "第1章 総則/第2条（定義）/第1号の2"),
        ("第2条第1号の2イ", "第1章 総則/第2条（定義）/第1号の2/イ"),
        ("第2条の2", "第1章 総則/第2条の2"),
        ("第2条の2第1項", "第1章 総則/第2条の2/第1項"),
        ("第2条の2第2項第1号", "第1章 総則/第2条の2/第2項/第1号"),
        ("第4条", "第1章 総則/第3条から第5条まで"),
        ("第2章", "第2章 旅費"),
        ("附則", "附則"),
        ("附則第2項", "附則/第2項"),
        ("附則第1条", "附則（令和六年四月一日改正）/第1条"),
        ("附則（令和六年四月一日改正）", "附則（令和六年四月一日改正）"),
        ("別表第1", "別表第１（第六条関係）"),
        ("別表第二", "別表第２"),
        ("第7条", None),
        ("第1条第2項", None),
        ("第2条の2第1号", None),
        ("第2章第1条", None),
        ("第1号", None),
        ("附則第3項", None),
        ("別表第3", None),
    ],
)
def test_an_address_names_a_section(said: str, path: str | None) -> None:
    found = resolve(find_addresses(said)[0].address, Places(parse(RULES).sections))
    assert ((isinstance(found, Section) and "/".join(found.path)) or None) == path


def test_a_table_of_contents_is_not_the_chapter() -> None:
    found = resolve(find_addresses("第1章")[0].address, Places(parse(RULES).sections))
    assert isinstance(found, Section)
    assert "（目的）" in found.span.of(RULES)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("第1条ただし書", "ただし、海外への旅行を除く。"),
        ("第1条本文", "この規則は、旅行の手続を定める。"),
        ("第2条の2第1項後段", "この場合において、会社は、承認する。"),
        ("第2条の2第2項ただし書", "ただし、前条の者を除かない。"),
        ("別表第1の部長の行", "部長\t三千円"),
        ("別表第1の2行目", "課長\t二千円"),
        ("別表第1の社長の行", None),
        ("第6条ただし書", None),
    ],
)
def test_an_address_may_name_a_sentence_or_a_row(said: str, words: str | None) -> None:
    found = resolve(find_addresses(said)[0].address, Places(parse(RULES).sections), RULES)
    assert ((isinstance(found, Span) and found.of(RULES)) or None) == words


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("第12条の2（日当）", ("条", "12の2")),
        ("第2条から第4条まで", ("条", "2-4")),
        ("第3号の2", ("号", "3の2")),
        ("附則（平成二年二月二日法律第二号） 抄", ("附則", "平成二年二月二日法律第二号")),
        ("別表第１（第７条関係） 文書", ("別表", "1")),
        ("第2章 服務", ("章", "2")),
        ("イ", ("イ", "イ")),
        ("（1）", ("（1）", "1")),
        ("4.2 経緯", None),
    ],
)
def test_a_label_says_its_place(label: str, part: tuple[str, str] | None) -> None:
    assert label_part(label) == part


def test_titles_are_matched_by_what_they_share() -> None:
    titles = ("株式会社見本 旅費規程", "海外旅費規程", "就業規則", "生成ＡＩ利用規程")
    assert match_title("就業規則", titles) == (2,)
    assert match_title("旅費規程", titles) == (0, 1)
    assert match_title("海外旅費規程", titles) == (1,)
    assert match_title("生成AI利用規程", titles) == (3,)
    assert match_title("見本社の就業規則", titles) == (2,)
    assert match_title("経費規程", titles) == ()
    assert match_title("法", titles) == ()


def test_a_row_is_named_by_its_first_cell() -> None:
    assert row_label("部長\t三千円") == "行 部長"
    assert row_label("| **部長** | 三千円 |") == "行 部長"
    assert row_label("\t三千円", "部長") == "行 部長"
    assert row_label("あ" * 30 + "\t三千円") == "行 " + "あ" * 20
    assert Address("", (("別表", "1"), ("行", "部長"))).text == "別表第1の部長の行"
