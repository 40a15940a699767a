"""Follow-up questions made whole, with the bundled term vectors and a real MeCab."""

import json
from datetime import date
from pathlib import Path

import pytest

from rag.answers import searched_text, to_json
from rag.assistant import Assistant
from rag.conversation import parts, whole
from rag.encoder import load_encoder
from rag.errors import InputError
from rag.likeness import TermVectors, term_vectors
from rag.settings import Settings

TODAY = date(2026, 11, 1)
ALLOWANCE = "課長の日当はいくらですか"
KEYS = "会議室の鍵は、何時までに守衛室に返却しますか。"


@pytest.fixture(scope="module")
def likeness() -> TermVectors:
    return term_vectors(load_encoder())


@pytest.mark.parametrize(
    ("previous", "question", "expected"),
    [
        # Another group or thing of the same kind takes the place of the first.
        ([ALLOWANCE], "では部長は？", "部長の日当はいくらですか"),
        (["係長の役職手当はいくら？"], "課長だと？", "課長の役職手当はいくら？"),
        (["勤続6年の正社員が結婚したら結婚祝金はいくらですか。"], "では契約社員は？", "勤続6年の契約社員が結婚したら結婚祝金はいくらですか。"),
        (["行政ＡＩの重大事故で、提供者は第一報を何時間以内にしなければなりませんか。"], "開発者の場合は？",
         "行政ＡＩの重大事故で、開発者は第一報を何時間以内にしなければなりませんか。"),
        (["家族の弔慰金の申請期限はいつまでですか。"], "災害見舞金だと？", "家族の災害見舞金の申請期限はいつまでですか。"),
        # Another number, edition or letter.
        (["生成AI利用規程の第1版は誰の承認がいりますか"], "第2版では？", "生成AI利用規程の第2版は誰の承認がいりますか"),
        (["生成AI利用規程の1.0版では誰の承認がいりますか"], "2.0版では？", "生成AI利用規程の2.0版では誰の承認がいりますか"),
        (["行政AIのＢ区分の承認者は誰ですか。"], "Ｃ区分は？", "行政AIのＣ区分の承認者は誰ですか。"),
        # Something else is asked of the same subject.
        (["出張の精算の書類は何ですか"], "その期限は？", "出張の精算の書類について、期限は？"),
        (["内部情報の案件登録簿には何を書くのですか。"], "それは何年保存するの？", "内部情報の案件登録簿について、何年保存するの？"),
        ([ALLOWANCE], "じゃあ宿泊料の上限は？", "課長の日当について、宿泊料の上限は？"),
        (["英文契約の審査はいつまでに依頼しますか。"], "審査には何日かかるの？", "英文契約の依頼について、審査には何日かかるの？"),
        (["有休は何日もらえますか"], "申請はいつまでにすればいいですか", "有休について、申請はいつまでにすればいいですか"),
        (["有休は何日もらえますか"], "申請の期限はいつですか", "有休について、申請の期限はいつですか"),
        (["有休は何日もらえますか"], "パートは何日もらえますか", "有休について、パートは何日もらえますか"),
        ([ALLOWANCE], "では上限は？", "課長の日当について、上限は？"),
        # What nothing fits is put in front.
        (["管理職が自社株を売るとき、申請はいつまでですか。"], "では取締役だと？", "取締役の場合、管理職が自社株を売るとき、申請はいつまでですか。"),
        # A follow-up of a follow-up.
        ([ALLOWANCE, "では部長は？"], "その宿泊料の上限は？", "部長の日当について、宿泊料の上限は？"),
        (["本社の一次集合場所はどこですか。", "汐見工場は？"], "では研究所のほうは？", "研究所の場合、本社の一次集合場所はどこですか。"),
        ([KEYS, ALLOWANCE], "では部長は？", "部長の日当はいくらですか"),
    ],
)  # fmt: skip
def test_a_follow_up_is_made_whole(likeness: TermVectors, previous: list[str], question: str, expected: str) -> None:
    assert whole(question, previous, likeness) == expected


@pytest.mark.parametrize(
    "question",
    [
        "有休は何日前までに届け出ますか",
        "結婚したら休暇は何日もらえますか",
        "社員食堂の電話番号は？",
        "副業はできますか",
        "在宅勤務はできますか？",
        "ハンコは必要ですか",
        "休暇は何日もらえますか",
        "日食はいつ見られますか。",
        "課長の宿泊料はいくら？",
        ALLOWANCE,
        KEYS,
    ],
)
@pytest.mark.parametrize("previous", [[], [ALLOWANCE], [KEYS, KEYS], [ALLOWANCE, "その期限は？"]], ids=len)
def test_what_stands_alone_stays_itself(likeness: TermVectors, previous: list[str], question: str) -> None:
    assert whole(question, previous, likeness) == question


def test_without_earlier_questions_every_question_stays_itself(likeness: TermVectors) -> None:
    for question in ("では部長は？", "その期限は？", "？", " でも "):
        assert whole(question, (), likeness) == question


