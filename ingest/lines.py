"""What each line of a policy document is: heading, article, numbered paragraph, list item, table row, footnote or plain text.

The rules stand in one table, `_STYLES`, tried in order. Ranks order the section tree, outermost first.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from rag.types import Span

Kind = Literal["blank", "heading", "article", "item", "row", "rule", "note", "caption", "noise", "text"]

_N = r"[0-9０-９〇一二三四五六七八九十百千]+"
_SEP = r"(?:[ 　\t]+|$)"
_REFERS = rf"[^（）()]{{0,60}}(?:第[ 　]?{_N}[条項号]|において|に限る|を[除含])(?![^（）()]*[）)](?:[ 　]|$))"
"""What brackets behind an article's number say of another place, so that they are no caption."""
ARTICLE_RANK, PARAGRAPH_RANK, ITEM_RANK = 60, 70, 80


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `span` without white space at its ends, `body` what follows its marker, `style` the kind of marker."""

    kind: Kind
    span: Span
    body: Span
    style: str = ""
    rank: int = 0
    label: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class _Style:
    kind: Kind
    name: str
    starts: str
    pattern: re.Pattern[str]
    rank: int = 0


def _style(kind: Kind, name: str, starts: str, pattern: str, rank: int = 0) -> _Style:
    """A style whose lines begin with one of the characters of `starts`, with any where it is empty."""
    return _Style(kind, name, starts, re.compile(pattern), rank)


_DIGITS = "0123456789０１２３４５６７８９"
_TENS = "一二三四五六七八九十"
_ROMAN = "IVXⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟❶❷❸❹❺❻❼❽❾❿"
_KANA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマ"
_LATIN = "abcdefghijklmnopqrstuvwxyzａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
_SHAPES, _DASHES, _DOTS = "○●■◆□◇▼◎", "-*+–—", "・•⚫➢▶►‣→⇒◦▪"

_STYLES = (
    _style("rule", "rule", "-=*_ー―─━|:", r"[-=*_ー―─━]{3,}$|(?=[ :|]{0,9}-{2})[ :|-]{3,}$"),
    _style("heading", "#", "#", r"#{1,6}[ 　]+"),
    _style("row", "pipe", "|", r"(?=\|.*\|)"),
    _style("row", "tab", "", r"(?=[^\t]*\t)"),
    _style("heading", "編", "第", rf"(?=第[ 　]?{_N}[ 　]?編(?:[ 　]|$))", 10),
    _style("heading", "章", "第", rf"(?=第[ 　]?{_N}[ 　]?章(?:の{_N})?(?:[ 　]|$))", 20),
    _style("heading", "節", "第", rf"(?=第[ 　]?{_N}[ 　]?節(?:の{_N})?(?:[ 　]|$))", 30),
    _style("heading", "款", "第", rf"(?=第[ 　]?{_N}[ 　]?款(?:の{_N})?(?:[ 　]|$))", 40),
    _style("heading", "目", "第", rf"(?=第[ 　]?{_N}[ 　]?目(?:の{_N})?(?:[ 　]|$))", 50),
    _style("heading", "附則", "附付", r"(?=[附付][ 　]*則(?:[ 　（(]|$))", 20),
    _style(
        "heading",
        "別表",
        "別様",
        rf"(?=(?:別表|別紙|別記|様式|別添)(?:様式|書式)?(?:[ 　]?第?[ 　]?{_N}(?:[のノ号様式書表第]|{_N}){{0,8}}(?![ぁ-んー一-龯、。]|[（(][^（）()]*[）)][のにをはがとで])|[ 　（(]|$))",
        20,
    ),
    _style(
        "article",
        "条",
        "第",
        rf"第[ 　]?{_N}[ 　]?条(?:[のノ]{_N})*(?:(?:から|及び|、)第{_N}条(?:[のノ]{_N})*(?:まで)?)*(?=[ 　\n]|$|[（(](?!{_REFERS}))",
        ARTICLE_RANK,
    ),
    _style("caption", "caption", "（(", r"(?=[（(][^（）()]{1,60}[）)]$)"),
    _style(
        "note",
        "note",
        "[*<（(注※" + _DIGITS,
        r"(?=(?:\[\^[^\]]{1,6}\]:|\*[0-9０-９]+|<sup>[^<]{1,6}</sup>|[（(]?注[ ]?[0-9０-９]*[）)]?[：:　 ]|※[0-9０-９]*|[0-9０-９]{1,2}[）)]))",
    ),
    _style("item", "(n)", "（(", r"[（(][0-9０-９一二三四五六七八九十]{1,3}[）)][ 　]*", 50),
    _style("item", "①", _CIRCLED, r"[①-⑳㉑-㉟❶-❿][ 　]*", 55),
    _style("item", "roman", _ROMAN, r"(?:[IVX]{1,4}|[Ⅰ-Ⅻ]{1,2})[.．、 　][ 　]*", 25),
    _style("item", "n.n", _DIGITS, r"[0-9０-９]{1,2}(?:[.．－-][0-9０-９]{1,2})+[.．]?[ 　]+", 47),
    _style("item", "n.", _DIGITS, r"[0-9０-９]{1,2}[.．、](?![0-9０-９])[ 　]*", 45),
    _style("item", "n", _DIGITS, r"[0-9０-９]{1,2}(?:[ 　]+|$)(?![年月日時分](?:[ 　]*[0-9０-９]|[ 　]|$))", 45),
    _style("item", "一", _TENS, rf"[{_TENS}]{{1,4}}(?:の[{_TENS}]+)*{_SEP}"),
    _style("item", "イ", _KANA, rf"[{_KANA}]{_SEP}"),
    _style("item", "a", _LATIN, r"[a-zａ-ｚ][.．)）][ 　]*"),
    _style("item", "n", "○", r"○[0-9０-９]{1,2}(?:[ 　]+|$)", 45),
    _style("item", "○", _SHAPES, rf"[{_SHAPES}][ 　]*", 57),
    _style("item", "-", _DASHES + _DOTS, rf"(?:[-*+–—][ 　]+|[{_DOTS}][ 　]*)+(?=\S)"),
)
_ANY = tuple(style for style in _STYLES if not style.starts)
_BY_START = {
    char: tuple(style for style in _STYLES if not style.starts or char in style.starts)
    for char in {c for style in _STYLES for c in style.starts}
}
_FOLIO = re.compile(r"[-–—―]+ ?[0-9０-９]{1,4} ?[-–—―]+$|(?:[pP]\.?|ページ) ?\d+$|[0-9０-９]{1,4} ?[/／] ?\d{1,4}$")
_PAGE_NUMBER = re.compile(r"[-–—― ]*(?:[0-9０-９]{1,4}|[ivx]{1,5})[-–—― ]*$")
_FOLIO_STARTS = frozenset("-–—―pPペivx" + _DIGITS)
"""What a page number begins with."""
_NUMBERS = ("n", "n.")
_ENDS_SENTENCE = re.compile(r"[。．！？!?：:」）)]$")
_HEADING_LENGTH = 45


def classify(text: str) -> list[Line]:
    """Every line of the text with what it is, in order. Lines repeated as running heads and lone page numbers are noise."""
    start = 1 if text.startswith("\ufeff") else 0  # a byte order mark is no part of the first line
    raws = text[start:].split("\n")
    running = _running_heads(raws)
    lines: list[Line] = []
    after_row = False
    for raw in raws:
        line = _line(raw, start, running, after_row)
        lines.append(line)
        after_row = line.style == "tab"
        start += len(raw) + 1
    return lines


def ends_sentence(text: str, span: Span) -> bool:
    """Whether the words of the span end as a sentence, a quotation or an introduction to a list does."""
    return bool(_ENDS_SENTENCE.search(text, span.start, span.end)) if len(span) else True


def is_short(line: Line) -> bool:
    """Whether the line is short enough to be a heading."""
    return 0 < len(line.body) <= _HEADING_LENGTH


def _running_heads(raws: list[str]) -> frozenset[str]:
    seen = Counter(line for raw in raws if raw[:1] != "　" and 4 <= len(line := raw.strip()) <= 60)
    limit = max(4, len(raws) // 400)
    return frozenset(line for line, n in seen.items() if n >= limit and not _match(line) and not _ENDS_SENTENCE.search(line))


def _match(words: str) -> tuple[_Style, re.Match[str]] | None:
    """The first style that fits the line's words, tried only where its first character can begin it."""
    for style in _BY_START.get(words[0], _ANY):
        if match := style.pattern.match(words):
            return style, match
    return None


