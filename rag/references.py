"""References between places of a document: 前条第2項, 同項, 次の各号, 第5条から第8条まで, 地方税法第3条, and the sections they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.addresses import APPENDED, GROUPS, START, WORDS, Part, is_law_number, parse_lower, parse_parts, title_before
from rag.fold import fold, kanji_number
from rag.places import Places, appended_root, order, parts_of
from rag.types import Section, Span

_RELATIVE = re.compile(
    r"(?P<which>[前次同本]|この)(?P<count>各|[二三四五六七八九十2-9２-９]{1,3})?(?P<unit>附則|[条項号編章節款]|目(?!的|標|次|録))(?![目約例件])"
)
_LISTED = re.compile(r"次の(?P<each>各[号項])")
_EACH = re.compile(r"の?各([号項])")
_QUOTED = re.compile(r"「[^「」]*」")
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
_JOIN = re.compile(
    r"[ 　\n]*(?:まで)?(?:、?(?:及び|又は|若しくは|並びに|または|および|もしくは|ならびに)|、|から|と|・|中(?:とあるのは(?:それぞれ)?と)?、|[（(])[ 　\n]*"
)
_SELF = re.compile(r"(?:この|本|当)(?:規程|規則|法律|法|政令|省令|府令|令|条例|要綱|要領|細則|基準|規約|指針|ガイドライン|契約)$")
_SAME = re.compile(r"同(?:法律|法|令|政令|省令|規則|規程|条例|条約|要綱|基準)$")
_LEVEL = {"附則": 0, **dict.fromkeys(APPENDED, 0), **dict.fromkeys(GROUPS, 1), "条": 2, "項": 3, "号": 4, "イ": 5, "（1）": 6}
_BACK = 600
"""How many characters before a sentence may name the article that its 同条 means."""
_ALL = 9999


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference with the span that says it.

    It leads out of the document where it has a `title`. Else `parts` are the steps from the document's root, or, where a `unit` is
    given, from the unit of that kind `first` to `last` places after the one that holds the reference (前二条: 条, -2, -1). `to` is
    the other end of a range.
    """

    span: Span
    parts: tuple[Part, ...]
    title: str = ""
    unit: str = ""
    first: int = 0
    last: int = 0
    to: Reference | None = None

    @property
    def is_external(self) -> bool:
        """Whether it names another document."""
        return bool(self.title)


def references(text: str, span: Span, path: Sequence[str]) -> tuple[Reference, ...]:
    """The references that text[span] makes, in order; `path` is the section path of the span."""
    start = max(span.start - _BACK, text.rfind("\n\n", 0, span.start), 0)
    quoted = [m.span() for m in _QUOTED.finditer(text, start, span.end)]
    seen: list[Reference] = []
    for found in _found(text, Span(start, span.end), path, seen):
        inside = any(a < found.span.start and found.span.end < b for a, b in quoted)
        if not inside and (found.span.start >= span.start or not found.unit):
            seen.append(found)
    return tuple(r for r in _ranges(text, seen) if r.span.start >= span.start)


def _found(text: str, span: Span, path: Sequence[str], seen: list[Reference]) -> Iterator[Reference]:
    """Each reference, those before it being in `seen`."""
    at = span.start
    starts = sorted(
        (m for p in (START, _RELATIVE, _LISTED) for m in p.finditer(text, span.start, span.end)), key=lambda m: m.start()
    )
    for start in starts:
        scope = text[max(0, start.start() - 2) : start.start()] == "以下"  # 以下この条において同じ。
        if start.start() < at or scope or (start.re is START and is_law_number(text, start)):
            continue
        found = _read(text, start, path, seen, at)
        if found:
            at = found.span.end
            yield found


