"""What a question asks for: what is counted, the nouns, spoken counters, and the kinds of answer."""

from __future__ import annotations

import pytest

from rag.fold import fold
from rag.questions import KINDS, understand


@pytest.mark.parametrize(
    ("question", "has", "has_not"),
    [
        ("文書は何箱まで預けられますか", ("10箱", "３箱まで", "十箱", "数箱"), ("箱に入れる", "10個", "")),
        ("何歳から対象ですか", ("満十五歳", "60才以上"), ("15人", "年齢")),
        ("何才までですか", ("60歳",), ("60",)),
        ("何営業日以内に提出しますか", ("帰着の日から５営業日以内", "五日以内", "2週間以内"), ("翌月末", "5人")),
        ("何日前までですか", ("取得日の3営業日前", "十日前", "2週間前"), ("前日", "3名")),
        ("何年保存しますか", ("五年間", "6か月"), ("永久", "5回")),
        ("何か月ですか", ("三箇月", "３ヶ月", "6月"), ("3年",)),
        ("何時間までですか", ("月45時間", "30分"), ("時間外",)),
        ("何人以上ですか", ("100人", "三名"), ("人",)),
        ("何割負担ですか", ("3割", "30%"), ("割引",)),
        ("何パーセントですか", ("30％", "30パーセント"), ("30割",)),
        ("何回までですか", ("年2回", "二度"), ("回数",)),
        ("ナンバーは何ＧＢまでですか", ("10GB",), ("10MB",)),
        ("何種類ありますか", ("3種類",), ("種類",)),
        ("何か所ありますか", ("3カ所", "２箇所"), ("場所",)),
        ("内線は何番ですか", ("内線4310",), ("内線電話", "一般の番号")),
        ("何ページですか", ("12ページ",), ("12枚",)),
    ],
)
def test_a_number_of_what_is_counted(question: str, has: tuple[str, ...], has_not: tuple[str, ...]) -> None:
    asked = understand(question)
    assert asked.counter is not None
    assert [asked.fits_counter(fold(text)) for text in has] == [1.0] * len(has)
    assert [asked.fits_counter(fold(text)) for text in has_not] == [-1.0] * len(has_not)


@pytest.mark.parametrize(
    "question",
    ["誰でも使えますか", "いつでもできますか", "何ですか", "何が要りますか", "何か要りますか", "何も書かなくていいですか", "何故ですか", "何曜日ですか",
     "何者ですか", "課長の日当はいくらですか", "数は10箱ですか", ""],
)  # fmt: skip
def test_nothing_is_counted(question: str) -> None:
    asked = understand(question)
    assert asked.counter is None
    assert asked.fits_counter(fold("10箱")) == 0.0


@pytest.mark.parametrize(
    ("question", "folded"),
    [
        ("なんにちまでですか", "何日までですか"),
        ("なんかげつですか", "何か月ですか"),
        ("何にんですか", "何人ですか"),
        ("なんじかんですか", "何時間ですか"),
        ("なんじまでですか", "何時までですか"),
        ("なんかいまでですか", "何回までですか"),
        ("なんパーセントですか", "なん%ですか"),
        ("なんしゅうかんですか", "何週間ですか"),
        # What only looks like it.
        ("何かいりますか", "何かいりますか"),
        ("なんかいい制度はありますか", "なんかいい制度はありますか"),
        ("なんかいるものは", "なんかいるものは"),
        ("だめなんじゃないですか", "だめなんじゃないですか"),
        ("なんでですか", "なんでですか"),
    ],
)
def test_counters_as_one_says_them(question: str, folded: str) -> None:
    assert understand(question).folded == folded


def test_a_spoken_counter_counts() -> None:
    spoken, written = understand("なんにちまでですか"), understand("何日までですか")
    assert spoken.text == "なんにちまでですか"
    assert (spoken.kinds, spoken.counter, spoken.terms) == (written.kinds, written.counter, written.terms)


@pytest.mark.parametrize(
    ("question", "nouns", "focus"),
    [
        ("課長の日当はいくらですか", ("課長", "日当"), "日当"),
        ("出張の精算の期限はいつですか", ("出張", "精算", "期限"), "期限"),
        ("海外出張は誰の承認が必要ですか", ("海外", "出張", "承認"), "承認"),
        ("使う方法を教えて", ("方法",), "方法"),
        ("使ったらどうなりますか", (), ""),
        ("", (), ""),
    ],
)
def test_the_nouns_and_the_focus(question: str, nouns: tuple[str, ...], focus: str) -> None:
    asked = understand(question)
    assert asked.nouns == nouns
    assert asked.focus == focus
    assert set(nouns) <= set(asked.terms)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("総務部の電話番号は", "phone"),
        ("送り先のメールアドレスは", "mail"),
        ("何人必要ですか", "people"),
        ("何回までですか", "times"),
        ("何歳からですか", "age"),
        ("日当はいくらですか", "money"),
        ("何年保存しますか", "span"),
        ("期限はいつですか", "date"),
        ("承認者は誰ですか", "person"),
        ("典拠とは何ですか", "definition"),
        ("なぜ必要ですか", "reason"),
        ("副業はできますか", "may"),
    ],
)
def test_the_kind_of_answer(question: str, kind: str) -> None:
    assert kind in [k.name for k in understand(question).kinds]


def test_how_well_a_text_is_of_the_kind_asked_for() -> None:
    people = understand("何人必要ですか")
    assert (people.fits("5人以上"), people.fits("必要とする。"), people.fits_hard("5人"), people.fits_hard("5回")) == (
        1,
        -1,
        1,
        -1,
    )
    who = understand("承認者は誰ですか")
    assert (who.fits("所属長とする。"), who.fits_hard("所属長とする。")) == (1, 0)
    plain = understand("旅費規程")
    assert (plain.kinds, plain.fits("何でも"), plain.fits_hard("何でも")) == ((), 0, 0)


def test_the_kinds_have_names_of_their_own_and_a_question_at_most_two() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert len(understand("いくらで何人が何回いつまでにどこで誰と").kinds) == 2


@pytest.mark.parametrize(
    ("question", "wanted"), [("書類をすべて挙げて", True), ("どのような場合ですか", True), ("日当はいくらですか", False)]
)
def test_whether_all_items_are_asked(question: str, wanted: bool) -> None:
    assert understand(question).wants_list is wanted


def test_a_question_of_words_that_ask_only_keeps_them() -> None:
    asked = understand("いくらですか")
    assert asked.terms
    assert asked.nouns == ()
