"""One reader a format: from a file to its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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


READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_jsonl,
    ".jsonl.xz": read_jsonl,
}
