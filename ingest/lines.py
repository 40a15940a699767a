"""What each line of a policy document is: heading, article, numbered paragraph, list item, table row, footnote or plain text.

The rules stand in one table, `_STYLES`, tried in order. Ranks order the section tree, outermost first.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from rag.sentences import trim
from rag.types import Span

Kind = Literal["blank", "heading", "article", "item", "row", "rule", "note", "caption", "noise", "text"]

_N = r"[0-9０-９〇一二三四五六七八九十百千]+"
_SEP = r"(?:[ 　\t]+|$)"
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
    pattern: re.Pattern[str]
    rank: int = 0


def _style(kind: Kind, name: str, pattern: str, rank: int = 0) -> _Style:
    return _Style(kind, name, re.compile(pattern), rank)


_STYLES = (
    _style("rule", "rule", r"[-=*_ー―─━]{3,}$|(?=[ :|]{0,9}-{2})[ :|-]{3,}$"),
    _style("heading", "#", r"#{1,6}[ 　]+"),
    _style("row", "pipe", r"(?=\|.*\|)"),
    _style("row", "tab", r"(?=[^\t]*\S?[^\t]*\t)"),
    _style("heading", "編", rf"(?=第[ 　]?{_N}[ 　]?編(?:[ 　]|$))", 10),
    _style("heading", "章", rf"(?=第[ 　]?{_N}[ 　]?章(?:の{_N})?(?:[ 　]|$))", 20),
    _style("heading", "節", rf"(?=第[ 　]?{_N}[ 　]?節(?:の{_N})?(?:[ 　]|$))", 30),
    _style("heading", "款", rf"(?=第[ 　]?{_N}[ 　]?款(?:の{_N})?(?:[ 　]|$))", 40),
    _style("heading", "附則", r"(?=[附付][ 　]*則(?:[ 　（(]|$))", 20),
    _style("heading", "別表", rf"(?=(?:別表|別紙|別記|様式|別添)(?:第?[ 　]?{_N}|[ 　（(]|$))", 20),
    _style(
        "article",
        "条",
        rf"第[ 　]?{_N}[ 　]?条(?:の{_N})*(?:(?:から|及び|、)第{_N}条(?:の{_N})*(?:まで)?)*(?=[ 　（(\n]|$)",
        ARTICLE_RANK,
    ),
    _style("caption", "caption", r"(?=[（(][^（）()]{1,60}[）)]$)"),
    _style(
        "note",
        "note",
        r"(?=(?:\[\^[^\]]{1,6}\]:|\*[0-9０-９]+|<sup>[^<]{1,6}</sup>|[（(]?注[ ]?[0-9０-９]*[）)]?[：:　 ]|※[0-9０-９]*|[0-9０-９]{1,2}[）)]))",
    ),
    _style("item", "(n)", r"[（(][0-9０-９一二三四五六七八九十]{1,3}[）)][ 　]*", 50),
    _style("item", "①", r"[①-⑳㉑-㉟❶-❿][ 　]*", 55),
    _style("item", "roman", r"(?:[IVX]{1,4}|[Ⅰ-Ⅻ]{1,2})[.．、 　][ 　]*", 25),
    _style("item", "n.n", r"[0-9０-９]{1,2}(?:[.．－-][0-9０-９]{1,2})+[.．]?[ 　]+", 47),
    _style("item", "n.", r"[0-9０-９]{1,2}[.．、](?![0-9０-９])[ 　]*", 45),
    _style("item", "n", r"[0-9０-９]{1,2}(?:[ 　]+|$)(?![年月日時分](?:[ 　]*[0-9０-９]|[ 　]|$))", 45),
    _style("item", "一", rf"[一二三四五六七八九十]{{1,4}}(?:の[一二三四五六七八九十]+)*{_SEP}"),
    _style("item", "イ", rf"[イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマ]{_SEP}"),
    _style("item", "a", r"[a-zａ-ｚ][.．)）][ 　]*"),
    _style("item", "○", r"[○●■◆□◇▼◎][ 　]*", 57),
    _style("item", "-", r"(?:[-*+–—][ 　]+|[・•⚫➢▶►‣→⇒◦▪][ 　]*)+(?=\S)"),
)
_FOLIO = re.compile(r"[-–—―]+ ?[0-9０-９]{1,4} ?[-–—―]+$|(?:[pP]\.?|ページ) ?\d+$|\d{1,4} ?[/／] ?\d{1,4}$")
_PAGE_NUMBER = re.compile(r"[-–—― ]*(?:[0-9０-９]{1,4}|[ivx]{1,5})[-–—― ]*$")
_ENDS_SENTENCE = re.compile(r"[。．！？!?：:」）)]$")
_HEADING_LENGTH = 45


def classify(text: str) -> list[Line]:
    """Every line of the text with what it is, in order. Lines repeated as running heads and lone page numbers are noise."""
    spans = []
    start = 0
    for raw in text.split("\n"):
        spans.append(Span(start, start + len(raw)))
        start += len(raw) + 1
    running = _running_heads(text, spans)
    lines: list[Line] = []
    for span in spans:
        lines.append(_cells_kept(text, span, lines) or _line(text, span, running))
    return lines


def ends_sentence(text: str, span: Span) -> bool:
    """Whether the words of the span end as a sentence, a quotation or an introduction to a list does."""
    return bool(_ENDS_SENTENCE.search(text, span.start, span.end)) if len(span) else True


def is_short(line: Line) -> bool:
    """Whether the line is short enough to be a heading."""
    return 0 < len(line.body) <= _HEADING_LENGTH


def _running_heads(text: str, spans: list[Span]) -> frozenset[str]:
    seen = Counter(line for s in spans if 4 <= len(line := s.of(text).strip()) <= 60)
    limit = max(4, len(spans) // 400)
    return frozenset(
        line
        for line, n in seen.items()
        if n >= limit and not any(style.pattern.match(line) for style in _STYLES) and not _ENDS_SENTENCE.search(line)
    )


def _cells_kept(text: str, whole: Span, before: list[Line]) -> Line | None:
    """A row whose first or last cell is blank, so that its outer tabs count; None where the line is no such row."""
    raw = whole.of(text).rstrip("\r")
    after_row = bool(before) and before[-1].style == "tab"
    if raw.strip() and (raw.rstrip(" 　").endswith("\t") or (after_row and raw.startswith("\t"))):
        span = Span(whole.start, whole.start + len(raw))
        return Line("row", span, span, "tab")
    return None


def _line(text: str, whole: Span, running: frozenset[str]) -> Line:
    span = trim(text, whole)
    raw = whole.of(text)
    words = span.of(text)
    if not words:
        return Line("blank", span, span)
    indent = len(raw) - len(raw.lstrip())
    if words in running or _FOLIO.match(words):
        return Line("noise", span, span)
    for style in _STYLES:
        if match := style.pattern.match(words):
            body = trim(text, Span(span.start + match.end(), span.end))
            rank = 10 * len(match[0].strip()) if style.name == "#" else style.rank
            label = match[0].strip() if match.end() else ""
            if (
                style.name in ("n", "n.")
                and not len(body)
                and _PAGE_NUMBER.match(words)
                and indent == 0
                and int(label.rstrip(".．、")) > 40
            ):
                return Line("noise", span, span)
            return Line(style.kind, span, body, style.name, rank, label, indent)
    if _PAGE_NUMBER.match(words):
        return Line("noise", span, span)
    return Line("text", span, span, indent=indent)