def test_a_long_conversation_does_not_pile_up(likeness: TermVectors) -> None:
    assert len(whole("その書類は？", [ALLOWANCE, *["その期限は？", "誰が承認するの？"] * 50], likeness)) < 60


def test_the_answer_is_that_of_the_question_made_whole(assistant: Assistant) -> None:
    answer = assistant.ask("では部長は？", TODAY, [ALLOWANCE])
    alone = assistant.ask("部長の日当はいくらですか", TODAY)
    assert (answer.question, answer.searched) == ("では部長は？", "部長の日当はいくらですか")
    assert (answer.sentences, answer.citations, answer.hits) == (alone.sentences, alone.citations, alone.hits)
    assert "３，０００円" in answer.text
    assert searched_text(answer) == "「部長の日当はいくらですか」として検索しました"
    assert searched_text(alone) == alone.searched == ""
    line = to_json(answer, assistant.snapshot)
    assert (line["question"], line["searched"]) == ("では部長は？", "部長の日当はいくらですか")
    assert to_json(alone, assistant.snapshot)["searched"] == "部長の日当はいくらですか"


@pytest.mark.parametrize(
    ("earlier", "message"), [("　", "前の質問が空"), ("あ" * 10_000, "前の質問が長すぎる"), ("\ud800", "前の質問に文字")]
)
def test_an_earlier_question_that_cannot_be_read_is_refused(assistant: Assistant, earlier: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        assistant.ask("では部長は？", TODAY, [ALLOWANCE, earlier])


def test_a_question_made_too_long_is_asked_as_it_is(index: Path) -> None:
    short = Assistant.open(index, Settings(question_length=12))
    assert short.ask("では部長は？", TODAY, [ALLOWANCE]).searched == "部長の日当はいくらですか"
    assert short.ask("その期限は何日？", TODAY, [ALLOWANCE]).searched == ""


def test_the_follow_ups_of_the_unseen_documents_name_their_subject(likeness: TermVectors) -> None:
    rows = Path(__file__).parents[1] / "eval" / "datasets" / "unseen_followups.jsonl"
    for row in map(json.loads, rows.read_text(encoding="utf-8").splitlines()):
        assert len(whole(row["question"], row["previous"], likeness)) > len(row["question"])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # Two things asked of one subject, in one sentence.
        ("派遣社員の構内証の再発行手数料はいくらで、誰が負担しますか。",
         ("派遣社員の構内証の再発行手数料はいくら", "派遣社員の構内証の再発行手数料について、誰が負担しますか。")),
        ("保存期間は何年で、閲覧は誰ができますか", ("保存期間は何年", "保存期間について、閲覧は誰ができますか")),
        ("担当は誰ですが、期限はいつですか", ("担当は誰", "担当について、期限はいつですか")),
        ("委員は何人以内で、任期は何年なの？", ("委員は何人以内", "委員の人以内について、任期は何年なの？")),
        ("担当部署はどこですか、期限はいつですか", ("担当部署はどこ", "担当部署について、期限はいつですか")),
        # The case holds for both.
        ("父が死亡した場合、慶弔休暇は何日で、いつまでに取ればよいか",
         ("父が死亡した場合、慶弔休暇は何日", "父が死亡した場合、慶弔休暇について、いつまでに取ればよいか")),
        # In two sentences.
        ("休暇の届出はいつまでですか。また、届出先はどこですか。", ("休暇の届出はいつまでですか。", "休暇について、届出先はどこですか。")),
        ("部長の日当はいくらですか？その宿泊料の上限は？", ("部長の日当はいくらですか？", "部長の日当について、宿泊料の上限は？")),
        ("法人カードの年会費はいくらで、どの部が払いますか。", ("法人カードの年会費はいくら", "法人カードの年会費について、どの部が払いますか。")),
        # What leads up to the first question belongs to it.
        ("来月結婚します。休暇は何日ですか。届出先は？", ("来月結婚します。休暇は何日ですか。", "来月結婚の休暇について、届出先は？")),
    ],
)  # fmt: skip
def test_the_questions_in_a_question(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        ALLOWANCE,
        "来月結婚します。休暇は何日もらえますか。",
        "誰でも使えて、いつでも使えますか",
        "海外で、領収書をなくしたときはどうしますか",
        "いつまでに、誰に申請しますか",
        "ありがとう。",
        "会議室の鍵",
        "？",
        "",
    ],
)
def test_what_asks_once_is_one(question: str) -> None:
    assert parts(question) == (question,)


def test_asking_politely_is_no_question_of_its_own() -> None:
    assert parts("課長の日当はいくらですか。教えてください。") == ("課長の日当はいくらですか。",)
    assert parts("課長の日当はいくらですか？お願いします！わかりますか？") == ("課長の日当はいくらですか？",)
    assert parts("課長の日当を教えてください。") == ("課長の日当を教えてください。",)
