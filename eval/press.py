"""A regulation as a PDF, set character by character, so that the place of each is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eval.specimen import Line, Rows, Rules, merges, with_notes, written

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

FONTS = (Path("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf"), Path("/usr/share/fonts/truetype/fonts-japanese-mincho.ttf"))
A4, A5 = (595.28, 841.89), (419.53, 595.28)
_HANGING = "、。）」』］，．"
_INDENTS = {"article": (0, 1), "paragraph": (0, 1), "item": (1, 3), "clause": (0, 1)}
"""By how many characters the first and the other lines of a kind stand in."""
_SMALL, _TINY = 0.8, 0.55
_NOTE_LINES = 4


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as set: its page from 1, the left end of its base line in points from the lower left corner, its size and width."""

    char: str
    page: int
    x: float
    y: float
    size: float
    width: float


@dataclass(frozen=True, slots=True)
class Shape:
    """The paper and how it is written on: `columns` of horizontal lines, or one of vertical ones."""

    width: float = A4[0]
    height: float = A4[1]
    columns: int = 1
    vertical: bool = False
    size: float = 10.5
    margin: float = 62.0


@dataclass(slots=True)
class _Press:
    """Sets lines one after the other: `line` counts those of the open column, `column` and `page` where it stands."""

    shape: Shape
    advance: Callable[[str], float]
    glyphs: list[Glyph] = field(default_factory=list)
    edges: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    page: int = 1
    column: int = 0
    line: int = 0
    notes: dict[tuple[int, int], int] = field(default_factory=dict)
    gap: float = 26.0

    @property
    def leading(self) -> float:
        return 1.7 * self.shape.size

    @property
    def across(self) -> float:
        """The length of a line in points."""
        shape = self.shape
        if shape.vertical:
            return shape.height - 2 * shape.margin
        return (shape.width - 2 * shape.margin - self.gap * (shape.columns - 1)) / shape.columns

    @property
    def room(self) -> int:
        """How many lines a column has."""
        shape = self.shape
        long = shape.width - 2 * shape.margin if shape.vertical else shape.height - 2 * shape.margin - self.foot
        return int(long / self.leading)

    @property
    def foot(self) -> float:
        """The height that is kept for footnotes."""
        return 0.0 if self.shape.vertical else _NOTE_LINES * 1.5 * _SMALL * self.shape.size

    @property
    def left(self) -> float:
        return self.shape.margin + self.column * (self.across + self.gap)

    def next(self, lines: int = 1) -> None:
        """Go to the next line, and to the next column or page where fewer than `lines` are left."""
        self.line += 1
        if self.line + lines > self.room:
            self.turn()

    def turn(self) -> None:
        self.line, self.column = 0, self.column + 1
        if self.column == self.shape.columns or self.shape.vertical:
            self.column, self.page = 0, self.page + 1

    def put(self, char: str, at: float, size: float, rise: float = 0.0) -> float:
        """Set a character in the open line at a distance from its beginning; returns how far it reaches."""
        shape = self.shape
        wide = self.advance(char) * size
        if shape.vertical:
            x = shape.width - shape.margin - (self.line + 1) * self.leading + (shape.size - size) / 2
            y = shape.height - shape.margin - at - size
            self.glyphs.append(Glyph(char, self.page, x, y + 0.12 * size, size, wide))
            return size
        y = shape.height - shape.margin - self.line * self.leading - shape.size + rise
        self.glyphs.append(Glyph(char, self.page, self.left + at, y, size, wide))
        return wide

    def say(self, words: str, indents: tuple[int, int] = (0, 0), mark: str = "", centred: bool = False, size: float = 0.0) -> int:
        """Set words from a new line on, `mark` small and raised before the last one; returns the mark's page and column."""
        size = size or self.shape.size
        at = indents[0] * size
        if centred:
            at = max(0.0, (self.across - sum(self.advance(c) * size for c in words)) / 2)
        for n, char in enumerate(words):
            if mark and n == len(words) - 1:
                for digit in mark:
                    at += self.put(digit, at, _TINY * size, 0.45 * size)
            if at + self.advance(char) * size > self.across + 0.01 and char not in _HANGING:
                self.next()
                at = indents[1] * size
            if not (char == "　" or char == " "):
                at += self.put(char, at, size)
            else:
                at += size if self.shape.vertical else self.advance(char) * size
        return self.page

    def note(self, number: int, words: str, where: tuple[int, int]) -> None:
        """Set a footnote at the foot of the page and column where its mark stands."""
        size, page, column, line = _SMALL * self.shape.size, self.page, self.column, self.line
        self.page, self.column = where
        taken = self.notes.get(where, 0)
        at = 0.0

        def base() -> float:
            return self.shape.margin + self.foot - (taken + 1) * 1.5 * size

        for n, char in enumerate([*str(number), " ", *words]):
            small = n < len(str(number))
            own = _TINY * size if small else size
            if at + own > self.across and char not in _HANGING:
                taken, at = taken + 1, size
            if char not in " 　":
                rise = 0.45 * size if small else 0.0
                self.glyphs.append(Glyph(char, self.page, self.left + at, base() + rise, own, self.advance(char) * own))
            at += self.advance(char) * own
        self.notes[where] = taken + 1
        if taken + 1 > _NOTE_LINES:
            raise ValueError(f"脚注がページの下に収まらない: {words}")
        self.page, self.column, self.line = page, column, line

    def table(self, rows: Rows) -> None:
        """Set a ruled table; one that does not fit on the rest of the column begins the next."""
        count = len(rows[0])
        wide, size, pad = self.across / count, 0.9 * self.shape.size, 0.35 * self.shape.size
        cells = [[self._wrapped(words, (wide - 2 * pad) / size) for words in row] for row in rows]
        high = [max(len(lines) for lines in row) for row in cells]
        if self.line + sum(high) + 1 > self.room:
            self.turn()
        hidden = {
            (r, c) for t, le, b, ri in merges(rows) for r in range(t, b + 1) for c in range(le, ri + 1) if (r, c) != (t, le)
        }
        self.line += 1
        for r, row in enumerate(cells):
            if self.line + high[r] > self.room:
                self.turn()
            top = self.shape.height - self.shape.margin - self.line * self.leading + 0.25 * self.shape.size
            bottom = top - high[r] * self.leading
            right = self.left + wide * count
            for c, lines in enumerate(row):
                x = self.left + c * wide
                if not ((r, c) in hidden and c and (0, c) in hidden and r == 0):
                    self.edges.append((self.page, x, top, x, bottom))
                if (r, c) in hidden:
                    if r == 0:
                        self.edges.append((self.page, x, top, x + wide, top))
                    continue
                self.edges.append((self.page, x, top, x + wide, top))
                self._cell(lines, c * wide + pad, size)
            self.edges.append((self.page, right, top, right, bottom))
            self.line += high[r]
            if r == len(rows) - 1 or self.line + high[r + 1] > self.room:
                self.edges.append((self.page, self.left, bottom, right, bottom))
        self.line -= 1

    def _wrapped(self, words: str, width: float) -> list[str]:
        """The words in lines of at most so many characters' width."""
        lines, reach = [""], 0.0
        for char in words:
            reach += self.advance(char)
            if reach > width:
                lines, reach = [*lines, ""], self.advance(char)
            lines[-1] += char
        return lines

    def _cell(self, lines: list[str], at: float, size: float) -> None:
        line = self.line
        for words in lines:
            x = at
            for char in words:
                x += self.put(char, x, size)
            self.line += 1
        self.line = line


