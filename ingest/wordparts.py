"""The parts of a Word file (.docx, .docm): its body and what the body refers to, found by the package's relationships.

Read by this module and not by python-docx, which refuses macro files, files of the strict variant and files in which a part that
nobody needs is missing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from ingest.archive import MOST_NODES, checked_zip, node_count, parse_xml
from rag.errors import UnreadableFile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

# The strict variant of the format differs in the names of its namespaces alone, as far as text is concerned.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
)
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_NOT_WORD = "Word 文書の本文がないので、Word で開いて .docx 形式で保存し直してください。"
_OFF = frozenset(("0", "false", "off", "none"))


@dataclass(frozen=True, slots=True)
class WordParts:
    """The body and its companions by what they are (`styles`, `numbering`, `settings`, `footnotes`, `endnotes`), those that are there;
    `broken` names those that are there but cannot be read."""

    body: etree._Element
    others: Mapping[str, etree._Element] = field(default_factory=dict)
    title: str = ""
    broken: tuple[str, ...] = ()


def open_word(path: Path) -> WordParts:
    """The parts of a Word file.

    Raises:
        UnreadableFile: it is encrypted, damaged, too large, or no Word file.
    """
    checked_zip(path)
    with ZipFile(path) as archive:
        package = _Package(archive, {name.lower(): name for name in archive.namelist()})
        top = package.related("")
        main = top.get("officeDocument", "word/document.xml")
        root = package.part(main)
        body = found(root, "body") if root is not None else None
        if body is None:
            raise UnreadableFile(_NOT_WORD)
        related, others, broken = package.related(main), {}, []
        for kind in ("styles", "numbering", "settings", "footnotes", "endnotes"):
            try:
                part = package.part(related.get(kind, ""))
            except UnreadableFile:
                broken.append(kind)
            else:
                if part is not None:
                    others[kind] = part
        return WordParts(body, others, package.title(top.get("core-properties", "")), tuple(broken))


def found(element: etree._Element, *names: str) -> etree._Element | None:
    """The first element at the end of a path of child names of Word's namespace; None where it leads nowhere."""
    place: etree._Element | None = element
    for name in names:
        if place is None:
            break
        place = next(place.iterchildren(W + name), None)  # several times as fast as find()
    return place


def value(element: etree._Element, *names: str) -> str:
    """The `w:val` of the element at the end of a path of child names; empty without one."""
    child = found(element, *names)
    return child.get(W + "val", "") if child is not None else ""


def number(element: etree._Element | None, default: int, attribute: str = "val") -> int:
    """The whole number in an attribute, at most six digits."""
    written = element.get(W + attribute, "") if element is not None else ""
    return int(written) if written.isdecimal() and len(written) <= 6 else default


def flag(element: etree._Element, name: str) -> bool | None:
    """Whether the child that switches something on is there and does so; None where it is not there."""
    child = found(element, name)
    return None if child is None else child.get(W + "val", "on") not in _OFF


@dataclass(slots=True)
class _Package:
    archive: ZipFile
    names: Mapping[str, str]
    nodes_left: int = MOST_NODES

    def part(self, name: str) -> etree._Element | None:
        """The root of a part; None where there is no such part."""
        stored = self.names.get(name.lower())
        if stored is None:
            return None
        data = self.archive.read(stored)
        for strict, usual in _STRICT:
            data = data.replace(strict, usual)
        root = parse_xml(data, self.nodes_left)
        self.nodes_left -= node_count(data)
        return root

    def related(self, name: str) -> dict[str, str]:
        """The parts that a part refers to, by the last word of the relationship's type; those of the whole package for ""."""
        folder, base = posixpath.split(name)
        root = self.part(posixpath.join(folder, "_rels", f"{base}.rels"))
        return {} if root is None else {
            relation.get("Type", "").rsplit("/", 1)[-1]: _resolved(folder, relation.get("Target", ""))
            for relation in reversed(root)
            if relation.get("TargetMode") != "External"
        }  # fmt: skip

    def title(self, name: str) -> str:
        """The title among the package's properties, empty without one."""
        try:
            root = self.part(name)
        except UnreadableFile:
            return ""
        return " ".join((root.findtext(_TITLE) or "").split()) if root is not None else ""


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
