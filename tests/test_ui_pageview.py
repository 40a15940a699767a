"""The pages of the original: as the app shows them beside an answer, and as `tenkyo docs page` writes them."""

from __future__ import annotations

import base64
import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image, ImageChops
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from rag.errors import InputError
from rag.snapshot import ORIGINALS, Snapshot
from rag.types import Document, Page, Span
from ui.command import DONE, main
from ui.labels import page_name
from ui.pageview import boxes, original, quoted_page

APP = Path(__file__).parents[1] / "ui" / "app.py"
FONT = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf"
PAGES = (
    (
        "旅費規程",
        "",
        "第１条　この規程は、社員の出張旅費について定める。",
        "第２条　旅費の精算は、出張が終わった日から十日以内に行う。",
    ),
    ("第３条　宿泊料の上限は、一泊につき一万二千円とする。", "第４条　航空機を利用する者は、出発の日の"),
    ("七日前までに部長の承認を受けなければならない。", "第５条　この規程の改廃は、取締役会が決める。"),
)
SETTLE, FLIGHT, LIMIT, ROOM = (
    "旅費の精算は、出張が終わった日から何日以内に行いますか。",
    "航空機を利用する者は、何日前までに部長の承認を受けますか。",
    "宿泊料の上限は、一泊につきいくらですか。",
    "第一会議室の定員は何人ですか。",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "docs").mkdir()
    write_pdf(folder / "docs" / "travel.pdf")
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.title = "別表1"
    for row in (("会議室", "定員"), ("第一会議室", "12人"), ("第二会議室", "6人")):
        sheet.append(row)
    book.save(folder / "docs" / "rooms.xlsx")
    (folder / "docs" / "manifest.yaml").write_text(
        'documents:\n  - {file: travel.pdf, title: 旅費規程, version: "2.0", effective_from: 2026-04-01}\n', encoding="utf-8"
    )
    ingest([folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    return folder / "index"


def write_pdf(file: Path) -> None:
    if not Path(FONT).is_file():
        pytest.skip("needs the IPA fonts")
    pdfmetrics.registerFont(TTFont("ipam", FONT))
    canvas = Canvas(str(file), (595, 842))
    for lines in PAGES:
        canvas.setFont("ipam", 14)
        for n, line in enumerate(lines):
            canvas.drawString(60, 760 - 30 * n, line)
        canvas.showPage()
    canvas.save()


@pytest.fixture
def app(index: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("TENKYO_INDEX", str(index))
    return AppTest.from_file(APP, default_timeout=60).run()


def opened(app: AppTest, question: str) -> AppTest:
    """The app with the question asked and its first citation open."""
    app.chat_input[0].set_value(question).run()
    return app.button(key="chip-0-0-0").click().run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def frame(app: AppTest) -> str:
    return str(app.get("iframe")[0].proto.srcdoc)


def picture(page: str) -> Image.Image:
    found = re.search(r'<img src="data:image/png;base64,([^"]+)"', page)
    assert found, page[:500]
    return Image.open(BytesIO(base64.b64decode(found[1]))).convert("RGB")


def marked(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The smallest rectangle that holds all of the image that is marked."""
    red, _, blue = image.split()
    return ImageChops.subtract(red, blue).point([255 * (n > 60) for n in range(256)]).getbbox()


# In the app


def test_the_page_of_the_original_is_shown_with_the_words_marked(app: AppTest) -> None:
    page = frame(opened(app, SETTLE))
    image = picture(page)
    left, top, right, bottom = marked(image) or pytest.fail("nothing is marked")
    scale = image.width / 595
    assert abs(left - 60 * scale) < 60 * scale  # 第２条　 may or may not belong to the quote
    assert 842 - 670 - 18 < top / scale < bottom / scale < 842 - 670 + 8
    assert right / scale > 400
    assert '<i id="cited" style="left:' in page
    assert 'alt="旅費規程 1ページの原本（しるしの文言: ' in page
    assert "1 / 3ページ" in shown(app)
    assert app.button(key="leaf-before").disabled
    assert "<mark" not in page


def test_the_text_is_one_click_away_and_stays_chosen(app: AppTest) -> None:
    opened(app, SETTLE)
    app.segmented_control(key="view").set_value("本文").run()
    assert '<mark id="cited">' in frame(app)
    app.button(key="close").click().run()
    assert not app.get("iframe")
    app.button(key="chip-0-0-0").click().run()
    assert '<mark id="cited">' in frame(app)
    assert not [b for b in app.button if (b.key or "").startswith("leaf")]


def test_a_quote_over_two_pages_is_followed_by_turning_the_page(app: AppTest) -> None:
    opened(app, FLIGHT)
    assert "2〜3ページ" in shown(app)
    assert "2 / 3ページ" in shown(app)
    assert marked(picture(frame(app)))
    app.button(key="leaf-after").click().run()
    assert "3 / 3ページ" in shown(app)
    assert marked(picture(frame(app)))
    assert app.button(key="leaf-after").disabled
    for _ in range(2):
        app.button(key="leaf-before").click().run()
    assert marked(picture(frame(app))) is None
    assert "しるしはありません" in frame(app)
    app.button(key="reference-0-0").click().run()
    assert "2 / 3ページ" in shown(app)


def test_a_copy_that_cannot_be_drawn_gives_way_to_the_text(app: AppTest, index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        file = snapshot.folder / ORIGINALS / snapshot.row("travel", "2.0").origin.original
    whole = file.read_bytes()
    app.chat_input[0].set_value(LIMIT).run()
    try:
        file.write_bytes(b"%PDF-1.4\n" + b"x" * (len(whole) - 9))
        app.button(key="chip-0-0-0").click().run()
        assert "原本のページを示せず、本文を示しています: PDF として開けない" in shown(app)
        assert "一万二千円とする。</mark>" in frame(app)
    finally:
        file.write_bytes(whole)


def test_a_sheet_is_named_and_has_no_page(app: AppTest) -> None:
    opened(app, ROOM)
    assert "<span>シート 別表1</span>" in shown(app)
    assert '<mark id="cited">' in frame(app)
    assert not app.segmented_control


def test_the_answer_says_by_which_version_it_was_given(app: AppTest) -> None:
    app.date_input[0].set_value(date(2026, 11, 1)).run()
    app.chat_input[0].set_value(SETTLE).run()
    assert '<p class="tk-small tk-by">旅費規程: 2026-04-01施行の版（2.0）による</p>' in shown(app)


def test_the_documents_page_shows_the_report_and_the_pages_of_a_document(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_INDEX", str(index))

    def page() -> None:
        from ui.documents_page import documents_page

        documents_page()

    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["doc"] = "travel"
    app.run().segmented_control(key="view-travel").set_value("登録の報告").run()
    assert "<dt>ページ・シート</dt><dd>3</dd>" in shown(app)
    assert "<dt>箇所に入った文字</dt><dd>100.0%</dd>" in shown(app)
    app.segmented_control(key="view-travel").set_value("本文").run()
    app.number_input[0].set_value(2).run()
    assert "2ページの原本" in frame(app)
    app.segmented_control(key="as-travel").set_value("本文").run()
    assert "<main>" in frame(app)


# By the command


def test_the_command_writes_the_page_with_the_words_marked(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.png"
    asked = ["docs", "page", "travel", "--page", "2", "--out", str(out), "--index", str(index)]
    assert main(asked) == DONE
    with Image.open(out) as image:
        assert marked(image.convert("RGB")) is None
    assert main([*asked, "--quote", "一万二千円", "--version", "2.0"]) == DONE
    with Image.open(out) as image:
        left, top, right, bottom = marked(image.convert("RGB")) or pytest.fail("nothing is marked")
        scale = image.width / 595
    assert 5 * 14 - 8 < (right - left) / scale < 5 * 14 + 8
    assert 14 - 6 < (bottom - top) / scale < 14 + 12
    assert "「旅費規程」の2ページ" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("doc", "number", "quote", "words"),
    [
        ("travel", 9, "", ("9ページはない", "1から3")),
        ("travel", 1, "一万二千円", ("1ページにない", "2ページを指定")),
        ("travel", 1, "百万円", ("1ページにない", "本文にある文言")),
        ("rooms", 1, "", ("rooms.xlsx", "PDFか画像")),
    ],
)
def test_what_cannot_be_written_is_told_in_a_sentence(
    index: Path, doc: str, number: int, quote: str, words: tuple[str, ...]
) -> None:
    with Snapshot.open(index) as snapshot:
        row = next(row for row in snapshot.documents() if row.id == doc)
        with pytest.raises(InputError) as caught:
            quoted_page(snapshot, row, number, quote)
    assert all(word in str(caught.value) for word in words), caught.value
    assert str(caught.value).endswith("ください。")


def test_the_words_of_a_quote_have_boxes_and_a_sheet_has_none(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        for row in snapshot.documents():
            document = snapshot.document(row.id, row.version)
            found = boxes(document, [Span(0, len(document.text))])
            assert {box.page for box in found} == ({1, 2, 3} if original(snapshot, row) else set())


def test_pages_and_sheets_by_name() -> None:
    pages = (Page(1, Span(0, 4)), Page(2, Span(4, 8)), Page(3, Span(8, 12), "別表1"))
    document = Document("a", "", "a.pdf", "題", "あ" * 12, pages)
    spans = (Span(0, 4), Span(3, 5), Span(9, 10), Span(4, 4))
    assert [page_name(document, span) for span in spans] == ["1ページ", "1〜2ページ", "シート 別表1", "2ページ"]
    assert page_name(Document("a", "", "a.txt", "題", "あ"), Span(0, 1)) == ""
