"""Characters that Word files do not hold as plain text: symbols of symbol fonts, formulas, the numbers of notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from ingest.numerals import numeral
from ingest.wordparts import W, found, value
from rag.radicals import RADICALS

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
UNKNOWN_SIGN = "〓"
"""What Japanese printers set where they had no type for a sign."""

# Symbol fonts keep their signs in a private area; these are the ones that lists, forms and arrows use.
_PRIVATE = range(0xF020, 0xF100)
_WINGDINGS = dict(
    zip(
        bytes.fromhex("28466c6d6e6f7071727475767778a1a2a4a7a8d8dfe0e1e2e8f0fbfcfdfe"),
        "☎☞●❍■□□❑❒◆◆❖◆⌧○◯◉▪□➢←→↑↓→⇨✗✓☒☑",
        strict=True,
    )
)
_SYMBOL = dict(zip(bytes.fromhex("a3a5aeb0b1b3b4b7b8b9"), "≤∞→°±≥×•÷≠", strict=True))
_STRIPPED = dict.fromkeys((0xAD, 0x200B, 0xFEFF), "") | {0xA0: " ", 0x0A: " ", 0x0D: " "}
_PLAIN = RADICALS | _STRIPPED | {_PRIVATE.start - 0x20 + code: sign for code, sign in _WINGDINGS.items()}

_OVERSTRUCK = re.compile(r"\\o.*[,;、]([^,;、]*)\)\s*$", re.I)
_FRACTION = re.compile(r"\\f\s*\((.*)[,;、](.*)\)\s*$", re.I)
_OPERATOR = re.compile(r"[-+−＋－×÷*/／ ]")


def plain(text: str) -> str:
    """Text of a file with what shows as nothing left out and what is a sign in disguise repaired; tabs stay."""
    return text.translate(_PLAIN)


def symbol(element: etree._Element) -> str:
    """The sign of a `w:sym` element, UNKNOWN_SIGN where its font's table is not known."""
    written = element.get(W + "char", "")
    code = int(written, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", written) else 0
    if code in _PRIVATE or code < 0x20 or 0xD800 <= code < 0xE000:
        table = _SYMBOL if element.get(W + "font", "").lower() == "symbol" else _WINGDINGS
        return table.get(code & 0xFF, UNKNOWN_SIGN)
    return chr(code)


def code_result(code: str) -> str:
    """What an EQ field shows, which keeps it in its code: the base of ruby and of enclosed characters, a fraction; else empty."""
    if match := _OVERSTRUCK.search(code):
        return match[1].strip()
    match = _FRACTION.search(code)
    return f"{match[1].strip()}/{match[2].strip()}" if match else ""


def formula(element: etree._Element) -> str:
    """A formula on one line: (a+b)/c, x^2."""
    if element.tag == M + "t":
        return element.text or ""
    if element.tag == M + "f":
        parts = (element.find(M + "num"), element.find(M + "den"))
        return "/".join(_grouped(formula(part)) for part in parts if part is not None)
    before, after = _MATH.get(element.tag, ("", ""))
    return before + "".join(formula(child) for child in element.iterchildren(etree.Element)) + after


def _grouped(words: str) -> str:
    return f"({words})" if _OPERATOR.search(words) else words


_MATH = {M + "sup": ("^", ""), M + "sub": ("_", ""), M + "d": ("(", ")"), M + "rad": ("√(", ")")}


@dataclass(slots=True)
class NoteMarks:
    """The marks of the footnotes or endnotes of a document, given in the order of their references."""

    form: str = "decimal"
    first: int = 1
    restart: str = ""
    next: int = 1
    given: list[tuple[str, str, bool]] = field(default_factory=list)
    """The ids of the notes with their marks, and whether a mark is the author's own."""

    def mark(self, reference: etree._Element, custom: str) -> str:
        """The mark at a reference: the author's own where there is one, else the next number."""
        mark = custom or numeral(self.next, self.form)
        self.next += not custom
        self.given.append((reference.get(W + "id", ""), mark, bool(custom)))
        return f"<sup>{mark}</sup>"

    def begin(self, part: str) -> None:
        """A page (`eachPage`) or a section (`eachSect`) begins."""
        if self.restart == part:
            self.next = self.first


def note_marks(body: etree._Element, settings: etree._Element | None, kind: str, form: str) -> NoteMarks:
    """The marks of a kind of notes (`footnotePr`, `endnotePr`), numbered as the first section says, else the settings, else `form`."""

    def said(name: str) -> str:
        holders = (next(body.iter(W + "sectPr"), None), settings)
        return next((words for holder in holders if holder is not None and (words := value(holder, kind, name))), "")

    first = said("numStart")
    start = int(first) if first.isdecimal() else 1
    return NoteMarks(said("numFmt") or form, start, said("numRestart"), start)


def checkbox(begin: etree._Element) -> str:
    """The box of a form field, ticked or not; empty where the field is no box."""
    box = found(begin, "ffData", "checkBox")
    if box is None:
        return ""
    state = found(box, "checked")
    state = found(box, "default") if state is None else state
    return "☑" if state is not None and state.get(W + "val", "1") in ("1", "true", "on") else "☐"
