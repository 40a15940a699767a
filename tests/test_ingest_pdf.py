from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, SimpleDocTemplate, Table, TableStyle

from ingest import pdfsheet
from ingest.inputs import Caution, SourceFile
from ingest.pdf import read_pdf
from ingest.render import page_image
from rag.errors import UnreadableFile
from rag.layout import Box
from rag.radicals import repaired
from rag.types import Document

MINCHO = Path("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf")
GOTHIC = Path("/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf")
pytestmark = pytest.mark.skipif(not MINCHO.exists() or not GOTHIC.exists(), reason="needs the IPA fonts")

SIZE = 10.5
_WHO = ("総務部長", "情報管理責任者", "所属の長", "監査委員会", "利用者", "委託を受けた者")
_WHAT = ("個人情報の取扱い", "生成ＡＩの利用", "旅費の精算", "文書の保存期間", "アクセス権限の見直し", "研修の受講状況")
_HOW = (
    "速やかに委員会に報告しなければならない",
    "毎年度末までに記録し五年間保存するものとする",
    "理由を付した書面で承認を得るものとする",
)


def planted(count: int) -> list[str]:
    """Distinct sentences of many lengths."""
    choose = random.Random(7).choice
    return [
        f"{choose(_WHO)}は、番号{n}の{choose(_WHAT)}について、{'やむを得ない事情があると認められる場合を除き、' * (n % 3)}{choose(_HOW)}。"
        for n in range(count)
    ]


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    if MINCHO.exists() and GOTHIC.exists():
        pdfmetrics.registerFont(TTFont("mincho", str(MINCHO)))
        pdfmetrics.registerFont(TTFont("gothic", str(GOTHIC)))
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))


def read(path: Path) -> tuple[Document, list[Caution]]:
    found = list(read_pdf(SourceFile(path, path.name, path.stem)))
    [document] = [one for one in found if isinstance(one, Document)]
    return document, [one for one in found if isinstance(one, Caution)]


def drawn(path: Path, *pages: Callable[[Canvas], None]) -> Path:
    """A PDF whose pages the functions draw."""
    canvas = Canvas(str(path), pagesize=A4)
    for page in pages:
        canvas.setFont("mincho", SIZE)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def lines(*words: str, x: float = 80, y: float = 780, font: str = "mincho", size: float = SIZE) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for n, line in enumerate(words):
            canvas.drawString(x, y - 1.7 * size * n, line)

    return draw


