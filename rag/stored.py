"""How sections, units and metadata stand in the index: compact JSON, one function each way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, get_args

from rag.types import Meta, Page, Section, Span, Unit, UnitKind

_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_units(units: Iterable[Unit]) -> str:
    """Units as a flat list each: start, end, kind, then start and end of each context span."""
    return _dump(
        [[u.span.start, u.span.end, _KINDS.index(u.kind), *(x for c in u.context for x in (c.start, c.end))] for u in units]
    )


def load_units(text: str) -> tuple[Unit, ...]:
    """The units that `dump_units` wrote."""
    return tuple(
        Unit(Span(r[0], r[1]), _KINDS[r[2]], tuple(Span(*p) for p in zip(r[3::2], r[4::2], strict=True)))
        for r in json.loads(text)
    )


def dump_path(path: Sequence[str]) -> str:
    """A section path as JSON."""
    return _dump(list(path))


def load_path(text: str) -> tuple[str, ...]:
    """The path that `dump_path` wrote."""
    return tuple(json.loads(text))


def section_row(section: Section) -> tuple[int, int, int, int, str]:
    """A section as the columns start, end, heading start, heading end, path."""
    return section.span.start, section.span.end, section.heading.start, section.heading.end, dump_path(section.path)


def load_section(row: Sequence[Any]) -> Section:
    """The section whose columns `section_row` wrote."""
    return Section(load_path(row[4]), Span(row[0], row[1]), Span(row[2], row[3]))


def dump_pages(pages: Iterable[Page]) -> str:
    """Pages as [number, start, end] each."""
    return _dump([[p.number, p.span.start, p.span.end] for p in pages])


def load_pages(text: str) -> tuple[Page, ...]:
    """The pages that `dump_pages` wrote."""
    return tuple(Page(n, Span(a, b)) for n, a, b in json.loads(text))


def dump_meta(meta: Meta) -> str:
    """A document's metadata as JSON, empty fields left out."""
    return _dump({key: value for key, value in asdict(meta).items() if value})


def load_meta(text: str) -> Meta:
    """The metadata that `dump_meta` wrote."""
    fields = json.loads(text)
    return Meta(**{**fields, "groups": tuple(fields.get("groups", ()))})
