"""The dates of the supplementary provisions (附則): from when the document, an amendment or one rule is in force, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.datemark import DATE, DAY, EDITION, Dating, canonical
from rag.types import Span

_SUPPLEMENT = re.compile(r"^(?P<level>#*) *(?:[0-9]{1,2}[. ] *)?[(]?[附付] *則[)]?(?= |[(]|$)(?P<rest>[^\n]{0,120})$", re.M)
_ANNEX = re.compile(r"^[# ]*(?:別表|別記|別紙|様式|付録|附録|第 ?[0-9一二三四五六七八九十]+ ?[編章] )|^(?P<level>#+) ", re.M)
_NOUN = (
    r"(?:法律|法|[政省府勅命]令|令|規則|規程|規定|規約|条例|告示|訓令|通達|通知|要領|要綱|基準|細則|内規|指針|方針|憲章|ガイドライン|マニュアル|ポリシー|"
    r"手引き?|手順書?|定款|章程|業務方法書|協定|約款|取扱い?|標準|心得|改[正定訂])"
)
_THIS = (
    rf"(?<![一-龥])(?:この|本)[^。、は()「」\n第の]{{0,20}}?{_NOUN}(?:の(?:一部|全部)?改[正定訂])?(?:及び[^。、は()第]{{1,20}})?"
    rf"|改[正定訂]後の(?:本|この)?{_NOUN}"
)
_EDITION_OF_IT = r"(?<=[\n ・.)])第 ?[0-9.一二三四五六七八九十]+ ?(?:版|次改[正定訂])"
_TOPIC = r"\s?(?:[(][^()]{0,80}[)])?は[、,]?\s?"
_BEGINS = r"(?:から|より)[、,]?\s?(?:これを)?\s?(?P<verb>施行|実施|適用)(?:す[るぞ]|され|し)"
_ENDS = r"(?:限り|をもっ?つ?て|を以っ?て|まで)で?[、,]?\s?(?:その)?(?:効力を(?:失う|有する)|失効する|廃止する)"
_COMES_INTO_FORCE = re.compile(
    rf"(?:{_THIS}|{_EDITION_OF_IT}){_TOPIC}(?P<body>(?:[^。()]|[(](?:[^()]|[(][^()]*[)]){{0,200}}[)]){{1,300}}?)\s?{_BEGINS}"
)
_LOSES_FORCE = re.compile(rf"(?:{_THIS}){_TOPIC}[^。]{{0,160}}?(?P<day>{DAY})\s?{_ENDS}")
_SENTENCE_LENGTH = 450
_LATER = re.compile(
    rf"(?:(?:ただし|但し)[、,](?P<except>[^。]{{1,200}}?)|(?<=[。\n ])(?P<rule>(?:改[正定訂]後の)?(?:第[^。、は\n]{{1,40}}条|別表)[^。は\n]{{0,60}}))は[、,]"
    rf"[^。は]{{0,40}}?(?P<day>{DAY})\s?から\s?(?:施行|適用|実施)"
)
_OWN_DAY = re.compile(r"(?:公布|公表|公示|制定|決定|発出|決裁)の日$")
_SAME_DAY = re.compile(r"同日$")
_ENDING_DATE = re.compile(rf"(?P<day>{DAY})\s?(?:。以下[^()]{{1,40}})?\)?(?:[(]以下[^()]{{1,40}}[)])?$")
_BY_PARTS = re.compile(r"規定は|条は|部分は")
_AMENDED = re.compile(
    rf"(?P<day>{DAY})(?:付け?)?[、,]?\s?(?:[にの]\s?)?(?:{EDITION}\s?)(?:一部|全部|全面|最終)?(?:改[正定訂]|制定)|"
    rf"(?:一部|全部|全面)?改[正定訂][ :]+(?P<day2>{DAY})"
)
_ITEM = re.compile(r"^[ \t]*(?:[0-9]{1,2}[.、 ]|[(][0-9一二三四五六七八九十]{1,3}[)]|[・*-]|[①-⑳])?[ \t]*", re.M)
_MADE_EFFECTIVE = re.compile(r"[^。\n]{0,80}改[正定訂]を施行し")
_FIRST_ARTICLE = re.compile(r"^[# ]*第 ?[1一] ?条(?:[ (](?! *の)|\n\n)", re.M)


@dataclass(frozen=True, slots=True)
class _Block:
    """One 附則: `made` is the day that its heading names; an `excerpt` (抄) counts the articles of the amending law, not its own."""

    span: Span
    made: Dating | None
    excerpt: bool


def supplement_dates(plain: str, head: Sequence[Dating]) -> list[Dating]:
    """The dates of all 附則, or of the article on the date of force where there is none; `head` are the dates of the head."""
    blocks = list(_supplements(plain))
    first = min((d.date for d in head if d.kind == "published"), default="")
    found = [d for block in blocks for d in _of_block(plain, block, first)]
    if not blocks:
        found = list(_statements(plain, Span(0, len(plain)), ""))
    return [] if found and _is_collection(plain, blocks) else found


def _supplements(plain: str) -> Iterator[_Block]:
    heads = list(_SUPPLEMENT.finditer(plain))
    for i, head in enumerate(heads):
        end = heads[i + 1].start() if i + 1 < len(heads) else len(plain)
        for annex in _ANNEX.finditer(plain, head.end(), end):
            if not annex["level"] or len(annex["level"]) <= len(head["level"]):
                end = annex.start()
                break
        match = DATE.search(head["rest"]) if "。" not in head["rest"] else None
        made = None
        if match and (date := canonical(match[0])):
            made = Dating("published", date, Span(head.start("rest") + match.start(), head.start("rest") + match.end()))
        span = Span(head.start("rest"), end)
        if made or "。" in span.of(plain) or DATE.search(span.of(plain)):  # else it is a line of the table of contents
            yield _Block(span, made, "抄" in head["rest"])


def _of_block(plain: str, block: _Block, first: str) -> Iterator[Dating]:
    """The dates of one 附則; one without a day in its heading is the enactment's, made on the day `first` of the head."""
    made = block.made.date if block.made else ""
    if block.made:
        yield block.made
    items = list(_items(plain, block.span))
    for i, (start, amended) in enumerate(items):
        part = Span(start, items[i + 1][0] if i + 1 < len(items) else block.span.end)
        stated = list(_statements(plain, part, amended[-1].date if amended else made, first, block.excerpt))
        yield from amended
        yield from stated
        if not any(d.kind == "effective_from" for d in stated):
            yield from (replace(d, kind="effective_from", of=d.date) for d in amended if len(d.date) == 10)


