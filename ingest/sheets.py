"""The sheets of an .xlsx file, read as streams: what each cell shows, which cells are one, which rows and columns are hidden.

The XML is read directly (ECMA-376 part 1, SpreadsheetML): openpyxl knows of merged and hidden cells only when it holds the whole
workbook in memory, and refuses workbooks for a style that it does not like.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO
from zipfile import ZipFile

from lxml import etree

from ingest.archive import parse_xml
from ingest.cellformats import shown_number, shown_text
from ingest.cellstyles import Style, at, is_on, styles_of, whole

CELLS = 1_000_000
"""Cells with something in them that are read of a workbook."""
_ELEMENTS, _CHARACTERS = 5 * CELLS, 50_000_000
_ROWS, _COLUMNS = 1_048_576, 16_384
_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

_TEXTS = ("s", "inlineStr", "str")

_GENERAL = Style("General", False)

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 1, the last ones included."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it: its name, the part that holds it, whether it is a chart alone, whether it is shown."""

    name: str
    part: str
    is_chart: bool
    is_visible: bool


@dataclass(slots=True)
class Sheet:
    """What a sheet shows: row -> column -> text. `uncached` names the formulas whose value the file does not hold."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    uncached: list[str] = field(default_factory=list)


class Workbook:
    """An open workbook. `struck` counts the struck-out texts left out so far, `is_cut` says that a limit ended the reading.

    Raises KeyError, ValueError or lxml's XMLSyntaxError where the file is damaged.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.struck = 0
        self.is_cut = False
        self._cells, self._elements, self._characters = CELLS, _ELEMENTS, _CHARACTERS
        relations = self._relations("")
        book = next((target for kind, target in relations.values() if kind == "officeDocument"), "")
        root = parse_xml(archive.read(book))
        parts = self._relations(book)
        properties = root.find("{*}workbookPr")
        self._from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        listed = [
            (sheet, parts.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or "")) for sheet in root.iter("{*}sheet")
        ]
        self.parts = [
            SheetPart(sheet.get("name") or "", part[1], part[0] == "chartsheet", sheet.get("state", "visible") == "visible")
            for sheet, part in listed
            if part
        ]
        by_kind = dict(parts.values())
        self._styles = styles_of(archive, by_kind.get("styles"))
        self._strings = self._read_strings(by_kind.get("sharedStrings"))

    def read(self, part: SheetPart) -> Sheet:
        """The sheet of a part."""
        sheet = Sheet()
        row = 0
        with self._archive.open(part.part) as stream:
            for node in _stream(stream, "col", "c", "row", "mergeCell"):
                self._elements -= 1
                tag = node.tag.rpartition("}")[2]
                if tag == "row":
                    row = min(whole(node.get("r"), row + 1), _ROWS)
                    self._read_row(sheet, node, row)
                elif tag == "col" and node.get("hidden") in ("1", "true"):
                    columns = range(max(whole(node.get("min"), 1), 1), min(whole(node.get("max"), 0), _COLUMNS) + 1)
                    self._elements -= len(columns)
                    sheet.hidden_columns.update(columns)
                elif tag == "mergeCell":
                    sheet.merged += _area(node.get("ref", ""))
                if self._elements < 0 or self.is_cut:
                    self.is_cut = True
                    break
        return sheet

    def _read_row(self, sheet: Sheet, node: etree._Element, row: int) -> None:
        if node.get("hidden") in ("1", "true"):
            sheet.hidden_rows.add(row)
        column = 0
        cells: dict[int, str] = {}
        for cell in node.iterchildren("*"):
            column = _column(cell.get("r"), column + 1)
            if words := self._shown(cell, sheet):
                self._cells -= 1
                self._characters -= len(words)
                cells[column] = words
            if self._cells < 0 or self._characters < 0:
                self.is_cut = True
                break
        if cells:
            sheet.rows[row] = sheet.rows.get(row, {}) | cells

    def _shown(self, cell: etree._Element, sheet: Sheet) -> str:
        """What the cell shows; empty where that is nothing."""
        kind = cell.get("t", "n")
        inner = {child.tag.rpartition("}")[2]: child for child in cell.iterchildren("*")}
        value = inner["v"].text if "v" in inner else None
        if not value and kind != "inlineStr":
            if "f" in inner and (kind == "n" or "v" not in inner):
                sheet.uncached.append(cell.get("r", ""))
            return ""
        style = at(self._styles, cell.get("s", "0")) or _GENERAL
        words = self._rich(inner["is"]) if "is" in inner else self._value(kind, value or "", style.code)
        if not words or words.isspace():
            return ""
        if style.is_struck:
            self.struck += 1
            return ""
        return shown_text(words, style.code) if kind in _TEXTS else words

    def _value(self, kind: str, value: str, code: str) -> str:
        if kind == "s":
            return at(self._strings, value) or ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return _number(value, code, self._from_1904) if kind in ("n", "d") else _plain(value)

    def _read_strings(self, part: str | None) -> list[str]:
        if not part or part not in self._archive.namelist():
            return []
        with self._archive.open(part) as stream:
            return [self._rich(node) for node in _stream(stream, "si")]

    def _rich(self, node: etree._Element) -> str:
        """The words of a string without the reading of its kanji; raised ones as `<sup>`, struck-out ones left out."""
        pieces: list[str] = []
        for child in node.iterchildren("{*}t", "{*}r"):
            if etree.QName(child).localname == "t":
                pieces.append(child.text or "")
                continue
            words = child.findtext("{*}t") or ""
            raised = child.find("{*}rPr/{*}vertAlign")
            if is_on(child.find("{*}rPr/{*}strike")):
                self.struck += 1
            elif raised is not None and raised.get("val") == "superscript" and words.strip():
                pieces.append(f"<sup>{words}</sup>")
            else:
                pieces.append(words)
        return _plain("".join(pieces))

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> the last word of its type and the part it leads to."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed not in self._archive.namelist():
            return {}
        return {
            node.get("Id", ""): (node.get("Type", "").rpartition("/")[2], _target(folder, node.get("Target", "")))
            for node in parse_xml(self._archive.read(listed)).iter("{*}Relationship")
            if node.get("TargetMode") != "External"
        }


