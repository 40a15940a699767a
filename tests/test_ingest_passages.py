"""Passages: whole units, spans of the stored text, ids that are the same everywhere."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.passages import LIMIT, passage_id, passages
from ingest.structure import parse
from rag.types import Document, Passage, Span

ANY = st.text(st.sampled_from("第一条２（）・|\t。、あ規程章ただし\n　*#"), max_size=300)


def made(text: str, version: str = "") -> tuple[Passage, ...]:
    return passages(Document("d", version, "d.txt", "規程", text), parse(text))


@given(ANY)
def test_a_passage_is_what_stands_at_its_span(text: str) -> None:
    for passage in made(text):
        assert text[passage.span.start : passage.span.end] == passage.text
        assert all(passage.span.covers(unit.span) for unit in passage.units)
        assert len(passage.text) <= 1200


@given(ANY)
def test_passages_do_not_overlap(text: str) -> None:
    found = made(text)
    assert all(a.span.end <= b.span.start for a, b in pairwise(found))


def test_long_text_is_cut_between_sentences() -> None:
    text = "この規程は、出張の手続を定める。" * 200
    found = made(text)
    assert len(found) > 3
    assert all(p.text.endswith("。") and len(p.text) <= LIMIT for p in found)


def test_each_article_is_a_passage_with_its_caption() -> None:
    text = "（目的）\n第一条　目的を定める。\n（定義）\n第二条　用語を定める。ただし、別に定める用語を除く。\n"
    assert [(p.text, p.path) for p in made(text)] == [
        ("（目的）\n第一条　目的を定める。", ("第1条（目的）",)),
        ("（定義）\n第二条　用語を定める。ただし、別に定める用語を除く。", ("第2条（定義）",)),
    ]


def test_a_proviso_stays_with_its_clause_past_the_target() -> None:
    clause = "あ" * 480 + "ものとする。"
    text = f"第一条　{'い' * 110}とする。{clause}ただし、{'う' * 300}の場合を除く。\n"
    holding = [p for p in made(text) if "ただし" in p.text]
    assert len(holding) == 1
    assert clause in holding[0].text


def test_ids_come_from_document_version_and_place() -> None:
    assert passage_id("d", "1", Span(0, 5)) == passage_id("d", "1", Span(0, 5))
    assert len({passage_id(d, v, Span(0, e)) for d in "ab" for v in "12" for e in (5, 6)}) == 8
