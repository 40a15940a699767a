"""Images of pages to documents: scans and photographs, a page each, several in a TIFF file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from ingest import ocr
from ingest.inputs import Caution, Problem, SourceFile
from ingest.titles import title_of
from rag.errors import UnreadableFile
from rag.layout import Box, Layout
from rag.types import Document, Page, Span

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_MOST_PAGES = 2_000
_DOUBTFUL = 0.8
"""The mean confidence below which about one character in twenty is wrong (measured on small and blurred print)."""
_DPI = 300.0
"""The resolution of an image that does not tell its own, or none that can be true."""
_LEAST_DPI, _MOST_DPI = 50.0, 2400.0

_DAMAGED = "画像が壊れているか途中で切れているので、保存し直すか取り直してください。"
_TOO_LARGE = "画素が多すぎる画像なので（上限は約{:,}万画素）、解像度を下げて保存し直してください。"
_BLANK = "文字を読み取れない画像なので、文字がはっきり写るように（300dpi 以上で）取り直してください。"


def read_image(file: SourceFile) -> Iterator[Document | Problem]:
    """An image: its text as recognised, with its pages, the box of every character and the confidence.

    The boxes are those of the image as it is shown, turned as its EXIF data say.

    Raises:
        UnreadableFile: it is damaged, too large or without legible text, or Tesseract is not installed.
    """
    if not ocr.available():
        raise UnreadableFile(ocr.MISSING)
    text, boxes, pages = "", list[Box | None](), list[Page]()
    with file.path.open("rb") as stream:
        images = _images(stream)
        try:
            for number, (image, width, height) in enumerate(images, start=1):
                words, places, confidence = ocr.text_of(ocr.recognise(image), image.width, image.height, number)
                pages.append(Page(number, Span(len(text), len(text) + len(words)), "", width, height, confidence))
                text, boxes = text + words, boxes + places
        except UnreadableFile as error:
            if not text:
                raise
            yield Caution(file.source, f"{len(pages) + 1}ページから先は読めませんでした（{error}）。")
    if not text:
        raise UnreadableFile(_BLANK)
    yield file.document(text, title_of(text), tuple(pages), Layout.of(boxes))
    yield from _cautions(file, pages)


def _cautions(file: SourceFile, pages: list[Page]) -> Iterator[Caution]:
    if blank := [page.number for page in pages if not len(page.span)]:
        yield Caution(file.source, f"{_listed(blank)}からは文字を読み取れませんでした。白紙でないか、画像を確かめてください。")
    doubtful = [page for page in pages if len(page.span) and (page.confidence or 0.0) < _DOUBTFUL]
    if doubtful:
        least = min(page.confidence or 0.0 for page in doubtful)
        where = _listed([page.number for page in doubtful])
        sure = f"文字の読み取りの確かさが低い（{where}、最低{least:.0%}）"
        yield Caution(file.source, f"{sure}ので、元の画像と見比べ、300dpi 以上で取り直すことも考えてください。")


def _listed(numbers: list[int]) -> str:
    return "、".join(map(str, numbers[:10])) + ("ほか" if len(numbers) > 10 else "") + "ページ"


def _images(stream: BinaryIO) -> Iterator[tuple[Image.Image, float, float]]:
    """The pages as they are shown, with square pixels, and their width and height in points.

    Raises:
        UnreadableFile: the image, or the next page of it, cannot be read.
    """
    try:
        with _quiet():
            image = Image.open(stream, formats=_FORMATS)
        # Of other formats, what follows the first image is no page: an animation, a preview.
        for number in range(getattr(image, "n_frames", 1) if image.format == "TIFF" else 1):
            if number == _MOST_PAGES:
                raise UnreadableFile(f"{_MOST_PAGES:,}ページを超えるので、ファイルを分けてください。")
            with _quiet():
                image.seek(number)
                page = _shown(image)
            yield page
    except UnidentifiedImageError:
        raise UnreadableFile("画像として読めないので、PNG・JPEG・TIFF などの画像か確かめて、保存し直してください。") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise UnreadableFile(_TOO_LARGE.format((Image.MAX_IMAGE_PIXELS or 0) // 10_000)) from None
    except (OSError, SyntaxError, ValueError, EOFError):  # what Pillow raises for damaged images
        raise UnreadableFile(_DAMAGED) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's warnings of what it repairs; that of a decompression bomb is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _shown(image: Image.Image) -> tuple[Image.Image, float, float]:
    across, down = _resolution(image)
    width, height = image.width * 72 / across, image.height * 72 / down
    turned = ImageOps.exif_transpose(image)
    if turned.size == image.size[::-1] and turned.size != image.size:
        width, height = height, width
        across, down = down, across
    if max(across, down) > 1.05 * min(across, down):  # as fax machines send it
        most = max(across, down)
        turned = turned.resize((round(turned.width * most / across), round(turned.height * most / down)))
    return turned, width, height


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Pixels an inch, across and down."""
    told = image.info.get("dpi") or (0.0, 0.0)
    across, down = float(told[0]), float(told[1])
    plausible = isfinite(across) and isfinite(down) and min(across, down) >= _LEAST_DPI and max(across, down) <= _MOST_DPI
    return (across, down) if plausible else (_DPI, _DPI)