def _read(text: str, start: re.Match[str], path: Sequence[str], seen: list[Reference], floor: int) -> Reference | None:
    if start.re is _LISTED:
        return Reference(Span(*start.span()), ((start["each"], ""),), unit="項" if start["each"] == "各号" else "条")
    if start.re is _RELATIVE:
        parts, end = parse_lower(text, start.end())
        each, end = _each(text, end)
        return _relative(start, (*parts, *each), Span(start.start(), end), seen)
    parts, end = parse_parts(text, start.start())
    if not parts or (parts[0][0] in APPENDED[1:] and not parts[0][1]):
        return None
    each, end = _each(text, end)
    title, begin = title_before(text, floor, start.start())
    return _placed(text, Reference(Span(begin, end), (*parts, *each)), title, path, seen)


def _each(text: str, at: int) -> tuple[tuple[Part, ...], int]:
    found = _EACH.match(text, at)
    return ((("各" + found[1], ""),), found.end()) if found else ((), at)


def _relative(start: re.Match[str], parts: tuple[Part, ...], span: Span, seen: list[Reference]) -> Reference | None:
    which, count, unit = start["which"], start["count"] or "", start["unit"]
    if which == "同":
        before = next((found for r in reversed(seen) if (found := _up_to(r, unit))), None)
        return (
            replace(before, span=span, parts=before.parts + parts, to=None)
            if before
            else Reference(span, parts, unit="同" + unit)
        )
    if which in ("本", "この"):
        return None if count else Reference(span, parts, unit=unit)
    many = _ALL if count == "各" else kanji_number(fold(count)) if count else 1
    return Reference(span, parts, "", unit, *((-many, -1) if which == "前" else (1, many)))


def _placed(text: str, found: Reference, title: str, path: Sequence[str], seen: list[Reference]) -> Reference:
    """An address with what it leaves out: the law of the one it is joined to, its article, or the article that it stands in."""
    if _SELF.search(title):
        return found
    if title:
        named = next((r.title for r in reversed(seen) if r.title), title) if _SAME.search(title) else title
        return replace(found, title=named)
    kind = found.parts[0][0]
    joined = _joined_to(text, found, seen)
    if joined and joined.title and kind in APPENDED:
        return replace(found, title=joined.title)
    above = _above(joined, kind) if joined and kind not in ("附則", *APPENDED) else None
    if above:
        return replace(above, span=found.span, parts=above.parts + found.parts)
    if kind in ("項", "号"):
        return replace(found, unit="条" if kind == "項" else "項")
    root = parts_of(appended_root(path))
    amending = kind == "条" and root and root[0][0] == "附則" and "号" in root[0][1]
    return replace(found, title=root[0][1]) if amending else found


def _joined_to(text: str, found: Reference, seen: list[Reference]) -> Reference | None:
    """The reference before, where nothing but a joining word and brackets stand between: 第3条（…）及び第5条."""
    for before in reversed(seen):
        between = _QUOTED.sub("", text[before.span.end : found.span.start])
        while "（" in between or "(" in between:
            shorter = _BRACKETS.sub("", between)
            if shorter == between:
                break
            between = shorter
        if _JOIN.fullmatch(between):
            return before
        if len(between) > 3 and not between.startswith(("（", "(")) and "）" not in between and ")" not in between:
            return None
    return None


def _above(reference: Reference, kind: str) -> Reference | None:
    """A reference cut above a kind of step; None where nothing of it is above."""
    level = _LEVEL[kind]
    if reference.unit and _LEVEL.get(reference.unit, 9) >= level:
        return None
    parts = tuple(p for p in reference.parts if _LEVEL.get(p[0], 9) < level)
    return replace(reference, parts=parts, to=None) if parts or reference.unit or reference.title else None


def _up_to(reference: Reference, kind: str) -> Reference | None:
    """A reference cut below a kind of step: 同条 after 第3条第2項 is 第3条, after 前項 the article that holds it."""
    level = _LEVEL[kind]
    if reference.unit and _LEVEL.get(reference.unit, 9) > level:
        return Reference(reference.span, (), unit=kind)
    held = reference.unit == kind or any(p[0] == kind for p in reference.parts)
    return replace(reference, parts=tuple(p for p in reference.parts if _LEVEL.get(p[0], 9) <= level), to=None) if held else None