def both(*parts: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        for part in parts:
            part(canvas)

    return draw


# Exactness, layout by layout


def columns(path: Path, font: str, count: int, paragraphs: Sequence[str]) -> Path:
    def edges(canvas: Canvas, template: BaseDocTemplate) -> None:
        canvas.setFont(font, 8)
        canvas.drawString(60, 812, "試験規程集（令和六年版）")
        canvas.drawCentredString(297, 25, f"- {template.page} -")

    width = (A4[0] - 120 - 24 * (count - 1)) / count
    frames = [Frame(60 + n * (width + 24), 50, width, 735, leftPadding=0, rightPadding=0) for n in range(count)]
    template = BaseDocTemplate(str(path), pagesize=A4)
    template.addPageTemplates([PageTemplate(frames=frames, onPage=edges)])
    style = ParagraphStyle("x", fontName=font, fontSize=SIZE, leading=1.7 * SIZE, wordWrap="CJK")
    template.build([Paragraph(words, style) for words in paragraphs])
    return path


def articles(sentences: Sequence[str]) -> list[str]:
    """Articles of one to three sentences."""
    found, start = [], 0
    while start < len(sentences):
        end = start + 1 + start % 3
        found.append(f"第{len(found) + 1}条 {''.join(sentences[start:end])}")
        start = end
    return found


def vertical(path: Path, paragraphs: Sequence[str], per_line: int = 45) -> Path:
    """Characters set one below the other in lines from right to left."""
    canvas = Canvas(str(path), pagesize=A4)
    x = 520.0
    canvas.setFont("mincho", SIZE)
    for words in paragraphs:
        start = 0
        while start < len(words):
            end = start + per_line + (words[start + per_line : start + per_line + 1] in ("。", "、"))
            if x < 60:
                canvas.showPage()
                canvas.setFont("mincho", SIZE)
                x = 520.0
            for n, char in enumerate(words[start:end]):
                canvas.drawString(x, 770 - n * SIZE, char)
            start, x = end, x - 1.8 * SIZE
    canvas.save()
    return path


def tabled(path: Path, font: str, sentences: Sequence[str]) -> Path:
    style = ParagraphStyle("x", fontName=font, fontSize=9, leading=13, wordWrap="CJK")
    rows = [[str(n), *(Paragraph(s, style) for s in sentences[n : n + 2])] for n in range(0, len(sentences), 2)]
    table = Table([["番号", "規定", "備考"], *rows], colWidths=[40, 220, 220], repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONTNAME", (0, 0), (-1, -1), font)]))
    SimpleDocTemplate(str(path), pagesize=A4).build([table])
    return path


def flowing(path: Path, paragraphs: Sequence[str]) -> Path:
    """The same by another program, with a page number at the foot."""

    class Pages(FPDF):
        def footer(self) -> None:
            self.set_y(-15)
            self.cell(0, 5, f"{self.page_no()}/{{nb}}", align="C")

    pdf = Pages()
    pdf.add_font("mincho", "", str(MINCHO))
    pdf.set_font("mincho", size=SIZE)
    pdf.add_page()
    for words in paragraphs:
        pdf.multi_cell(0, 7, words, new_x="LMARGIN", new_y="NEXT", align="L", wrapmode="CHAR")
    pdf.output(str(path))
    return path


SENTENCES = planted(200)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("one column", lambda p: columns(p, "mincho", 1, articles(SENTENCES))),
        ("one column, font not embedded", lambda p: columns(p, "HeiseiMin-W3", 1, articles(SENTENCES))),
        ("two columns", lambda p: columns(p, "mincho", 2, articles(SENTENCES))),
        ("vertical", lambda p: vertical(p, articles(SENTENCES))),
        ("tables", lambda p: tabled(p, "mincho", SENTENCES)),
        ("another program", lambda p: flowing(p, articles(SENTENCES))),
    ],
)
def test_every_planted_sentence_is_found_verbatim_on_its_page(name: str, make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path / "rules.pdf")
    document, cautions = read(path)
    pages = [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pdfium.PdfDocument(path)]
    assert document.layout is not None
    exact = 0
    for sentence in SENTENCES:
        at = document.text.find(sentence)
        if at < 0:
            continue
        rows = document.layout.rows()[at : at + len(sentence)]
        assert (rows[:, 0] > 0).all()
        on_page = Counter(rows[:, 0].tolist()).most_common(1)[0][0]
        number = re.findall(r"番号\d+", sentence)[0]
        assert on_page in (n for n, words in enumerate(pages, 1) if number in words) or len(set(rows[:, 0])) > 1
        exact += 1
    assert exact >= 0.99 * len(SENTENCES), name
    assert not cautions
    assert "試験規程集" not in document.text
    assert [p.number for p in document.pages] == list(range(1, len(pages) + 1))
    assert "".join(p.span.of(document.text) for p in document.pages) == document.text


def ink(path: Path, number: int, boxes: Sequence[Box]) -> tuple[int, int]:
    """How many dark pixels of a page lie inside and outside of the boxes."""
    image = pdfium.PdfDocument(path)[number - 1].render(scale=3, grayscale=True).to_pil()
    mask = Image.new("L", image.size)
    for box in boxes:
        w, h = image.size
        ImageDraw.Draw(mask).rectangle((box.left * w - 1, box.top * h - 1, box.right * w + 1, box.bottom * h + 1), fill=1)
    dark, inside = np.array(image) < 128, np.array(mask) > 0
    return int((dark & inside).sum()), int((dark & ~inside).sum())


