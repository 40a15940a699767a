"""Checking any text against the documents, sentence by sentence: a memo, a mail, or what another system answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rag.assistant import Assistant
from rag.errors import InputError
from rag.plain import sentence
from rag.provisos import goes_on, only_drops
from rag.reader import cite
from rag.sentences import split
from rag.support import Judged, Support, Verify
from rag.terms import terms
from rag.types import Citation, Reason, Span, Verdict

PASSAGES = 8
"""How many passages are looked at for a sentence."""
BASIS = 3
"""How many pieces of evidence a sentence names at most."""
LONGEST = 100_000
"""A text of more characters is not checked in one go."""
_MARKERS = re.compile(
    r"^(?:[ 　>|]|[-*+・●○◯◆◇■□▼▲★☆※→⇒](?=[ 　]?\S)|#{1,6}[ 　]|(?:\d{1,2}|[a-zA-Z])[.)．）][ 　]|[（(]\d{1,2}[）)])+"
)
_CITED = re.compile(r"(?:\[\^?\d{1,3}(?:[,、-]\d{1,3})*\]|【\d{1,3}[^】]{0,12}】)+")
_IDLE = re.compile(
    r"(?:お疲れ(?:さま|様)|お世話に|よろしく|宜しく|ありがとう|有難う|失礼(?:いた|し)|取り急ぎ|以上(?:です|、)|(?:です|ます|でしょう)か[。？?]?$|[？?]$|(?:各位|御中|殿|様|さん)[。、]?$)"
)
_HEADING = re.compile(r"\s*(?:#{1,6}[ 　]|[■□◆◇▼▲]|【[^】\n]*】\s*$)[^。\n]{0,40}$")
_NOTHING = Reason("unstated", "あいさつや問いかけなどで、文書と照らし合わせる内容がありません。")


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of the checked text, at its span there, with what the documents say of it and the words that say it."""

    text: str
    span: Span
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    citations: tuple[Citation, ...] = ()


def check(assistant: Assistant, verify: Verify, text: str, as_of: date | None = None) -> Iterator[Checked]:
    """The sentences of the text in order, by the versions in force on the day (today when None).

    Headings are left out. A sentence of which the documents say nothing by itself is looked at once more as going on from the one before. Raises InputError
    where there is nothing to check, or too much.
    """
    if not text.strip():
        raise InputError("確かめる文章が空なので、確かめたい文章を入れてください。")
    if len(text) > LONGEST:
        raise InputError(f"文章が長すぎる（{len(text):,}文字、上限は{LONGEST:,}文字）ので、分けて確かめてください。")
    lines = [line for span in split(text) for line in _lines(text, span)]
    claims = [(line, claim) for line in lines if (claim := _claim(line.of(text))) and not _HEADING.match(line.of(text))]
    before = ""
    for n, (line, claim) in enumerate(claims):
        if _IDLE.search(claim) or not terms(claim):
            yield Checked(claim, line, "not_found", (_NOTHING,))
            continue
        after = claims[n + 1][1] if n + 1 < len(claims) else ""
        yield _checked(assistant, verify, claim, line, before, after, as_of)
        before = claim


def _lines(text: str, span: Span) -> Iterator[Span]:
    """A sentence's lines where a list or a heading makes several of it, the whole where it is only broken."""
    start = span.start
    for match in re.finditer(r"\n", span.of(text)):
        at = span.start + match.start()
        rest = text[at + 1 : span.end]
        if not rest.strip() or rest[0] == "\n" or _MARKERS.match(rest.lstrip(" 　")) or text[start:at].lstrip().startswith("#"):
            yield Span(start, at)
            start = at + 1
    yield Span(start, span.end)


def _claim(words: str) -> str:
    """The sentence without the marks of lists, quoted mail and citations."""
    bare = _CITED.sub("", _MARKERS.sub("", words.strip()))
    return sentence(bare) if bare.strip("。.、 　-=_*#|~") else ""


def _checked(
    assistant: Assistant, verify: Verify, claim: str, span: Span, before: str, after: str, as_of: date | None
) -> Checked:
    judged = _judged(assistant, verify, claim, claim, as_of)
    if judged.found.verdict == "contradicted" and after and only_drops(judged.found.reasons):
        judged = _supporting(_judged(assistant, verify, claim + after, claim + after, as_of), judged)
    if judged.found.verdict != "supported" and before and goes_on(claim):
        judged = _supporting(_judged(assistant, verify, before + claim, before + claim, as_of), judged)
    if judged.found.verdict == "not_found" and before:
        again = _judged(assistant, verify, claim, before + claim, as_of)
        judged = again if again.found.verdict != "not_found" else judged
    cited = dict.fromkeys((e.passage, s) for e in judged.basis[:BASIS] for s in e.spans)
    citations = tuple(cite(assistant.snapshot, passage, place) for passage, place in cited)
    return Checked(claim, span, judged.found.verdict, judged.found.reasons, citations)


def _supporting(judged: Judged, otherwise: Judged) -> Judged:
    return judged if judged.found.verdict == "supported" else otherwise


def _judged(assistant: Assistant, verify: Verify, claim: str, query: str, as_of: date | None) -> Judged:
    limit = assistant.settings.question_length
    hits = assistant.search(query[-limit:], PASSAGES, as_of)
    return Support([h.passage for h in hits], assistant.snapshot, verify).judge(claim, ())
