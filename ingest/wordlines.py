"""The lines of a Word document with the pages they begin on, and how they are written out as one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from ingest.lines import classify
from ingest.wordruns import BREAK, PAGE, SHOWN_PAGE, TAB
from rag.types import Page, Span

_TABS = re.compile(rf"[ 　]*{TAB}[ 　{TAB}]*")
_SPLIT = re.compile(f"([{BREAK}{PAGE}])")
_PAGES = re.compile(f"[{PAGE}{SHOWN_PAGE}]")
_CONTROLS = f"{TAB}{BREAK}{PAGE}{SHOWN_PAGE} "
_ONE_LINE = str.maketrans({TAB: " ", BREAK: " ", PAGE: " ", SHOWN_PAGE: None})


def one_line(text: str) -> str:
    """Words with control signs as one line without them, for a cell or a note."""
    return re.sub(" {2,}", " ", text.translate(_ONE_LINE)).strip(" ")


def turns(text: str) -> tuple[int, int]:
    """How many pages begin before the first word, and how many in all."""
    return len(_PAGES.findall(text[: len(text) - len(text.lstrip(_CONTROLS))])), len(_PAGES.findall(text))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, the number of hashes that mark it as a heading, its page, and the group of lines it stands close to."""

    words: str
    hashes: int
    page: int
    group: int


@dataclass(slots=True)
class Lines:
    """Collects lines while it counts the pages that begin between them."""

    lines: list[_Line] = field(default_factory=list)
    page: int = 1
    is_paged: bool = False
    fresh: bool = False
    """Whether the author began this page and nothing stands on it yet: then Word's own sign for its beginning is still to come."""
    group: int = 0
    article_level: int | None = None

    def turn(self, shown: bool) -> None:
        """A page begins: by the author, or (`shown`) where Word last showed it to begin."""
        self.is_paged = True
        if not (shown and self.fresh):
            self.page += 1
        self.fresh = not shown

    def paragraph(self, text: str, first: str, rest: str) -> None:
        """Words with control signs: a line for each of their lines, `first` put before the first one, `rest` before the others."""
        self.group += 1
        for piece in _SPLIT.split(text):
            if piece == PAGE:
                self.turn(shown=False)
            else:
                first = rest if self._add(piece, 0, first) else first

    def heading(self, text: str, level: int) -> None:
        """A heading of a level (from 0). What its words make known as a chapter or an article, and a sentence, is a plain line.

        So is what lies deeper than the articles: numbered paragraphs and items that have heading styles for their numbers alone.
        """
        self.group += 1
        before, pages = turns(text)
        for sign in _PAGES.findall(text)[:before]:
            self.turn(shown=sign == SHOWN_PAGE)
        line = one_line(_TABS.sub("　", text.strip(_CONTROLS)).replace(BREAK, "　"))
        kind = classify(line)[0]
        known = kind.kind in ("heading", "article") and kind.style != "#"
        inside = self.article_level is not None and level > self.article_level
        if kind.kind == "article":
            self.article_level = level
        elif not inside:
            self.article_level = None
        plain = known or inside or line.endswith("。")
        self._add(line, 0 if plain else min(level + 1, 6), "")
        for sign in _PAGES.findall(text)[before:pages]:
            self.turn(shown=sign == SHOWN_PAGE)

    def row(self, cells: list[str], pages: tuple[int, int]) -> None:
        """A table's row; `pages` is how many pages begin before its first word and up to its end."""
        before, after = pages
        for _ in range(before):
            self.turn(shown=True)
        if any(cells):
            self._add(TAB.join(cells), 0, "", is_row=True)
        for _ in range(before, after):
            self.turn(shown=True)

    def written(self) -> tuple[str, tuple[Page, ...]]:
        """The text, with blank lines between what does not belong together, and its pages where any are known."""
        pieces: list[str] = []
        starts: dict[int, int] = {}
        at = 0
        first: _Line | None = None  # of the group before
        for line in _captions_plain(self.lines):
            separator = "" if first is None else "\n" if _is_close(first, line) else "\n\n"
            words = f"{'#' * line.hashes} {line.words}" if line.hashes else line.words
            at += len(separator)
            starts.setdefault(line.page, at)
            pieces.append(separator + words)
            at += len(words)
            first = line if first is None or first.group != line.group else first
        text = "".join(pieces) + ("\n" if pieces else "")
        return text, _pages(starts, len(text)) if self.is_paged else ()

    def _add(self, text: str, hashes: int, prefix: str, is_row: bool = False) -> bool:
        """Add a line, unless it is blank, and turn the pages that begin before and in it; returns whether it was added."""
        before, after = turns(text)
        for _ in range(before):
            self.turn(shown=True)
        line = text if is_row else _TABS.sub("　", text.strip(_CONTROLS).replace(SHOWN_PAGE, ""))
        if line.strip():
            self.lines.append(_Line((prefix + line).rstrip(" 　"), hashes, self.page, self.group))
            self.fresh = False
        for _ in range(before, after):
            self.turn(shown=True)
        return bool(line.strip())


def _captions_plain(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines, a heading in brackets over an article made plain: it is known as the article's caption by its place."""
    for line, after in zip_longest(lines, lines[1:]):
        is_caption = line.hashes and after and classify(line.words)[0].kind == "caption"
        yield replace(line, hashes=0) if is_caption and classify(after.words)[0].kind == "article" else line


def _is_close(before: _Line, line: _Line) -> bool:
    """Whether a line belongs to the group that another one begins: to its table or paragraph, items to items, an article to its
    caption."""
    if before.group == line.group:
        return True
    if before.hashes or line.hashes:
        return False
    kinds = classify(before.words)[0].kind, classify(line.words)[0].kind
    return kinds in (("item", "item"), ("caption", "article"))


def _pages(starts: dict[int, int], end: int) -> tuple[Page, ...]:
    """Pages with words on them: together they cover the text, the first one from its beginning."""
    numbers = sorted(starts)
    bounds = [0, *(starts[n] for n in numbers[1:]), end]
    return tuple(Page(n, Span(bounds[i], bounds[i + 1])) for i, n in enumerate(numbers))