@pytest.mark.parametrize("make", [lambda p: columns(p, "mincho", 2, SENTENCES[:6]), lambda p: vertical(p, SENTENCES[:6])])
def test_the_boxes_of_a_quote_hold_its_ink_and_no_more(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path / "rules.pdf")
    document, _ = read(path)
    assert document.layout is not None
    every, none = ink(path, 1, [Box(1, 0, 0.06, 1, 0.95)]), ink(path, 1, [])
    whole = document.layout.boxes(0, len(document.text))
    inside, outside = ink(path, 1, whole)
    assert inside == every[0] or inside >= 0.999 * every[0]
    at = document.text.index(SENTENCES[2])
    quoted, rest = ink(path, 1, document.layout.boxes(at, at + len(SENTENCES[2])))
    others = [*document.layout.boxes(0, at), *document.layout.boxes(at + len(SENTENCES[2]), len(document.text))]
    assert quoted > 500
    assert abs((inside - quoted) - ink(path, 1, others)[0]) < 0.01 * inside
    assert rest + quoted == none[1] == inside + outside


# Reading order and what is left out


def test_a_sentence_over_the_page_break_is_not_cut_by_the_footnote(tmp_path: Path) -> None:
    def first(canvas: Canvas) -> None:
        lines("第１条　この規程は、職員が守るべき事項を定めることを目的とし、職員は、別に", "定める手引")(canvas)
        canvas.setFont("mincho", 6)
        canvas.drawString(80 + 5 * SIZE, 767, "1")
        canvas.setFont("mincho", SIZE)
        canvas.drawString(80 + 5 * SIZE + 4, 762.15, "に従い、誠実かつ公正に職務を遂行しなければならないものと")
        canvas.setFont("mincho", 5)
        canvas.drawString(80, 100, "1")
        canvas.setFont("mincho", 8)
        canvas.drawString(84, 97, "手引は、総務部が毎年四月に改める。")

    document, _ = read(
        drawn(tmp_path / "a.pdf", first, lines("し、これを怠ってはならない。", "２　前項の規定は、役員に準用する。"))
    )
    assert document.text == (
        "第１条　この規程は、職員が守るべき事項を定めることを目的とし、職員は、別に定める手引<sup>1</sup>に従い、"
        "誠実かつ公正に職務を遂行しなければならないものとし、これを怠ってはならない。\n\n"
        "<sup>1</sup> 手引は、総務部が毎年四月に改める。\n２　前項の規定は、役員に準用する。\n"
    )
    assert document.layout is not None
    note = document.text.index("総務部")
    assert document.layout.boxes(note, note + 3)[0].page == 1
    assert document.pages[1].span.of(document.text).startswith("し、これを怠っ")


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        body = lines(*(f"第{number * 3 + k}条　番号{number * 3 + k}の規定による。" for k in range(3)), y=760)
        head = lines(f"文書管理規程　第{number}版の写し", y=815, size=8)
        return both(body, head, lines(f"{number} ／ 4 ページ", x=260, y=30, size=9))

    document, _ = read(drawn(tmp_path / "a.pdf", *(page(n) for n in range(1, 5))))
    assert "管理規程" not in document.text
    assert "ページ" not in document.text
    assert document.text.count("の規定による。") == 12


def test_the_same_first_lines_on_all_pages_are_no_running_heads(tmp_path: Path) -> None:
    page = lines(*(f"{k}　同じ文がどのページにもある。" for k in range(1, 30)), y=800)
    document, _ = read(drawn(tmp_path / "a.pdf", *[page] * 4))
    assert document.text.count("同じ文がどのページにもある。") == 4 * 29


