"""EM, character F1 and ROUGE-L: by hand, and against torchmetrics on 500 random pairs each."""

from __future__ import annotations

import random

import pytest
from torchmetrics.functional.text import squad
from torchmetrics.functional.text.rouge import rouge_score

from eval.gold import Gold
from eval.overlap import Overlap, character_f1, common, exact_match, overlap, plain, references, rouge_l
from rag.fold import fold
from rag.terms import analysed

LETTERS = "日当は旅費の額とする第条一二三0123BcD　 。"  # no «a», which SQuAD takes for an article
WORDS = ["旅費", "精算", "出張", "日当", "社長", "承認", "休暇", "届出", "三日", "規程", "の", "は", "を", "、"]


def gold(*must: tuple[str, ...]) -> Gold:
    return Gold("q", "number", "？", True, must, (), False)


def test_the_facts_in_every_wording_are_the_references() -> None:
    assert references(gold(("45日", "四十五日"))) == ("45日", "四十五日")
    assert references(gold(("東京", "都"), ("大阪",))) == ("東京、大阪", "都、大阪")
    assert references(gold()) == ()
    assert len(references(gold(*[("あ", "い")] * 10))) == 32


@pytest.mark.parametrize(
    ("answer", "reference", "exact", "f1"),
    [
        ("10日。", "10日", 1, 1),
        ("ＡＩ", "AI", 0, 0),
        ("Ai", "AI", 1, 1),
        ("10日以内", "10日", 0, 2 * 3 / (5 + 3)),
        ("1 0  日", "1 0 日", 1, 1),
        ("ああい", "あいい", 0, 2 * 2 / 6),
        ("", "10日", 0, 0),
        ("。", "", 1, 1),
    ],
)
def test_exact_match_and_f1_by_hand(answer: str, reference: str, exact: float, f1: float) -> None:
    assert exact_match(answer, reference) == exact
    assert character_f1(answer, reference) == pytest.approx(f1)


def test_rouge_by_hand() -> None:
    assert analysed(fold("出張の旅費を社長が承認する。"))[0] == ["出張", "旅費", "社長", "承認"]
    assert rouge_l("出張の旅費を社長が承認する。", "旅費の承認") == pytest.approx(2 * 2 / (4 + 2))
    assert rouge_l("承認の旅費", "旅費の承認") == pytest.approx(2 * 1 / (2 + 2))
    assert rouge_l("は", "旅費") == 0


def test_the_best_reference_counts() -> None:
    assert overlap("10日。", ("十日", "10日")) == Overlap(1, 1, 1)
    assert overlap("", ("十日", "10日")) == Overlap(0, 0, 0)
    assert overlap("10日", ()) is None


def test_the_common_subsequence_equals_its_definition() -> None:
    draw = random.Random(1)
    for _ in range(500):
        first, second = ([draw.choice("あいうえ") for _ in range(draw.randrange(7))] for _ in range(2))
        assert common(first, second) == defined(first, second)


def defined(first: list[str], second: list[str]) -> int:
    if not first or not second:
        return 0
    if first[0] == second[0]:
        return 1 + defined(first[1:], second[1:])
    return max(defined(first[1:], second), defined(first, second[1:]))


def test_equal_to_torchmetrics_squad_over_characters() -> None:
    """Its tokens are parted by blanks, so that it is given characters so parted, normalised as JSQuAD does."""
    draw = random.Random(2)
    for number in range(500):
        answer, *expected = ("".join(draw.choices(LETTERS, k=draw.randint(1, 9))) for _ in range(draw.randint(2, 4)))
        if draw.random() < 0.3:
            answer = expected[0] + draw.choice(("", "。", "日"))
        given, *wanted = (" ".join(plain(text).replace(" ", "_")).replace("_", "空") for text in (answer, *expected))
        if not given or not all(wanted):
            continue
        target = {"answers": {"answer_start": [0] * len(wanted), "text": wanted}, "id": str(number)}
        theirs = squad([{"prediction_text": given, "id": str(number)}], [target])
        ours = overlap(answer, expected)
        assert ours is not None
        assert (ours.exact * 100, ours.f1 * 100) == (float(theirs["exact_match"]), pytest.approx(float(theirs["f1"]), abs=1e-4))


def test_equal_to_torchmetrics_rouge_over_terms() -> None:
    draw = random.Random(3)
    for _ in range(500):
        answer, *expected = ("".join(draw.choices(WORDS, k=draw.randint(1, 12))) for _ in range(draw.randint(2, 4)))
        theirs = rouge_score(
            [answer],
            [expected],
            rouge_keys="rougeL",
            accumulate="best",
            normalizer=fold,
            tokenizer=lambda text: analysed(text)[0],
        )
        ours = overlap(answer, expected)
        assert ours is not None
        assert ours.rouge == pytest.approx(float(theirs["rougeL_fmeasure"]), abs=1e-6)
