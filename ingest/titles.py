"""The title of a text that no manifest names: its first heading, or the first line that reads like a title."""

from __future__ import annotations

import re
import unicodedata

_LINES = 60
_LENGTH = 60
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.S | re.M)
_DECORATION = re.compile(r"</?[A-Za-z][^<>]*>|\*\*|__|`|!?\[(?=[^\[\]]*\]\()|\]\([^()]*\)|\s*\{#[^{}]*\}$")
_NUMBERED = re.compile(r"第 ?[0-9一二三四五六七八九十]+ ?[編部章節款条]|(?:[0-9]{1,2}|[IVX]+)[.: ]")
_ARTICLE = re.compile(r"第[ 　]?[0-9０-９一二三四五六七八九十]+[ 　]?条")
# From here on what is matched is NFKC without white space.
_GENERIC = re.compile(
    r"(?:目次|もくじ|概要|要旨|はじめに|まえがき|前文|序文?|総則|(?:改訂|改定|変更)履歴|本文|contents|introduction|overview|"
    r"tableofcontents)",
    re.I,
)
_DATE = re.compile(
    r"[(〔]?(?:(?:明治|大正|昭和|平成|令和)(?:元|[0-9〇一二三四五六七八九十]+)年?|[0-9]{4}年?|[〇一二三四五六七八九]{4}年)"
    r"(?:[-/.]?[0-9〇一二三四五六七八九十]+月?){0,2}日?[)〕]?(?:\(?[日月火水木金土]\)?)?(?:付け?|現在|時点|[制策改決公発施作]?[定訂正行表成]|版)*"
)
_PAGE = re.compile(r"[-–—―\s]*(?:p\.?|page|ページ|頁)?[0-9ivx]+(?:[/／][0-9]+)?(?:ページ|頁)?[-–—―\s]*", re.I)
_NOT_A_TITLE = re.compile(r"[-*+・•●○◯■□◆◇※>|!(<＜]|(?:文書|規程|管理|受付)番号|所管|作成者|各位|以上$|https?:")


def title_of(text: str) -> str:
    """The title that the text's beginning shows, at most 60 characters for a plain line; empty when it shows none.

    The first heading counts, unless it is one that any document may have (目次, 第1章): then the title-like line above it.
    """
    candidate = ""
    for line in _opening_lines(text):
        heading = _HEADING.match(line)
        words = _DECORATION.sub("", heading[1] if heading else line).strip()
        key = "".join(unicodedata.normalize("NFKC", words).split())
        if _GENERIC.fullmatch(key) and not candidate:
            continue
        if _GENERIC.fullmatch(key) or _NUMBERED.match(unicodedata.normalize("NFKC", words)):
            return candidate or ("" if _ARTICLE.match(words) or len(words) > _LENGTH else words)
        if heading and key:
            return words
        if not candidate and _is_title(words, key):
            candidate = words
    return candidate


def _opening_lines(text: str) -> list[str]:
    """The lines of the text's beginning that are not blank, without front matter, fenced code and byte order mark."""
    start = _FRONT_MATTER.match(text)
    head = text[start.end() if start else 0 :][:10_000].lstrip("\ufeff")
    kept, fenced = [], False
    for line in map(str.strip, head.splitlines()):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        elif line and not fenced:
            kept.append(line)
    return kept[:_LINES]


def _is_title(words: str, key: str) -> bool:
    return (
        any(c.isalpha() for c in key)
        and len(words) <= _LENGTH
        and not key.endswith(("。", "、", ",", ":"))
        and not any(pattern.fullmatch(key) for pattern in (_DATE, _PAGE))
        and not _NOT_A_TITLE.match(key)
    )