def test_headings_show_by_their_type_unless_their_words_show_them(tmp_path: Path) -> None:
    page = both(
        lines("情報セキュリティ規程", x=200, y=790, size=18),
        lines("第１章　総則", y=750, size=14),
        lines("目的", y=720, font="gothic"),
        lines(*["この規程は、情報の管理に関し必要な事項を定めることを目的とする。"] * 3, y=700),
    )
    document, _ = read(drawn(tmp_path / "a.pdf", page))
    assert document.title == "情報セキュリティ規程"
    assert [line for line in document.text.splitlines() if line][:3] == ["# 情報セキュリティ規程", "第１章　総則", "### 目的"]


def test_columns_are_read_around_what_stands_across_them(tmp_path: Path) -> None:
    left = [f"左の段の第{n}行は段の幅いっぱいに書かれて" for n in range(6)]
    right = [f"右の段の第{n}行も段の幅いっぱいに書かれて" for n in range(6)]
    page = both(
        lines("二つの段にまたがる見出しがここに大きく置かれる", x=140, y=790, size=15),
        lines(*left, x=60, y=750),
        lines(*right, x=310, y=750),
        lines("前の二つの段と後の二つの段の間に置かれて両方の段にまたがる一行である。", x=80, y=620),
        lines(*[w.replace("段", "列") for w in left], x=60, y=580),
        lines(*[w.replace("段", "列") for w in right], x=310, y=580),
    )
    text = read(drawn(tmp_path / "a.pdf", page))[0].text
    marks = [
        "見出し",
        "左の段の第0",
        "左の段の第5",
        "右の段の第0",
        "右の段の第5",
        "一行である",
        "左の列の第0",
        "左の列の第5",
        "右の列の第0",
    ]
    assert [text.index(mark) for mark in marks] == sorted(text.index(mark) for mark in marks)
    assert "書かれて左の段の第1行" in text


def test_ruled_tables_become_rows_with_merged_cells_repeated(tmp_path: Path) -> None:
    style = ParagraphStyle("x", fontName="mincho", fontSize=9, leading=13, wordWrap="CJK")
    long = "宿泊を伴う出張であって、特に必要があると認められるものに限り支給する。"
    rows = [
        ["区分", "支給する額", ""],
        ["", "宿泊料", "日当"],
        ["役員", "15,000円", "3,000円"],
        ["職員", Paragraph(long, style), "2,000円"],
    ]
    table = Table(rows, colWidths=[60, 100, 80])
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    table.setStyle(TableStyle([*spans, ("FONTNAME", (0, 0), (-1, -1), "mincho")]))
    path = tmp_path / "a.pdf"
    SimpleDocTemplate(str(path), pagesize=A4).build([table])
    assert read(path)[0].text.splitlines() == [
        "区分\t支給する額\t支給する額",
        "区分\t宿泊料\t日当",
        "役員\t15,000円\t3,000円",
        f"職員\t{long}\t2,000円",
    ]


def test_cells_that_only_stand_below_each_other_become_rows(tmp_path: Path) -> None:
    cells = [("部署", "責任者", "電話"), ("総務部", "部長", "内線100"), ("経理部", "課長", "内線200")]
    page = both(*(lines(*(row[n] for row in cells), x=80 + 150 * n) for n in range(3)))
    assert read(drawn(tmp_path / "a.pdf", page))[0].text.splitlines() == ["\t".join(row) for row in cells]


