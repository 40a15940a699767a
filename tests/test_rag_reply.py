"""A model's reply is read as it grows, whatever its form."""

import json

import pytest

from rag.answers import NOT_FOUND
from rag.failures import ModelFailure
from rag.reply import Said, read

TWO = {
    "answerable": True,
    "sentences": [
        {"text": "日当は2,500円です。", "citations": [1], "quotes": ["２，５００円"]},
        {"text": "上限は13,000円です。[2]", "citations": [1], "quotes": []},
    ],
}
JSON = json.dumps(TWO, ensure_ascii=False)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("日当は2,500円です[1]。", [Said("日当は2,500円です。", (1,))]),
        ("日当は2,500円です。[1][3]", [Said("日当は2,500円です。", (1, 3))]),
        ("日当は2,500円です【１、２】。上限です［文書3］", [Said("日当は2,500円です。", (1, 2)), Said("上限です", (3,))]),
        ("<think>[1]。かも。</think>\n半額です[2]。", [Said("半額です。", (2,))]),
        ("かも。</think>半額です[2]。", [Said("半額です。", (2,))]),
        ("「A。B」と定めています[1]。次です。", [Said("「A。B」と定めています。", (1,)), Said("次です。")]),
        ("「開いたまま。次です[1]。\n終わり。", [Said("「開いたまま。"), Said("次です。", (1,)), Said("終わり。")]),
        ("```\n半額です[2]。\n```", [Said("半額です。", (2,))]),
        (JSON, [Said("日当は2,500円です。", (1,), ("２，５００円",)), Said("上限は13,000円です。", (1, 2))]),
        (f"```json\n{JSON}\n```", [Said("日当は2,500円です。", (1,), ("２，５００円",)), Said("上限は13,000円です。", (1, 2))]),
    ],
)
def test_sentences_with_their_numbers(raw: str, said: list[Said]) -> None:
    assert list(read(raw, final=True).sentences) == said


def test_a_list_is_one_sentence_with_what_leads_to_it() -> None:
    raw = "提出する書類は次のとおりです。\n- 精算書[1]\n- 証憑[1]\n* 出張報告書[2]\n5営業日以内です[1]。"
    assert [s.text for s in read(raw, final=True).sentences] == [
        "提出する書類は次のとおりです：精算書、証憑、出張報告書。",
        "5営業日以内です。",
    ]


@pytest.mark.parametrize(
    "whole", [JSON, "日当は2,500円です[1]。上限は13,000円です。[1][2]\n半額です[3]。必要な書類：\n・精算書\n・証憑\n終わりです。"]
)
def test_what_was_complete_stays_as_it_was(whole: str) -> None:
    seen: tuple[Said, ...] = ()
    for end in range(len(whole) + 1):
        now = read(whole[:end], final=False).sentences
        assert now[: len(seen)] == seen
        seen = now
    assert read(whole, final=True).sentences[: len(seen)] == seen
    assert len(seen) >= 1


@pytest.mark.parametrize("raw", [NOT_FOUND, f"{NOT_FOUND}。", '{"answerable": false, "sentences": []}', '{"answerable": false}'])
def test_abstaining(raw: str) -> None:
    assert read(raw, final=True).abstains


def test_a_reply_that_only_says_too_that_something_is_missing_does_not_abstain() -> None:
    assert not read(f"日当は半額です[1]。宿泊料は{NOT_FOUND}。", final=True).abstains


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("", "empty"),
        ("<think>長い考え", "empty"),
        ("[1]", "empty"),
        ("申し訳ありませんが、お答えできません。", "refused"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ('{"foo": 1}', "unreadable"),
        ('{"answerable": tr', "unreadable"),
        ('{"sentences": [1, {"text": 5}]}', "unreadable"),
    ],
)
def test_what_cannot_be_used(raw: str, kind: str) -> None:
    with pytest.raises(ModelFailure) as failure:
        read(raw, final=True)
    assert failure.value.kind == kind
    assert not read(raw, final=False).sentences


def test_json_that_was_cut_gives_what_is_whole() -> None:
    assert [s.text for s in read(JSON[:-30], final=False).sentences] == ["日当は2,500円です。"]
