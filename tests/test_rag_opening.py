"""A place that a question names is opened, and what the evidence refers to is read beside it."""

from datetime import date
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant

TRAVEL = """第一章　総則
（目的）
第一条　この規程は、出張の旅費を定める。
第二章　旅費
（日当）
第二条　日当は、別表第一に定める額とする。ただし、日帰りの場合は、その半額とする。
２　前項の日当は、出張が十日を超えるときは、次の各号のとおり減額する。
一　十一日目から三十日目まで　一割
二　三十一日目以降　二割
（精算）
第三条　出張者は、帰着後七日以内に精算する。
附　則
１　この規程は、令和六年四月一日から施行する。
別表第一（第二条関係）
役職\t日当
部長\t三千円
課長\t二千五百円
"""
WAGE = "第一条　この規程は、賃金を定める。\n第二条　賃金は、毎月二十五日に支払う。\n"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("opening")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "travel.txt").write_text(TRAVEL, encoding="utf-8")
    (docs / "wage.txt").write_text(WAGE, encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        "documents:\n  - {file: travel.txt, title: 旅費規程}\n  - {file: wage.txt, title: 賃金規程}\n", encoding="utf-8"
    )
    ingest([docs], folder / "i", progress=lambda line: None)
    return Assistant.open(folder / "i")


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("旅費規程第３条", ["出張者は、帰着後七日以内に精算する。"]),
        ("旅費規程の第2条第2項第1号を見せて", ["十一日目から三十日目まで　一割"]),
        ("旅費規程第二条ただし書には何と書いてありますか", ["ただし、日帰りの場合は、その半額とする。"]),
        ("旅費規程附則第1項", ["この規程は、令和六年四月一日から施行する。"]),
        ("旅費規程別表第1の課長の行", ["課長\t二千五百円"]),
        ("賃金規程第2条", ["賃金は、毎月二十五日に支払う。"]),
    ],
)
def test_the_place_that_is_named_is_quoted(assistant: Assistant, question: str, quotes: list[str]) -> None:
    answer = assistant.ask(question)
    assert [c.quote for c in answer.citations] == quotes
    assert not answer.abstained
    for citation in answer.citations:
        text = assistant.snapshot.document(citation.doc_id, citation.version).text
        assert citation.span.of(text) == citation.quote
    assert answer.hits[0].passage.span.covers(answer.citations[0].span)


def test_a_place_that_the_document_does_not_have_is_not_answered(assistant: Assistant) -> None:
    answer = assistant.ask("旅費規程第99条")
    assert (answer.abstained, answer.reason, answer.citations) == (True, "near_miss", ())


def test_a_question_that_only_mentions_a_place_is_answered_as_a_question(assistant: Assistant) -> None:
    assert "七日以内" in assistant.ask("旅費規程第3条では何日以内に精算しますか").text


def test_a_row_is_part_of_the_address(assistant: Assistant) -> None:
    answer = assistant.ask("課長の日当はいくらですか")
    row = next(c for c in answer.citations if "課長" in c.quote)
    assert row.path[-1] == "行 課長"
    assert row.path[0].startswith("別表第一")


def test_what_a_unit_refers_to_is_found(assistant: Assistant) -> None:
    row = next(r for r in assistant.snapshot.documents() if r.title == "旅費規程")
    passages = assistant.snapshot.passages(row.id, row.version)
    passage, unit = next((p, u) for p in passages for u in p.units if "別表第一に定める" in u.span.of(TRAVEL))
    found = assistant.snapshot.at(assistant._opener.followed(passage, unit))
    assert any("二千五百円" in p.text for p in found)


def test_documents_not_in_force_are_not_opened(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("第一条　日当は、千円とする。\n", encoding="utf-8")
    (docs / "b.txt").write_text("第一条　備品を管理する。\n", encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        "documents:\n  - {file: a.txt, title: 旅費規程, effective_from: 2030}\n  - {file: b.txt, title: 備品規程}\n",
        encoding="utf-8",
    )
    ingest([docs], tmp_path / "i", progress=lambda line: None)
    assistant = Assistant.open(tmp_path / "i")
    assert assistant.ask("旅費規程第1条", date(2026, 1, 1)).abstained
    assert assistant.ask("労働基準法第32条", date(2031, 1, 1)).abstained
    assert "千円" in assistant.ask("旅費規程第1条", date(2031, 1, 1)).text
