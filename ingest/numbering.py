"""Word's automatic numbering: what number a reader sees before a paragraph that holds only a reference to a list and a level.

A paragraph names a list (`numId`) and a level (`ilvl`, from 0). A list is an instance of a definition (`abstractNum`) with changes
of its own; lists of one definition count on together unless a list says where it starts (ISO/IEC 29500-1, 17.9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from ingest.numerals import numeral
from ingest.wordparts import W, flag, found, number, value

_PLACE = re.compile(r"%([1-9])")
_SUFFIXES = {"tab": "　", "space": " ", "nothing": ""}
_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Label:
    """What stands before a paragraph: the number, and what separates it from the words; a bullet has no number."""

    text: str
    suffix: str = ""
    bullet: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: `text` holds places such as `%1` for the numbers of the levels, `restart` is the level (from 1) after
    which it starts anew, 0 for never and None for any higher one, `style` the paragraph style that it numbers."""

    start: int = 1
    form: str = "decimal"
    width: int = 0
    text: str = ""
    suffix: str = "　"
    restart: int | None = None
    legal: bool = False
    style: str = ""

    @classmethod
    def of(cls, lvl: etree._Element) -> Level:
        """The level that a `w:lvl` element defines."""
        form, width = _form(lvl)
        restart, start = found(lvl, "lvlRestart"), found(lvl, "start")
        suffix = _SUFFIXES.get(value(lvl, "suff"), "　")
        return cls(
            number(start, 0) if start is not None else 0,
            form,
            width,
            value(lvl, "lvlText"),
            suffix,
            number(restart, 0) if restart is not None else None,
            flag(lvl, "isLgl") or False,
            value(lvl, "pStyle"),
        )

    def numeral(self, count: int, legal: bool) -> str:
        """A count as this level writes it, in plain digits where the level that shows it is a legal one."""
        return numeral(count, "decimal" if legal else self.form).zfill(self.width)


@dataclass(frozen=True, slots=True)
class _List:
    definition: str
    levels: dict[int, Level]
    starts: dict[int, int]


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has counted; paragraphs have to be asked for in reading order."""

    lists: dict[str, _List] = field(default_factory=dict)
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    started: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, root: etree._Element | None) -> Numbering:
        """The lists of a numbering part; none where the document has no such part."""
        return cls() if root is None else cls(_lists(root))

    def label(self, list_id: str, level: int) -> Label | None:
        """Count one paragraph on and return its label; None where the list or the level is not defined."""
        listed = self.lists.get(list_id)
        own = listed.levels.get(level) if listed else None
        if listed is None or own is None:
            return None
        counts = self.counts.setdefault(listed.definition, [None] * _LEVELS)
        self._count(counts, listed, list_id, level)
        if own.form == "bullet":
            return Label("", own.suffix, bullet=True)

        def shown(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            other = listed.levels.get(at, Level())
            if counts[at] is None:
                counts[at] = _start(listed, at)  # a level that was skipped counts as passed once its number is shown
            return other.numeral(counts[at] or 0, own.legal)

        text = _PLACE.sub(shown, own.text)
        return Label(text, own.suffix if text else "")

    def level_of(self, list_id: str, style: str) -> int | None:
        """The level of a list that numbers the paragraphs of a style; None where none does."""
        levels = self.lists[list_id].levels if list_id in self.lists else {}
        return next((at for at, level in levels.items() if level.style == style), None)

    def _count(self, counts: list[int | None], listed: _List, list_id: str, level: int) -> None:
        now = counts[level]
        anew = level in listed.starts and (list_id, level) not in self.started
        counts[level] = _start(listed, level) if now is None or anew else now + 1
        self.started.add((list_id, level))
        for lower in range(level + 1, _LEVELS):
            restart = listed.levels.get(lower, Level()).restart
            if restart is None or level < restart:
                counts[lower] = None


def _start(listed: _List, level: int) -> int:
    return listed.starts.get(level, listed.levels.get(level, Level()).start)


def _lists(root: etree._Element) -> dict[str, _List]:
    definitions = {a.get(W + "abstractNumId", ""): a for a in root.iterchildren(W + "abstractNum")}
    of_style = {name: a for a in definitions.values() if (name := value(a, "styleLink"))}
    lists = {}
    for num in root.iterchildren(W + "num"):
        key = value(num, "abstractNumId")
        definition = definitions.get(key)
        if definition is None:
            continue
        linked = of_style.get(value(definition, "numStyleLink"), definition)
        levels, starts = _levels(linked), {}
        for override in num.iterchildren(W + "lvlOverride"):
            at = min(number(override, 0, "ilvl"), _LEVELS - 1)
            own, start = found(override, "lvl"), found(override, "startOverride")
            if own is not None:
                levels[at] = Level.of(own)
            if start is not None:
                starts[at] = number(start, 1)
        lists[num.get(W + "numId", "")] = _List(linked.get(W + "abstractNumId", ""), levels, starts)
    return lists


def _levels(definition: etree._Element) -> dict[int, Level]:
    levels = ((number(lvl, 0, "ilvl"), lvl) for lvl in definition.iterchildren(W + "lvl"))
    return {at: Level.of(lvl) for at, lvl in levels if 0 <= at < _LEVELS}


def _form(lvl: etree._Element) -> tuple[str, int]:
    """The number format of a level and how many digits it is filled up to; newer formats stand among alternatives."""
    form = next(lvl.iter(W + "numFmt"), None)
    if form is None:
        return "decimal", 0
    pattern = form.get(W + "format", "")
    if form.get(W + "val") == "custom":
        digits = re.match(r"0+1", pattern)
        return "decimal", len(digits[0]) if digits else 0
    return form.get(W + "val", "decimal"), 0
