"""The paragraphs of a slide's shapes as lines: bullets and numbers as PowerPoint shows them, raised marks as `<sup>`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from ingest.lines import classify
from ingest.numerals import numeral

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_BULLETS = ("buNone", "buChar", "buBlip", "buAutoNum")
_OWN_MARKS = frozenset(("heading", "article", "item", "note"))
_WHITE = re.compile(r"[\t\r\f]+|[ \t]{2,}")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")

_FORMS = {
    "arabic": "decimal", "arabicDb": "decimalFullWidth", "circleNumDb": "decimalEnclosedCircle", "circleNumWdWhite": "decimalEnclosedCircle",
    "circleNumWdBlack": "decimalEnclosedCircle", "ea1JpnKor": "japaneseCounting", "ea1JpnChsDb": "japaneseCounting",
    "romanUc": "upperRoman", "romanLc": "lowerRoman", "alphaUc": "upperLetter", "alphaLc": "lowerLetter",
}  # fmt: skip
_SIGNS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}", "Minus": "{}-"}


@dataclass(slots=True)
class Seen:
    """What a person should look at: kind -> the numbers of the slides where it is, in order."""

    slides: dict[str, list[int]] = field(default_factory=dict)
    slide: int = 0

    def add(self, kind: str) -> None:
        """Note something on the current slide."""
        self.slides.setdefault(kind, []).append(self.slide)


def words_of(paragraph: etree._Element, seen: Seen) -> str:
    """The words of a paragraph, its line breaks as line ends; struck-out words are left out."""
    pieces: list[str] = []
    for node in paragraph.iterchildren("*"):
        if node.tag == f"{A}br":
            pieces.append("\n")
        elif node.tag in (f"{A}r", f"{A}fld"):
            pieces.append(_run(node, seen))
        elif formula := "".join(part.text or "" for part in node.iter(f"{_MATH}t")):
            pieces.append(formula)
            seen.add("formulas")
    lines = "".join(pieces).replace("\v", "\n").split("\n")
    return "\n".join(filter(None, (_WHITE.sub(" ", _CONTROL.sub("", line)).strip() for line in lines)))


def flat(body: etree._Element, seen: Seen) -> str:
    """All the words of a text body on one line, as in a table's cell or a title."""
    return " ".join(filter(None, (words_of(p, seen) for p in body.iter(f"{A}p")))).replace("\n", " ")


def lines_of(body: etree._Element, styles: Sequence[etree._Element], seen: Seen) -> Iterator[str]:
    """The lines of a text body. `styles` are the list styles that its paragraphs inherit from, the nearest first."""
    counts: Counter[int] = Counter()
    for paragraph in body.iter(f"{A}p"):
        words = words_of(paragraph, seen)
        if not words:
            continue
        level = _level(paragraph)
        bullet = _bullet(paragraph, level, styles)
        for deeper in [n for n in counts if n > level or (n == level and not bullet.startswith("#"))]:
            del counts[deeper]
        mark = ""
        if bullet.startswith("#"):
            kind, _, first = bullet[1:].partition(" ")
            counts[level] = counts[level] + 1 if counts[level] else int(first)
            mark = _number(counts[level], kind)
        elif bullet:
            mark = "- "
        if mark == "- " and classify(words)[0].kind in _OWN_MARKS:
            mark = ""
        indent = "  " * level if mark or bullet else ""
        for n, line in enumerate(words.split("\n")):
            yield indent + (" " * len(mark) if n else mark) + line


def _run(run: etree._Element, seen: Seen) -> str:
    words = run.findtext(f"{A}t") or ""
    look = run.find(f"{A}rPr")
    if look is None or not words.strip():
        return words
    if look.get("strike", "noStrike") != "noStrike":
        seen.add("struck")
        return ""
    raised = (look.get("baseline") or "0").rstrip("%")
    return f"<sup>{words}</sup>" if raised.isdecimal() and int(raised) > 0 else words


def _level(paragraph: etree._Element) -> int:
    properties = paragraph.find(f"{A}pPr")
    written = properties.get("lvl", "0") if properties is not None else "0"
    return min(int(written), 8) if written.isdecimal() and len(written) < 4 else 0


def _bullet(paragraph: etree._Element, level: int, styles: Sequence[etree._Element]) -> str:
    """What stands before the paragraph: nothing, a bullet (`-`), or a number (`#arabicPeriod 1`, with where it starts)."""
    own = paragraph.find(f"{A}pPr")
    inherited = [style.find(f"{A}lvl{level + 1}pPr") for style in styles]
    for properties in [own, *inherited]:
        for child in properties.iterchildren("*") if properties is not None else ():
            name = child.tag.removeprefix(A)
            if name == "buAutoNum":
                start = child.get("startAt", "1")
                return f"#{child.get('type', '')} {start if start.isdecimal() and len(start) < 6 else 1}"
            if name in _BULLETS:
                return "" if name == "buNone" else "-"
    return ""


def _number(number: int, kind: str) -> str:
    """A number as the kind of numbering (`arabicPeriod`, `circleNumDbPlain`) writes it, with the space behind it."""
    sign = next((end for end in _SIGNS if kind.endswith(end)), "Period")
    return _SIGNS[sign].format(numeral(number, _FORMS.get(kind.removesuffix(sign), "decimal"))) + " "
