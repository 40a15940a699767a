"""What stands on a slide, in reading order: texts, tables, the figures behind charts and diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from lxml import etree
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.slide import Slide

from ingest.archive import parse_xml
from ingest.cellformats import shown_number
from ingest.slidetext import A, Seen, flat, lines_of
from ingest.tables import Cell, expand
from rag.errors import UnreadableFile

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_FURNITURE = frozenset((PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER))
_TITLES = frozenset((PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE))
_SAME_LINE = 228_600
"""Shapes whose tops are less than this apart (a quarter of an inch, in EMU) are read from left to right."""
_MOST_FIGURES = 5_000

Shape = Any  # python-pptx has a class for each kind, which share no typed base with what is asked here


@dataclass(slots=True)
class SlideShapes:
    """The shapes of one slide. `repeats` is left of what `tables.expand` may write out."""

    slide: Slide
    seen: Seen
    repeats: int = 1_000_000

    def title(self) -> str:
        """The words of the title, on one line; empty without any."""
        shape = self.slide.shapes.title
        return flat(shape.element, self.seen) if shape is not None and shape.has_text_frame else ""

    def groups(self) -> list[list[str]]:
        """The lines of each shape but the title, those without any left out."""
        title = self.slide.shapes.title
        hidden_from_library = self.slide.shapes.element.iterchildren(f"{_CHOICE}AlternateContent")
        groups = [
            lines
            for shape in _ordered(self.slide.shapes)
            if title is None or shape.shape_id != title.shape_id
            for lines in self._lines(shape)
        ]
        return [lines for lines in [*groups, *(self._alternative(node) for node in hidden_from_library)] if lines]

    def _lines(self, shape: Shape) -> Iterator[list[str]]:
        """The lines of a shape; of a group, those of each shape in it."""
        if _is_hidden(shape):
            self.seen.add("hidden")
        elif shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            for inner in _ordered(shape.shapes):
                yield from self._lines(inner)
        elif shape.is_placeholder and shape.placeholder_format.type in _FURNITURE:
            return
        elif shape.has_text_frame:
            yield list(lines_of(shape.element, list(self._styles(shape)), self.seen))
        elif getattr(shape, "has_table", False):
            yield self._table(shape.table)
        elif getattr(shape, "has_chart", False):
            yield self._chart(shape)
        elif (data := shape.element.find(f".//{_DIAGRAM}relIds")) is not None:
            yield self._diagram(data.get(_DATA, ""))
        elif shape.element.tag == f"{_P}pic" or shape.element.tag == f"{_P}graphicFrame":
            self.seen.add("pictures" if shape.element.tag == f"{_P}pic" else "objects")

    def _styles(self, shape: Shape) -> Iterator[etree._Element]:
        """The list styles that a text inherits: its own, its placeholder's on the layout and on the master, the master's."""
        places = [shape.element]
        layout: Any = self.slide.slide_layout
        if shape.is_placeholder:
            form = shape.placeholder_format
            places += [p.element for p in layout.placeholders if p.placeholder_format.idx == form.idx]
            kind = _TITLES if form.type in _TITLES else {PP_PLACEHOLDER.BODY}
            places += [p.element for p in layout.slide_master.placeholders if p.placeholder_format.type in kind]
        for place in places:
            yield from place.iterfind(f".//{A}lstStyle")
        if shape.is_placeholder:
            yield from layout.slide_master.element.iterfind(f"{_P}txStyles/{_P}bodyStyle")

    def _table(self, table: Any) -> list[str]:
        rows = [
            [
                Cell(flat(cell._tc, self.seen), *((cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)))
                for cell in row.cells
                if not cell.is_spanned
            ]
            for row in table.rows
        ]
        grid, self.repeats = expand(rows, self.repeats)
        return ["\t".join(row) for row in grid if any(row)]

    def _chart(self, shape: Shape) -> list[str]:
        """The title, and a table of the series by category where the file holds their figures."""
        space = shape.chart.element
        title = space.find(f"{_C}chart/{_C}title")
        words = flat(title, self.seen) if title is not None else ""
        series = list(space.iter(f"{_C}ser"))
        categories = next((labels for one in series if (labels := _cached(one.find(f"{_C}cat")))), [])
        figures = [_cached(one.find(f"{_C}val")) for one in series]
        if not categories or not any(figures) or sum(map(len, figures)) > _MOST_FIGURES:
            self.seen.add("charts")
            return [words] if words else []
        names = [" ".join(_cached(one.find(f"{_C}tx"))) for one in series]
        rows = zip_longest(categories, *figures, fillvalue="")
        return [*([words] if words else []), "\t".join(["項目", *names]), *("\t".join(row) for row in rows)]

    def _diagram(self, relation: str) -> list[str]:
        """The texts of a SmartArt diagram as a list, by what belongs to what."""
        try:
            root = parse_xml(self.slide.part.related_part(relation).blob)
        except (KeyError, UnreadableFile):
            self.seen.add("objects")
            return []
        points = {point.get("modelId", ""): point for point in root.iter(f"{_DIAGRAM}pt")}
        inner: dict[str, list[tuple[int, str]]] = {}
        for link in root.iter(f"{_DIAGRAM}cxn"):
            if link.get("type", "parOf") == "parOf" and (order := link.get("srcOrd", "0")).isdecimal():
                inner.setdefault(link.get("srcId", ""), []).append((int(order), link.get("destId", "")))
        todo = [(0, key) for key, point in points.items() if point.get("type") == "doc"]
        lines: list[str] = []
        while todo:
            depth, key = todo.pop()
            point = points.pop(key, None)
            if point is None:
                continue
            words = flat(point, self.seen) if point.get("type", "node") in ("node", "asst") else ""
            lines += ["  " * min(depth - 1, 8) + f"- {words}"] if words else []
            todo += [(depth + 1, other) for _, other in sorted(inner.get(key, ()), reverse=True)]
        return lines

    def _alternative(self, node: etree._Element) -> list[str]:
        """The texts of a shape of a newer PowerPoint, which python-pptx passes over."""
        choice = node.find(f"{_CHOICE}Choice")
        lines = [
            line
            for body in (choice if choice is not None else node).iter(f"{_P}txBody")
            for line in lines_of(body, (), self.seen)
        ]
        if not lines:
            self.seen.add("objects")
        return lines


def _ordered(shapes: Any) -> list[Shape]:
    """Shapes from the top down, those at one height from the left, placeholders before others at the same place."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, not shape.is_placeholder, shape.left or 0))
    rows: list[list[Shape]] = []
    for shape in placed:
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < _SAME_LINE:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    return [shape for row in rows for shape in sorted(row, key=lambda shape: (shape.left or 0, not shape.is_placeholder))]


def _is_hidden(shape: Shape) -> bool:
    return any(node.get("hidden") in ("1", "true") for node in shape.element.iterfind(f"*/{_P}cNvPr"))


def _cached(source: etree._Element | None) -> list[str]:
    """The labels or figures that a chart keeps of its workbook, each in its place, as the chart's format shows them."""
    if source is None:
        return []
    code = source.findtext(f".//{_C}formatCode") or "General"
    texts: dict[int, list[str]] = {}
    for point in source.iter(f"{_C}pt"):
        index, value = point.get("idx", ""), point.findtext(f"{_C}v") or ""
        if index.isdecimal() and int(index) < _MOST_FIGURES:
            texts.setdefault(int(index), []).insert(
                0, _shown(value, code) if source.tag == f"{_C}val" else " ".join(value.split())
            )
    return [" ".join(texts.get(n, ())) for n in range(max(texts, default=-1) + 1)]


def _shown(value: str, code: str) -> str:
    try:
        return shown_number(float(value), code)
    except (ValueError, OverflowError):
        return value