def _target(folder: str, written: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, written)).lstrip("/")


def _stream(stream: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """The elements of these names as their end is read; what was given out is dropped from memory."""
    names = [f"{{*}}{tag}" for tag in tags]
    parser = etree.iterparse(stream, tag=names, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    for _, node in parser:
        yield node
        if not node.tag.endswith("}c"):  # goes with its row
            node.clear(keep_tail=False)
            while node.getprevious() is not None:
                del node.getparent()[0]


def _number(value: str, code: str, from_1904: bool) -> str:
    try:
        number = float(value)
    except ValueError:
        try:
            moment = datetime.fromisoformat(value.removesuffix("Z"))
        except ValueError:
            return _plain(value)
        number = (
            moment - datetime(1904 if from_1904 else 1899, 1 if from_1904 else 12, 1 if from_1904 else 30)
        ).total_seconds() / 86400
    return shown_number(number, code, from_1904) if abs(number) < float("inf") else _plain(value)


def _plain(words: str) -> str:
    """A text without Excel's escapes (`_x000D_`) and control characters; line ends stay."""
    unescaped = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), words) if "_x" in words else words
    return _CONTROL.sub("", unescaped.replace("\r\n", "\n"))


def _column(reference: str | None, default: int) -> int:
    """The column that a cell's reference (`AB12`) names."""
    letters = (reference or "").rstrip("0123456789")
    if not 0 < len(letters) < 4 or not letters.isascii() or not letters.isupper():
        return min(default, _COLUMNS)
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return min(number, _COLUMNS)


def _area(written: str) -> Iterator[Area]:
    if match := _AREA.fullmatch(written):
        yield int(match[2]), _column(match[1], 1), int(match[4]), _column(match[3], 1)
