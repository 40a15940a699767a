"""One reader a format: from a file to its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from ingest.decoding import decode, decode_html
from ingest.html import extract
from ingest.inputs import Problem, SourceFile
from ingest.jsonl import read_jsonl
from ingest.titles import title_of
from rag.errors import UnreadableFile
from rag.types import Document

Reader = Callable[[SourceFile], Iterator[Document | Problem]]
"""Yields the documents of a file and what is wrong in parts of it.

Raises UnreadableFile when nothing of the file can be read, and OSError.
"""


def read_text(file: SourceFile) -> Iterator[Document | Problem]:
    """Plain text and Markdown: the decoded file, unchanged."""
    text = decode(file.path.read_bytes())
    yield file.document(text, title_of(text))


def read_html(file: SourceFile) -> Iterator[Document | Problem]:
    """A web page: the text that a visitor reads."""
    page = extract(decode_html(file.path.read_bytes()))
    if not page.text:
        raise UnreadableFile("表示される本文がないので、本文が HTML に書かれたページを保存し直してください。")
    yield file.document(page.text, page.title or title_of(page.text))


READERS_VERSION = 1
"""Raised whenever a reader of a slow format would give another text for the same file."""

SLOW = {
    ".pdf": "ingest.pdf:read_pdf",
    ".docx": "ingest.docx:read_docx",
    ".docm": "ingest.docx:read_docx",
    ".doc": "ingest.docx:read_doc",
    ".xlsx": "ingest.xlsx:read_xlsx",
    ".xlsm": "ingest.xlsx:read_xlsx",
    ".xls": "ingest.xlsx:read_xls",
    ".pptx": "ingest.pptx:read_pptx",
    ".pptm": "ingest.pptx:read_pptx",
    ".ppt": "ingest.pptx:read_ppt",
    ".xml": "ingest.lawxml:read_lawxml",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), "ingest.image:read_image"),
}
"""The formats of which an unchanged file is not read again, with the readers that are imported where one is met."""

QUICK: dict[str, Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_jsonl,
    ".jsonl.xz": read_jsonl,
}
REFUSED = (".doc", ".xls", ".ppt")
"""Formats whose readers only say what to save them as."""


def reader_of(suffix: str) -> Reader | None:
    """The reader of a format, by its suffix in lower case; None where there is none."""
    if suffix not in SLOW:
        return QUICK.get(suffix)
    module, _, name = SLOW[suffix].partition(":")
    found: Reader = getattr(import_module(module), name)
    return found


def suffixes() -> list[str]:
    """The suffixes of what can be read."""
    return [suffix for suffix in (*QUICK, *SLOW) if suffix not in REFUSED]
