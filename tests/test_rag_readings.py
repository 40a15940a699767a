"""The documents' words by how they are read, by a real MeCab."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.fold import fold
from rag.glossary import Entry, Glossary
from rag.questions import understand
from rag.readings import Readings, key, skeleton, words_in

COUNTS = {
    "試用期間": 9, "経費精算書": 4, "経費": 8, "GENIAC": 3, "領収書": 7, "テレワーク": 6, "年次有給休暇": 5, "LLM": 2, "個人情報": 6, "異動": 4,
    "移動": 3, "日当": 3, "消火": 2, "申入": 2, "程度": 3, "統一": 2, "滞納": 1, "指定": 4, "以内": 5, "事項": 5, "定期": 2, "使用": 3, "仕様書": 2,
    "履歴": 2, "持家": 1, "旅行": 1, "ラック": 1, "残業": 3, "図書館": 1, "時期": 1, "地元": 1, "セクハラ": 1, "課長": 4,
}  # fmt: skip
READINGS = Readings.of(COUNTS)


def read(question: str) -> list[tuple[str, str]]:
    """What was said with the likeliest word for it."""
    return [(r.said, r.official[0]) for r in READINGS.rewrites(question)]


@pytest.mark.parametrize(
    ("kana", "expected"),
    [
        ("けいひ", "ケヒ"),
        ("ケーヒ", "ケヒ"),
        ("しようきかん", "シヨキカン"),
        ("シヨーキカン", "シヨキカン"),
        ("サーバー", "サバ"),
        ("りょうしゅうしょ", "リヨシユシヨ"),
        ("おおさか", "オサカ"),
        ("つづき", "ツズキ"),
        ("ファイル", "フアイル"),
        ("", ""),
    ],
)
def test_a_reading_in_one_form(kana: str, expected: str) -> None:
    assert key(kana) == expected


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x3096), max_size=12))
def test_hiragana_and_katakana_are_one_reading(kana: str) -> None:
    katakana = "".join(chr(ord(c) + 96) for c in kana)
    assert key(kana) == key(katakana) == key(key(kana))
    assert skeleton(kana) == skeleton(katakana)


@pytest.mark.parametrize(
    ("kana", "letters"),
    [("ジーニアック", "GENIAC"), ("じーにあっく", "geniac"), ("スラック", "Slack"), ("ズーム", "Zoom"), ("チームズ", "Teams")],
)
def test_the_consonants_of_a_name_in_kana_and_in_letters(kana: str, letters: str) -> None:
    # s and z at the end of a Latin word sound alike; the rest is the same letter by letter.
    assert skeleton(kana).replace("z", "s") == skeleton(letters).replace("z", "s")


def test_the_words_of_a_text_are_runs_of_kanji_katakana_and_letters() -> None:
    assert words_in("試用期間はGENIACのガイドラインによる。試用期間の申込み先") == {
        "試用期間": 2, "GENIAC": 1, "ガイドライン": 1, "申込み先": 1,
    }  # fmt: skip


def test_parts_of_compounds_are_words_too_the_most_frequent_first() -> None:
    table = Readings.of({"経費精算書": 4, "経費": 8, "年次有給休暇": 1})
    assert table.words[0] == "経費"
    assert {"精算", "精算書", "経費精算", "経費精算書", "有給休暇"} <= set(table.words)
    assert dict(zip(table.words, table.keys, strict=True))["経費精算"] == key("ケイヒセイサン")


def test_a_table_survives_the_index() -> None:
    again = Readings.from_json(READINGS.to_json())
    assert again == READINGS
    assert again.rewrites("しようきかんは") == READINGS.rewrites("しようきかんは")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # In kana, whole or within.
        ("しようきかんは何か月ですか", [("しようきかん", "試用期間")]),
        ("けいひの精算はいつまで", [("けいひ", "経費")]),
        ("けいひのせいさんしょは", [("けいひ", "経費"), ("せいさんしょ", "精算書")]),
        ("かちょうのにっとうはいくら", [("かちょう", "課長"), ("にっとう", "日当")]),
        ("ざんぎょうは何時間まで", [("ざんぎょう", "残業")]),
        ("ゆうきゅうきゅうかは何日", [("ゆうきゅうきゅうか", "有給休暇")]),
        ("てれわーくはできますか", [("てれわーく", "テレワーク")]),
        ("りれきは何日残る", [("りれき", "履歴")]),
        ("じもとの行事", [("じもと", "地元")]),
        # Names in letters by their consonants, initials by their names.
        ("じーにあっくとは何ですか", [("じーにあっく", "GENIAC")]),
        ("ジーニアックとは", [("ジーニアック", "GENIAC")]),
        ("エルエルエムとは", [("エルエルエム", "LLM")]),
        # Other kanji of the same reading.
        ("使用期間は何か月ですか", [("使用期間", "試用期間")]),
        ("個人上方の扱い", [("個人上方", "個人情報")]),
        # Words apart by spaces, as some type who search.
        ("りょこう いったら だめですか", [("りょこう", "旅行")]),
        ("ざんぎょう　もちいえ　としょかん", [("ざんぎょう", "残業"), ("もちいえ", "持家"), ("としょかん", "図書館")]),
        ("使用期間　何か月", [("使用期間", "試用期間")]),
    ],
)
def test_what_is_read_as_a_word_of_the_documents_is_taken_for_it(question: str, expected: list[tuple[str, str]]) -> None:
    assert read(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        # Particles and words that are always in kana, though 消火, 申入, 程度, 統一, 以内, 指定 and 時期 are read so.
        "日当はいくらでしょうか",
        "教えてもらえないでしょうか",
        "個人情報が漏れたかもしれないとき",
        "休みの日ってどう決まってるの",
        "土日だといつになるの",
        "領収書がないときはどうしますか",
        "申請していないとどうなりますか",
        "経費の使い方として適切なのはどれですか",
        "そのときの日当はこれからどうなりますか",
        # The documents' own words, in katakana or kanji.
        "テレワークはできますか",
        "セクハラとは",
        "試用期間は何か月ですか",
        "移動の届出",
        # Read alike but for a long vowel or a small kana: another word, 証書 is no 仕様書.
        "証書の作成手数料",
        # Across a space there is no word: neither 滞納 nor ラック nor 旅行.
        "もらっちゃった いいの",
        "いつから つく",
        "りょ こう",
        # Short katakana is a word of its own.
        "コウカの授与",
        "",
        "？",
    ],
)
def test_nothing_is_taken_for_another_word(question: str) -> None:
    assert read(question) == []


def test_words_of_one_reading_are_all_tried_the_most_frequent_first() -> None:
    (rewrite,) = READINGS.rewrites("いどうの届出")
    assert rewrite.official == ("異動", "移動")


def test_two_names_of_the_same_consonants_are_nobody() -> None:
    assert Readings.of({"Slack": 2, "SoLaCo": 1}).rewrites("すらーっくとは") == ()


def test_a_word_over_a_line_end_is_one() -> None:
    (rewrite,) = READINGS.rewrites("しよう\nきかんは")
    assert (rewrite.said, rewrite.official) == ("しよう\nきかん", ("試用期間",))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["しようきかん", "けいひの", "かもしれない", "でしょうか", "使用期間", " ", "　", "ジーニアック", "ﾃﾚﾜｰｸ", "じゅういち", "は", "\n", "？", "第十一条", "GENIAC"]
        ),
        max_size=8,
    )
)  # fmt: skip
def test_what_was_said_is_in_the_question_and_its_terms_are_the_questions(parts: list[str]) -> None:
    question = "".join(parts)
    terms = understand(question).terms
    places = 0
    for rewrite in READINGS.rewrites(question):
        places = question.index(rewrite.said, places) if rewrite.said in question[places:] else question.index(rewrite.said)
        assert rewrite.said.strip() == rewrite.said
        assert not {" ", "　"} & set(rewrite.said)
        assert 0 < len(rewrite.official) <= 3
        assert set(rewrite.official) <= set(READINGS.words)
        assert fold(rewrite.said) not in rewrite.official
        assert set(rewrite.terms) <= set(terms) | set(understand(fold(question)).terms)


def test_the_question_by_reading_in_the_documents_words() -> None:
    question = understand("けいひのせいさんしょはいつまで", None, READINGS)
    assert question.rewritten == "経費の精算書はいつまで"


def test_official_words_for_what_is_read_come_too_and_the_glossary_goes_first() -> None:
    glossary = Glossary((Entry(("セクハラ",), ("セクシュアルハラスメント",)), Entry(("いどう",), ("配置転換",))))
    said = {r.said: r.official for r in understand("せくはらでいどうした", glossary, READINGS).rewrites}
    assert said == {"いどう": ("配置転換",), "せくはら": ("セクハラ", "セクシュアルハラスメント")}
