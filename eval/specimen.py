"""A small model of a regulation: its lines in order, each with what it is and its number, read from a plain notation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

Rows = tuple[tuple[str, ...], ...]

_KINDS = {
    "題": "title",
    "章": "chapter",
    "見": "caption",
    "条": "article",
    "項": "paragraph",
    "号": "item",
    "表": "table",
    "附": "supplement",
    "則": "clause",
    "別": "appendix",
}
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_KANJI = "〇一二三四五六七八九"
OPENING = ("chapter", "caption", "supplement", "appendix")
"""What begins another part, before which the notes of the part above stand."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `kind` is a value of _KINDS, `number` counts lines of the kind in what holds them.

    `mark` is the number of the footnote `note` that stands before its last 。, 0 without one; `was` is what a tracked change took out
    in favour of the words `now`; `rows` are those of a table, equal neighbours in its first column or its header being one cell.
    """

    kind: str
    words: str
    number: int = 0
    mark: int = 0
    note: str = ""
    was: str = ""
    now: str = ""
    rows: Rows = ()

    def marked(self, mark: str) -> str:
        """The words with the footnote's mark, `{}` in it standing for the number."""
        return f"{self.words[:-1]}{mark.format(self.mark)}{self.words[-1]}" if self.mark else self.words


@dataclass(frozen=True, slots=True)
class Rules:
    """A regulation."""

    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        """The words of its title."""
        return self.lines[0].words


def read(notation: str) -> Rules:
    """The regulation of a notation: `章 総則`, `見 目的`, `条 この規程は、…`, `項`, `号`, `表 a|b` (a row), `注` (of the line above),
    `改 旧|新` (a change in the line above), `附` and its `則`, `別 第３条関係|title`."""
    lines: list[Line] = []
    for row in notation.strip().split("\n"):
        sign, _, words = row.partition(" ")
        if sign == "注":
            lines[-1] = replace(lines[-1], note=words, mark=1 + sum(line.mark > 0 for line in lines))
        elif sign == "改":
            was, _, now = words.partition("|")
            lines[-1] = replace(lines[-1], was=was, now=now)
        elif sign == "表" and lines[-1].kind == "table":
            lines[-1] = replace(lines[-1], rows=(*lines[-1].rows, tuple(words.split("|"))))
        elif sign == "表":
            lines.append(Line("table", "", rows=(tuple(words.split("|")),)))
        else:
            lines.append(Line(_KINDS[sign], words, _number(lines, _KINDS[sign])))
    return Rules(tuple(lines))


def _number(lines: list[Line], kind: str) -> int:
    """The next number of the kind: articles run on over chapters, a paragraph is at least the second, items begin anew."""
    within = {"paragraph": ("article",), "item": ("article", "paragraph"), "clause": ("supplement",)}.get(kind, ())
    count = 2 if kind == "paragraph" else 1
    for line in reversed(lines):
        if line.kind in within:
            break
        count += line.kind == kind
    return count


def label(line: Line, kanji: bool = False) -> str:
    """What stands before the words of a line; empty where nothing does."""
    wide = str(line.number).translate(_WIDE)
    number = kanji_number(line.number) if kanji else wide
    shapes = {
        "chapter": f"第{number}章　",
        "article": f"第{number}条　",
        "paragraph": f"{wide}　",
        "item": f"{number}　" if kanji else f"（{wide}）",
        "clause": f"{wide}　",
        "supplement": "附則",
        "appendix": f"別表第{number}",
    }
    return shapes.get(line.kind, "")


def kanji_number(number: int) -> str:
    """A number from 1 to 999 as 三百二十一."""
    out = ""
    for unit, sign in ((100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += ("" if digit == 1 and sign else _KANJI[digit]) + sign
    return out


def written(line: Line, mark: str, kanji: bool = False) -> str:
    """A line that is no table as plain text."""
    if line.kind == "caption":
        return f"（{line.words}）"
    if line.kind == "appendix":
        related, _, title = line.words.partition("|")
        return f"{label(line, kanji)}（{related}）　{title}"
    return label(line, kanji) + line.marked(mark)


def with_notes(rules: Rules) -> Iterator[Line]:
    """The lines, the footnotes of each part as lines of kind `note` at the part's end."""
    waiting: list[Line] = []
    for line in rules.lines:
        if line.kind in OPENING:
            yield from waiting
            waiting = []
        yield line
        if line.mark:
            waiting.append(Line("note", line.note, line.mark))
    yield from waiting


def merges(rows: Rows) -> list[tuple[int, int, int, int]]:
    """The cells over several places as (top, left, bottom, right), counted from 0, the last places included."""
    found = []
    top = 1
    for n in range(2, len(rows) + 1):
        if n == len(rows) or rows[n][0] != rows[top][0]:
            if n - top > 1:
                found.append((top, 0, n - 1, 0))
            top = n
    left = 0
    for n in range(1, len(rows[0]) + 1):
        if n == len(rows[0]) or rows[0][n] != rows[0][left]:
            if n - left > 1:
                found.append((0, left, 0, n - 1))
            left = n
    return found
