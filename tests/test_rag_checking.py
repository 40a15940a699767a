"""A pasted text against the documents: which of its sentences are claims, and what becomes of each."""

from __future__ import annotations

from datetime import date

import pytest

from rag.assistant import Assistant
from rag.checking import LONGEST, Checked, check
from rag.errors import InputError

MEMO = """各位

お疲れさまです。
# 旅費の件
■ 日当
- 課長の日当は2,500円です。[1]
- 部長の日当は9,000円です。【2】
> 海外出張は、出発日の20日前までに社長の承認が必要です。
結婚したときは、慶弔休暇が5日もらえます。ロケットの打上げ費用は会社が負担します。
質問はありますか？
"""


def checked(assistant: Assistant, text: str, on: date | None = None) -> list[Checked]:
    return list(check(assistant, assistant.verifier.verify, text, on))


def test_each_sentence_gets_its_verdict_and_its_place(assistant: Assistant) -> None:
    found = {item.text: item for item in checked(assistant, MEMO)}
    assert {text: item.verdict for text, item in found.items()} == {
        "各位。": "not_found",
        "お疲れさまです。": "not_found",
        "課長の日当は2,500円です。": "supported",
        "部長の日当は9,000円です。": "contradicted",
        "海外出張は、出発日の20日前までに社長の承認が必要です。": "supported",
        "結婚したときは、慶弔休暇が5日もらえます。": "supported",
        "ロケットの打上げ費用は会社が負担します。": "not_found",
        "質問はありますか？": "not_found",
    }
    for item in found.values():
        assert item.text.rstrip("。") in item.span.of(MEMO)
        assert (item.verdict == "supported") == (not item.reasons)
    row = found["課長の日当は2,500円です。"].citations
    assert any("課長\t２，５００円" in citation.quote for citation in row)
    document = assistant.snapshot.document("travel", "")
    assert all(c.quote == c.span.of(document.text) for c in row)


def test_what_is_in_force_on_the_day_decides(assistant: Assistant) -> None:
    claim = "生成AIの利用には部門長の承認が必要です。"
    assert checked(assistant, claim, date(2025, 1, 1))[0].verdict == "supported"
    assert checked(assistant, claim, date(2026, 5, 1))[0].verdict != "supported"


def test_a_false_quotation_is_reported(assistant: Assistant) -> None:
    (item,) = checked(assistant, "規程には「日帰りの出張には、その全額を支給する」とあります。")
    assert item.verdict == "contradicted"
    assert "quotation" in {reason.kind for reason in item.reasons}


@pytest.mark.parametrize(("text", "words"), [(" \n", "空"), ("あ" * (LONGEST + 1), "長すぎる")])
def test_what_cannot_be_checked_is_said(assistant: Assistant, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked(assistant, text)


RULE = "年次有給休暇を取得するときは、取得日の3営業日前までに所属長に届け出ます。"
TELLS = "ただし、急病の場合は、当日の始業時刻までに連絡すれば足ります。"


def test_an_exception_may_be_told_in_the_next_sentence(assistant: Assistant) -> None:
    (alone,) = checked(assistant, RULE)
    assert [r.kind for r in alone.reasons] == ["exception"]
    both = checked(assistant, RULE + TELLS)
    assert [(item.text, item.verdict) for item in both] == [(RULE, "supported"), (TELLS, "supported")]


def test_a_false_exception_sets_nothing_right(assistant: Assistant) -> None:
    rule, false = checked(assistant, RULE + TELLS.replace("当日", "翌日"))
    assert (rule.verdict, false.verdict) == ("contradicted", "contradicted")
