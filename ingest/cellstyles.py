"""What the styles part of a workbook says of a cell: its number format, and whether its text is struck out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zipfile import ZipFile

from lxml import etree

from ingest.archive import parse_xml
from ingest.cellcodes import BUILTIN

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Style:
    """A cell's number format, and whether it strikes its text out."""

    code: str
    is_struck: bool


def styles_of(archive: ZipFile, part: str | None) -> list[Style]:
    """The format of each cell style, and whether its text is struck out."""
    if not part or part not in archive.namelist():
        return []
    root = parse_xml(archive.read(part))
    codes = {node.get("numFmtId", ""): node.get("formatCode", "") for node in root.iter("{*}numFmt")}
    struck = [is_on(font.find("{*}strike")) for font in root.iterfind("{*}fonts/{*}font")]
    styles = []
    for xf in root.iterfind("{*}cellXfs/{*}xf"):
        number = xf.get("numFmtId", "0")
        code = codes.get(number) or BUILTIN.get(whole(number, 0), "General")
        styles.append(Style(code, bool(at(struck, xf.get("fontId", "0")))))
    return styles


def is_on(node: etree._Element | None) -> bool:
    """Whether a property that is on by being there (`<strike/>`) is there and not switched off."""
    return node is not None and node.get("val", "1") not in ("0", "false")


def at(values: Sequence[_T], index: str) -> _T | None:
    """The value at a written index; None where there is none."""
    number = int(index) if index.isdecimal() and len(index) < 9 else -1
    return values[number] if 0 <= number < len(values) else None


def whole(written: str | None, default: int) -> int:
    """The whole number of an attribute, else the default."""
    return int(written) if written and written.isdecimal() and len(written) < 9 else default
