"""Sentence spans in Japanese text: quotations and parentheses are kept whole, however deep they nest."""

from __future__ import annotations

import re

from rag.types import Span

LONGEST = 500
"""A sentence longer than this many code points is cut, so that a quote stays under 600."""

_MARK = re.compile(r"[「『（(【〔［\[」』）)】〕］\]。．！？!?]")
_OPEN, _CLOSE = "「『（(【〔［[", "」』）)】〕］]"
_LATIN_STOP = re.compile(r"(?<=[a-z0-9)][.!?])\s+(?=[A-Z])")
_BREAK = re.compile(r"[、,;；\n\t 　]")


def split(text: str, span: Span | None = None) -> list[Span]:
    """The sentences of text[span] (all of it when None), white space at their ends left out.

    A stop inside brackets ends no sentence, unless a bracket is never closed: then the stops inside it count.
    """
    whole = Span(0, len(text)) if span is None else span
    ends, depth = [], 0
    inner: list[int] = []
    for match in _MARK.finditer(text, whole.start, whole.end):
        char = match[0]
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
            if depth == 0:
                inner = []
        elif _stops(text, match, whole.end):
            if depth == 0:
                ends.append(match.end())
            else:
                inner.append(match.end())
    found = _between(text, whole, sorted({*ends, *inner} if depth else set(ends)))
    return [piece for sentence in found for latin in _latin(text, sentence) for piece in _cut(text, latin)]


def _stops(text: str, match: re.Match[str], end: int) -> bool:
    following = text[match.end()] if match.end() < end else ""
    if match[0] in "．":
        return not following.isdigit() and not text[match.start() - 1 : match.start()].isdigit()
    return match[0] not in "!?" or not following.isalnum() or not following.isascii()


def _between(text: str, whole: Span, ends: list[int]) -> list[Span]:
    out, start = [], whole.start
    for end in [*ends, whole.end]:
        trimmed = trim(text, Span(start, max(start, end)))
        if len(trimmed):
            out.append(trimmed)
        start = end
    return out


def _latin(text: str, span: Span) -> list[Span]:
    stops = [m.start() for m in _LATIN_STOP.finditer(text, span.start, span.end)]
    return _between(text, span, stops) if stops else [span]


def _cut(text: str, span: Span) -> list[Span]:
    """Cut an overlong sentence at the last comma or space that fits, or hard where there is none."""
    out = []
    while len(span) > LONGEST:
        limit = span.start + LONGEST
        breaks = [m.end() for m in _BREAK.finditer(text, span.start + LONGEST // 2, limit)]
        cut = breaks[-1] if breaks else limit
        out.append(trim(text, Span(span.start, cut)))
        span = trim(text, Span(cut, span.end))
    return [s for s in (*out, span) if len(s)]


def trim(text: str, span: Span) -> Span:
    """The span without the white space at its ends; empty at its start when there is nothing else."""
    if span.end > span.start and not text[span.start].isspace() and not text[span.end - 1].isspace():
        return span
    inner = span.of(text)
    body = inner.strip()
    if not body:
        return Span(span.start, span.start)
    start = span.start + len(inner) - len(inner.lstrip())
    return Span(start, start + len(body))
