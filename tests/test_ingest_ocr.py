"""Recognition of printed Japanese by the real Tesseract: characters, their boxes, paragraphs, columns, tables, images as files."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ingest import ocr
from ingest.image import read_image
from ingest.inputs import Caution, SourceFile
from ingest.tesseract import languages
from rag.errors import UnreadableFile
from rag.layout import Box
from rag.types import Document

FONT = Path("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf")
needs_tesseract = pytest.mark.skipif(not ocr.available() or not FONT.is_file(), reason="Tesseract with jpn and IPA Mincho")

SIZE, PITCH, LEFT, TOP = 44, 84, 200, 160
LINES = """\
旅費規程

第１章　総則
（目的）
第１条　この規程は、社員の出張に要する旅費の支給について定める。ただし、役員の出張
については、別に定める役員旅費規程による。
２　海外への出張は、出発日の20日前までに社長の承認を受けなければならない。承認を受
けていない出張に要した費用は、これを支給しない。
（精算）
第３条　出張した者は、帰着の日から５営業日以内に、次の書類を経理部に提出する。
（１）精算書
（２）証憑（領収書その他支払を証するものをいう。）
附則
この規程は、令和６年４月１日から施行する。
""".splitlines()
TEXT = """旅費規程

第1章　総則
(目的)
第1条　この規程は、社員の出張に要する旅費の支給について定める。ただし、役員の出張については、別に定める役員旅費規程による。
2　海外への出張は、出発日の20日前までに社長の承認を受けなければならない。承認を受けていない出張に要した費用は、これを支給しない。
(精算)
第3条　出張した者は、帰着の日から5営業日以内に、次の書類を経理部に提出する。
(1)精算書
(2)証憑(領収書その他支払を証するものをいう。)
附則
この規程は、令和6年4月1日から施行する。
"""


def across(lines: Sequence[str] = LINES, width: int = 2300) -> Image.Image:
    """The lines written from left to right as a page of 300 dpi has them, 10.5 points high."""
    image = Image.new("L", (width, TOP * 2 + PITCH * len(lines)), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, SIZE)
    for n, line in enumerate(lines):
        draw.text((LEFT, TOP + n * PITCH), line, font=font, fill=0)
    return image


def down(lines: Sequence[str] = LINES) -> Image.Image:
    """The lines written downwards, from right to left; full-width characters only."""
    image = Image.new("L", (TOP * 2 + PITCH * len(lines), 2300), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, SIZE)
    for n, line in enumerate(lines):
        draw.text((image.width - TOP - n * PITCH, LEFT), line, font=font, fill=0, direction="ttb", features=["vert"])
    return image


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def accuracy(text: str, lines: Sequence[str] = LINES) -> float:
    """1 less the edit distance a character, spaces and widths aside."""
    true, got = folded("".join(lines)), folded(text)
    costs = list(range(len(got) + 1))
    for i, char in enumerate(true, 1):
        last, costs[0] = costs[:], i
        for j, other in enumerate(got, 1):
            costs[j] = min(last[j] + 1, costs[j - 1] + 1, last[j - 1] + (char != other))
    return 1 - costs[-1] / len(true)


def read(image: Image.Image) -> tuple[str, list[Box | None], float]:
    return ocr.text_of(ocr.recognise(image), image.width, image.height, 1)


def well_placed(text: str, boxes: Sequence[Box | None], image: Image.Image, vertical: bool = False) -> float:
    """The share of the characters of the long lines whose box has its centre in the cell where the character was drawn."""
    inside = total = 0
    for n, line in enumerate(LINES):
        at = text.find(unicodedata.normalize("NFKC", line[4:12]))
        if len(line) < 24 or at < 0:
            continue
        for k in range(8):
            box = boxes[at + k]
            assert box is not None
            x, y = (box.left + box.right) / 2 * image.width, (box.top + box.bottom) / 2 * image.height
            along = LEFT + (4.5 + k) * SIZE
            beside = image.width - TOP - n * PITCH + SIZE / 2 if vertical else TOP + n * PITCH + SIZE / 2
            inside += abs((y if vertical else x) - along) < SIZE / 2 and abs((x if vertical else y) - beside) < SIZE
            total += 1
    return inside / total


@needs_tesseract
def test_writing_across_is_read_in_paragraphs_with_boxes() -> None:
    image = across()
    text, boxes, confidence = read(image)
    assert len(text) == len(boxes)
    assert all((box is None) == char.isspace() for box, char in zip(boxes, text, strict=True))
    assert accuracy(text) > 0.98
    assert well_placed(text, boxes, image) > 0.95
    assert confidence > 0.9
    same = [line for line in text.split("\n") if line in TEXT.split("\n")]
    assert len(same) >= 10
    assert text.count("\n") == TEXT.count("\n")


@needs_tesseract
def test_writing_down_is_read_with_boxes() -> None:
    image = down([line.replace("20", "２０") for line in LINES])
    text, boxes, confidence = read(image)
    assert accuracy(text) > 0.97
    assert well_placed(text, boxes, image, vertical=True) > 0.95
    assert confidence > 0.85


@needs_tesseract
@pytest.mark.parametrize(
    ("name", "least"),
    [("small", 0.96), ("askew", 0.97), ("noisy", 0.97), ("dark", 0.97), ("sideways", 0.97)],
)
def test_poor_pages_are_read(name: str, least: float) -> None:
    lines = LINES[4:10]
    page = across(lines)
    spoilt = {
        "small": lambda: page.resize((page.width // 4, page.height // 4), Image.Resampling.LANCZOS),
        "askew": lambda: page.rotate(2.5, fillcolor=255, expand=True),
        "noisy": lambda: _noisy(page),
        "dark": lambda: page.point(lambda value: 255 - value).convert("RGBA"),
        "sideways": lambda: page.rotate(90, expand=True),
    }[name]()
    text, boxes, _ = read(spoilt)
    assert accuracy(text, lines) > least
    box = boxes[text.index("別に定める")]
    assert box is not None
    x, y = (LEFT + SIZE * 7) / page.width, (TOP + PITCH + SIZE / 2) / page.height
    if name == "sideways":
        x, y = y, 1 - x
    assert abs((box.left + box.right) / 2 - x) < 0.05
    assert abs((box.top + box.bottom) / 2 - y) < 0.08


def _noisy(page: Image.Image) -> Image.Image:
    values = np.asarray(page.filter(ImageFilter.GaussianBlur(1)), float)
    return Image.fromarray((values + np.random.default_rng(1).normal(0, 30, values.shape)).clip(0, 255).astype(np.uint8))


@needs_tesseract
def test_columns_are_read_one_after_the_other() -> None:
    body = "この規程は、社員の出張に要する旅費の支給について必要な事項を定め、業務の円滑な遂行に資することを目的とする。" * 4
    rows = [body[i : i + 22] for i in range(0, len(body), 22)]
    half = len(rows) // 2
    image = Image.new("L", (2400, 1300), 255)
    for x, column in ((0, rows[:half]), (1100, rows[half:])):
        image.paste(across(column, 1200), (x, 0))
    text, _, _ = read(image)
    assert accuracy(text, [body]) > 0.95
    assert len(text.split("\n")) < 6


@needs_tesseract
def test_tables_are_rows_of_cells() -> None:
    rows = [("役職", "日当", "宿泊費"), ("部長", "3,000円", "15,000円"), ("課長", "2,500円", "13,000円")]
    image = Image.new("L", (2300, 700), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, SIZE)
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            draw.rectangle((200 + j * 600, 150 + i * 100, 800 + j * 600, 250 + i * 100), outline=0, width=3)
            draw.text((230 + j * 600, 175 + i * 100), cell, font=font, fill=0)
    text, _, _ = read(image)
    assert [line.split("\t") for line in text.strip().split("\n")] == [list(row) for row in rows]


@needs_tesseract
def test_nothing_is_made_of_noise() -> None:
    noise = np.random.default_rng(1).random((300, 300)) * 255
    for image in (Image.new("RGB", (400, 300), "white"), Image.fromarray(noise.astype(np.uint8)), Image.new("1", (1, 1))):
        text, boxes, confidence = read(image)
        assert len(text) == len(boxes) <= 4
        assert confidence < 0.9


def source(path: Path) -> SourceFile:
    return SourceFile(path, path.name, path.stem)


@needs_tesseract
def test_an_image_is_a_document_of_one_page(tmp_path: Path) -> None:
    across().save(tmp_path / "規程.png", dpi=(300, 300))
    [document] = read_image(source(tmp_path / "規程.png"))
    assert isinstance(document, Document)
    [page] = document.pages
    assert document.title == "旅費規程"
    assert page.span.of(document.text) == document.text
    assert (round(page.width), round(page.height)) == (552, round((TOP * 2 + PITCH * len(LINES)) * 0.24))
    assert page.confidence is not None
    assert page.confidence > 0.9
    assert document.layout is not None
    [box] = document.layout.boxes(0, 4)
    assert abs(box.left - LEFT / 2300) < 0.01
    assert abs(box.right - (LEFT + 4 * SIZE) / 2300) < 0.01


@needs_tesseract
def test_a_tiff_has_pages_turned_as_its_camera_says(tmp_path: Path) -> None:
    pages = [across(LINES[:6]), Image.new("L", (500, 500), 255), across(LINES[8:])]
    pages[0].save(tmp_path / "走査.tif", save_all=True, append_images=pages[1:], dpi=(300, 300), compression="tiff_lzw")
    document, caution = read_image(source(tmp_path / "走査.tif"))
    assert isinstance(document, Document)
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.pages[0].span.of(document.text).startswith("旅費規程\n")
    assert document.pages[2].span.of(document.text).startswith("(精算)\n")
    assert document.pages[-1].span.end == len(document.text)
    assert isinstance(caution, Caution)
    assert caution.reason.startswith("2ページからは文字を読み取れませんでした。")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    pages[0].rotate(90, expand=True).save(tmp_path / "写真.jpg", exif=exif, quality=95)
    [turned] = read_image(source(tmp_path / "写真.jpg"))
    assert isinstance(turned, Document)
    assert turned.pages[0].width > turned.pages[0].height
    assert turned.text.startswith("旅費規程\n")


@needs_tesseract
def test_doubtful_pages_are_named(tmp_path: Path) -> None:
    poor = across(LINES[4:6]).filter(ImageFilter.GaussianBlur(5.5))
    poor.save(tmp_path / "写し.webp", lossless=True)
    found = list(read_image(source(tmp_path / "写し.webp")))
    [caution] = [item for item in found if isinstance(item, Caution)]
    assert "確かさが低い（1ページ、最低" in caution.reason


@needs_tesseract
@pytest.mark.parametrize("name", ["blank", "bomb", "cut", "text", "empty"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.png"
    said = {"blank": "文字を読み取れない画像", "bomb": "画素が多すぎる", "cut": "壊れているか途中で切れている"}.get(
        name, "画像として読めない"
    )
    if name == "blank":
        Image.new("L", (400, 400), 255).save(path)
    elif name == "bomb":
        Image.new("1", (20_000, 20_000)).save(path)
    elif name == "cut":
        across().save(path)
        path.write_bytes(path.read_bytes()[:4_000])
    else:
        path.write_bytes("画像ではない。".encode() if name == "text" else b"")
    with pytest.raises(UnreadableFile, match=said):
        list(read_image(source(path)))


def test_without_tesseract_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (100, 100), 255).save(tmp_path / "a.png")
    monkeypatch.setenv("PATH", str(tmp_path))
    languages.cache_clear()
    try:
        assert not ocr.available()
        with pytest.raises(UnreadableFile, match="apt install tesseract-ocr tesseract-ocr-jpn"):
            list(read_image(source(tmp_path / "a.png")))
    finally:
        languages.cache_clear()
