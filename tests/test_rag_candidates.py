"""Passages made ready for ranking: everything of a unit stands in its own row."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.candidates import Preparer, candidates
from rag.likeness import TermVectors, term_vectors
from rag.ranges import Range
from rag.retrieval import Ranking

TODAY = date(2026, 11, 1)


@pytest.fixture
def likeness(assistant: Assistant) -> TermVectors:
    return term_vectors(assistant.encoder)


@pytest.fixture
def prepare(assistant: Assistant, likeness: TermVectors) -> Preparer:
    return Preparer(assistant.snapshot, assistant.encoder, likeness)


@pytest.fixture
def ranking(assistant: Assistant) -> Ranking:
    return assistant.retrieve(assistant.understand("課長の日当はいくらですか"), TODAY)


def test_the_candidates_are_the_citable_units_of_the_passages_in_order(
    assistant: Assistant, prepare: Preparer, ranking: Ranking
) -> None:
    found = list(candidates(prepare(ranking)))
    wanted = [
        (n, i, unit)
        for n, hit in enumerate(ranking.hits)
        for i, unit in enumerate(hit.passage.units)
        if unit.kind != "heading" and len(unit.span) >= 2
    ]
    assert [(c.passage, c.position, c.unit) for c in found] == wanted
    for c in found:
        passage = ranking.hits[c.passage].passage
        assert c.text == c.unit.span.of(assistant.snapshot.document(passage.doc_id, passage.version).text)


def test_the_rows_of_a_passage_are_those_of_its_units(
    assistant: Assistant, prepare: Preparer, likeness: TermVectors, ranking: Ranking
) -> None:
    prepared = prepare(ranking)
    assert [p.passage for p in prepared] == [hit.passage for hit in ranking.hits]
    for found in prepared:
        n = len(found.units)
        rows = (
            found.positions, found.texts, found.own, found.context, found.keys, found.repeated, found.front, found.ranges, found.alone,
            found.within, found.own_rows, found.wide_rows,
        )  # fmt: skip
        assert [len(column) for column in rows] == [n] * len(rows)
        assert found.size == len(found.passage.units)
        assert [found.passage.units[i] for i in found.positions] == list(found.units)
        np.testing.assert_array_equal(found.alone, assistant.encoder.encode_passages(found.texts))
        for own, context, own_rows, wide_rows in zip(found.own, found.context, found.own_rows, found.wide_rows, strict=True):
            np.testing.assert_array_equal(found.vectors[own_rows], likeness.of(list(own.spelt.values())))
            assert set(own_rows) <= set(wide_rows)
            wide = likeness.of(sorted({*own.spelt.values(), *context.spelt.values(), *found.head.spelt.values()}))
            np.testing.assert_array_equal(np.unique(found.vectors[wide_rows], axis=0), np.unique(wide, axis=0))
            assert own.terms <= found.terms


def test_what_is_known_of_a_unit(prepare: Preparer, ranking: Ranking) -> None:
    units = {
        text: (p, i) for p in prepare(ranking) for i, text in enumerate(p.texts)
    }  # fmt: skip
    table, chief = units["課長\t２，５００円\t１３，０００円"]
    assert table.keys[chief].folded == "課長"
    assert table.context[chief].folded == "役職\t日当\t宿泊料の上限"
    assert table.heading.folded == "別表(第2条関係)"
    assert table.title.folded == "旅費規程"
    daily, sentence = units["日当は、別表の額とする。"]
    assert daily.keys[sentence].folded == "日当"
    proviso = units["ただし、日帰りの出張には、その半額を支給する。"][1]
    assert daily.context[proviso].folded == daily.texts[sentence]
    # 日当 is in one sentence of 第２条, 出張 in two.
    assert daily.repeated[sentence] == frozenset()
    assert daily.repeated[proviso] == daily.own[proviso].terms & daily.own[proviso + 1].terms != frozenset()
    assert daily.ranges[proviso + 1] == ()
    settled, within = units["出張した者は、帰着の日から５営業日以内に、次の書類を経理部に提出する。"]
    assert settled.ranges[within] == (Range("日", None, 5),)


def test_the_front_of_a_document_counts_less_and_less(prepare: Preparer, ranking: Ranking) -> None:
    for found in prepare(ranking):
        assert [round(f, 6) for f in found.front] == [round(max(0.0, 1 - u.span.start / 1000), 6) for u in found.units]
        assert all(a >= b for a, b in pairwise(found.front))


def test_a_passage_is_made_ready_once(prepare: Preparer, ranking: Ranking) -> None:
    first = prepare(ranking)
    turned = Ranking(ranking.numbers[::-1], ranking.hits[::-1])
    assert all(a is b for a, b in zip(prepare(turned), first[::-1], strict=True))
    assert prepare(Ranking((), ())) == ()
    assert list(candidates(())) == []


def test_a_prepared_passage_does_not_hang_on_those_beside_it(
    assistant: Assistant, prepare: Preparer, likeness: TermVectors, ranking: Ranking
) -> None:
    fresh = Preparer(assistant.snapshot, assistant.encoder, likeness)
    for n, together in enumerate(prepare(ranking)):
        (alone,) = fresh(Ranking(ranking.numbers[n : n + 1], ranking.hits[n : n + 1]))
        assert (alone.texts, alone.own, alone.keys, alone.ranges) == (
            together.texts, together.own, together.keys, together.ranges,
        )  # fmt: skip
        np.testing.assert_array_equal(alone.within, together.within)
