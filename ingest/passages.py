"""From sections and units to passages: whole units, one article or heading together, a ただし書 never cut from its clause."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import takewhile

from ingest.structure import Structure
from rag.types import Document, Passage, Section, Span, hull

TARGET = 600
"""A passage is closed when the next unit would make it longer than this many code points ..."""
LIMIT = 1150
"""... unless the unit needs the one before it; then this is the limit, under the 1,200 that a hit may have."""
SHORT = 150
"""A passage under a heading goes on into the next heading's while it is shorter than this."""

_INNER = re.compile(r"第\d+[項号](?:の\d+)*$|[イロハニホヘトチリヌルヲ]$")
_ARTICLE = re.compile(r"第\d+条")


def passages(document: Document, structure: Structure) -> tuple[Passage, ...]:
    """The passages of a document in reading order. Each unit that says something belongs to exactly one of them."""
    return tuple(_passage(document, structure, group) for group in _groups(structure) if _says_something(structure, group))


def passage_id(doc_id: str, version: str, span: Span) -> str:
    """The id that the same words at the same place of the same version have on every machine."""
    return hashlib.sha1(f"{doc_id}\0{version}\0{span.start}\0{span.end}".encode()).hexdigest()[:16]


def _says_something(structure: Structure, group: list[int]) -> bool:
    return any(structure.units[i].kind != "heading" for i in group)


def _groups(structure: Structure) -> Iterator[list[int]]:
    """Indices of the units that go together."""
    anchors = [*(_anchor(section.path) for section in structure.sections), ()]
    group: list[int] = []
    for i in range(len(structure.units)):
        if group and _closes(structure, anchors, group, i):
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _closes(structure: Structure, anchors: list[tuple[str, ...]], group: list[int], i: int) -> bool:
    unit = structure.units[i]
    start = structure.units[group[0]].span.start
    length = unit.span.end - start
    if length > LIMIT:
        return True
    before, here = anchors[structure.home[group[-1]]], anchors[structure.home[i]]
    if before != here and _says_something(structure, group):
        full = structure.units[group[-1]].span.end - start >= SHORT
        return full or bool(here and _ARTICLE.match(here[-1])) or bool(before and _ARTICLE.match(before[-1]))
    return length > TARGET and not (unit.kind in ("sentence", "note") and any(c.start >= start for c in unit.context))


def _anchor(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the article or heading that holds a section, its 項 and 号 left out."""
    return tuple(takewhile(lambda label: not _INNER.match(label), path))


def _passage(document: Document, structure: Structure, group: list[int]) -> Passage:
    units = tuple(structure.units[i] for i in group)
    span = hull(u.span for u in units)
    home = structure.home[group[0]]
    if home >= 0:
        span = _with_heading(_headed(structure, home), span, first=_opens(structure, group[0]))
    homes = {structure.home[i]: None for i in group if structure.units[i].kind != "heading"}
    paths = [structure.sections[h].path if h >= 0 else () for h in homes]
    path = tuple(labels[0] for labels in takewhile(lambda labels: len(set(labels)) == 1, zip(*paths, strict=False)))
    return Passage(
        passage_id(document.id, document.version, span), document.id, document.version, path, span, span.of(document.text), units
    )


def _headed(structure: Structure, home: int) -> Section:
    """The section, or the article before it where it is a 第1項 without a number."""
    section = structure.sections[home]
    return section if len(section.heading) else structure.sections[home - 1]


def _opens(structure: Structure, i: int) -> bool:
    """Whether the unit is the first one of its section."""
    return i == 0 or structure.home[i - 1] != structure.home[i]


def _with_heading(section: Section, span: Span, *, first: bool) -> Span:
    """The span from the label of its own section on, where the passage begins that section."""
    start = section.heading.start
    return Span(start, span.end) if first and start < span.start and span.end - start < LIMIT + 40 else span
