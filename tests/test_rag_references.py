"""References between places: what is read in a sentence, and where it leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.structure import parse
from rag.addresses import Address
from rag.places import Places
from rag.references import Reference, references, targets
from rag.types import Section, Span

RULES = """見本規則
第一章　総則
第一条　この規則は、旅行の手続を定める。
第二条　次の各号に掲げる者には、適用しない。
一　役員
一の二　監査役
二　嘱託
２　前項第一号の者は、別表第１による。
３　前二項の規定は、第二号の者に準用する。
第十条　旅行をする者は、申請する。
第十条の二　申請は、三日前とする。
第十一条　承認は、所属長とする。
２　承認は、書面とする。
第二章　旅費
第十二条　旅費は、実費とする。
第十三条から第十五条まで　削除
第十六条　雑則とする。
附　則
１　この規則は、施行する。
２　前の規則は、廃止する。
附　則（令和六年四月一日規則第四号）抄
第一条　この規則は、施行する。
第五条　従前の例による。
別表第１（第二条関係）
役員\t千円
"""
SECTIONS = parse(RULES).sections
PLACES = Places(SECTIONS)


def led(words: str, path: str) -> list[list[str]]:
    """Where each reference of the words leads, if they stood in the section whose path ends so."""
    here = next(s.path for s in SECTIONS if "/".join(s.path).endswith(path))
    return [["/".join(s.path) for s in targets(r, here, PLACES)] for r in references(words, Span(0, len(words)), here)]


@pytest.mark.parametrize(
    ("path", "words", "ends"),
    [
        ("第11条/第1項", "前条の規定", ["第10条の2"]),
        ("第10条の2", "前条及び次条", ["第10条", "第11条"]),
        ("第12条", "前条第二項", ["第11条/第2項"]),
        ("第11条/第2項", "前項", ["第11条/第1項"]),
        ("第2条/第3項", "前二項の規定", ["第2条/第1項 第2条/第2項"]),
        ("第2条/第2項", "前項第一号の二に掲げる者", ["第2条/第1項/第1号の2"]),
        ("第2条/第2項", "前項各号", ["第2条/第1項/第1号 第2条/第1項/第1号の2 第2条/第1項/第2号"]),
        ("第2条/第1項", "次の各号のいずれか", ["第2条/第1項/第1号 第2条/第1項/第1号の2 第2条/第1項/第2号"]),
        ("第2条/第1項/第2号", "前各号に掲げる者", ["第2条/第1項/第1号 第2条/第1項/第1号の2"]),
        ("第2条/第1項/第2号", "前号", ["第2条/第1項/第1号の2"]),
        ("第2条/第1項/第1号", "次項又は前条", ["第2条/第2項", "第1条"]),
        ("第2条/第3項", "第二号の者は、第一項による", ["", "第2条/第1項"]),
        ("第2条/第1項", "第二号の者は、第一項による", ["第2条/第1項/第2号", "第2条/第1項"]),
        ("第12条", "第２条第３項及び第２項", ["第2条/第3項", "第2条/第2項"]),
        ("第12条", "第2条第1項（第2号を除く。）若しくは第3項", ["第2条/第1項", "第2条/第1項/第2号", "第2条/第3項"]),
        ("第12条", "第二条第二項の者は、同条第一項及び同項第二号", ["第2条/第2項", "第2条/第1項", "第2条/第1項/第2号"]),
        ("第11条/第2項", "前項の場合は、同条第二項", ["第11条/第1項", "第11条/第2項"]),
        ("第12条", "第十条から第十一条まで", ["第10条 第10条の2 第11条"]),
        ("第12条", "第1条から前条まで", ["第1条 第2条 第10条 第10条の2 第11条"]),
        ("第12条", "第二条第一項第一号から第二号まで", ["第2条/第1項/第1号 第2条/第1項/第1号の2 第2条/第1項/第2号"]),
        ("第12条", "第14条及び第16条", ["第13条から第15条まで", "第16条"]),
        ("第16条", "前条", ["第13条から第15条まで"]),
        ("第12条", "前章及び本章", ["第1章 総則", "第2章 旅費"]),
        ("第11条/第2項", "本条、この条、この項", ["第11条", "第11条", "第11条/第2項"]),
        ("第12条", "別表第1及び附則第2項", ["別表第１（第二条関係）", "附則/第2項"]),
        ("附則/第2項", "前項の規定は、第二条に準用する", ["附則/第1項", "第2条"]),
        ("第5条", "前条及び附則第一条", ["", "抄/第1条"]),
        ("第1条", "前条及び第99条、第2条第9項", ["", "", ""]),
        ("第12条", "この規則第2条", ["第2条"]),
        ("第12条", "以下この条において同じ。", []),
        ("第12条", "第二条第三項中「第十条」とあるのは「第十一条」と", ["第2条/第3項"]),
    ],
)
def test_a_reference_leads_to_sections(path: str, words: str, ends: list[str]) -> None:
    found = led(words, path)
    assert len(found) == len(ends)
    for paths, expected in zip(found, ends, strict=True):
        assert len(paths) == len(expected.split(" 第")) if expected else paths == []
        assert all(end in path for path, end in zip(paths, _ends(expected), strict=True)), (paths, expected)


def _ends(expected: str) -> list[str]:
    return [("第" if i else "") + end for i, end in enumerate(expected.split(" 第"))] if expected else []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("就業規則第10条の規定", ["就業規則第10条"]),
        ("労働基準法第三十九条第一項及び第四十条", ["労働基準法第39条第1項", "労働基準法第40条"]),
        ("労働基準法（昭和二十二年法律第四十九号）第三十九条（第二項を除く。）、第四十条", ["労働基準法第39条", "労働基準法第39条第2項", "労働基準法第40条"]),
        ("会社法第三条又は同法第五条", ["会社法第3条", "会社法第5条"]),
        ("会社法第三条第二項。同条第三項", ["会社法第3条第2項", "会社法第3条第3項"]),
        ("会社法第三条から第五条まで", ["会社法第3条"]),
        ("社員は、「慶弔見舞金規程」第4条により、旅費規程別表第2", ["慶弔見舞金規程第4条", "旅費規程別表第2"]),
        ("昭和六十年法律第百五号附則第三十一条", ["昭和六十年法律第百五号附則第31条"]),
        ("平成十五年法律第五十七号及び令和元年規則第四号", []),
    ],
)  # fmt: skip
def test_a_reference_to_another_document_keeps_its_title(words: str, named: list[str]) -> None:
    found = references(words, Span(0, len(words)), ("第1条",))
    assert [Address(r.title, r.parts).text for r in found] == named
    assert all(r.is_external and targets(r, ("第1条",), PLACES) == () for r in found)


def test_an_article_named_in_an_amending_rule_is_the_amending_rules_own() -> None:
    path = ("附則（令和六年四月一日規則第四号）抄", "第5条")
    words = "第三条の規定による改正前の規則"
    assert [r.title for r in references(words, Span(0, len(words)), path)] == ["令和六年四月一日規則第四号"]


def test_a_reference_has_the_span_that_says_it() -> None:
    text = "第一条　申請する。\n\n第二条　前条第二項及び第五条から第八条までの規定は、会社法（平成十七年法律第八十六号）第三条による。"
    start = text.index("前条")
    found = references(text, Span(start, len(text)), ("第2条",))
    assert [r.span.of(text) for r in found] == ["前条第二項", "第五条から第八条まで", "会社法（平成十七年法律第八十六号）第三条"]


def test_the_same_article_may_be_named_in_the_sentence_before() -> None:
    text = "第十条の申請は、書面とする。ただし、同条の申請が急ぐときは、この限りでない。"
    start = text.index("ただし")
    found = references(text, Span(start, len(text)), ("第1章 総則", "第1条"))
    assert [(r.span.of(text), r.parts) for r in found] == [("同条", (("条", "10"),))]


@given(st.text(st.sampled_from("第前次同本各二三十条項号から及び、まで（）「」附則別表法規程イ章\n"), max_size=60))
def test_any_text_has_references_in_order(text: str) -> None:
    end = 0
    for reference in references(text, Span(0, len(text)), ("第2条", "第2項")):
        assert isinstance(reference, Reference)
        assert end <= reference.span.start < reference.span.end <= len(text)
        assert all(isinstance(s, Section) for s in targets(reference, ("第1章 総則", "第2条", "第2項"), PLACES))
        end = reference.span.end
