"""Grams that are in so many pieces that they get no list."""

from __future__ import annotations

from ingest.common import common_grams
from rag.terms import common_grams as bundled


def test_grams_of_more_than_the_share_of_pieces_are_common() -> None:
    texts = ["旅費を支給する。", "手当を支給する。", "休暇を取る。", "備品の管理"]
    assert common_grams(texts, 0.3) == ["する", "を支", "を支給", "支給", "支給す", "給す", "給する"]
    assert common_grams(texts, 0.6) == []


def test_a_long_text_counts_by_piece_and_width_does_not_matter() -> None:
    assert common_grams(["ＡＩ" + "。" * 338 + "ai" + "。" * 338 + "他"], 0.5) == ["ai"]


def test_what_is_bundled_is_in_order_for_searching() -> None:
    grams = bundled()
    assert len(grams) > 5_000
    assert (grams[1:] > grams[:-1]).all()
