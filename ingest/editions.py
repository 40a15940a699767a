"""Which version a document is: the name that its head gives (第2版, Ver.2.0), and files whose names differ by a version mark alone."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ingest.datemark import DAY, canonical
from ingest.inputs import without_suffix
from ingest.titlepage import head_lines
from rag.dates import natural_key
from rag.types import Document

_NUMBER = r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}"
_KANJI = "[一二三四五六七八九十]{1,3}"
_EDITION = re.compile(rf"第 ?(?:{_NUMBER}|{_KANJI}) ?版")
_LABEL = r"(?:ver(?:sion|\.)?|v|バージョン|版数|版)[ :|]*"
_NUMBERED = re.compile(
    rf"(?:^[-*#| ]*{_LABEL}|[(]{_LABEL}|[^ ] +(?:ver\.?|v) ?)(?P<number>{_NUMBER})(?=[ *|]*$|[)]|[ |]+[(]?(?:[12][0-9]{{3}}|令和|平成))",
    re.I,
)
_OTHERS = re.compile(r"[「『](?:[^」』]*)[」』](?: ?[(]?第[^)版]*版)?|(?:前版|旧版|参照|対応|準拠).*")

_MARKS = (
    ("number", re.compile(rf"(?:(?<=[ _.(\-])|(?<=[^a-z])(?=v))(?:v|ver\.?|version)[ _.]?(?P<mark>{_NUMBER})$")),
    ("number", re.compile(rf"(?P<mark>第 ?(?:{_NUMBER}|{_KANJI}) ?版)(?:改[訂定])?$")),
    ("date", re.compile(r"(?:制定|改[定正訂])?(?P<mark>[12][0-9]{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))$")),
    ("date", re.compile(rf"(?P<mark>{DAY})(?:付け?)?(?P<act>制定|改[定正訂]|施行|版)?$")),
)
_RULES = re.compile(
    r"(?:規程|規則|規定|規約|条例|要領|要綱|基準|細則|内規|指針|方針|ガイドライン|マニュアル|ポリシー|手引き?|手順書?|憲章|約款|定款|"
    r"rules?|policy|guidelines?|manual|regulations?|standards?|handbook|charter)$"
)


def named(document: Document) -> Document:
    """The document with the version that its head names, where its manifest gives none."""
    return document if document.version else replace(document, version=version_in(document.text))


def version_in(text: str) -> str:
    """The version that the text's head gives itself, the highest of several; empty when there is none."""
    found = []
    for words in head_lines(text):
        own = _OTHERS.sub("", words)
        found += [m[0].replace(" ", "") for m in _EDITION.finditer(own)] + [m["number"] for m in _NUMBERED.finditer(own)]
    editions = [f for f in found if f.startswith("第")]
    return max(editions or found, key=natural_key, default="")


def same_document(sources: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The id and version of the files that are versions of one document by their names: 規程_v1.pdf and 規程_v2.pdf.

    They lie in one folder, their names without the version or date at the end are the same, and no two have the same version.
    A date counts as a version only in the name of a set of rules, or where the name says that it was amended then.
    """
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for source in sources:
        if marked := _marked(source):
            stem, kind, version = marked
            groups[stem, kind].append((source, version))
    taken = {unicodedata.normalize("NFKC", without_suffix(s)).casefold() for s in sources}
    kinds = defaultdict(set)
    for stem, kind in groups:
        kinds[stem].add(kind)
    return {
        source: (stem, version)
        for (stem, _), files in groups.items()
        if len({v for _, v in files}) == len(files) > 1 and stem.casefold() not in taken and len(kinds[stem]) == 1
        for source, version in files
    }


def _marked(source: str) -> tuple[str, str, str] | None:
    """The path without the mark of the version, the kind of mark, and the version; None when there is no mark."""
    path = PurePosixPath(without_suffix(source))
    name = unicodedata.normalize("NFKC", path.name).rstrip(" )]】")
    for kind, pattern in _MARKS:
        match = pattern.search(name.casefold() if kind == "number" else name)
        if match is None:
            continue
        stem = name[: match.start()].rstrip(" _-.([【")
        version = match["mark"] if kind == "number" else _day(match["mark"])
        if not stem or not version or (kind == "date" and not (match.groupdict().get("act") or _RULES.search(stem.casefold()))):
            return None
        return str(path.with_name(stem)), kind, version.replace(" ", "")
    return None


def _day(mark: str) -> str:
    return canonical(f"{mark[:4]}-{mark[4:6]}-{mark[6:]}" if mark.isdigit() else mark)