def test_ruby_is_left_out_and_turned_pages_are_read(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        lines("瑕疵のある行為は、その責めを負う。", y=500)(canvas)
        lines("かし", x=82, y=500 + SIZE, size=5)(canvas)

    path = drawn(tmp_path / "a.pdf", page)
    document, _ = read(path)
    assert document.text == "瑕疵のある行為は、その責めを負う。\n"
    assert document.layout is not None
    inside, outside = ink(path, 1, document.layout.boxes(0, len(document.text)))
    assert inside > 10 * outside  # what is left is the ruby


def test_words_in_form_fields_are_read(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines("申請者の氏名は、次のとおりとする。")(canvas)
        canvas.acroForm.textfield(value="Tanaka", x=80, y=600, width=120, height=20)

    assert "Tanaka" in read(drawn(tmp_path / "a.pdf", page))[0].text


# What cannot be read


def test_unmapped_characters_are_counted_by_page(tmp_path: Path) -> None:
    page = lines("この規程は、\ue123\ue124という文字を含むが、ほかの文字は全て読むことができる。")
    document, cautions = read(drawn(tmp_path / "a.pdf", lines("前の頁である。"), page))
    assert "この規程は、��という文字" in document.text
    assert [c.reason[:30] for c in cautions] == ["文字の対応表が壊れていて読み取れない文字が2字あります（2ペ"]


def scan(path: Path, tmp_path: Path) -> Path:
    source = drawn(tmp_path / "source.pdf", lines("第一条　この規程は、職員に適用する。", size=16, x=60))
    image = tmp_path / "scan.png"
    pdfium.PdfDocument(source)[0].render(scale=3).to_pil().save(image)
    return drawn(path, lambda canvas: canvas.drawImage(str(image), 0, 0, *A4), lines("二頁目の文は、文字である。"))


def test_scans_are_named_where_no_recognition_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfsheet, "_ocr", lambda: None)
    document, [caution] = read(scan(tmp_path / "a.pdf", tmp_path))
    assert document.text == "二頁目の文は、文字である。\n"
    assert caution.reason.startswith("1ページは画像だけ")
    assert "Tesseract" in caution.reason


def test_scans_are_recognised(tmp_path: Path) -> None:
    if pdfsheet._ocr() is None:
        pytest.skip("needs tesseract")
    document, _ = read(scan(tmp_path / "a.pdf", tmp_path))
    assert "この規程は" in document.text
    assert document.pages[0].confidence is not None
    assert document.pages[1].confidence is None


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "壊れている"), (b"%PDF-1.7\n%junk", "壊れている"), (b"<html></html>", "壊れている")],
)
def test_files_that_are_no_pdf_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=words):
        read(path)


def test_encrypted_and_empty_files_are_named_as_such(tmp_path: Path) -> None:
    for name in ("blank.pdf", "locked.pdf"):
        pdf = FPDF()
        pdf.add_page()
        if name == "locked.pdf":
            pdf.set_encryption("owner", user_password="user")
        pdf.output(str(tmp_path / name))
    with pytest.raises(UnreadableFile, match="パスワード"):
        read(tmp_path / "locked.pdf")
    with pytest.raises(UnreadableFile, match="読み取れる文字がない"):
        read(tmp_path / "blank.pdf")


# Small parts


def test_radicals_become_kanji_of_the_same_length() -> None:
    assert repaired("規程の適⽤は⻄⽇本の⺠間事業者に限る") == "規程の適用は西日本の民間事業者に限る"
    assert repaired("髙島・﨑山・①") == "髙島・﨑山・①"


def test_page_images_show_the_boxes(tmp_path: Path) -> None:
    path = columns(tmp_path / "a.pdf", "mincho", 1, SENTENCES[:3])
    document, _ = read(path)
    assert document.layout is not None
    boxes = document.layout.boxes(0, len(SENTENCES[0]))
    image = Image.open(BytesIO(page_image(path, 1, boxes, 800)))
    assert image.width == 800
    x, y = boxes[0].right * image.width - 2, boxes[0].top * image.height + 2
    red, green, blue = image.getpixel((int(x), int(y)))  # type: ignore[misc]
    assert blue < 200 < min(red, green)
    assert image.getpixel((5, 5)) == (255, 255, 255)
    image.save(tmp_path / "a.png")
    assert Image.open(BytesIO(page_image(tmp_path / "a.png", 1, [Box(1, 0, 0, 0.5, 0.5)], 400))).width == 400
    with pytest.raises(UnreadableFile, match="9ページがない"):
        page_image(path, 9, [])