def _line(raw: str, start: int, running: frozenset[str], after_row: bool) -> Line:
    """The line `raw` that stands at offset `start`, behind a table row or not."""
    words = raw.strip()
    if not words:
        span = Span(start, start)
        return Line("blank", span, span)
    if "\t" in raw and (row := _cells_kept(raw, start, after_row)):
        return row
    indent = len(raw) - len(raw.lstrip())
    span = Span(start + indent, start + indent + len(words))
    if words in running or (words[0] in _FOLIO_STARTS and _FOLIO.match(words)):
        return Line("noise", span, span, indent=indent)
    if found := _match(words):
        style, match = found
        label = match[0].strip()
        if style.name in _NUMBERS and indent == 0 and _is_page_number(words, match):
            return Line("noise", span, span, indent=indent)
        behind = words[match.end() :]
        inner = behind.lstrip()
        body = Span(span.end - len(inner), span.end) if inner else Span(span.start + match.end(), span.start + match.end())
        rank = 10 * len(label) if style.name == "#" else style.rank
        return Line(style.kind, span, body, style.name, rank, label, indent)
    if words[0] in _FOLIO_STARTS and _PAGE_NUMBER.match(words):
        return Line("noise", span, span, indent=indent)
    return Line("text", span, span, indent=indent)


def _cells_kept(raw: str, start: int, after_row: bool) -> Line | None:
    """A row whose first or last cell is blank, so that its outer tabs count; None where the line is no such row."""
    kept = raw.rstrip("\r")
    if kept.rstrip(" 　").endswith("\t") or (after_row and kept.startswith("\t")):
        span = Span(start, start + len(kept))
        return Line("row", span, span, "tab")
    return None


def _is_page_number(words: str, match: re.Match[str]) -> bool:
    """Whether a number that stands alone on its line is too high to count paragraphs."""
    return not words[match.end() :].strip() and bool(_PAGE_NUMBER.match(words)) and int(match[0].strip().rstrip(".．、")) > 40
