"""A page of the file that a document was read from, with the cited words marked on it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.render import page_image
from rag.errors import InputError
from rag.layout import Box
from rag.snapshot import ORIGINALS, DocumentRow, Snapshot
from rag.types import Document, Span
from ui.frame import escape, framed


def original(snapshot: Snapshot, row: DocumentRow) -> Path | None:
    """The index's copy of the file that a document was read from; None where it keeps none, as of formats without pages."""
    file = snapshot.folder / ORIGINALS / row.origin.original
    return file if row.origin.original and file.is_file() else None


def boxes(document: Document, spans: Iterable[Span]) -> tuple[Box, ...]:
    """Where the words of the spans stand on the pages, in their order; none where that is not known."""
    layout = document.layout
    return tuple(box for span in spans for box in layout.boxes(span.start, span.end)) if layout else ()


def quoted_page(snapshot: Snapshot, row: DocumentRow, number: int, quote: str = "") -> bytes:
    """A page of a document as PNG, the words marked wherever they stand on it.

    Raises:
        InputError: the document has no pages to show, not this one, or not these words on it.
        UnreadableFile: the page cannot be drawn.
    """
    file = original(snapshot, row)
    if file is None:
        raise InputError(f"「{row.source}」にはページの画像がないので、PDFか画像から登録した文書を指定してください。")
    document = snapshot.document(row.id, row.version)
    last = document.pages[-1].number
    if not 1 <= number <= last:
        raise InputError(f"「{row.source}」に{number}ページはないので、1から{last}までの番号にしてください。")
    found = boxes(document, _places(document.text, quote))
    if quote and number not in (standing := {box.page for box in found}):
        elsewhere = "、".join(map(str, sorted(standing)))
        advice = f"{elsewhere}ページ" if elsewhere else "本文にある文言"
        raise InputError(f"「{quote}」は「{row.source}」の{number}ページにないので、{advice}を指定してください。")
    return page_image(file, number, found)


def _places(text: str, words: str) -> Iterator[Span]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield Span(at, at + len(words))
        at = text.find(words, at + len(words))


def leaf(png: bytes, title: str, alt: str, cited: Iterable[Box], also: Iterable[Box], click: int) -> str:
    """The image of a page as a page for a frame, which scrolls to the first of the cited boxes and marks the others lightly; all boxes
    stand on this page."""
    first = next((_placed(box, 'id="cited"') for box in cited), "")
    lightly = "".join(_placed(box, 'class="faint"') for box in also)
    image = f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}" alt="{escape(alt)}">'
    return framed(title, f'<button id="zoom" type="button">拡大</button><figure>{image}{lightly}{first}</figure>', click)


def _placed(box: Box, attribute: str) -> str:
    sides = {"left": box.left, "top": box.top, "width": box.right - box.left, "height": box.bottom - box.top}
    return f'<i {attribute} style="{";".join(f"{side}:{share:.3%}" for side, share in sides.items())}"></i>'
