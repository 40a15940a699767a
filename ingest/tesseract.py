"""The `tesseract` command: an image in, the characters it recognises out, with their boxes."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image

from ingest.pulse import alive
from rag.errors import UnreadableFile

SECONDS = 90
"""The longest that Tesseract may take for one image: a full page takes it a few seconds, dense noise minutes."""

_BEAT = 5
_CHARACTERS = ("-c", "tessedit_create_hocr=1", "-c", "hocr_char_boxes=1")
_BOX = re.compile(r"x_bboxes (\d+) (\d+) (\d+) (\d+)")
_OF_WORD = re.compile(r"x_wconf (\d+)")
_OF_CHARACTER = re.compile(r"x_conf ([\d.]+)")
_LINES = frozenset(("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"))


class NoEnd(Exception):  # noqa: N818 - as in rag.errors
    """Tesseract takes too long for an image, or crashes on it."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised character: left, top, right, bottom in pixels of the image, confidence from 0 to 1;
    `word`, `line` and `block` number the words, lines and blocks of the page in reading order."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    line: int
    block: int
    word: int = 0


@cache
def languages() -> frozenset[str]:
    """The models that are installed; empty without the command."""
    if shutil.which("tesseract") is None:
        return frozenset()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=SECONDS, check=False)
    return frozenset(listed.stdout.split()[1:])


def characters(image: Image.Image, language: str, mode: int) -> tuple[Word, ...]:
    """The characters on a grey image, by one model and one page segmentation mode. Raises NoEnd, UnreadableFile."""
    return tuple(_parsed(run(image, "-l", language, "--psm", str(mode), *_CHARACTERS)))


def run(image: Image.Image, *options: str) -> str:
    """What Tesseract writes for a grey image.

    Raises:
        NoEnd: it takes too long or crashes.
        UnreadableFile: it says that it cannot do it.
    """
    data = io.BytesIO()
    image.save(data, "PPM")
    command = ["tesseract", "stdin", "stdout", "--dpi", "300", *options]
    # More threads make one page hardly faster and several pages at once much slower.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as process:
        try:
            output, errors = _finished(process, data.getvalue())
        finally:
            process.kill()
    if process.returncode > 0:
        said = " ".join(errors.decode("utf-8", "replace").split())[-200:]
        raise UnreadableFile(f"Tesseract で文字を読み取れなかったので（{said}）、画像を開いて保存し直してください。")
    if process.returncode < 0:
        raise NoEnd
    return output.decode("utf-8", "replace")


def _finished(process: subprocess.Popen[bytes], data: bytes) -> tuple[bytes, bytes]:
    """Its output and error output; both empty, and it is killed, when the time is over."""
    end = time.monotonic() + SECONDS
    given: bytes | None = data
    while time.monotonic() < end:
        alive()
        try:
            return process.communicate(given, timeout=_BEAT)
        except subprocess.TimeoutExpired:
            given = None  # what is left of it is still written
    process.kill()
    return process.communicate()


def _parsed(hocr: str) -> Iterator[Word]:
    """The characters in hOCR (https://kba.github.io/hocr-spec/1.2/) with Tesseract's character boxes."""
    block = line = word = confidence = 0
    for element in ET.fromstring(hocr).iter():
        kind, title = element.get("class", ""), element.get("title", "")
        if kind == "ocr_carea":
            block += 1
        elif kind in _LINES:
            line += 1
        elif kind == "ocrx_word" and (found := _OF_WORD.search(title)):
            word, confidence = word + 1, int(found[1])
        elif kind == "ocrx_cinfo" and element.text and (box := _BOX.search(title)) and (own := _OF_CHARACTER.search(title)):
            left, top, right, bottom = map(float, box.groups())
            yield Word(element.text, left, top, right, bottom, _confidence(confidence, float(own[1])), line, block, word)


def _confidence(word: float, character: float) -> float:
    """From Tesseract's percentages. That of the word tells right from wrong best, but is at times near 0 for what is right; that of
    the character is 99 for what is right and seldom below 80 for what is wrong. Their mean is free of such accidents."""
    return (word / 100 + min(max((character - 80) / 20, 0.0), 1.0)) / 2