def _ranges(text: str, seen: Sequence[Reference]) -> Iterator[Reference]:
    """第5条から第8条まで as one reference."""
    rest = list(seen)
    while rest:
        found = rest.pop(0)
        if rest and text[found.span.end : rest[0].span.start].strip() == "から" and text.startswith("まで", rest[0].span.end):
            end = rest.pop(0)
            found = replace(found, span=Span(found.span.start, end.span.end + 2), to=end)
        yield found


# Where they lead


def targets(reference: Reference, path: Sequence[str], places: Places) -> tuple[Section, ...]:
    """The sections that a reference in the section with this path leads to; () for another document and where there is none."""
    if reference.title:
        return ()
    found = _one_end(reference, path, places)
    if reference.to is None or not found:
        return found
    end = _one_end(reference.to, path, places)
    row = places.beside(found[0])
    if not end or end[-1] not in row or found[0] not in row:
        return ()
    return tuple(row[row.index(found[0]) : row.index(end[-1]) + 1])


def _one_end(reference: Reference, path: Sequence[str], places: Places) -> tuple[Section, ...]:
    parts = tuple(p for p in reference.parts if p[0] not in WORDS)
    each = parts[-1][0][1:] if parts and parts[-1][0] in ("各号", "各項") else ""
    steps = parts[:-1] if each else parts
    if not reference.unit:
        found = _absolute(steps, path, places)
    else:
        found = [s for base in _bases(reference, path, places) if (s := _below(base, steps, places))]
    return tuple(u for s in found for u in places.under(s, each)) if each else tuple(found)


def _absolute(steps: tuple[Part, ...], path: Sequence[str], places: Places) -> list[Section]:
    """What the steps lead to from the root; 附則 in a 附則 is that one."""
    own = places.section(appended_root(path)) if steps and steps[0] == ("附則", "") else None
    found = (own and _below(own, steps[1:], places)) or places.at(steps)
    return [found] if found else []


def _below(base: Section | None, steps: tuple[Part, ...], places: Places) -> Section | None:
    if base is None:
        return places.at(steps)
    return places.at((*parts_of(base.path), *steps), base.span) if steps else base


def _bases(reference: Reference, path: Sequence[str], places: Places) -> list[Section | None]:
    """The units from which a relative reference goes on."""
    own = _holding(reference.unit, path, places)
    if not reference.first and not reference.last:
        return [own] if own or reference.unit == "条" else []
    if own is None or parts_of(own.path)[-1][0] != reference.unit:
        return []
    if reference.unit in GROUPS:
        return list(_groups(own, reference, places))
    row = places.beside(own)
    here = row.index(own)
    low = max(0, here + reference.first) if reference.first == -_ALL else here + reference.first
    high = here + reference.last
    if low < 0 or high >= len(row) or high < low:
        return []
    between = row[min(low, here) : max(high, here) + 1]
    return list(row[low : high + 1]) if all(_follows(a, b) for a, b in pairwise(between)) else []


def _holding(unit: str, path: Sequence[str], places: Places) -> Section | None:
    """The section of this kind that holds a path; for the 項 of an article without numbers the article, for the 条 of a 附則 that has
    none the 附則."""
    wanted = {"条": ("条", "附則"), "項": ("項", "条", "附則")}.get(unit, (unit,))
    for kind in wanted:
        for end in range(len(path), 0, -1):
            parts = parts_of(path[end - 1 : end])
            if parts and parts[0][0] == kind:
                return places.section(path[:end])
    return None


def _groups(own: Section, reference: Reference, places: Places) -> Iterator[Section | None]:
    """Chapters counted by number, as a table of contents names them too."""
    *above, (kind, number) = parts_of(own.path)
    for shift in range(reference.first, reference.last + 1):
        if number.isdigit() and (found := places.at((*above, (kind, str(int(number) + shift))))):
            yield found


def _follows(before: Section, after: Section) -> bool:
    """Whether no number is left out between two sections, as in a 附則 of which only a part is kept."""
    last = parts_of(before.path)[-1][1].rpartition("-")[2]
    first = parts_of(after.path)[-1][1]
    return not first[:1].isdigit() or order(first)[0] - order(last)[0] <= 1
