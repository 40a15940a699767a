"""PowerPoint presentations (.pptx, .pptm) to text: each slide a page, its title a heading, speaker notes behind it."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile

from lxml import etree
from pptx import Presentation
from pptx.exc import PythonPptxError
from pptx.slide import Slide

from ingest.archive import checked_zip
from ingest.headlines import headline
from ingest.inputs import Caution, Problem, SourceFile
from ingest.paging import paged
from ingest.slideshapes import SlideShapes
from ingest.slidetext import Seen, words_of
from rag.errors import UnreadableFile
from rag.types import Document

NOTES = "## ノート"
"""The line above the speaker's notes of a slide."""

_BROKEN = (PythonPptxError, etree.XMLSyntaxError, BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError)
"""What python-pptx raises on parts that are missing or not what they should be."""
_LARGEST_PART = 64 * 2**20
_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
_CAUTIONS = {
    "skipped": "非表示のスライド{slides}は読まなかったので、要る内容なら再表示して保存し直してください。",
    "hidden": "スライド{slides}に非表示の図形が{n}個あり、読まなかったので、要る内容なら表示して保存し直してください。",
    "struck": "スライド{slides}に取り消し線の付いた文字が{n}か所あり、読まなかったので、要る内容なら取り消し線を外してください。",
    "pictures": "スライド{slides}に画像が{n}点あり、その中の文字は読めないので、要る内容なら文字で書いてください。",
    "charts": "スライド{slides}のグラフ{n}点は数値を読めないので、要る内容なら表で書いてください。",
    "objects": "スライド{slides}に読めない埋め込みの図や表が{n}点あるので、要る内容なら文字か表で書いてください。",
    "formulas": "スライド{slides}の数式{n}点は形が崩れて読まれているので、元の資料と見比べてください。",
}
_NAMED = 5
_HEADING = 45


def read_pptx(file: SourceFile) -> Iterator[Document | Problem]:
    """The presentation as one document; comments, and the numbers, dates and footers of slides, are left out.

    Raises:
        UnreadableFile: the file is no presentation, is encrypted or damaged, or holds no text.
    """
    checked_zip(file.path)
    try:
        yield from _read(file)
    except _BROKEN as error:
        raise UnreadableFile(
            "PowerPoint の資料として読めないので、PowerPoint で開いて .pptx 形式で保存し直してください。"
        ) from error


def read_ppt(file: SourceFile) -> Iterator[Document | Problem]:
    """The old binary format is refused; a file of the new one that only has the old suffix is read."""
    with file.path.open("rb") as stream:
        is_zip = stream.read(4) == b"PK\x03\x04"
    if not is_zip:
        raise UnreadableFile("旧形式の PowerPoint 資料（.ppt）なので、PowerPoint で開き、.pptx 形式で保存し直してください。")
    yield from read_pptx(file)


def _read(file: SourceFile) -> Iterator[Document | Problem]:
    with ZipFile(file.path) as archive:
        names = archive.namelist()
        if any(member.file_size > _LARGEST_PART for member in archive.infolist() if member.filename.endswith(".xml")):
            raise UnreadableFile("スライドが大きすぎて読めないので、資料を分けて保存し直してください。")
    seen = Seen()
    slides: list[tuple[int, str, list[str]]] = []
    for number, slide in enumerate(Presentation(str(file.path)).slides, 1):
        seen.slide = number
        if slide.element.get("show") in ("0", "false"):
            seen.add("skipped")
        elif lines := _slide(slide, number, seen):
            slides.append((number, "", lines))
    if not slides:
        raise UnreadableFile("文字のあるスライドがないので、文字のある資料に差し替えてください。")
    text, pages = paged(slides)
    yield file.document(text, slides[0][2][0].removeprefix("# "), pages)
    for kind, words in _CAUTIONS.items():
        if numbers := seen.slides.get(kind):
            yield Caution(file.source, words.format(slides=_places(numbers), n=len(numbers)))
    if any(name.startswith("ppt/comments/") for name in names):
        yield Caution(file.source, "コメントがあり、読まなかったので、要る内容ならスライドかノートに書いて保存し直してください。")


def _slide(slide: Slide, number: int, seen: Seen) -> list[str]:
    """The lines of a slide, the first one its heading: its title, else its first words where they are short; empty without any."""
    shapes = SlideShapes(slide, seen)
    title, groups, notes = shapes.title(), shapes.groups(), _notes(slide, seen)
    if not title and groups and len(groups[0]) == 1 and _is_heading(groups[0][0]):
        title = groups.pop(0)[0]
    if not (title or groups or notes):
        return []
    lines = [headline(1, title or f"スライド{number}")]
    for group in groups:
        lines += ["", *group]
    return [*lines, "", NOTES, "", *notes] if notes else lines


def _is_heading(line: str) -> bool:
    return len(line) <= _HEADING and "\t" not in line and not line.startswith((" ", "- ")) and not line.endswith(("。", "、"))


def _notes(slide: Slide, seen: Seen) -> list[str]:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is None:
        return []
    return [line for p in frame._txBody.iter(_PARAGRAPH) for line in words_of(p, seen).split("\n") if line]


def _places(numbers: list[int]) -> str:
    different = list(dict.fromkeys(numbers))
    return "、".join(map(str, different[:_NAMED])) + (" など" if len(different) > _NAMED else "")
