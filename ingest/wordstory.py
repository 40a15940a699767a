"""The blocks of a Word document in reading order: paragraphs with their automatic numbers, headings, tables, text boxes, notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.lines import classify
from ingest.numbering import Label, Numbering
from ingest.tables import expand
from ingest.wordgrid import grid
from ingest.wordlines import Lines, one_line
from ingest.wordmarks import note_marks
from ingest.wordparts import W, WordParts, found, value
from ingest.wordruns import ALTERNATIVES, BREAK, PAGE, SHOWN_PAGE, TAB, Runs, Words, chosen
from ingest.wordstyles import BODY_LEVEL, Styles

_P, _TABLE, _ROW, _CELL, _CHUNK, _CONTROL = (W + name for name in ("p", "tbl", "tr", "tc", "altChunk", "sdt"))
_BLOCKS = frozenset((_P, _TABLE, _ROW, _CELL, _CHUNK))
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))
_NOTE_KINDS = {"footnotes": ("footnotePr", "footnote", "decimal"), "endnotes": ("endnotePr", "endnote", "lowerRoman")}
_REPEATS = 1_000_000
_DEEPEST_INDENT = 20


@dataclass(slots=True)
class Story:
    """What is read of a document: its lines, the words of its title paragraph, and (`runs.seen`) what a person should hear of."""

    parts: WordParts
    styles: Styles
    numbering: Numbering
    runs: Runs
    sections: Iterator[str]
    lines: Lines = field(default_factory=Lines)
    title: str = ""
    held: str = ""
    """Words of paragraphs whose ends are deleted or hidden: they go on in the next one."""
    repeats: int = _REPEATS

    @classmethod
    def of(cls, parts: WordParts) -> Story:
        """The whole document, read."""
        numbering = Numbering.of(parts.others.get("numbering"))
        styles = Styles.of(parts.others.get("styles"), numbering)
        settings = parts.others.get("settings")
        marks = {kind: note_marks(parts.body, settings, pr, form) for kind, (pr, _, form) in _NOTE_KINDS.items()}
        story = cls(parts, styles, numbering, Runs(styles, marks), _sections(parts.body))
        story.runs.know_fields(parts.body)
        story._blocks(parts.body)
        story._flush()
        story._notes()
        return story

    def _blocks(self, parent: etree._Element) -> None:
        for block in _opened(parent):
            if block.tag == _P:
                self._paragraph(block)
            elif block.tag == _TABLE:
                self._flush()
                self._table(block)
            elif block.tag == _CHUNK:
                self.runs.seen["chunks"] += 1
            elif block.tag == _CONTROL:
                for paragraph in block.iter(_P):
                    self.lines.paragraph(_page_signs(self.runs.words(paragraph)), "", "")

    def _paragraph(self, paragraph: etree._Element) -> None:
        if self.styles.begins_page(paragraph) and self.lines.lines and not self.lines.fresh:
            self.lines.turn(shown=False)
        pictures = self.runs.seen["pictures"]
        text, boxes = self._words(paragraph)
        if text is not None:
            self._write(paragraph, text)
        if self.runs.seen["pictures"] > pictures:
            self.lines.fresh = False
        for box in boxes:
            self._blocks(box)
            self._flush()
        if found(paragraph, "pPr", "sectPr") is not None:
            self._end_section()

    def _words(self, paragraph: etree._Element) -> tuple[str | None, list[etree._Element]]:
        """The words of a paragraph, None where they go on in the next one, and its text boxes."""
        words = self.runs.words(paragraph)
        if words.style.is_contents:
            return _page_signs(words), []
        text, self.held = self.held + "".join(words.pieces), ""
        mark = found(paragraph, "pPr", "rPr")
        deleted = mark is not None and any(found(mark, name) is not None for name in ("del", "moveFrom"))
        if deleted and found(paragraph, "del") is None and found(paragraph, "moveFrom") is None:
            self.runs.seen["deleted"] += 1
        if deleted or self.styles.look(mark, words.style).hidden:
            self.held = text
            return None, words.boxes
        return text, words.boxes

    def _label(self, paragraph: etree._Element) -> tuple[Label | None, int]:
        """The automatic number of a paragraph and its level; each paragraph has to be asked for once."""
        place = self.styles.numbers(paragraph)
        return (self.numbering.label(*place), place[1]) if place else (None, 0)

    def _write(self, paragraph: etree._Element, text: str) -> None:
        label, depth = self._label(paragraph)
        is_title = self.styles.of_paragraph(paragraph).is_title
        level = 0 if is_title else self.styles.level(paragraph)
        number = label.text + label.suffix if label and not label.bullet else ""
        if is_title and not self.title:
            self.title = one_line(text)
        if not one_line(text).strip():
            # A number that stands alone is a heading or an article, or it belongs to a line left blank.
            alone = bool(number) and classify(number.strip())[0].kind in ("heading", "article")
            self.lines.paragraph(text + number if alone else text, "", "")
        elif level < BODY_LEVEL:
            self.lines.heading(_after_pages(text, number), level)
        elif label and label.bullet:
            indent = "  " * min(depth, _DEEPEST_INDENT)
            self.lines.paragraph(text, f"{indent}- ", f"{indent}  ")
        else:
            self.lines.paragraph(text, number, "")

    def _flush(self) -> None:
        """Write the words that wait for a paragraph that does not come."""
        held, self.held = self.held, ""
        self.lines.paragraph(held, "", "")

    def _end_section(self) -> None:
        if next(self.sections, "continuous") not in ("continuous", "nextColumn"):
            self.lines.turn(shown=False)
        for marks in self.runs.notes.values():
            marks.begin("eachSect")

    # Tables

    def _table(self, table: etree._Element) -> None:
        """A table by its rows; one of a single column is a frame around blocks."""
        rows = [row for row in _opened(table) if row.tag == _ROW and self._stands(row)]
        cells = [[cell for cell in _opened(row) if cell.tag == _CELL] for row in rows]
        if all(len(row) <= 1 for row in cells):
            for row in cells:
                for cell in row:
                    self._blocks(cell)
                    self._flush()
            return
        drafted, pages = grid(rows, cells, self._cell)
        self.lines.group += 1
        written, self.repeats = expand(drafted, self.repeats)
        for line, turned in zip(written, pages, strict=True):
            self.lines.row(line, turned)

    def _stands(self, row: etree._Element) -> bool:
        """Whether a row is not deleted or hidden."""
        properties = found(row, "trPr")
        for name, seen, stands in (("del", "deleted", False), ("hidden", "hidden", False), ("ins", "inserted", True)):
            if properties is not None and found(properties, name) is not None:
                self.runs.seen[seen] += 1
                return stands
        return True

    def _cell(self, cell: etree._Element) -> str:
        """The words of a cell, a text box or a note, its paragraphs and the cells of tables in it with spaces between."""
        pieces = []
        for block in _opened(cell):
            if block.tag == _P:
                pieces += self._cell_paragraph(block)
            elif block.tag in (_TABLE, _ROW, _CELL) and (block.tag != _ROW or self._stands(block)):
                pieces.append(self._cell(block))
        held, self.held = self.held, ""
        return " ".join(piece for piece in (*pieces, held) if piece)

    def _cell_paragraph(self, paragraph: etree._Element) -> list[str]:
        text, boxes = self._words(paragraph)
        pieces = []
        if text is not None:
            label, _ = self._label(paragraph)
            bullet = "・" if label and label.bullet else ""
            number = label.text + label.suffix if label and not bullet else bullet
            pieces.append(_after_pages(text, number) if one_line(text) else text + number.rstrip("・　 "))
        return pieces + [self._cell(box) for box in boxes]

    # Notes

    def _notes(self) -> None:
        """The notes that are referred to, as lines at the end (on its last page): footnotes, then endnotes."""
        self.lines.group += 1
        for kind, (_, tag, _) in _NOTE_KINDS.items():
            root = self.parts.others.get(kind)
            if root is None:
                continue
            self.runs.know_fields(root)
            notes = {note.get(W + "id", ""): note for note in root.iterchildren(W + tag)}
            for note_id, mark, is_own in list(self.runs.notes[kind].given):
                self.runs.fields.clear()
                text = one_line(self._cell(notes[note_id])) if note_id in notes else ""
                for typed in (f"<sup>{mark}</sup>", mark) if is_own else ():
                    text = text.removeprefix(typed).lstrip()
                self.lines.row([f"<sup>{mark}</sup> {text}"] if text else [], (0, 0))


def _opened(parent: etree._Element) -> Iterator[etree._Element]:
    """The blocks that an element holds, those in content controls and other wrappers too; a content control that is a table of
    contents is one block."""
    for child in parent.iterchildren(etree.Element):
        if child.tag in _BLOCKS or value(child, "sdtPr", "docPartObj", "docPartGallery") == "Table of Contents":
            yield child
        elif child.tag == ALTERNATIVES:
            yield from _opened(chosen(child))
        elif child.tag in _WRAPPERS:
            yield from _opened(child)


def _sections(body: etree._Element) -> Iterator[str]:
    """How each section after the first begins: `nextPage`, `continuous` and so on."""
    sections = [pr for pr in body.iter(W + "sectPr") if pr.getparent().tag in (W + "body", W + "pPr")]
    return iter([value(pr, "type") or "nextPage" for pr in sections[1:]])


def _page_signs(words: Words) -> str:
    """What is left of a line of a table of contents: the pages that begin in it."""
    return "".join(piece for piece in words.pieces if piece in (PAGE, SHOWN_PAGE))


def _after_pages(text: str, number: str) -> str:
    """The words with the number before the first of them, after the signs of pages and line ends at their beginning."""
    words = text.lstrip(f"{TAB}{BREAK}{PAGE}{SHOWN_PAGE} ")
    return text[: len(text) - len(words)] + number + words
