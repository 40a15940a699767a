"""The words of a Word paragraph as a reader sees them: fields by their results, revisions as if accepted, hidden parts left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ingest.wordmarks import UNKNOWN_SIGN, M, NoteMarks, checkbox, code_result, formula, plain, symbol
from ingest.wordparts import W, found
from ingest.wordstyles import Style, Styles

# They stand in the words until a line is written: a tab, a line end, and where a page begins, by its author or as last shown.
TAB, BREAK, PAGE, SHOWN_PAGE = "\t", "\n", "\x0c", "\x0b"

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ALTERNATIVES = _MC + "AlternateContent"
_DRAWING, _V = "{http://schemas.openxmlformats.org/drawingml/2006/%s}", "{urn:schemas-microsoft-com:vml}"
_OFF = ("0", "false", "off")

_SKIPPED = frozenset(
    W + name for name in ("del", "delInstrText", "delText", "moveFrom", "pPr", "rPr", "rt", "rubyPr", "sdtEndPr", "sdtPr")
)
_COUNTED = {
    W + "ins": "inserted",
    W + "del": "deleted",
    W + "moveFrom": "moved",
    W + "commentReference": "comments",
    _DRAWING % "picture" + "pic": "pictures",
    _DRAWING % "chart" + "chart": "pictures",
    _DRAWING % "diagram" + "relIds": "pictures",
    _V + "imagedata": "pictures",
}
_SIGNS = {
    W + "tab": TAB,
    W + "ptab": TAB,
    W + "cr": BREAK,
    W + "noBreakHyphen": "-",
    W + "lastRenderedPageBreak": SHOWN_PAGE,
}
_NOTES = {W + "footnoteReference": "footnotes", W + "endnoteReference": "endnotes"}


def chosen(alternatives: etree._Element) -> etree._Element:
    """The branch of alternatives that a current Word shows; the others say the same once more for older ones."""
    choice = alternatives.find(_MC + "Choice")
    fallback = alternatives.find(_MC + "Fallback") if choice is None else None
    return next((branch for branch in (choice, fallback) if branch is not None), alternatives)


@dataclass(slots=True)
class Words:
    """What has been read of a paragraph: its text with control signs in it, and the text boxes that hang on it."""

    style: Style
    pieces: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    raised: bool = False


@dataclass(slots=True)
class _Field:
    begin: etree._Element
    code: str = ""
    has_result: bool = False


@dataclass(slots=True)
class Runs:
    """Reads the paragraphs of a document in reading order, since fields go on over paragraphs and notes are numbered on the way.

    `seen` counts what a person should hear of: inserted, deleted, moved, hidden, struck, comments, pictures, signs, formulas.
    """

    styles: Styles
    notes: dict[str, NoteMarks]
    whole_fields: set[etree._Element] = field(default_factory=set)
    fields: list[_Field] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def know_fields(self, root: etree._Element) -> None:
        """Find the fields of a part that end: one that does not would swallow all that follows."""
        begun: list[etree._Element] = []
        for char in root.iter(W + "fldChar"):
            if char.get(W + "fldCharType") == "begin":
                begun.append(char)
            elif char.get(W + "fldCharType") == "end" and begun:
                self.whole_fields.add(begun.pop())

    def words(self, paragraph: etree._Element) -> Words:
        """The words of a paragraph."""
        words = Words(self.styles.of_paragraph(paragraph))
        self._children(paragraph, words)
        return words

    def _children(self, node: etree._Element, words: Words) -> None:
        """Read what an element holds; an element that is not known is what it holds."""
        for child in node.iterchildren(etree.Element):
            tag = child.tag
            if tag in _COUNTED:
                self.seen[_COUNTED[tag]] += 1
            if tag in _SKIPPED:
                continue
            if tag in _SIGNS:
                self._add(words, _SIGNS[tag])
            elif tag in _READERS:
                _READERS[tag](self, child, words)
            else:
                self._children(child, words)

    def _run(self, run: etree._Element, words: Words) -> None:
        look = self.styles.look(found(run, "rPr"), words.style)
        custom = next((note for note in run.iterchildren(*_NOTES) if _has_own_mark(note)), None)
        if look.hidden or look.struck:
            self._unseen(run, "hidden" if look.hidden else "struck", words)
        elif custom is not None:
            self._note(custom, words)
        else:
            before = len(words.pieces)
            self._children(run, words)
            self._raise(words, before, bool(look.raised))

    def _unseen(self, run: etree._Element, why: str, words: Words) -> None:
        """Leave a run out; the fields and pages that begin or end in it do so all the same."""
        self.seen[why] += self._is_shown() and any((text.text or "").strip() for text in run.iter(W + "t"))
        for node in run.iterchildren(etree.Element):
            if node.tag in (W + "fldChar", W + "instrText"):
                _READERS[node.tag](self, node, words)
            elif node.tag == W + "lastRenderedPageBreak":
                self._add(words, SHOWN_PAGE)

    def _raise(self, words: Words, before: int, raised: bool) -> None:
        """Mark what a run in superscript has added, in one with such a run before it; the marks of notes are marked already."""
        added = "".join(words.pieces[before:])
        if not added.strip():
            return
        raised = raised and "<sup>" not in added
        if raised and words.raised and words.pieces[before - 1].endswith("</sup>"):
            words.pieces[before:] = [added + "</sup>"]
            words.pieces[before - 1] = words.pieces[before - 1].removesuffix("</sup>")
        elif raised:
            words.pieces[before:] = [f"<sup>{added}</sup>"]
        words.raised = raised

    def _text(self, node: etree._Element, words: Words) -> None:
        self._add(words, plain(node.text or ""))

    def _break(self, node: etree._Element, words: Words) -> None:
        self._add(words, PAGE if node.get(W + "type") == "page" else BREAK)

    def _symbol(self, node: etree._Element, words: Words) -> None:
        sign = symbol(node)
        self.seen["signs"] += sign == UNKNOWN_SIGN
        self._add(words, sign)

    def _formula(self, node: etree._Element, words: Words) -> None:
        self._add(words, formula(node))

    def _word_art(self, node: etree._Element, words: Words) -> None:
        self._add(words, plain(node.get("string", "")))

    def _alternatives(self, node: etree._Element, words: Words) -> None:
        self._children(chosen(node), words)

    def _box(self, node: etree._Element, words: Words) -> None:
        if self._is_shown():
            words.boxes.append(node)

    def _note(self, reference: etree._Element, words: Words) -> None:
        if not self._is_shown():
            return
        own = ""
        if _has_own_mark(reference):
            own = "".join(text.text or "" for text in reference.getparent().iter(W + "t")).strip() or "*"
        words.pieces.append(self.notes[_NOTES[reference.tag]].mark(reference, own))
        words.raised = False

    def _simple_field(self, node: etree._Element, words: Words) -> None:
        if not _is_contents(node.get(W + "instr", "")):
            self._children(node, words)

    def _code(self, node: etree._Element, words: Words) -> None:
        if self.fields and not self.fields[-1].has_result:
            self.fields[-1].code += node.text or ""

    def _field(self, char: etree._Element, words: Words) -> None:
        kind = char.get(W + "fldCharType")
        if kind == "begin" and char in self.whole_fields:
            self.fields.append(_Field(char))
        elif kind == "separate" and self.fields:
            self.fields[-1].has_result = True
        elif kind == "end" and self.fields:
            done = self.fields.pop()
            if not done.has_result and self._is_shown():
                self._add(words, self._without_result(done))

    def _without_result(self, done: _Field) -> str:
        if done.code.split()[:1] != ["EQ"]:
            return checkbox(done.begin)
        shown = code_result(done.code)
        self.seen["formulas"] += not shown
        return shown

    def _is_shown(self) -> bool:
        return all(f.has_result and not _is_contents(f.code) for f in self.fields)

    def _add(self, words: Words, text: str) -> None:
        if text in (PAGE, SHOWN_PAGE):
            words.pieces.append(text)
            for marks in self.notes.values():
                marks.begin("eachPage")
        elif text and self._is_shown():
            words.pieces.append(text)


def _is_contents(code: str) -> bool:
    """Whether a field's code makes a table of contents, whose lines would look like the headings themselves."""
    return code.split()[:1] == ["TOC"]


def _has_own_mark(reference: etree._Element) -> bool:
    return reference.get(W + "customMarkFollows", "0") not in _OFF


_READERS: dict[str, Callable[[Runs, etree._Element, Words], None]] = {
    W + "r": Runs._run,
    W + "t": Runs._text,
    W + "br": Runs._break,
    W + "sym": Runs._symbol,
    W + "instrText": Runs._code,
    W + "fldChar": Runs._field,
    W + "fldSimple": Runs._simple_field,
    W + "txbxContent": Runs._box,
    W + "footnoteReference": Runs._note,
    W + "endnoteReference": Runs._note,
    M + "oMath": Runs._formula,
    _V + "textpath": Runs._word_art,
    ALTERNATIVES: Runs._alternatives,
}
