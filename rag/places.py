"""From an address to the place in a document: which section, sentence or table row it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.addresses import APPENDED, APPENDIX, GROUPS, ROW_WORDS, SUPPLEMENT, WORDS, Address, N, Part, number_of
from rag.fold import fold
from rag.plain import cells
from rag.sentences import split
from rag.types import Section, Span

_LABEL = re.compile(rf"第({N})([編章節款目条項])((?:の[0-9]+)*)(?:から第({N})条((?:の[0-9]+)*)まで)?")
_FIRST: Part = ("項", "1")
_INLINE = ("イ", "（1）")
_LONGEST_RANGE = 999
_NEXT = re.compile(
    r"\n[ 　]*(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3}|[（(][0-9０-９一二三四五六七八九十]{1,3}[）)])[ 　\n]"
)
_LABEL_ITEM = re.compile(r"第([0-9]+)号((?:の[0-9]+)*)$")


def match_title(words: str, titles: Sequence[str]) -> tuple[int, ...]:
    """The indices of the titles that the words name: those that are the same, else those that hold the words, else the longest that
    the words hold; several where that is not clear."""
    said, folded = _plain_title(words), [_plain_title(title) for title in titles]
    if len(said) < 2:
        return ()
    same = tuple(i for i, title in enumerate(folded) if title == said)
    holding = same or tuple(i for i, title in enumerate(folded) if said in title)
    if holding:
        return holding
    held = [i for i, title in enumerate(folded) if len(title) > 1 and title in said]
    longest = max((len(folded[i]) for i in held), default=0)
    return tuple(i for i in held if len(folded[i]) == longest)


def _plain_title(title: str) -> str:
    return re.sub(r"[\s「」『』]", "", fold(title))


def label_part(label: str) -> Part | None:
    """What a section's label says of its place: 第12条の2（日当） → (条, 12の2), 別表第１（第7条関係） → (別表, 1); None for other headings.

    The number of a range is 2-4.
    """
    if found := _LABEL.match(label):
        first = number_of(found[1], found[3])
        return found[2], f"{first}-{number_of(found[4], found[5])}" if found[4] else first
    if found := _LABEL_ITEM.match(label):
        return "号", number_of(found[1], found[2])
    if found := SUPPLEMENT.match(label):
        return "附則", found[1] or ""
    if found := APPENDIX.match(label):
        return found[1], number_of(found[2] or "", found[3] or "")
    if len(label) == 1 and "ァ" <= label <= "ヺ":
        return "イ", label
    found = re.fullmatch(r"[（(]([0-9]+)[）)]", fold(label))
    return ("（1）", found[1]) if found else None


_label_part = lru_cache(maxsize=65536)(label_part)


def parts_of(path: Sequence[str]) -> tuple[Part, ...]:
    """The steps of a section path, other headings left out."""
    return tuple(part for label in path if (part := _label_part(label)))


class Places:
    """The sections of one document by their addresses."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._found: dict[tuple[Part, ...], list[Section]] = {}
        self._by_path: dict[tuple[str, ...], Section] = {}
        self._beside: dict[tuple[tuple[str, ...], str], list[Section]] = {}
        for section in sections:
            parts = parts_of(section.path)
            self._by_path.setdefault(section.path, section)
            if parts and _label_part(section.path[-1]) == parts[-1]:
                self._beside.setdefault(_row_of(section.path), []).append(section)
                for key in _keys(parts):
                    self._found.setdefault(key, []).append(section)

    def section(self, path: Sequence[str]) -> Section | None:
        """The section with this very path."""
        return self._by_path.get(tuple(path))

    def beside(self, section: Section) -> list[Section]:
        """The sections that are numbered in one row with this one, itself among them, in reading order: the articles of the whole
        part, the 項 of one article, the 号 of one 項."""
        return self._beside[_row_of(section.path)]

    def under(self, section: Section, kind: str) -> list[Section]:
        """The 項 or 号 right under a section; the 号 of an article are those of its first 項."""
        return self._beside.get((section.path, kind)) or self._beside.get(((*section.path, "第1項"), kind), [])

    def at(self, parts: Sequence[Part], within: Span | None = None) -> Section | None:
        """The section that the steps lead to, inside a span of the text where one is given; None when there is none.

        An article is looked for in the whole main part, its chapter need not be named. 第1項 of an article without numbers is the
        article, イ that stands inside the words of a 号 is the 号.
        """
        found = self._at(tuple(parts), within)
        if found is None and len(parts) > 1 and (parts[-1] == _FIRST or parts[-1][0] in _INLINE):
            return self.at(parts[:-1], within)
        return found

    def _at(self, parts: tuple[Part, ...], within: Span | None) -> Section | None:
        """The first that has contents: a table of contents names chapters before they come."""
        said = [part for part in parts if part[0] in GROUPS or part[0] == "附則"]
        found = [
            section
            for section in self._found.get(_key(parts), ())
            if (within is None or within.covers(section.span)) and _agrees(said, parts_of(section.path))
        ]
        return next((s for s in found if len(s.span) > 2 * len(s.heading) + 10), found[0] if found else None)


