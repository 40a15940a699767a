"""JSON Lines, plain or xz-compressed: one document a line, read one line at a time."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from ingest.inputs import Caution, Problem, Skipped, SourceFile, without_suffix
from ingest.titles import title_of
from rag.dates import parse_partial
from rag.errors import InputError, UnreadableFile
from rag.types import Document, Meta

LINE_LIMIT = 64 * 2**20
"""Bytes of a line beyond which it is not read: a document of this size is an accident or an attack."""
CAUTIONS = 20
"""How many lines of one file are named; the rest is counted."""

_MOST_PROBLEMS, _MOST_BLANK = 100_000, 1_000_000
_MOST_PASSED = 2**30
_LARGE, _RATIO = 512 * 2**20, 250  # JSON shrinks to a tenth or a fiftieth, a bomb to a seven-thousandth

_DATES = ("published", "effective_from", "effective_to")
_GIVEN_UP = "問題のある行が多すぎるか、展開すると大きすぎるので、{}行目でやめ、{}件だけ読みました。ファイルを分けてください。"
_ENDLESS = "空行か長すぎる行が続くので、{}行目で読むのをやめました。JSON Lines の形式で作り直してください。"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PLAIN = ("publisher", "url", "licence")


def read_jsonl(file: SourceFile) -> Iterator[Document | Problem]:
    """Each line's `title` and `text`, its own `id` and `version` if it has them, and the keys of Meta; other keys are left out.

    A malformed line is a `Skipped` that names it, and the rest goes on.
    """
    documents = cautions = 0
    most = max(_LARGE, _RATIO * file.path.stat().st_size)
    try:
        with _open(file) as stream:
            for number, line in _lines(stream):
                if cautions > _MOST_PROBLEMS or stream.tell() > most:
                    raise UnreadableFile(_GIVEN_UP.format(number, documents))
                for item in _read_line(file, number, line):
                    documents += isinstance(item, Document)
                    cautions += not isinstance(item, Document)
                    if isinstance(item, Document) or cautions <= CAUTIONS:
                        yield item
    except (EOFError, lzma.LZMAError):
        yield Skipped(file.source, f"圧縮が途中で壊れているので{documents}件だけ読みました。元のファイルを取り直してください。")
        return
    if cautions > CAUTIONS:
        yield Skipped(file.source, f"ほかにも{cautions - CAUTIONS}件の問題がある行があるので、行の形式を確かめてください。")
    if not documents:
        yield Skipped(file.source, '文書が1件もないので、1行に1つの {"title": …, "text": …} を書いてください。')


def _open(file: SourceFile) -> IO[bytes]:
    return lzma.open(file.path, "rb") if file.path.name.lower().endswith(".xz") else file.path.open("rb")


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank with their numbers from 1; None in the place of one that is too long.

    Raises UnreadableFile where the blank lines or the lines that are too long find no end.
    """
    number = blank = passed = 0
    while line := stream.readline(LINE_LIMIT):
        number += 1
        if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
            while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n") and passed < _MOST_PASSED:
                passed += len(rest)
            yield number, None
        elif line.strip():
            yield number, line
        else:
            blank += 1
        if blank > _MOST_BLANK or passed >= _MOST_PASSED:
            raise UnreadableFile(_ENDLESS.format(number))


def _read_line(file: SourceFile, number: int, line: bytes | None) -> Iterator[Document | Problem]:
    source = f"{file.source}#{number}"
    try:
        row = _row(line)
        text = _text(row)
    except UnreadableFile as error:
        yield Skipped(source, str(error))
        return
    here = replace(
        file,
        source=source,
        id=_word(row, "id") or f"{file.id}#{number}",
        version=_word(row, "version") or file.version,
        title=_word(row, "title") or title_of(text) or f"{without_suffix(file.source)}#{number}",
    )
    changes: dict[str, str] = {key: word for key in _PLAIN if (word := _word(row, key))}
    for key in _DATES:
        if written := _word(row, key):
            try:
                changes[key] = parse_partial(written)
            except InputError as error:
                yield Caution(source, f"{key} を使わずに読みました。{error}")
    yield replace(here, meta=_meta(file.meta, changes, row)).document(text)


def _row(line: bytes | None) -> dict[str, object]:
    if line is None:
        raise UnreadableFile(f"行が{LINE_LIMIT // 2**20}MiBを超えるので読めません。文書を分けてください。")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableFile("行が UTF-8 ではないので、UTF-8 で保存し直してください。") from None
    except (ValueError, RecursionError):
        raise UnreadableFile("行が JSON として読めないので、書き方を直してください。") from None
    if not isinstance(row, dict):
        raise UnreadableFile('行が JSON のオブジェクトではないので、{"title": …, "text": …} の形にしてください。')
    return row


def _text(row: dict[str, object]) -> str:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise UnreadableFile("本文 text がないか空なので、文字列で書いてください。")
    if _UNSTORABLE.search(text):
        raise UnreadableFile("本文 text に文字として正しくない符号（NUL や片割れのサロゲート）があるので、取り除いてください。")
    return text


def _word(row: dict[str, object], key: str) -> str:
    """The value of the key as text; empty when it is missing or is neither text nor a number."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()
    return "" if _UNSTORABLE.search(text) else text


def _meta(base: Meta, changes: dict[str, str], row: dict[str, object]) -> Meta:
    groups = row.get("groups")
    own = tuple(g for g in groups if isinstance(g, str)) if isinstance(groups, list) else base.groups
    return Meta(
        publisher=changes.get("publisher", base.publisher),
        published=changes.get("published", base.published),
        effective_from=changes.get("effective_from", base.effective_from),
        effective_to=changes.get("effective_to", base.effective_to),
        groups=own,
        url=changes.get("url", base.url),
        licence=changes.get("licence", base.licence),
    )