def _items(plain: str, span: Span) -> Iterator[tuple[int, list[Dating]]]:
    """The 附則 cut before each line that names an amendment: where a part begins, and the amendments that it begins with."""
    yield span.start, []
    for mark in _ITEM.finditer(plain, span.start, span.end):
        line_end = plain.find("\n", mark.end(), span.end)
        line = plain[mark.end() : line_end if line_end >= 0 else span.end]
        sentence = line.split("。")[0]
        first = _AMENDED.match(sentence)
        if first is None and (day := DATE.match(sentence)) and _MADE_EFFECTIVE.match(sentence, day.end()):
            found = [(day.start(), day.end())]
        elif first:
            found = [m.span("day" if m["day"] else "day2") for m in _AMENDED.finditer(sentence)]
        else:
            continue
        spans = [Span(mark.end() + start, mark.end() + end) for start, end in found]
        amended = [Dating("published", date, s) for s in spans if (date := canonical(s.of(plain)))]
        if amended:
            yield mark.start(), amended


def _statements(plain: str, part: Span, made: str, first: str = "", excerpt: bool = False) -> Iterator[Dating]:
    """The sentences of a part that say from when or until when the document or one of its rules is in force."""
    whole = ""
    for match in _sentences(plain, part, re.compile(_BEGINS), _COMES_INTO_FORCE):
        dating = _beginning(plain, match, made, first)
        if dating.date or match["verb"] != "適用":
            whole = dating.date
            yield dating
    for match in () if excerpt else _LATER.finditer(plain, part.start, part.end):
        if date := canonical(match["day"]):
            name = "except" if match["except"] else "rule"
            yield Dating("partial", date, Span(match.start(name), match.end()), whole or made)
    for match in () if made else _sentences(plain, part, re.compile(_ENDS), _LOSES_FORCE):
        if date := canonical(match["day"]):
            yield Dating("effective_to", date, Span(*match.span("day")))


def _sentences(plain: str, part: Span, close: re.Pattern[str], whole: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The matches of a sentence's pattern, sought only before the words that close it, and not within 「」."""
    last = part.start
    for end in close.finditer(plain, part.start, part.end):
        match = whole.search(plain, max(last, end.start() - _SENTENCE_LENGTH), end.end())
        if match and not _is_quoted(plain, match.start()):
            yield match
        last = end.end() if match else last


def _beginning(plain: str, match: re.Match[str], made: str, first: str) -> Dating:
    """The day of a sentence 「この規程は、…から施行する」."""
    body, start = match["body"], match.start("body")
    if day := _ENDING_DATE.search(body):
        where = Span(start + day.start("day"), start + day.end("day"))
        return Dating("effective_from", "" if _BY_PARTS.search(body) else canonical(day["day"]), where, made)
    days = list(DATE.finditer(plain, match.start(), match.end("body")))
    if _SAME_DAY.search(body) and days:
        return Dating("effective_from", canonical(days[-1][0]), Span(*days[-1].span()), made or canonical(days[-1][0]))
    own = _OWN_DAY.search(body)
    where = Span(start + own.start(), start + own.end()) if own else Span(start, match.end("body"))
    return Dating("effective_from", (made or first) if own and len(body) <= 12 else "", where, made)


def _is_quoted(plain: str, at: int) -> bool:
    """Whether the place lies within 「」."""
    before = plain[max(0, at - 200) : at]
    return before.rfind("「") > before.rfind("」")


def _is_collection(plain: str, blocks: Sequence[_Block]) -> bool:
    """Whether the text holds several sets of rules, each with its own 第1条 (and 附則), so that no date speaks for the whole."""
    firsts = [m.start() for m in _FIRST_ARTICLE.finditer(plain)]
    if not blocks:
        return len(firsts) > 1
    bare = [b.span for b in blocks if b.made is None]
    for at in firsts:
        within = next((b for b in blocks if b.span.start <= at < b.span.end), None)
        if within and within.made is None and "。" in plain[within.span.start : at]:
            return True
        if within is None and bare and bare[0].start < at < bare[-1].start:
            return True
    return False