def _row_of(path: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """What the sections of one row share."""
    kind = (_label_part(path[-1]) or ("", ""))[0]
    return (appended_root(path) if kind == "条" else path[:-1]), kind


def appended_root(path: Sequence[str]) -> tuple[str, ...]:
    """The path of the 附則 or 別表 that holds a path; empty in the main part."""
    for i, label in enumerate(path):
        part = _label_part(label)
        if part and part[0] in ("附則", *APPENDED):
            return tuple(path[: i + 1])
    return ()


def _key(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What places are kept under: groups are left out where they lead to an article, and a 第1項 that leads to a 号."""
    plain = tuple(("附則", "") if kind == "附則" else (kind, number) for kind, number in parts)
    inner = tuple(part for part in plain[:-1] if part[0] not in GROUPS and part != _FIRST)
    return (*inner, plain[-1]) if plain else ()


def _keys(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """The keys of a section: one for each article of a range, and one without the number of a 別表."""
    key = _key(parts)
    kind, number = key[-1]
    first, _, last = number.partition("-")
    yield (*key[:-1], (kind, first))
    if last:
        low, high = order(first)[0], order(last)[0]
        yield from ((*key[:-1], (kind, str(n))) for n in range(low + 1, min(high, low + _LONGEST_RANGE) + 1))
        if "の" in last:
            yield (*key[:-1], (kind, last))
    elif kind in APPENDED and number:
        yield (*key[:-1], (kind, ""))


def _agrees(said: Sequence[Part], path: Sequence[Part]) -> bool:
    """Whether the groups and the 附則 that an address names are on the path, in order."""
    steps = iter(path)
    return all(any(kind == k and (number in n if kind == "附則" else number == n) for k, n in steps) for kind, number in said)


def resolve(address: Address, places: Places, text: str = "") -> Section | Span | None:
    """The section of a document that an address names, title aside; None when there is none.

    With the document's `text` a ただし書, 本文, 前段, 後段 or a table's row is its span.
    """
    parts = tuple(p for p in address.parts if p[0] not in (*WORDS, "行"))
    found = places.at(parts)
    last = address.parts[-1] if address.parts else ("", "")
    if found is None or not text or last in parts:
        return found
    return _row(last[1], found, text) if last[0] == "行" else _phrase(last[0], found, text)


def order(number: str) -> tuple[int, ...]:
    """A key that puts 10, 10の2, 11 in order; of a range its beginning."""
    return tuple(int(n) for n in number.partition("-")[0].split("の") if n.isdigit())


def _phrase(kind: str, section: Section, text: str) -> Span | None:
    """The sentences of a section that are its 本文, ただし書, 前段 or 後段."""
    body = section.span.of(text)[len(section.heading) :]
    listed = _NEXT.search(body)
    said = split(text, Span(section.heading.end, section.heading.end + (listed.start() if listed else len(body))))
    proviso = next((i for i, s in enumerate(said) if s.of(text).startswith(("ただし", "但し"))), len(said))
    chosen = {"本文": said[:proviso], "ただし書": said[proviso:], "前段": said[:1], "後段": said[1:]}[kind]
    return Span(chosen[0].start, chosen[-1].end) if chosen else None


def _row(words: str, section: Section, text: str) -> Span | None:
    """The first table row of a section that begins with the words, or the row with this number below the header."""
    rows = [s for s in _lines(section.span, text) if "\t" in s.of(text) or s.of(text).startswith("|")]
    rows = [s for s in rows if not re.fullmatch(r"[ :|-]+", s.of(text))]
    if words.isdigit() and int(words) < len(rows):
        return rows[int(words)]
    return next((s for s in rows if fold(words) in fold(cells(s.of(text))[0])), None)


def _lines(span: Span, text: str) -> Iterator[Span]:
    start = span.start
    for line in span.of(text).split("\n"):
        yield Span(start, start + len(line))
        start += len(line) + 1


def row_label(row: str, repeated: str = "") -> str:
    """The place of a table row in a citation: 行 and the words of its first cell, or of the cell that a blank one repeats."""
    first = next((cell for cell in (repeated, *cells(row)) if cell.strip()), "")
    return f"行 {first.strip()[:ROW_WORDS]}"
