"""法令標準XML, as e-Gov gives laws out, to documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from ingest.archive import parse_xml
from ingest.inputs import Caution, Problem, SourceFile
from ingest.lawlines import Found, LawLines
from rag.dates import parse_partial
from rag.errors import InputError, UnreadableFile
from rag.radicals import repaired
from rag.types import Document

_ERAS = {"Meiji": "明治", "Taisho": "大正", "Showa": "昭和", "Heisei": "平成", "Reiwa": "令和"}
_NAMED = 3


def read_lawxml(file: SourceFile) -> Iterator[Document | Problem]:
    """The laws of a file: a bare `Law`, or one inside what e-Gov's API (version 1 or 2) answers.

    Raises:
        UnreadableFile: the file is no XML, or no law.
    """
    root = parse_xml(file.path.read_bytes())
    laws = [law for law in root.iter("{*}Law") if next(law.iterancestors("{*}Law"), None) is None]
    if not laws:
        raise UnreadableFile(
            "XML で読めるのは e-Gov の法令標準XML（Law 要素のあるもの）だけなので、"
            "ほかの文書は PDF、Word、HTML、テキストのどれかで保存し直してください。"
        )
    for number, law in enumerate(laws, 1):
        name = f"#{number}" if len(laws) > 1 else ""
        yield from _read(replace(file, source=file.source + name, id=file.id + name), law)


def _read(file: SourceFile, law: etree._Element) -> Iterator[Document | Problem]:
    writer = LawLines()
    writer.add(law)
    text = repaired(writer.text())
    if not text:
        raise UnreadableFile("法令の本文がないので、本文の入った法令標準XMLを取り直してください。")
    if not file.meta.published:
        file = replace(file, meta=replace(file.meta, published=_published(law)))
    title = law.find("{*}LawBody/{*}LawTitle")
    yield file.document(text, LawLines().words(title) if title is not None else "")
    yield from (Caution(file.source, reason) for reason in _reasons(writer.found))


def _published(law: etree._Element) -> str:
    """The day of promulgation, as far as the attributes of `Law` tell it; empty when they tell none."""
    era, year, month, day = (law.get(key, "") for key in ("Era", "Year", "PromulgateMonth", "PromulgateDay"))
    written = f"{_ERAS.get(era, '')}{year}年" + (f"{month}月" if month else "") + (f"{day}日" if month and day else "")
    try:
        return parse_partial(written)
    except InputError:
        return ""


def _reasons(found: Found) -> Iterator[str]:
    if found.figures:
        names = list(dict.fromkeys(found.figures))
        shown = "、".join(names[:_NAMED]) + (" など" if len(names) > _NAMED else "")
        yield f"図や画像が{len(found.figures)}点（{shown}）あり、その中の文字は読めないので、原本で確かめてください。"
    if found.hidden:
        yield f"非表示とされた部分が{found.hidden}件あり、読まなかったので、要るものでないか原本で確かめてください。"
    if found.unknown:
        tags = "、".join(f"{tag}（{n}件）" for tag, n in found.unknown.most_common(10))
        yield f"法令標準XMLにない要素 {tags} をただの文として読んだので、原本と見比べてください。"
