"""A page as an image with cited words marked on it, so that a reader sees the quote where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageOps, UnidentifiedImageError

from ingest.pdfium import PdfError, opened
from rag.errors import UnreadableFile
from rag.layout import Box

_MARKER, _EDGE = (255, 240, 130), (214, 150, 0)
_HIGHEST = 20_000
"""An image is at most this many pixels high, whatever the shape of its page."""


def page_image(file: Path, number: int, boxes: Sequence[Box], width: int = 1200) -> bytes:
    """The page (from 1) of a PDF or of an image file as PNG of that width in pixels, the boxes on it in translucent yellow.

    Raises:
        UnreadableFile: the file cannot be opened or has no such page.
    """
    page = _pdf_page(file, number, width) if file.suffix.lower() == ".pdf" else _picture(file, number, width)
    layer = Image.new("RGB", page.size, "white")
    pen = ImageDraw.Draw(layer)
    for box in boxes:
        if box.page == number:
            left, top = box.left * page.width - 1, box.top * page.height - 1
            right, bottom = max(left, box.right * page.width + 1), max(top, box.bottom * page.height + 1)
            pen.rectangle((left, top, right, bottom), fill=_MARKER, outline=_EDGE)
    out = BytesIO()
    ImageChops.multiply(page.convert("RGB"), layer).save(out, "PNG")  # the letters stay black under the marker
    return out.getvalue()


def _pdf_page(file: Path, number: int, width: int) -> Image.Image:
    with opened(file) as document:
        if not 1 <= number <= len(document):
            raise UnreadableFile(f"{number}ページがないので、文書を取り込み直してください。")
        try:
            page = document[number - 1]
            scale = min(width / max(page.get_width(), 1.0), _HIGHEST / max(page.get_height(), 1.0))
            image: Image.Image = page.render(scale=scale).to_pil()
        except PdfError as error:
            raise UnreadableFile(f"{number}ページが壊れているので、元の PDF を取り直してください。") from error
        return image


def _picture(file: Path, number: int, width: int) -> Image.Image:
    try:
        with Image.open(file) as image:
            image.seek(number - 1)
            upright = ImageOps.exif_transpose(image)
            height = min(max(1, round(upright.height * width / upright.width)), _HIGHEST)
            return upright.convert("RGB").resize((width, height))
    except EOFError as error:
        raise UnreadableFile(f"{number}ページがないので、文書を取り込み直してください。") from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("画像として開けないので、元のファイルを取り直してください。") from error
