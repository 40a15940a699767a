"""Stored words as a person reads them."""

import pytest

from rag.plain import cells, plain, sentence, table_row


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("**規制**が<u>必要</u>である。", "規制が必要である。"),
        ("生成 AI<sup>2</sup>は", "生成AIは"),
        ("計算量が  $10^{25}$FLOPs を超える", "計算量が10^{25}FLOPs を超える"),
        ("登録番号[^1]の記載", "登録番号の記載"),
        ("（2025年3月）^{*1}", "（2025年3月）"),
        ("供給量は不\n足。", "供給量は不足。"),
        ("[図表1](#)のとおり", "図表1のとおり"),
        ("正社員　期間の定めがない者", "正社員　期間の定めがない者"),
        ("**懇親会費** 社員相互の親睦", "懇親会費　社員相互の親睦"),
        ("Generative\nAI Challenge", "Generative AI Challenge"),
    ],
)
def test_plain(stored: str, shown: str) -> None:
    assert plain(stored) == shown


def test_a_sentence_is_closed() -> None:
    assert sentence("役員") == "役員。"
    assert sentence("以上。") == "以上。"
    assert sentence("  ") == ""


def test_a_row_is_read_out_under_its_header() -> None:
    assert table_row("| 課長 | 5,000円 | |", "| 役職 | 月額 | 備考 |") == "役職：課長、月額：5,000円。"
    assert table_row("\t一泊", "区分\t日数", ["課長"]) == "課長、日数：一泊。"
    assert table_row("甲\t乙\t丙", "区分\t日数") == "甲、乙、丙。"


def test_cells() -> None:
    assert cells("| a | **b** |") == ["a", "b"]
    assert cells("\ta\t") == ["", "a", ""]
