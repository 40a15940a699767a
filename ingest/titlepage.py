"""The dates above a document's first chapter (制定, 最終改正, 施行日), and those of its table of versions (改訂履歴)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ingest.datemark import DATE, EDITION, Dating, Kind, canonical, lines, narrow
from rag.types import Span

_HEAD_LINES, _HEAD_LENGTH = 40, 3000
_BODY = re.compile(
    r"[# ]*(?:目 *次|もくじ|第 ?[0-9一二三四五六七八九十]+ ?[編部章節条]|[0-9IVXⅠ]{1,2}[. 、](?![0-9])|[(][0-9一][)]|はじめに|[一1] |[○●■◆➢])"
    r"|[# ]*(?:前文|目的|趣旨|総則|要旨|概要|本文)$"
)
_MADE = r"(?:制定|策定|決定|公布|公表|発行|発出|通知|作成|承認|議決|告示|最終改[正定訂]|[一全]部改[正定訂]|改[正定訂]版?|改版|初版|発表)"
_BEGINS = r"(?:施行|実施|発効)"
_ENDS = r"(?:有効期限|失効|廃止)"
_LABELS: tuple[tuple[Kind, str], ...] = (("published", _MADE), ("effective_from", _BEGINS), ("effective_to", _ENDS))
_BEFORE = tuple(
    (kind, re.compile(rf"{words}(?:年?月?日)?(?:[(][^()]*[)])?[ \t|:・=*_]*{EDITION}[ \t|:*_]*$")) for kind, words in _LABELS
)
_TOUCHING = tuple((kind, re.compile(rf"(?:付け?)?{EDITION}{words}")) for kind, words in _LABELS)
_AFTER = tuple((kind, re.compile(rf"(?:付け?)?[ \t、(]*{EDITION}[ \t]*{words}")) for kind, words in _LABELS)
_NOT_ITS_OWN = re.compile(
    r"(?:次回|次期|予定|見直し|締切|期限|期間|開催|会議日|基準日?|現在|時点|対象|受付|日時|説明会|前回|旧版|計画)[^0-9(]{0,8}$"
)
_VALID_UNTIL = re.compile(r"有効期限[^0-9]{0,8}$")
_A_RANGE = re.compile(r" ?(?:以[後前降]|から|まで|より|現在|時点|[〜~～―–-]|分|号|期|末|間|頃|上旬|中旬|下旬|予定|限り|に|の)")
_RANGE_BEFORE = re.compile(r"[〜~～―–] ?$")
_OTHERS = re.compile(r"旧|法(?!人|務)|対応|準拠|基づ|に伴|参考|参照|[「」『』]|抜粋")
_UNFORCED = re.compile(r"未施行")

# The table of versions.
_HISTORY_WORDS = re.compile(r"履歴|沿革|[訂定正版新更]の?(?:経過|経緯|記録|内容|点|箇所|理由|概要|事項)|主な[内改変]")
_HISTORY = (
    r"[# *0-9.(]*(?:[^ \n]{0,8}と)?(?:改[訂定正版]|変更|更新|制定|制改定|版)(?:・?改[訂定正廃])?の?(?:履歴|経過|経緯|沿革|記録)[*): ]*$"
    r"|[# *0-9.]*(?:沿革|履歴) *$"
)
_DATED_CHANGES = r"(?=[^\n]{0,120}$)(?=[^\n]*[\t|])(?=[^\n]*(?:月日|日付|[布表行訂定正施]日))[^\n]*(?:内容|変更|改[訂定正版])"
_HISTORY_HEADING = re.compile(_HISTORY, re.M)
_HISTORY_HEAD = re.compile(rf" *(?:{_HISTORY}|{_DATED_CHANGES})", re.M)
_MOST_TABLES = 10
_HISTORY_LENGTH = 4000


def lacks_amendment(plain: str) -> bool:
    """Whether the head says that the last amendment is not in the text yet, as the law data has it."""
    return any(_UNFORCED.search(line.of(plain)) for line in _head_spans(plain))


def head_dates(plain: str) -> Iterator[Dating]:
    """The dates in the lines above the body."""
    for line in _head_spans(plain):
        words = line.of(plain)
        unforced = _UNFORCED.search(words)
        for match in DATE.finditer(words, 0, unforced.start() if unforced else len(words)):
            if (date := canonical(match[0])) and (kind := _kind(words, match)):
                yield Dating(kind, date, Span(line.start + match.start(), line.start + match.end()))


def head_lines(text: str) -> list[str]:
    """The words of the lines above the body, with full-width signs made narrow."""
    plain = narrow(text[:_HEAD_LENGTH])
    return [span.of(plain).strip() for span in _head_spans(plain)]


def _head_spans(plain: str) -> Iterator[Span]:
    """The lines above the body, as far as they are no sentences."""
    count = 0
    for line in lines(plain, 0, _HEAD_LENGTH):
        words = line.of(plain).strip()
        if _HISTORY_HEADING.match(words):
            return
        if not words:
            continue
        count += 1
        if count > _HEAD_LINES or (count > 1 and _BODY.match(words)) or (len(words) > 40 and words.endswith("。")):
            return
        if "。" not in words and not words.startswith(">"):
            yield line


def _kind(words: str, match: re.Match[str]) -> Kind | None:
    """What a date in a line of the head is; None where it is not the document's own."""
    before, after = words[: match.start()], words[match.end() :]
    if _VALID_UNTIL.search(before):
        return "effective_to"
    if _NOT_ITS_OWN.search(before) or _A_RANGE.match(after) or _RANGE_BEFORE.search(before):
        return None
    for side, table in ((after, _TOUCHING), (before, _BEFORE), (after, _AFTER)):
        for kind, pattern in table:
            if pattern.search(before) if side is before else pattern.match(after):
                return None if kind != "published" and _OTHERS.search(words) else kind
    rest = DATE.sub("", words).strip("#*_ ()\t|-・")
    alone = not before.strip("#*_ (\t|-・:第版0123456789.") or not after.strip("#*_ ()\t|第版次0123456789.")
    return "published" if alone and len(rest) <= 40 and not re.search(r"[をがは]|[「『]", rest) else None


def history_dates(plain: str) -> Iterator[Dating]:
    """The dates of the versions, one a row; the column's name tells whether a version was made or came into force then."""
    starts = {plain.rfind("\n", max(0, m.start() - 120), m.start()) + 1 for m in _HISTORY_WORDS.finditer(plain)}
    tables = (start for start in sorted(starts) if _HISTORY_HEAD.match(plain, start))
    for start in islice(tables, _MOST_TABLES):
        rows = [line for line in lines(plain, start, start + _HISTORY_LENGTH) if line.of(plain).strip()]
        yield from _history_rows(plain, rows)


def _history_rows(plain: str, rows: Sequence[Span]) -> Iterator[Dating]:
    effective = False
    for n, line in enumerate(rows):
        words = line.of(plain)
        if n and (words.lstrip().startswith("#") or _BODY.match(words.strip())):
            return
        match = next((m for m in DATE.finditer(words) if m.start() <= 30), None)
        if match is None:
            effective = effective or bool(re.search(r"(?:施行|実施)(?:年月)?日", words))
            continue
        planned = "予定" in words or _A_RANGE.match(words, match.end())
        if (date := canonical(match[0])) and not planned and not _OTHERS.search(words[: match.start()]):
            span = Span(line.start + match.start(), line.start + match.end())
            yield Dating("effective_from" if effective else "published", date, span, date if effective else "")