def layout(rules: Rules, shape: Shape, font: str) -> tuple[list[Glyph], list[tuple[int, float, float, float, float]]]:
    """Every character of the regulation where it is set, without running heads, and the lines of its tables (page, x, y, x, y)."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    press = _Press(shape, lambda char: stringWidth(char, font, 1.0) if not shape.vertical else 1.0)
    first = True
    for line in with_notes(rules) if shape.vertical else rules.lines:
        if line.kind == "table" and not shape.vertical:
            press.table(line.rows)
            continue
        if not first:
            heads = {"chapter": 4, "caption": 3, "supplement": 3, "appendix": 4}.get(line.kind, 1)
            if heads > 1 and press.line:
                press.next(heads)
            press.next(heads)
        first = False
        _set(press, line)
    return press.glyphs, press.edges


def _set(press: _Press, line: Line) -> None:
    size = press.shape.size * {"title": 1.6, "chapter": 1.2}.get(line.kind, 1.0)
    if line.kind == "note":
        press.say(f"（注{line.number}）　{line.words}", (0, 1))
        return
    if press.shape.vertical:
        press.say(written(line, "（注{}）"), _INDENTS.get(line.kind, (0, 0)), size=size)
        return
    words = written(line, "")
    press.say(words, _INDENTS.get(line.kind, (0, 0)), str(line.mark or ""), line.kind == "title", size)
    if line.mark:
        marks = [g for g in press.glyphs if g.size < 0.6 * size]
        last = marks[-1]
        column = next(
            c for c in reversed(range(press.shape.columns)) if last.x >= press.shape.margin + c * (press.across + press.gap)
        )
        press.note(line.mark, line.note, (last.page, column))


def write_pdf(
    rules: Rules, path: Path, shape: Shape | None = None, embedded: bool = True, shaded: str = "", shade: float = 0.0
) -> list[Glyph]:
    """A PDF with a running head and page numbers; returns every character of the text in the order in which it was set.

    `shaded` are words to set in a shade of grey from 0 (black) to 1 (white). Without `embedded`, or where no IPA font is installed, the font is
    one that the viewer has to have.
    """
    from reportlab.pdfgen.canvas import Canvas

    shape = shape or Shape()
    font = _font(embedded, shape.vertical)
    glyphs, edges = layout(rules, shape, font)
    stream = "".join(g.char for g in glyphs)
    start = stream.find(shaded) if shaded else -1
    apart = dict.fromkeys(glyphs[start : start + len(shaded)], shade) if start >= 0 else {}
    canvas = Canvas(str(path), pagesize=(shape.width, shape.height), invariant=1)
    canvas.setTitle(rules.title)
    canvas.setAuthor("株式会社あおば計測 総務部")
    for page in range(1, max(g.page for g in glyphs) + 1):
        canvas.setFont(font, 8)
        canvas.drawString(shape.margin, shape.height - 34, f"株式会社あおば計測　{rules.title}")
        canvas.drawCentredString(shape.width / 2, 26, f"- {page} -")
        canvas.setLineWidth(0.5)
        for _, x0, y0, x1, y1 in (e for e in edges if e[0] == page):
            canvas.line(x0, y0, x1, y1)
        _draw(canvas, font, [g for g in glyphs if g.page == page], apart)
        canvas.showPage()
    canvas.save()
    return glyphs


def _draw(canvas: Canvas, font: str, glyphs: list[Glyph], shades: dict[Glyph, float]) -> None:
    """Draw characters that follow each other on one base line as one string, one by one where some have a shade of their own."""
    run: list[Glyph] = []
    for glyph in [*glyphs, None]:
        last = run[-1] if run else None
        if last and glyph and glyph.y == last.y and glyph.size == last.size and abs(glyph.x - last.x - last.width) < 0.01:
            run.append(glyph)
            continue
        for piece in [run] if shades.keys().isdisjoint(run) else [[g] for g in run]:
            if piece:
                canvas.setFont(font, piece[0].size)
                canvas.setFillGray(shades.get(piece[0], 0.0))
                canvas.drawString(piece[0].x, piece[0].y, "".join(g.char for g in piece))
        canvas.setFillGray(0.0)
        run = [glyph] if glyph else []


def _font(embedded: bool, vertical: bool) -> str:
    """The name of a font that is registered; one for vertical lines has the marks and brackets of such."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    file = next((f for f in FONTS if f.exists()), None) if embedded else None
    name = ("Mincho-Vertical" if vertical else "Mincho") if file else "HeiseiMin-W3"
    if name not in pdfmetrics.getRegisteredFontNames():
        font = TTFont(name, str(file)) if file else UnicodeCIDFont(name)
        if file and vertical:
            font.face.charToGlyph |= _vertical_forms(file)
        pdfmetrics.registerFont(font)
    return name


def _vertical_forms(file: Path) -> dict[int, int]:
    """The glyphs that a font has for characters in vertical lines, by code point."""
    from fontTools.ttLib import TTFont

    with TTFont(file) as font:
        table = font["GSUB"].table
        lookups = {
            n for record in table.FeatureList.FeatureRecord if record.FeatureTag == "vert" for n in record.Feature.LookupListIndex
        }
        forms: dict[str, str] = {}
        for subtable in (s for n in lookups for s in table.LookupList.Lookup[n].SubTable):
            forms |= getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", {})
        return {code: font.getGlyphID(forms[name]) for code, name in font.getBestCmap().items() if name in forms}
