"""What of a question stands in each candidate, by hand on a small real index."""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.build import ingest
from rag.assistant import Assistant
from rag.candidates import Prepared, Preparer, candidates
from rag.glossary import Entry, Glossary
from rag.likeness import TermVectors, term_vectors
from rag.overlap import OVERLAPS, overlaps
from rag.questions import Question, understand
from rag.readings import Readings
from rag.words import Asked, weigh

TRAVEL = """旅費規程

第１条（日当）
日当は、別表の額とする。
宿泊料は、実費を支給する。

別表（第１条関係）
役職\t日当\t宿泊料
課長\t２，５００円\t実費
部長\t３，０００円\t実費
"""
GENAI = "# 生成AI利用規程\n\n## 第1条（承認）\n\n- 申請者：利用する者をいう。\n- 承認者：所属長をいう。\n\n利用の期間は、一年とする。\n"
RATE = "日当は、別表の額とする。"
LODGING = "宿泊料は、実費を支給する。"
HEADER = "役職\t日当\t宿泊料"
CHIEF = "課長\t２，５００円\t実費"
HEAD = "部長\t３，０００円\t実費"
TITLE = "旅費規程"
APPROVER = "承認者：所属長をいう。"
APPLICANT = "申請者：利用する者をいう。"
PERIOD = "利用の期間は、一年とする。"
# Of the four passages (the title, 第１条, 別表, 第1条 of the other) one has 課長 and two have 日当: weights by rarity.
ONE, TWO = log1p(3.5 / 1.5), log1p(2.5 / 2.5)


@dataclass(frozen=True)
class Looked:
    """The overlaps of a question with every unit of the index."""

    question: Question
    asked: Asked
    prepared: tuple[Prepared, ...]
    values: NDArray[np.float64]

    def of(self, text: str, column: str) -> float:
        texts = [c.text for c in candidates(self.prepared)]
        return float(self.values[texts.index(text), OVERLAPS.index(column)])


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("overlap")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text(TRAVEL, encoding="utf-8")
    (folder / "docs" / "b.md").write_text(GENAI, encoding="utf-8")
    ingest([folder / "docs"], folder / "i", progress=lambda line: None)
    return Assistant.open(folder / "i")


@pytest.fixture(scope="module")
def likeness(opened: Assistant) -> TermVectors:
    return term_vectors(opened.encoder)


@pytest.fixture(scope="module")
def prepare(opened: Assistant, likeness: TermVectors) -> Preparer:
    return Preparer(opened.snapshot, opened.encoder, likeness)


@pytest.fixture
def look(opened: Assistant, likeness: TermVectors, prepare: Preparer) -> Looker:
    return Looker(opened, likeness, prepare)


@dataclass(frozen=True)
class Looker:
    """Asks questions of the whole index."""

    opened: Assistant
    likeness: TermVectors
    prepare: Preparer

    def __call__(self, text: str, glossary: Glossary | None = None, readings: Readings | None = None) -> Looked:
        question = understand(text, glossary, readings)
        prepared = self.prepare(self.opened.retrieve(question))
        assert len(prepared) == self.opened.snapshot.size == 4
        asked = weigh(question, self.opened.snapshot)
        return Looked(question, asked, prepared, overlaps(question, asked, prepared, self.likeness))


def test_the_share_of_the_terms_by_rarity(look: Looker) -> None:
    found = look("課長の日当はいくらですか")
    assert found.asked.spelt == ("課長", "日当")
    np.testing.assert_allclose(found.asked.weights, [ONE, TWO])
    assert found.of(CHIEF, "own_terms") == pytest.approx(ONE / (ONE + TWO))
    assert found.of(HEADER, "own_terms") == found.of(RATE, "own_terms") == pytest.approx(TWO / (ONE + TWO))
    assert found.of(HEAD, "own_terms") == found.of(APPROVER, "own_terms") == 0
    # A row is read under its header, a sentence under the caption of its article.
    assert found.of(CHIEF, "context_terms") == found.of(CHIEF, "wide_terms") == 1
    assert found.of(HEAD, "context_terms") == pytest.approx(TWO / (ONE + TWO))
    assert found.of(LODGING, "context_terms") == 0
    assert found.of(LODGING, "wide_terms") == found.of(LODGING, "heading_terms") == pytest.approx(TWO / (ONE + TWO))
    # And the passage holds what its units hold.
    assert found.of(HEAD, "passage_terms") == 1
    assert found.of(HEAD, "passage_missing") == 0
    assert found.of(LODGING, "passage_missing") == 1
    assert found.of(HEAD, "neighbour_terms") == pytest.approx(ONE / (ONE + TWO))
    assert found.of(CHIEF, "best_term") == 1
    assert found.of(RATE, "best_term") == pytest.approx(TWO / ONE)


def test_a_unit_with_all_terms_in_order_has_all_of_them(look: Looker) -> None:
    found = look("日当は別表の額ですか")
    for column in (
        "own_terms",
        "context_terms",
        "wide_terms",
        "passage_terms",
        "own_pairs",
        "own_soft",
        "wide_soft",
        "only_here",
    ):
        assert found.of(RATE, column) == pytest.approx(1), column
    for column in ("wide_missing", "missing_known", "missing_new", "passage_missing"):
        assert found.of(RATE, column) == 0, column
    # The 3-grams 別表の and 表の額 stand there one after another: 2 of 12.
    assert found.of(RATE, "longest_run") == pytest.approx(2 / 12)
    assert found.of(TITLE, "longest_run") == 0


