"""Sections and units of Japanese policy text, in the shapes that real documents have."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import lines
from ingest.structure import parse
from rag.terms import terms
from rag.types import Span, Unit

RULES = """株式会社見本　旅行規則

第一章　総則

（目的）
第一条　この規則は、旅行の手続を定める。ただし、海外への旅行を除く。
２　次の各号に掲げる者には、適用しない。
一　役員
二　嘱託（週三日
以下の者に限る。）
（申請）
第二条の二　旅行をする者は、申請する。
事業所\t始業\t終業
本社\t九時\t十八時
\t十時\t十九時
附　則
１　この規則は、令和七年四月一日から施行する。
別表（第二条関係）
区分\t日当
課長\t二千円
"""


def units(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    structure = parse(text)
    paths = [structure.sections[h].path if h >= 0 else () for h in structure.home]
    return [(u.kind, u.span.of(text), p) for u, p in zip(structure.units, paths, strict=True) if u.kind != "heading"]


def unit(text: str, words: str) -> Unit:
    return next(u for u in parse(text).units if u.span.of(text).startswith(words))


def context(text: str, words: str) -> list[str]:
    return [span.of(text) for span in unit(text, words).context]


def test_articles_paragraphs_and_items_have_their_addresses() -> None:
    found = {words: path for _, words, path in units(RULES)}
    assert found["この規則は、旅行の手続を定める。"] == ("第1章 総則", "第1条（目的）", "第1項")
    assert found["次の各号に掲げる者には、適用しない。"] == ("第1章 総則", "第1条（目的）", "第2項")
    assert found["役員"] == ("第1章 総則", "第1条（目的）", "第2項", "第1号")
    assert found["旅行をする者は、申請する。"] == ("第1章 総則", "第2条の2（申請）")
    assert found["課長\t二千円"] == ("別表（第二条関係）",)
    assert found["この規則は、令和七年四月一日から施行する。"] == ("附則", "第1項")


def test_a_proviso_keeps_its_main_clause() -> None:
    assert context(RULES, "ただし、海外") == ["この規則は、旅行の手続を定める。"]


def test_an_item_keeps_its_introduction_and_its_broken_line() -> None:
    assert context(RULES, "役員") == ["次の各号に掲げる者には、適用しない。"]
    assert unit(RULES, "嘱託").span.of(RULES) == "嘱託（週三日\n以下の者に限る。）"


def test_a_row_keeps_its_header_and_what_a_blank_cell_repeats() -> None:
    assert context(RULES, "本社\t") == ["事業所\t始業\t終業"]
    row = next(u for u in parse(RULES).units if u.span.of(RULES).strip().startswith("十時"))
    assert [s.of(RULES) for s in row.context] == ["事業所\t始業\t終業", "本社"]


def test_the_law_datas_lines_with_a_number_alone() -> None:
    text = "（定義）\n第二条\n\n　この法律において「情報」とは、生存する個人に関する情報をいう。\n\n２\n\n　この法律において「事業者」とは、次の者をいう。\n一\n\n　国の機関\n\n二\n\n　法人（特別法\n（平成十五年法律第一号）第二条\nに規定するものをいう。）\n"
    found = {words: path for _, words, path in units(text)}
    assert found["この法律において「事業者」とは、次の者をいう。"] == ("第2条（定義）", "第2項")
    assert found["国の機関"] == ("第2条（定義）", "第2項", "第1号")
    assert "法人（特別法\n（平成十五年法律第一号）第二条\nに規定するものをいう。）" in found


LAW = """見本法
（平成元年一月一日法律第一号）

　　　第一編　総則
（定義）
第一条

　この法律において「業務」とは、次に掲げるものをいう。
一

　第三条に規定する業務

一の二

　次に掲げるものに係る業務
イ　電気事業法
（昭和三十九年法律第百七十号）第二条第一項
に規定する事業者
ロ　ガス事業者


二

　別表第一に掲げる業務


○２

　前項第一号ロの事業者は、地方税法
別表第二に規定する者とし、次の表のとおり読み替える。

第五条

都道府県知事

第七条

知事



（届出）
第一条ノ二

　事業者は、届け出る。



第二条から第四条まで

　削除

　　　附　則　抄
１
　この法律は、公布の日から施行する。
３
　次の者は、なお従前の例による。
一
　届出をした者


　　　附　則　（平成二年二月二日法律第二号）

