"""How passages, sections, pages and metadata stand in the index: compact JSON, one function each way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from rag.types import Meta, Page, Passage, Section, Span, Unit, UnitKind

_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)


def _fields(value: Meta | Origin) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def compact(value: object) -> str:
    """A value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as a segment keeps it, without its words."""

    path: tuple[str, ...]
    span: Span
    units: tuple[Unit, ...]


def dump_passages(passages: Iterable[Passage]) -> list[Any]:
    """Passages as [path, start, end, units], a unit as [start, end, kind, start and end of each context span] from the passage's start."""
    return [
        [
            list(p.path),
            p.span.start,
            p.span.end,
            [
                [
                    u.span.start - p.span.start,
                    u.span.end - p.span.start,
                    _KINDS.index(u.kind),
                    *(x - p.span.start for c in u.context for x in (c.start, c.end)),
                ]
                for u in p.units
            ],
        ]
        for p in passages
    ]


def load_passage(row: Sequence[Any]) -> PassageRow:
    """A passage of those that `dump_passages` wrote."""
    path, start, end, units = row
    return PassageRow(tuple(path), Span(start, end), tuple(_unit(start, unit) for unit in units))


def _unit(base: int, row: Sequence[int]) -> Unit:
    context = tuple(Span(base + a, base + b) for a, b in zip(row[3::2], row[4::2], strict=True))
    return Unit(Span(base + row[0], base + row[1]), _KINDS[row[2]], context)


def dump_sections(sections: Iterable[Section]) -> list[Any]:
    """Sections as [depth, label, start, end, heading start, heading end], parents before children: the path is that of the parent
    and the label."""
    return [
        [len(s.path), s.path[-1] if s.path else "", s.span.start, s.span.end, s.heading.start, s.heading.end] for s in sections
    ]


def load_sections(rows: Sequence[Any]) -> tuple[Section, ...]:
    """The sections that `dump_sections` wrote."""
    out: list[Section] = []
    path: tuple[str, ...] = ()
    for depth, label, start, end, heading_start, heading_end in rows:
        path = (*path[: depth - 1], label) if depth else ()
        out.append(Section(path, Span(start, end), Span(heading_start, heading_end)))
    return tuple(out)


def dump_pages(pages: Iterable[Page]) -> str:
    """Pages as [number, start, end, label, width, height, confidence] each."""
    return compact([[p.number, p.span.start, p.span.end, p.label, p.width, p.height, p.confidence] for p in pages])


def load_pages(text: str) -> tuple[Page, ...]:
    """The pages that `dump_pages` wrote."""
    return tuple(Page(n, Span(a, b), *rest) for n, a, b, *rest in json.loads(text))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document was read from: the folder or file that was given, the state of its file (a hash of its bytes and of all that
    decides how they are read; empty where that is not kept), the name of the copy of the file that the index keeps, and what was to be
    looked at in it."""

    root: str = ""
    state: str = ""
    original: str = ""
    cautions: tuple[str, ...] = ()


def dump_origin(origin: Origin) -> str:
    """An origin as JSON."""
    return compact(_fields(origin))


def load_origin(text: str) -> Origin:
    """The origin that `dump_origin` wrote."""
    fields = json.loads(text)
    return Origin(**{**fields, "cautions": tuple(fields["cautions"])})


def dump_meta(meta: Meta) -> str:
    """A document's metadata as JSON, empty fields left out."""
    return compact({key: value for key, value in _fields(meta).items() if value})


def load_meta(text: str) -> Meta:
    """The metadata that `dump_meta` wrote."""
    fields = json.loads(text)
    return Meta(**{**fields, "groups": tuple(fields.get("groups", ()))})
