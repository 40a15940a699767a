"""Tests of the reader for PowerPoint: presentations that python-pptx writes, with what only PowerPoint writes put in as XML."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from ingest.inputs import Caution, Problem, SourceFile
from ingest.pptx import read_ppt, read_pptx
from ingest.structure import parse
from rag.errors import UnreadableFile
from rag.types import Document

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TITLE, CONTENT, TWO, TITLE_ONLY, BLANK = 0, 1, 3, 5, 6


class Deck:
    """A presentation in the making."""

    def __init__(self) -> None:
        self.deck = Presentation()

    def slide(self, layout: int = BLANK, title: str = "") -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[layout])
        if title:
            slide.shapes.title.text = title
        return slide

    def read(self, tmp_path: Path) -> list[Document | Problem]:
        path = tmp_path / "資料.pptx"
        self.deck.save(str(path))
        return read(path)

    def text(self, tmp_path: Path) -> str:
        (document,) = self.read(tmp_path)
        assert isinstance(document, Document)
        return document.text


def read(path: Path) -> list[Document | Problem]:
    return list(read_pptx(SourceFile(path, path.name, path.stem)))


def outcome(path: Path) -> str:
    """The text of a file, or why there is none."""
    try:
        return "".join(item.text for item in read(path) if isinstance(item, Document))
    except UnreadableFile as error:
        return str(error)


def box(shapes: Any, words: str, left: float = 1, top: float = 3) -> Any:
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))
    shape.text_frame.text = words
    return shape


def add(paragraph: Any, xml: str) -> None:
    paragraph._p.append(etree.fromstring(f'<a:x xmlns:a="{A}">{xml}</a:x>')[0])


def said(items: list[Document | Problem]) -> str:
    return "\n".join(item.reason for item in items if isinstance(item, Caution))


def test_slides_are_pages_in_order_with_their_notes(tmp_path: Path) -> None:
    deck = Deck()
    first = deck.slide(TITLE, "生成AI利用\vガイド")
    first.placeholders[1].text = "情報システム部"
    second = deck.slide(CONTENT, "利用の原則")
    frame = second.placeholders[1].text_frame
    frame.text = "機密情報を入力しない"
    for words, level in (("個人情報も同じ", 1), ("出力を確かめる\v人が最終判断する", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = words, level
    second.notes_slide.notes_text_frame.text = "ここは強調する。\n質問を受ける。"
    (document,) = deck.read(tmp_path)
    assert isinstance(document, Document)
    assert document.title == "生成AI利用 ガイド"
    one = "# 生成AI利用 ガイド\n\n情報システム部\n\n"
    two = (
        "# 利用の原則\n\n- 機密情報を入力しない\n  - 個人情報も同じ\n- 出力を確かめる\n  人が最終判断する\n\n## ノート\n\n"
        "ここは強調する。\n質問を受ける。\n"
    )
    assert [(page.number, page.span.of(document.text)) for page in document.pages] == [(1, one), (2, two)]
    paths = [section.path for section in parse(document.text).sections]
    assert ("利用の原則", "ノート") in paths


def test_shapes_are_read_from_the_top_left(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(TITLE_ONLY, "題")
    box(slide.shapes, "右", left=5, top=3.1)
    box(slide.shapes, "下", left=1, top=5)
    group = slide.shapes.add_group_shape()
    box(group.shapes, "組の右", left=5, top=4)
    box(group.shapes, "組の左", left=1, top=4)
    box(slide.shapes, "左", left=1, top=3)
    box(slide.shapes, " ", left=1, top=6)
    assert deck.text(tmp_path) == "# 題\n\n左\n\n右\n\n組の左\n\n組の右\n\n下\n"


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("まとめ", "# まとめ"),
        ("これは文であり、題ではない。", "# スライド1\n\nこれは文であり、題ではない。"),
        ("第1章　総則", "第1章　総則"),
    ],
)
def test_a_slide_without_a_title_has_a_heading_all_the_same(tmp_path: Path, words: str, heading: str) -> None:
    deck = Deck()
    slide = deck.slide()
    box(slide.shapes, words)
    box(slide.shapes, "本文", top=4)
    assert deck.text(tmp_path) == f"{heading}\n\n本文\n"


def test_bullets_and_numbers_are_those_that_are_shown(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(CONTENT, "題")
    frame = slide.placeholders[1].text_frame
    marks = [
        ("一つ", '<a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr>'),
        ("内", '<a:pPr lvl="1"><a:buAutoNum type="circleNumDbPlain"/></a:pPr>'),
        ("二つ", '<a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr>'),
        ("内の初め", '<a:pPr lvl="1"><a:buAutoNum type="circleNumDbPlain"/></a:pPr>'),
        ("点なし", "<a:pPr><a:buNone/></a:pPr>"),
        ("五から", '<a:pPr><a:buAutoNum type="arabicParenBoth" startAt="5"/></a:pPr>'),
        ("第3条　条文", ""),
        ("（1）自分の番号", ""),
    ]
    for n, (words, properties) in enumerate(marks):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        paragraph.text = words
        if properties:
            paragraph._p.insert(0, etree.fromstring(properties.replace("<a:pPr", f'<a:pPr xmlns:a="{A}"')))
    assert deck.text(tmp_path).split("\n")[2:-1] == [
        "1. 一つ",
        "  ① 内",
        "2. 二つ",
        "  ① 内の初め",
        "点なし",
        "(5) 五から",
        "第3条　条文",
        "（1）自分の番号",
    ]


def test_runs_keep_raised_marks_and_lose_struck_words(tmp_path: Path) -> None:
    deck = Deck()
    paragraph = box(deck.slide(TITLE_ONLY, "題").shapes, "甲地\t").text_frame.paragraphs[0]
    add(paragraph, '<a:r><a:rPr baseline="30000"/><a:t>注1</a:t></a:r>')
    add(paragraph, '<a:r><a:rPr strike="sngStrike"/><a:t>旧い</a:t></a:r>')
    add(paragraph, '<a:fld id="{0}" type="x"><a:t>と⽤語</a:t></a:fld>')
    items = deck.read(tmp_path)
    assert isinstance(items[0], Document)
    assert items[0].text == "# 題\n\n甲地 <sup>注1</sup>と用語\n"
    assert "取り消し線の付いた文字が1か所" in said(items)


def test_tables_repeat_merged_cells(tmp_path: Path) -> None:
    deck = Deck()
    table = deck.slide(TITLE_ONLY, "題").shapes.add_table(3, 3, 0, Inches(2), Inches(6), Inches(2)).table
    for n, words in enumerate(("区分", "日当", "", "", "国内", "海外", "部長", "3,000\n円", "5,000円")):
        table.cell(n // 3, n % 3).text = words
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    assert deck.text(tmp_path) == "# 題\n\n区分\t日当\t日当\n区分\t国内\t海外\n部長\t3,000 円\t5,000円\n"


def test_charts_are_tables_of_their_figures(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(TITLE_ONLY, "題")
    data = CategoryChartData(number_format='#,##0"件"')
    data.categories = ["2024年", "2025年"]
    data.add_series("問合せ", (1200, None))
    data.add_series("苦情", (3, 4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, Inches(2), Inches(4), Inches(3), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "件数の推移"
    points = XyChartData()
    points.add_series("点").add_data_point(1, 2)
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, Inches(5), Inches(4), Inches(2), points)
    items = deck.read(tmp_path)
    assert isinstance(items[0], Document)
    assert items[0].text == "# 題\n\n件数の推移\n項目\t問合せ\t苦情\n2024年\t1,200件\t3件\n2025年\t\t4件\n"
    assert "スライド1のグラフ1点" in said(items)


def test_the_texts_of_a_diagram_are_a_list(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(TITLE_ONLY, "題")
    point = '<d:pt modelId="{}" type="{}"><d:t><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></d:t></d:pt>'
    points = [
        ("0", "doc", ""),
        ("1", "node", "計画"),
        ("2", "node", "実行"),
        ("3", "node", "目標"),
        ("4", "parTrans", "線"),
        ("5", "pres", ""),
    ]
    link = '<d:cxn modelId="{0}{1}" srcId="{0}" destId="{1}" srcOrd="{2}" destOrd="0"/>'
    links = link.format(0, 2, 1) + link.format(0, 1, 0) + link.format(1, 3, 0) + link.format(3, 1, 0)
    data = f'<d:dataModel xmlns:d="{DIAGRAM}" xmlns:a="{A}"><d:ptLst>{"".join(point.format(*p) for p in points)}</d:ptLst><d:cxnLst>{links}</d:cxnLst></d:dataModel>'
    part = Part(
        PackURI("/ppt/diagrams/data1.xml"),
        "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
        slide.part.package,
        data.encode(),
    )
    name = slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    frame = (
        f'<p:graphicFrame xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{RELATION}" xmlns:d="{DIAGRAM}"><p:nvGraphicFramePr>'
        f'<p:cNvPr id="9" name="図"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/>'
        f'</p:xfrm><a:graphic><a:graphicData uri="{DIAGRAM}"><d:relIds r:dm="{name}"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    slide.shapes._spTree.append(etree.fromstring(frame))
    assert deck.text(tmp_path) == "# 題\n\n- 計画\n  - 目標\n- 実行\n"


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(TITLE_ONLY, "題")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    slide.shapes.add_picture(str(tmp_path / "a.png"), 0, Inches(3))
    box(slide.shapes, "見えない")._element.nvSpPr.cNvPr.set("hidden", "1")
    deck.slide(TITLE_ONLY, "隠す")._element.set("show", "0")
    items = deck.read(tmp_path)
    assert isinstance(items[0], Document)
    assert items[0].text == "# 題\n"
    assert "非表示のスライド2は" in said(items)
    assert "スライド1に画像が1点" in said(items)
    assert "スライド1に非表示の図形が1個" in said(items)


def test_shapes_that_the_library_passes_over_are_read(tmp_path: Path) -> None:
    deck = Deck()
    slide = deck.slide(TITLE_ONLY, "題")
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
    alternative = (
        f'<m:AlternateContent xmlns:m="{markup}" xmlns:p="{P}" xmlns:a="{A}"><m:Choice Requires="x">{shape.format("新しい形")}</m:Choice>'
        f"<m:Fallback>{shape.format('古い形')}</m:Fallback></m:AlternateContent>"
    )
    slide.shapes._spTree.append(etree.fromstring(alternative))
    assert deck.text(tmp_path) == "# 題\n\n新しい形\n"


def test_a_deck_without_text_is_refused(tmp_path: Path) -> None:
    deck = Deck()
    deck.slide()
    with pytest.raises(UnreadableFile, match="文字のあるスライドがない"):
        deck.read(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")]
)
def test_what_is_no_presentation_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pptx").write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"ください。$"):
        read(tmp_path / "a.pptx")


def test_the_old_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ppt").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match=r"\.pptx 形式"):
        next(read_ppt(SourceFile(tmp_path / "a.ppt", "a.ppt", "a")))


@pytest.mark.parametrize(
    "part", ["ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/_rels/presentation.xml.rels", "[Content_Types].xml"]
)
@pytest.mark.parametrize("damage", ["half", "none", "other"])
def test_damaged_parts_never_raise_anything_else(tmp_path: Path, part: str, damage: str) -> None:
    deck = Deck()
    box(deck.slide(TITLE_ONLY, "題").shapes, "本文")
    deck.deck.save(str(tmp_path / "whole.pptx"))
    with ZipFile(tmp_path / "whole.pptx") as whole, ZipFile(tmp_path / "a.pptx", "w") as broken:
        for name in whole.namelist():
            data = whole.read(name)
            if name != part:
                broken.writestr(name, data)
            elif damage != "none":
                broken.writestr(name, data[: len(data) // 2] if damage == "half" else b"<x><y/></x>")
    assert outcome(tmp_path / "a.pptx").endswith(("\n", "ください。"))
