"""What a Word paragraph or run is by its own properties and by its style, with what the style inherits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.numbering import Numbering
from ingest.wordparts import W, flag, found, number, value

BODY_LEVEL = 9
"""The outline level (from 0) of what is no heading."""

_DEEPEST = 50  # styles that inherit from each other in a circle
_HEADING = re.compile(r"(?:heading|見出し) ?([1-9])", re.I)
_TITLE = re.compile(r"title|表題|タイトル", re.I)
_CONTENTS = re.compile(r"(?:toc|目次) ?(?:[1-9]|heading|の見出し)", re.I)


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is shown; None where neither it nor its styles say."""

    hidden: bool | None = None
    struck: bool | None = None
    raised: bool | None = None

    def over(self, other: Look) -> Look:
        """This look, what it leaves open taken from the other."""
        return Look(
            other.hidden if self.hidden is None else self.hidden,
            other.struck if self.struck is None else self.struck,
            other.raised if self.raised is None else self.raised,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style makes of its paragraphs: `level` is the outline level, `numbers` the list and level that number them."""

    look: Look = Look()
    level: int = BODY_LEVEL
    is_title: bool = False
    is_contents: bool = False
    begins_page: bool = False
    numbers: tuple[str, int] = ("", 0)


@dataclass(slots=True)
class Styles:
    """The styles of a document by id; a document without them has none, and its headings are told by the ids alone."""

    numbering: Numbering
    by_id: dict[str, etree._Element] = field(default_factory=dict)
    default: str = ""
    known: dict[str, Style] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)

    @classmethod
    def of(cls, root: etree._Element | None, numbering: Numbering) -> Styles:
        """The styles of a styles part."""
        styles = list(root.iterchildren(W + "style")) if root is not None else []
        defaults = (s for s in styles if s.get(W + "type") == "paragraph" and s.get(W + "default", "0") not in ("0", "false"))
        usual = next(defaults, None)
        by_id = {s.get(W + "styleId", ""): s for s in styles}
        return cls(numbering, by_id, usual.get(W + "styleId", "") if usual is not None else "")

    def of_paragraph(self, paragraph: etree._Element) -> Style:
        """The style of a paragraph."""
        style_id = value(paragraph, "pPr", "pStyle") or self.default
        style = self.known.get(style_id)
        if style is None:
            style = self.known[style_id] = self._style(style_id)
        return style

    def level(self, paragraph: etree._Element) -> int:
        """The outline level from 0; BODY_LEVEL for what is no heading."""
        own = found(paragraph, "pPr", "outlineLvl")
        return self.of_paragraph(paragraph).level if own is None else number(own, BODY_LEVEL)

    def begins_page(self, paragraph: etree._Element) -> bool:
        """Whether a page begins before the paragraph."""
        properties = found(paragraph, "pPr")
        own = flag(properties, "pageBreakBefore") if properties is not None else None
        return self.of_paragraph(paragraph).begins_page if own is None else own

    def numbers(self, paragraph: etree._Element) -> tuple[str, int] | None:
        """The list and the level (from 0) that number the paragraph; None for a paragraph without a number."""
        own = found(paragraph, "pPr", "numPr")
        list_id, level = self.of_paragraph(paragraph).numbers
        if own is not None:
            level = number(found(own, "ilvl"), 0 if value(own, "numId") else level)
            list_id = value(own, "numId") or list_id
        return (list_id, level) if list_id not in ("", "0") else None

    def look(self, properties: etree._Element | None, style: Style) -> Look:
        """How a run with these properties is shown in a paragraph of a style."""
        if properties is None:
            return style.look
        character = value(properties, "rStyle")
        return _look(properties).over(self._inherited(character) if character else Look()).over(style.look)

    def _style(self, style_id: str) -> Style:
        chain = list(self._chain(style_id))
        name = _name(chain[0]) if chain else style_id
        breaks = (flag(pr, "pageBreakBefore") for style in chain if (pr := found(style, "pPr")) is not None)
        return Style(
            self._inherited(style_id),
            _level(chain, style_id),
            _TITLE.fullmatch(name) is not None,
            _CONTENTS.fullmatch(name) is not None,
            next((state for state in breaks if state is not None), False),
            self._numbers(chain),
        )

    def _numbers(self, chain: list[etree._Element]) -> tuple[str, int]:
        """The list of a style, and the level that it, or the list for it, names."""
        level: int | None = None
        for style in chain:
            own = found(style, "pPr", "numPr")
            at = found(own, "ilvl") if own is not None else None
            level = number(at, 0) if level is None and at is not None else level
            if own is not None and (list_id := value(own, "numId")):
                linked = self.numbering.level_of(list_id, style.get(W + "styleId", ""))
                return list_id, (linked or 0) if level is None else level
        return "", level or 0

    def _inherited(self, style_id: str) -> Look:
        known = self.looks.get(style_id)
        if known is None:
            known = Look()
            for style in self._chain(style_id):
                known = known.over(_look(found(style, "rPr")))
            self.looks[style_id] = known
        return known

    def _chain(self, style_id: str) -> Iterator[etree._Element]:
        """A style and those it is based on, itself first."""
        for _ in range(_DEEPEST):
            style = self.by_id.get(style_id)
            if style is None:
                return
            yield style
            style_id = value(style, "basedOn")


def _level(chain: list[etree._Element], style_id: str) -> int:
    for style in chain:
        level = found(style, "pPr", "outlineLvl")
        if level is not None:
            return number(level, BODY_LEVEL)
        if heading := _HEADING.fullmatch(_name(style)):
            return int(heading[1]) - 1
    heading = None if chain else _HEADING.fullmatch(style_id)
    return int(heading[1]) - 1 if heading else BODY_LEVEL


def _name(style: etree._Element) -> str:
    return unicodedata.normalize("NFKC", value(style, "name"))


def _look(properties: etree._Element | None) -> Look:
    if properties is None:
        return Look()
    strikes = [state for name in ("strike", "dstrike") if (state := flag(properties, name)) is not None]
    place = value(properties, "vertAlign")
    return Look(flag(properties, "vanish"), any(strikes) if strikes else None, place == "superscript" if place else None)
