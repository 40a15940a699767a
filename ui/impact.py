"""改定の影響: which answers rest on words that the versions in force do not have any more, and what stands there now."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from eval.files import csv_table
from rag.inline import Effort, Piece, inline
from rag.sentences import split
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Answer, Citation, Section, Span
from ui.cases import STATES, Case
from ui.labels import bases, page_name, section_name
from ui.shown import Shown, Source

Kind = Literal["gone", "words", "around"]
KINDS: dict[Kind, str] = {"gone": "文書がない", "words": "典拠の文言が変わった", "around": "典拠の前後が変わった"}
"""What has become of words that an answer rests on."""
LONGEST = 2_000
"""Of a section of more characters only the lines of the cited words count as what stands around them."""
_ARTICLE = re.compile(r"第[0-9０-９一二三四五六七八九十百千]+条")
_NUMBER = re.compile(r"[0-9０-９〇一二三四五六七八九十百千]+")
_ALIKE = 0.25
"""From this share of common character pairs on a sentence is taken for what has become of another."""


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of a source: `version` is the one in force, `old` and `now` are the words then and now, empty where nothing stands
    there or no document is in force."""

    source: Source
    kind: Kind
    version: str = ""
    old: str = ""
    now: str = ""

    def pieces(self) -> tuple[Piece, ...]:
        """What changed from `old` to `now`, word by word."""
        return inline(self.old, Span(0, len(self.old)), self.now, Span(0, len(self.now)), Effort())


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around cited words: to be shown, and without the heading, whose number may change."""

    whole: str
    body: str


class InForce:
    """The versions in force on a day of what a snapshot shows, to hold answers against."""

    def __init__(self, snapshot: Snapshot, day: date) -> None:
        self.snapshot = snapshot
        self.day = day
        self._rows = {row.id: row for row in snapshot.in_force(day)}
        self._known: dict[tuple[Source, str], tuple[Span | None, Change | None]] = {}
        self._others: dict[date, InForce] = {day: self}

    def of(self, case: Case) -> InForce:
        """What to hold a case against: the versions of this day, of the day asked for where that was not the day of asking."""
        day = case.answer.day
        return self if day == case.entry.at.astimezone().date() else self._others.setdefault(day, InForce(self.snapshot, day))

    def changed(self, case: Case) -> tuple[Change, ...]:
        """What of a case's answer does not stand any more."""
        return self.of(case).changes(case.current, case.around)

    def changes(self, answer: Shown, around: Sequence[str] = ()) -> tuple[Change, ...]:
        """What of an answer's sources does not stand any more; none of an abstention's. `around` are the `surroundings` of the sources
        when the answer was approved."""
        if answer.abstained:
            return ()
        digests = around if len(around) == len(answer.sources) else [""] * len(answer.sources)
        found = (self._found(*pair)[1] for pair in dict.fromkeys(zip(answer.sources, digests, strict=True)))
        return tuple(change for change in found if change)

    def stands(self, source: Source) -> bool:
        """Whether the source's words stand, whatever stands around them."""
        return self._found(source, "")[0] is not None

    def surroundings(self, answer: Shown) -> list[str]:
        """For each source the digest of what stands around it now, empty where it does not stand."""
        places = ((self._found(source, "")[0], self._rows.get(source.doc_id)) for source in answer.sources)
        return [_digest(self._around(row, span).body) if row and span else "" for span, row in places]

    def standing(self, answer: Shown, around: Sequence[str] = ()) -> Shown | None:
        """The answer with its sources at their places in the versions in force; None where one of them has changed.

        An abstention stands only as long as no document has come or gone.
        """
        if answer.abstained:
            return answer if answer.snapshot == self.snapshot.name else None
        return None if self.changes(answer, around) else self.moved(answer)

    def moved(self, answer: Shown) -> Shown | None:
        """The answer with its sources at their places in the versions in force, whatever stands around them; None where the words of
        one are not there."""
        if answer.abstained:
            return replace(answer, snapshot=self.snapshot.name)
        if not all(map(self.stands, answer.sources)):
            return None
        sources = tuple(map(self._moved, answer.sources))
        cited = Answer(answer.question, citations=tuple(map(_citation, sources)))
        told = bases(cited, self.snapshot, self.day)
        return replace(answer, day=self.day, snapshot=self.snapshot.name, sources=sources, versions=told)

    def _moved(self, source: Source) -> Source:
        row, span = self._rows[source.doc_id], self._found(source, "")[0]
        if span is None:
            return source
        document, path = self.snapshot.document(row.id, row.version), self.snapshot.path_at(row.id, row.version, span)
        place, page = section_name(row.title, path), page_name(document, span)
        return Source(row.title, place, row.source, row.id, row.version, span, span.of(document.text), path, page)

    def _found(self, source: Source, around: str) -> tuple[Span | None, Change | None]:
        key = (source, around)
        if key not in self._known:
            self._known[key] = self._look(source, around)
        return self._known[key]

    def _look(self, source: Source, around: str) -> tuple[Span | None, Change | None]:
        """Where the source's words stand now, and what has changed."""
        row = self._rows.get(source.doc_id)
        if row is None:
            return None, Change(source, "gone", old=source.quote)
        span = self._place(row, source)
        if span is None:
            return None, self._changed(row, source)
        was, now = self._was(source), self._around(row, span)
        if (around and around != _digest(now.body)) or (was and _plain(was.body) != _plain(now.body)):
            return span, Change(source, "around", row.version, was.whole if was else source.quote, now.whole)
        return span, None

    def _place(self, row: DocumentRow, source: Source) -> Span | None:
        """The span of the words at the same address, the nearest to where they stood; the numbers of the address may have changed."""
        text = self.snapshot.document(row.id, row.version).text
        if row.version == source.version and source.span.of(text) == source.quote:
            return source.span
        spans = [Span(m.start(), m.end()) for m in re.finditer(re.escape(source.quote), text)] if source.quote else []
        near = sorted(spans, key=lambda s: abs(s.start - source.span.start))
        paths = {span: self.snapshot.path_at(row.id, row.version, span) for span in near}
        same = (s for s in near if paths[s] == source.path)
        renumbered = (s for s in near if _unnumbered(paths[s]) == _unnumbered(source.path))
        return next(same, None) or next(renumbered, None)

    def _was(self, source: Source) -> _Around | None:
        """What stood around the source when it was cited; None where that version is gone or has another text now."""
        if not self.snapshot.has(source.doc_id, source.version):
            return None
        row = self.snapshot.row(source.doc_id, source.version)
        same = source.span.of(self.snapshot.document(row.id, row.version).text) == source.quote
        return self._around(row, source.span) if same else None

    def _changed(self, row: DocumentRow, source: Source) -> Change:
        """A change of the words themselves: the whole sections where both are known, else the quote and the sentence most like it."""
        text, was = self.snapshot.document(row.id, row.version).text, self._was(source)
        here = self._section(row, source.path)
        if was and here and len(here.span) <= LONGEST:
            return Change(source, "words", row.version, was.whole, here.span.of(text).strip())
        like = _most_alike(source.quote, text, here.span if here else Span(0, len(text)))
        return Change(source, "words", row.version, source.quote, like)

    def _section(self, row: DocumentRow, path: tuple[str, ...]) -> Section | None:
        """The article with the address, else one of the same name under another number."""
        path = _article(path)
        sections = self.snapshot.sections(row.id, row.version)
        same = next((s for s in sections if s.path == path), None)
        return same or next((s for s in sections if path and _unnumbered(s.path) == _unnumbered(path)), None)

    def _around(self, row: DocumentRow, span: Span) -> _Around:
        """The article that holds the span, else its innermost section, else its lines."""
        text = self.snapshot.document(row.id, row.version).text
        holding = [s for s in self.snapshot.sections(row.id, row.version) if s.span.start <= span.start < s.span.end]
        articles = [s for s in holding if _ARTICLE.match(s.path[-1])]
        section = next(iter(articles or holding[-1:]), None)
        if section and len(section.span) <= LONGEST:
            body = text[min(section.heading.end, span.start) : section.span.end]
            return _Around(section.span.of(text).strip(), body)
        end = text.find("\n", span.end)
        lines = text[text.rfind("\n", 0, span.start) + 1 : end if end >= 0 else len(text)].strip()
        return _Around(lines, lines)