（施行期日）
第一条
　この法律は、次の日から施行する。
別表第一　（第一条関係）
"""


def test_the_law_datas_sections_are_those_that_a_reader_sees() -> None:
    assert [s.path[-1] for s in parse(LAW).sections if s.path[-1].startswith(("第", "附", "別"))] == [
        "第1編 総則", "第1条（定義）", "第1項", "第1号", "第1号の2", "第2号", "第2項", "第1条の2（届出）", "第2条から第4条まで",
        "附則 抄", "第1項", "第3項", "第1号", "附則（平成二年二月二日法律第二号）", "第1条（施行期日）", "別表第一 （第一条関係）",
    ]  # fmt: skip
    found = {words: path for _, words, path in units(LAW)}
    assert found["ガス事業者"] == ("第1編 総則", "第1条（定義）", "第1項", "第1号の2", "ロ")
    assert found["届出をした者"] == ("附則 抄", "第3項", "第1号")
    assert found["この法律は、次の日から施行する。"] == ("附則（平成二年二月二日法律第二号）", "第1条（施行期日）")


def test_a_link_to_another_law_does_not_end_a_sentence() -> None:
    words = [words for _, words, _ in units(LAW)]
    assert "電気事業法\n（昭和三十九年法律第百七十号）第二条第一項\nに規定する事業者" in words
    assert "別表第一に掲げる業務" in words
    assert "前項第一号ロの事業者は、地方税法\n別表第二に規定する者とし、次の表のとおり読み替える。" in words


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("第1条　次に掲げる。\n1. 課長\n2. 部長\n2　前項による。\n", ["第1条 第1項", "第1条 第1項 第1号", "第1条 第1項 第2号", "第1条 第2項"]),
        ("第1条　定める。\n２　次に掲げる。\n１　課長\n２　部長\n３　別に定める。\n", ["第1条 第1項", "第1条 第2項", "第1条 第2項 第1号", "第1条 第2項 第2号", "第1条 第2項 第3号"]),
        ("第1条\n１　定める。\n２　別に定める。\n", ["第1条 第1項", "第1条 第2項"]),
        ("第1条　次に掲げる。\n(1) 課長\n  ア　本社\n(2) 部長\n① 支社\n", ["第1条 第1号", "第1条 第2号", "第1条 第2号 （1）"]),
        ("第一条　次に掲げる。\n一　役員\nイ　社長\n（１）　前の社長\n二　部長\n", ["第1条 第1号", "第1条 第1号 イ", "第1条 第1号 イ （1）", "第1条 第2号"]),
        ("見本令\n１　定める。\n２　別に定める。\n附　則\n施行する。\n", ["見本令", "見本令 第1項", "見本令 第2項", "附則"]),
        ("# 規程\n附則\n1　施行する。\n附則（令和六年改正）\n1　施行する。\n", ["規程", "規程 附則", "規程 附則 第1項", "規程 附則（令和六年改正）", "規程 附則（令和六年改正） 第1項"]),
        ("第一編　総則\n第一条　定める。\n附則\n施行する。\n附則\n別表第１（第１条関係）\n", ["第1編 総則", "第1編 総則 第1条", "附則", "附則", "別表第１（第１条関係）"]),
        ("第十四条（第三十五条において準用する場合を含む。）の届出\n", []),
        ("第5条（第3条の特例） 定める。\n", ["第5条（第3条の特例）"]),
    ],
)  # fmt: skip
def test_numbers_become_paragraphs_and_items(text: str, paths: list[str]) -> None:
    found = [" ".join(s.path) for s in parse(text).sections]
    assert [p for p in found if p != "第1条"] == paths


WORDS = st.text(
    st.sampled_from("第一条２1（）()①・-–|\t。、：あ規程章附則別表*#\n　 <>supⅣV.％xⅠ注※イａa○●=_ー〔P12/"),
    min_size=1,
    max_size=12,
)


@given(WORDS.map(str.strip).filter(bool))
def test_a_line_is_tried_against_every_style_that_its_first_character_can_begin(words: str) -> None:
    tried = next(((style, m.span()) for style in lines._STYLES if (m := style.pattern.match(words))), None)
    found = lines._match(words)
    assert (found and (found[0], found[1].span())) == tried


def test_markdown_headings_lists_and_pipe_tables() -> None:
    text = "# 規程\n\n## 第1章 総則\n\n### 第2条（手当）\n\n1. 手当は次のとおりとする。\n2. 別に定める。\n\n| 役職 | 月額 |\n|---|---|\n| 課長 | 5,000円 |\n\n- 親\n  - 子\n"
    found = {words: (kind, path) for kind, words, path in units(text)}
    assert found["別に定める。"] == ("sentence", ("規程", "第1章 総則", "第2条（手当）", "第2項"))
    assert found["| 課長 | 5,000円 |"][0] == "row"
    assert context(text, "| 課長") == ["| 役職 | 月額 |"]
    assert context(text, "子") == ["親"]
    assert not any("---" in words for words in found)


def test_slides_have_short_headings_and_wrapped_lines() -> None:
    text = "計算資源\n\n○国内の開発需要に比して、計算資源の供給量は圧倒的に不\n足。政府が十分に計算資源に対する支援を行うべき。\n\n○世界で計算資源の獲得競争が生じており、政府も関与しつつ、\n可及的速やかに整備が必要。\n"
    assert [(words, path) for _, words, path in units(text)] == [
        ("国内の開発需要に比して、計算資源の供給量は圧倒的に不\n足。", ("計算資源",)),
        ("政府が十分に計算資源に対する支援を行うべき。", ("計算資源",)),
        ("世界で計算資源の獲得競争が生じており、政府も関与しつつ、\n可及的速やかに整備が必要。", ("計算資源",)),
    ]


def test_a_sentence_cut_by_a_page_break_is_one() -> None:
    text = "我が国が議長国を務めた年の会合では、国際的なルールの検討のため、「広\n\n島プロセス<sup>1</sup>」を立ち上げた。\n"
    assert [words for _, words, _ in units(text)] == [text.strip()]


def test_a_footnote_belongs_to_its_mark() -> None:
    text = "調査では九割が賛成した<sup>1)</sup>。\n\n別の文である。\n\n<sup>1)</sup> 令和六年の調査による。\n"
    assert context(text, "<sup>1)</sup> 令和") == ["調査では九割が賛成した<sup>1)</sup>。"]


def test_a_markdown_footnote_belongs_to_its_mark() -> None:
    text = "登録番号[^1]の記載がなければならない。\n\n[^1]: 番号のない支払先では、理由を記入する。\n"
    assert context(text, "[^1]:") == ["登録番号[^1]の記載がなければならない。"]


def test_page_numbers_and_running_heads_are_left_out() -> None:
    page = "情報通信の現況\n\n{}番目の本文がここにあり、句点で終わる。\n\n- {} -\n\n"
    text = "".join(page.format(n, n) for n in range(1, 7))
    assert [words for _, words, _ in units(text)] == [f"{n}番目の本文がここにあり、句点で終わる。" for n in range(1, 7)]


@pytest.mark.parametrize(
    "text",
    ["-" * 3000 + "x", "| " * 2000 + "x", "第" + "一" * 5000 + "条　目的", "# " + "1" * 5000 + "万円", "（" * 3000, "・" * 3000],
)
def test_hostile_lines_are_parsed_at_once(text: str) -> None:
    began = time.perf_counter()
    parse(text)
    terms(text)
    assert time.perf_counter() - began < 5


@given(st.text(st.sampled_from("第一条２（1）①・- |\t。、：あ規程章附則別表*#\n　<>sup"), max_size=120))
def test_any_text_parses_into_units_in_order(text: str) -> None:
    structure = parse(text)
    assert len(structure.units) == len(structure.home)
    assert all(len(u.span) and u.span.end <= len(text) for u in structure.units)
    assert all(a.span.start <= b.span.start for a, b in pairwise(structure.units))
    assert all(s.span.covers(s.heading) for s in structure.sections)


def test_a_row_may_leave_its_last_cell_unclosed() -> None:
    text = "| 役職 | 月額\n|---|---|\n| 課長 | 63,000円\n|  | 70,000円\n"
    rows = [u for u in parse(text).units if u.kind == "row"]
    assert [u.span.of(text) for u in rows] == ["| 役職 | 月額", "| 課長 | 63,000円", "|  | 70,000円"]
    assert [c.of(text) for c in rows[2].context] == ["| 役職 | 月額", "課長"]
    assert [u.span for u in parse("||程").units] == [Span(0, 3)]


@given(st.text(st.sampled_from("第一条２1・|\t。、あ規程\n　"), max_size=120))
def test_no_word_is_lost(text: str) -> None:
    structure = parse(text)
    held = [u.span for u in structure.units] + [s.heading for s in structure.sections]
    for i, char in enumerate(text):
        if char in "あ規程":
            assert any(s.start <= i < s.end for s in held), (i, text)
