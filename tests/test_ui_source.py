"""The source page: nothing lost, nothing added, nothing executed, and exactly the cited words marked."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ingest.decoding import decode
from ingest.structure import parse
from rag.types import Document, Span
from ui.source import AROUND, WHOLE, source_page, text_html, window

CORPUS = Path(__file__).parents[1] / "corpus"
LINES = (
    "## 第2章 利用の手続", "### 第5条（利用できるサービス）", "第一条　この規則は、社員について定める。", "（目的）", "１　前項の場合", "- (1) **経費** 費用をいう。",
    "区分\t金額", "日当\t2,400円\t半日は半額", "| 区分 | 金額 |", "|---|---|", "| 日当 | 2,400円<br>半日は半額 |", "|x|", "||", "| a \\| b | c", "---", "",
    "　　", "<script>alert(1)</script>", "A & B <b>太字</b> \"引用\" 'x'", "注1　<sup>1</sup> **片方だけ", "![画像](http://example.com/a.png)", "\t", "a\r", "- 3 -",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=14).map("\n".join),
    st.text(alphabet=st.sampled_from("|\t\n\r *<>&\"'#-あ第1条a/brsup"), max_size=80),
)


class Reader(HTMLParser):
    """Reads a page back: all of its text, the text of its marks, the displayed text of its marks, and the tags used."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = self.marked = self.seen = ""
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in ("br", "meta"):
            self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if any(tag == "mark" for tag, _ in self._open):
            self.marked += data
            if not any(attributes.get("class") == "syn" for _, attributes in self._open):
                self.seen += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader._open
    return reader


@st.composite
def cited_texts(draw: st.DrawFn) -> tuple[str, Span, tuple[Span, ...]]:
    text = draw(TEXTS)
    places = st.integers(0, len(text))
    spans = [Span(*sorted((draw(places), draw(places)))) for _ in range(draw(st.integers(1, 3)))]
    return text, spans[0], tuple(spans[1:])


@given(cited_texts())
def test_every_character_is_there_and_the_mark_is_the_quote(example: tuple[str, Span, tuple[Span, ...]]) -> None:
    text, cited, also = example
    page = read(text_html(text, Span(0, len(text)), cited, also, parse(text).sections))
    assert page.text == text
    assert page.marked == cited.of(text)
    assert page.ids == (["cited"] if page.seen.strip() else [])
    assert page.tags <= {"div", "span", "mark", "br", "table", "tbody", "tr", "td", "th"}


@given(cited_texts(), st.data())
def test_a_part_of_a_text_reads_the_same(example: tuple[str, Span, tuple[Span, ...]], data: st.DataObject) -> None:
    text, cited, also = example
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    page = read(text_html(text, Span(start, end), cited, also))
    assert page.text == text[start:end]
    assert page.marked == text[max(start, cited.start) : max(start, min(end, cited.end))]


@given(cited_texts())
def test_a_browser_s_parser_sees_the_same(example: tuple[str, Span, tuple[Span, ...]]) -> None:
    """lxml follows libxml2's HTML rules: an unescaped character or a misnested table would show."""
    text, cited, _ = example
    page = source_page(Document("a", "", "a.txt", "題", text), cited)
    tree = lxml_html.document_fromstring(page)
    assert "".join(tree.find(".//main").itertext()) == text
    assert "".join("".join(mark.itertext()) for mark in tree.iter("mark")) == cited.of(text)


def test_nothing_from_a_document_is_executed_or_loaded() -> None:
    text = '<script>alert(1)</script>\n<img src=x onerror=alert(2)>\n[a](javascript:alert(3))\n"><svg/onload=alert(4)>\n| <iframe src=//x> | b |\n'
    page = source_page(Document("a", "1", "a.md", "</title><script>alert(5)</script>", text), Span(0, 10))
    tree = lxml_html.document_fromstring(page)
    assert [script.text for script in tree.iter("script")] == [next(tree.iter("script")).text]
    assert "alert" not in next(tree.iter("script")).text
    assert not list(tree.iter("img", "iframe", "a", "svg", "link"))
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy[0].startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_pipe_rows_are_a_table_and_the_cited_row_is_marked_in_its_cells() -> None:
    text = "次の表による。\n\n| 区分 | 金額 |\n|---|---|\n| 日当 | 2,400円 |\n| 宿泊 | 9,000円 |\n\n以上"
    row = "| 日当 | 2,400円 |"
    tree = lxml_html.fragment_fromstring(text_html(text, Span(0, len(text)), _find(text, row)), create_parent="main")
    cells = [
        ["".join(t for t in cell.xpath(".//text()[not(ancestor::*[@class='syn'])]")).strip() for cell in tr]
        for tr in tree.iter("tr")
    ]
    assert cells == [["区分", "金額"], [""], ["日当", "2,400円"], ["宿泊", "9,000円"]]
    assert [tr.get("class") for tr in tree.iter("tr")] == [None, "syn", None, None]
    assert [cell.tag for cell in next(tree.iter("tr"))] == ["th", "th"]
    assert "".join("".join(m.itertext()) for m in tree.iter("mark")) == row
    assert tree.xpath("//mark[@id='cited']")[0].text.strip() == "日当"


