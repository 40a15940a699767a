"""An answer to take along: as text, Markdown or a Word file, each sentence with its numbers and each source with its exact words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from ui.labels import japanese_date, markdown
from ui.shown import Shown

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(answer: Shown) -> str:
    """Plain text."""
    return "\n".join([f"Q. {answer.question}", "", *_sentences(answer), "", *_sources(answer), *_notes(answer)])


def as_markdown(answer: Shown) -> str:
    """Markdown in which nothing of the words is mark-up."""
    quotes = [f"{n}. {markdown(s.name)}\n   > {markdown(s.quote)}" for n, s in enumerate(answer.sources, start=1)]
    parts = (
        f"# {markdown(answer.question)}",
        *map(markdown, _sentences(answer)),
        "## 典拠",
        *quotes,
        *map(markdown, _notes(answer)),
    )
    return "\n\n".join(parts) + "\n"


def as_word(answer: Shown) -> bytes:
    """A Word file (.docx)."""
    from docx import Document

    file = Document()
    file.add_heading(_writable(answer.question), 1)
    for line in _sentences(answer):
        file.add_paragraph(_writable(line))
    file.add_heading("典拠", 2)
    for line in _sources(answer):
        file.add_paragraph(_writable(line))
    for line in _notes(answer):
        file.add_paragraph(_writable(line))
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _sentences(answer: Shown) -> Iterator[str]:
    if answer.abstained:
        yield f"{answer.text}{answer.why}"
    for said in answer.sentences:
        doubt = "" if said.verdict == "supported" else f"（{' '.join(said.reasons)}）"
        yield said.text + "".join(f"[{n + 1}]" for n in said.sources) + doubt


def _sources(answer: Shown) -> Iterator[str]:
    for n, source in enumerate(answer.sources, start=1):
        page = f" {source.page}" if source.page else ""
        yield f"[{n}] {source.name}{page}（{source.doc}）「{' '.join(source.quote.split())}」"


def _notes(answer: Shown) -> Iterator[str]:
    yield from answer.versions
    yield from answer.notes
    made = f"モデル {answer.model}" if answer.model else "抽出による回答"
    state = "確認済み" if answer.confirmed else "機械が作った回答です。大切な判断の前に典拠を確かめてください"
    yield f"基準日 {japanese_date(answer.day)}、{made}。{state}。"


def _writable(words: str) -> str:
    return _UNWRITABLE.sub("\ufffd", words)