def test_official_words_count_as_what_was_said(look: Looker) -> None:
    question = "お小遣いはいくらですか"
    glossary = Glossary((Entry(("お小遣い",), ("定額支給", "日当")),))
    plain, meant = look(question), look(question, glossary)
    assert plain.asked.unknown.all()
    assert plain.of(RATE, "own_terms") == 0
    assert not meant.asked.unknown.any()
    for text in (RATE, HEADER):
        assert meant.of(text, "own_terms") == meant.of(text, "own_soft") == 1
        assert meant.of(text, "own_grams") > plain.of(text, "own_grams")
    assert meant.of(RATE, "key_asked") == 1
    # Half of what one official word says is not it.
    assert meant.of(LODGING, "own_terms") == 0


def test_what_is_meant_stands_in_where_it_was_said_in_words_that_are_no_terms(look: Looker) -> None:
    found = look("課長のにっとうはいくら", None, Readings.of({"日当": 2}))
    assert found.question.rewrites[0].terms == ()
    assert found.asked.spelt == ("課長", "にっとう")
    np.testing.assert_allclose(found.asked.weights, [ONE, TWO])
    assert found.of(RATE, "own_terms") == pytest.approx(TWO / (ONE + TWO))
    assert found.of(LODGING, "own_terms") == 0


def test_the_row_whose_first_cell_is_asked_about(look: Looker) -> None:
    found = look("課長の日当はいくらですか")
    assert [found.of(text, "key_asked") for text in (HEADER, CHIEF, HEAD)] == [0, 1, 0]
    assert [found.of(text, "key_lead") for text in (HEADER, CHIEF, HEAD)] == [-1, 0, -1]
    # 日当は、 says what its sentence speaks of; of the other passage's units no one is asked about.
    assert [found.of(text, "key_asked") for text in (RATE, LODGING, APPROVER)] == [1, 0, 0]
    assert found.of(APPROVER, "key_lead") == 0
    approver = look("承認者は誰ですか")
    assert [approver.of(text, "key_asked") for text in (APPROVER, APPLICANT, PERIOD)] == [1, 0.5, 0]
    assert [approver.of(text, "key_lead") for text in (APPROVER, APPLICANT, PERIOD)] == [0, -0.5, -1]


def test_a_noun_that_the_index_has_and_one_that_it_has_not(look: Looker) -> None:
    found = look("宇宙の日当")
    assert found.asked.unknown.tolist() == [True, False]
    assert found.asked.known() == pytest.approx(TWO / (TWO + log1p(4.5 / 0.5)))
    assert found.of(RATE, "missing_known") == 0
    assert 0 < found.of(APPROVER, "missing_known") < TWO / log1p(4.5 / 0.5) + 1e-6
    assert found.of(RATE, "missing_new") > 0.5
    chief = look("課長の日当")
    assert chief.of(CHIEF, "missing_known") == chief.of(CHIEF, "missing_new") == 0
    assert 0 < chief.of(HEAD, "missing_known") < chief.of(LODGING, "missing_known")  # 部長 is like 課長
    assert chief.of(LODGING, "missing_new") == 0


def test_a_word_is_like_its_neighbours_but_a_name_in_letters_only_like_itself(look: Looker) -> None:
    alike, named = look("次長の宿泊"), look("GENIACとは")
    assert 0 < alike.of(HEAD, "own_soft") < 1
    assert not named.values[:, [OVERLAPS.index(c) for c in ("own_soft", "wide_soft", "own_focus", "wide_focus")]].any()
    assert (named.values[:, OVERLAPS.index("missing_new")] == 1).all()
    ai = look("AIとは")
    assert ai.of(PERIOD, "wide_soft") == ai.of(PERIOD, "title_terms") == 1
    assert ai.of(RATE, "wide_soft") == ai.of(TITLE, "wide_soft") == 0


def test_the_focus_is_what_is_asked_of_the_subject(look: Looker) -> None:
    found = look("課長の日当はいくらですか")
    assert found.of(RATE, "own_focus") == found.of(CHIEF, "wide_focus") == 1
    assert found.of(CHIEF, "own_focus") < 1
    none = look("いくらですか")
    assert none.question.focus == ""
    assert (none.values[:, [OVERLAPS.index("own_focus"), OVERLAPS.index("wide_focus")]] == 0.5).all()


@pytest.mark.parametrize(
    "question",
    ["課長の日当はいくらですか", "生成AIの利用は誰の承認が要りますか", "GENIACとは", "？", "いくら", "ab", "第1条の期間は何年"],
)
def test_all_passages_at_once_equal_one_at_a_time(look: Looker, question: str) -> None:
    found = look(question)
    single = [overlaps(found.question, found.asked, [one], look.likeness) for one in found.prepared]
    assert found.values.shape == (sum(len(one.units) for one in found.prepared), len(OVERLAPS))
    assert np.isfinite(found.values).all()
    np.testing.assert_allclose(found.values, np.concatenate(single), atol=1e-6)
    shares = np.delete(found.values, OVERLAPS.index("key_lead"), axis=1)
    assert ((shares >= 0) & (shares <= 1 + 1e-5)).all()