def test_tab_rows_are_a_table_with_blank_cells_kept() -> None:
    text = "区分\t職\t額\n役員\t社長\t一万円\n\t取締役\t八千円\n備考　端数は切り捨てる。"
    tree = lxml_html.fragment_fromstring(
        text_html(text, Span(0, len(text)), _find(text, "\t取締役\t八千円")), create_parent="main"
    )
    assert [len(tr) for tr in tree.iter("tr")] == [3, 3, 3]
    assert "".join("".join(m.itertext()) for m in tree.iter("mark")) == "\t取締役\t八千円"
    assert tree.xpath("//mark[@id='cited']")[0].text == "取締役"
    assert "備考" not in "".join(next(tree.iter("table")).itertext())


def test_mark_up_is_there_but_not_displayed() -> None:
    text = "## 第2章 総則\n\n- (1) **経費** 費用<sup>1</sup>をいう。"
    tree = lxml_html.fragment_fromstring(text_html(text, Span(0, len(text)), Span(0, 0)), create_parent="main")
    assert tree.xpath("string(//*[@role='heading']/text()[not(ancestor::*[@class='syn'])])").strip() == "第2章 総則"
    assert tree.xpath("//*[@class='b']/text()") == ["経費"]
    assert tree.xpath("//*[@class='sup']/text()") == ["1"]
    assert "".join(tree.itertext()) == text


def test_what_html_cannot_hold_becomes_the_replacement_character() -> None:
    text = "甲\0乙\ud800丙"
    page = text_html(text, Span(0, len(text)), Span(0, len(text)))
    assert read(page).marked == "甲\ufffd乙\ufffd丙"
    page.encode("utf-8")


def test_other_words_of_the_answer_are_marked_lightly() -> None:
    text = "甲は乙とする。ただし、丙を除く。"
    page = text_html(text, Span(0, len(text)), Span(7, 16), (Span(0, 7), Span(5, 9)))
    assert (
        page
        == '<div class="text"><span class="also">甲は乙とす</span><span class="also">る。</span><mark id="cited">ただ</mark><mark>し、丙を除く。</mark></div>'
    )


def test_two_clicks_give_two_pages() -> None:
    document = Document("a", "", "a.txt", "規程", "第一条　甲。")
    assert source_page(document, Span(0, 3), click=1) != source_page(document, Span(0, 3), click=2)
    assert source_page(document, Span(0, 3), click=1) == source_page(document, Span(0, 3), click=1)


# Long documents


LONG = "\n".join(f"（見出し{n}）\n第{n}条　{'この条の定めは次のとおりとする。' * 12}" for n in range(1, 700))


def test_a_short_document_is_shown_whole() -> None:
    assert window("あ" * WHOLE, Span(5, 9)) == Span(0, WHOLE)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.97, 1.0])
def test_of_a_long_document_whole_sections_around_the_words_are_shown(share: float) -> None:
    sections = parse(LONG).sections
    at = int(share * (len(LONG) - 20))
    shown = window(LONG, Span(at, at + 20), sections)
    assert shown.covers(Span(max(0, at - AROUND), min(len(LONG), at + 20 + AROUND)))
    assert len(shown) < 4 * AROUND + 20
    assert {shown.start, shown.end} <= {0, len(LONG), *(s.span.start for s in sections)}
    page = source_page(Document("a", "", "a.txt", "長い規程", LONG), Span(at, at + 20), sections=sections)
    assert ("これより前の" in page) == (shown.start > 0)
    assert ("これより後の" in page) == (shown.end < len(LONG))
    assert read(page).marked == LONG[at : at + 20]


def test_a_long_document_without_sections_is_cut_at_lines() -> None:
    text = "\n".join("あ" * 99 for _ in range(2000))
    shown = window(text, Span(100_000, 100_010))
    assert text[shown.start - 1] == text[shown.end - 1] == "\n"
    assert len(shown) < 2 * AROUND + 300


def test_a_long_document_of_one_line_is_still_shown() -> None:
    text = "あ" * 200_000
    assert window(text, Span(100_000, 100_010)).covers(Span(100_000, 100_010))


@pytest.mark.parametrize("file", sorted(p.name for p in CORPUS.glob("*.[mt]*")))
def test_the_sample_documents_read_the_same(file: str) -> None:
    text = decode((CORPUS / file).read_bytes())
    structure = parse(text)
    for unit in structure.units[:: max(1, len(structure.units) // 15)]:
        page = read(text_html(text, Span(0, len(text)), unit.span, unit.context, structure.sections))
        assert page.text == text
        assert page.marked == unit.span.of(text)
        assert page.ids == ["cited"]


def _find(text: str, words: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words))