def _article(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path down to the article; the whole where there is none."""
    at = next((n for n, label in enumerate(path, start=1) if _ARTICLE.match(label)), len(path))
    return path[:at]


def _unnumbered(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_NUMBER.sub("", label) for label in path)


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


def _digest(words: str) -> str:
    return hashlib.sha256(_plain(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _most_alike(quote: str, text: str, within: Span) -> str:
    """The sentence of a part of a text that shares most with the quote; empty where none is like it."""
    pairs = _pairs(quote)
    scored = ((_share(pairs, _pairs(span.of(text))), span) for span in split(text, within))
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1].of(text).strip() if best and best[0] >= _ALIKE else ""


def _pairs(words: str) -> frozenset[str]:
    plain = _plain(words)
    return frozenset(plain[n : n + 2] for n in range(len(plain) - 1))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _citation(source: Source) -> Citation:
    return Citation(source.doc, source.doc_id, source.version, source.title, source.span, source.quote, source.path)


@dataclass(frozen=True, slots=True)
class Affected:
    """An answer with what has changed below it; `times` is how often it was given alike."""

    case: Case
    changes: tuple[Change, ...]
    times: int = 1


def affected(cases: Iterable[Case], basis: InForce) -> list[Affected]:
    """The answers that rest on what has changed: approved ones first, then the newest; of the same ones the latest stands for all."""
    found: dict[tuple[object, ...], Affected] = {}
    for case in cases:
        if changes := basis.changed(case):
            key = (case.current.question, case.current.text, case.current.sources, case.state)
            known = found.get(key)
            latest = case if known is None or case.entry.seq > known.case.entry.seq else known.case
            found[key] = Affected(latest, changes, known.times + 1 if known else 1)
    return sorted(found.values(), key=lambda a: (not a.case.approved, -a.case.entry.seq))


COLUMNS = ("記録番号", "回数", "状態", "質問", "回答", "文書", "条項", "答えたときの版", "今の版", "変更", "前の文言", "今の文言")


def impact_csv(found: Iterable[Affected]) -> bytes:
    """A line a change, for a spreadsheet."""
    out = io.StringIO(newline="")
    csv_table(out, COLUMNS, (row for one in found for row in _cells(one)))
    return out.getvalue().encode("utf-8-sig", "replace")


def _cells(one: Affected) -> Iterator[tuple[object, ...]]:
    answer = one.case.current
    for change in one.changes:
        source = change.source
        before = (one.case.entry.seq, one.times, STATES[one.case.state], answer.question, answer.text)
        yield (*before, source.title, source.place, source.version, change.version, KINDS[change.kind], change.old, change.now)
