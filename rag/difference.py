"""What changed between two versions of a document, article by article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.answers import address
from rag.fold import fold
from rag.inline import Effort, Piece, inline
from rag.pairing import Pair, Part, pairs
from rag.types import Document, Section, Span, hull

Kind = Literal["added", "removed", "changed", "moved"]

NAMES: dict[Kind, str] = {"added": "追加", "removed": "削除", "changed": "変更", "moved": "移動"}

_ARTICLE = re.compile(r"第\d+条")
_SUPPLEMENT = re.compile(r"附則|付則|別表|別紙|別記|様式")
_NUMBER = re.compile(
    r"第[ 　]?[0-9０-９〇一二三四五六七八九十百千]+[ 　]?(?:[編部章節款]|条)(?:の[0-9０-９一二三四五六七八九十]+)*"
    r"|(?:(?<=別表)|(?<=別紙)|(?<=様式))第?[ 　]?[0-9０-９一二三四五六七八九十]+"
    r"|(?<![^#\s　])[(（]?[0-9０-９IVXⅠ-Ⅻ]+(?:[.．-][0-9０-９]+)*[.．、)）]?(?=[\s　])"
)
_MOST_LINES = 40
_LONGEST, _KEPT = 160, 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs. `old` and `new` are its spans in the two texts, None where it is missing; the paths lead to the
    innermost section that holds all changes; `pieces` are the changes inside, of a changed part alone."""

    kind: Kind
    old_path: tuple[str, ...] = ()
    new_path: tuple[str, ...] = ()
    old: Span | None = None
    new: Span | None = None
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    path: tuple[str, ...]
    span: Span
    part: Part
    inner: Sequence[Section] = ()


def differences(
    old: Document, old_sections: Sequence[Section], new: Document, new_sections: Sequence[Section]
) -> tuple[Difference, ...]:
    """The parts that differ, in the order of the new document.

    A part is an article (条), elsewhere the text under one heading up to the next. A part that says the same under another
    number has moved; white space, width and the way of writing a number make no difference.
    """
    mine, yours = list(_leaves(old, old_sections)), list(_leaves(new, new_sections))
    found: list[Difference] = []
    effort = Effort()
    for pair in pairs([leaf.part for leaf in mine], [leaf.part for leaf in yours]):
        left = mine[pair.old] if pair.old is not None else None
        right = yours[pair.new] if pair.new is not None else None
        if left and right and not pair.same:
            pieces = inline(old.text, left.span, new.text, right.span, effort)
            paths = (_innermost(old.text, left, pieces, 0), _innermost(new.text, right, pieces, 1))
            found.append(Difference("changed", *paths, left.span, right.span, pieces))
        elif difference := _whole(pair, left, right):
            found.append(difference)
    return tuple(found)


def _whole(pair: Pair, left: _Leaf | None, right: _Leaf | None) -> Difference | None:
    if left and right:
        return None if left.part.key == right.part.key else Difference("moved", left.path, right.path, left.span, right.span)
    if left:
        return Difference("removed", left.path, (), left.span)
    return Difference("added", (), right.path, None, right.span) if right else None


def _leaves(document: Document, sections: Sequence[Section]) -> Iterator[_Leaf]:
    """The parts of a document in reading order; together they cover its text, but for blank ones."""
    text = document.text
    outer = [n for n, s in enumerate(sections) if not any(_ARTICLE.match(label) for label in s.path[:-1])]
    root = sections[0].path[0] if sections and sections[0].span.end >= len(text.rstrip()) else None
    seen: Counter[tuple[str, ...]] = Counter()
    head = Span(0, sections[0].span.start if sections else len(text))
    if head.of(text).strip():
        yield _Leaf((), head, Part((("",), 0), "", head.of(text)))
    for n, following in zip(outer, [*outer, len(sections)][1:], strict=True):
        section = sections[n]
        end = sections[following].span.start if following < len(sections) else len(text)
        span = _trimmed(text, Span(section.span.start, max(end, section.span.start)))
        if len(span):
            key = _key(section.path, root)
            name, words = _words(text, section, span)
            part = Part((key, seen[key]), name if key else "", words)
            yield _Leaf(section.path, span, part, sections[n + 1 : following])
            seen[key] += 1


def _key(path: tuple[str, ...], root: str | None) -> tuple[str, ...]:
    """The number of a part and where it is counted: articles through the document, in each 附則 anew."""
    if article := _ARTICLE.match(path[-1]):
        number = re.match(r"第\d+条(?:の\d+)*", path[-1]) or article
        return (*(fold(label) for label in path[:-1] if _SUPPLEMENT.match(label)), number[0])
    if _SUPPLEMENT.match(path[-1]) and (mark := _NUMBER.search(path[-1])):
        return (path[-1][: mark.start()], fold(mark[0]))
    return tuple(fold(label) for label in (path[1:] if path[0] == root else path))


def _words(text: str, section: Section, span: Span) -> tuple[str, str]:
    """The caption of a part and all its words, both without the number."""
    heading = Span(span.start, max(span.start, min(section.heading.end, span.end)))
    number = _NUMBER.search(heading.of(text))
    begin, end = (heading.start + number.start(), heading.start + number.end()) if number else (heading.start, heading.start)
    caption = text[heading.start : begin] + text[end : heading.end]
    name = section.path[-1].split("（", 1)[1] if "（" in section.path[-1] else caption
    return fold(name).strip(" #()（）"), text[heading.start : begin] + text[end : span.end]


def _trimmed(text: str, span: Span) -> Span:
    words = span.of(text)
    return (
        Span(span.start + len(words) - len(words.lstrip()), span.end - len(words) + len(words.rstrip()))
        if words.strip()
        else Span(0, 0)
    )


def _innermost(text: str, leaf: _Leaf, pieces: Sequence[Piece], side: int) -> tuple[str, ...]:
    """The path of the innermost section of a part that holds all changes on one side."""
    spans = [(p.old, p.new)[side] for p in pieces if p.change != "equal"]
    spans = [s for s in (_trimmed(text, s) for s in spans) if len(s)]
    if not spans:
        return leaf.path
    all_of_it = hull(spans)
    return max((s.path for s in leaf.inner if s.span.covers(all_of_it)), key=len, default=leaf.path)


def lines(found: Sequence[Difference], old: str, new: str) -> Iterator[str]:
    """The differences as Japanese lines: 「変更 第12条（日当） 第2項」, then －/＋ lines with [-削除-] and {+追加+}."""
    for difference in found:
        yield f"{NAMES[difference.kind]} {_where(difference)}"
        if difference.kind == "changed":
            yield from (f"－ {line}" for line in _marked(difference.pieces, old, 0))
            yield from (f"＋ {line}" for line in _marked(difference.pieces, new, 1))
        elif difference.kind != "moved":
            mark, span, text = ("－", difference.old, old) if difference.old else ("＋", difference.new, new)
            yield from (f"{mark} {line}" for line in _shortened((span or Span(0, 0)).of(text).splitlines()))


def _where(difference: Difference) -> str:
    old, new = (_short(path) for path in (difference.old_path, difference.new_path))
    if difference.kind in ("removed", "added"):
        return new if difference.kind == "added" else old
    places = [[label.split("（")[0] for label in path] for path in (difference.old_path, difference.new_path)]
    together = min(map(len, places))
    return max(old, new, key=len) if places[0][:together] == places[1][:together] else f"{old} → {new}"


def _short(path: tuple[str, ...]) -> str:
    """The address from the article or the 附則 on, whose number says enough."""
    begin = next((n for n, label in enumerate(path) if _ARTICLE.match(label) or _SUPPLEMENT.match(label)), 0)
    return address(path[begin:]) or "（前文）"


def _marked(pieces: Sequence[Piece], text: str, side: int) -> list[str]:
    """The lines of one side that hold changes, each change in its brackets."""
    opening, closing = ("[-", "-]") if side == 0 else ("{+", "+}")
    own = "delete" if side == 0 else "insert"
    shown, touched, current, is_touched = [], [], "", False
    for piece in pieces:
        words = (piece.old, piece.new)[side].of(text)
        changed = piece.change != "equal"
        for n, part in enumerate(words.split("\n")):
            if n:
                shown.append(current)
                touched.append(is_touched)
                current, is_touched = "", False
            current += f"{opening}{_clipped(part, 10)}{closing}" if piece.change == own and part.strip() else _clipped(part)
            is_touched = is_touched or (changed and bool(part.strip() or not words))
    kept = [line.strip() for line, own_change in zip([*shown, current], [*touched, is_touched], strict=True) if own_change]
    return _shortened([line for line in kept if line])


def _clipped(words: str, times: int = 1) -> str:
    """A long run of words by its beginning and end."""
    kept = _KEPT * times
    return words if len(words) <= _LONGEST * times else f"{words[:kept]}…{words[-kept:]}"


def _shortened(words: Sequence[str]) -> list[str]:
    kept = [line.strip() for line in words if line.strip()]
    more = len(kept) - _MOST_LINES
    return kept if more <= 0 else [*kept[:_MOST_LINES], f"…（ほか{more}行）"]


def to_json(found: Sequence[Difference], old: str, new: str) -> list[dict[str, Any]]:
    """The differences as JSON: kind, both addresses and spans, and the pieces of a changed part with their words."""
    return [
        {
            "kind": d.kind,
            "old": _side(d.old, d.old_path, old),
            "new": _side(d.new, d.new_path, new),
            "pieces": [_piece(p, old, new) for p in d.pieces],
        }
        for d in found
    ]


def _side(span: Span | None, path: tuple[str, ...], text: str) -> dict[str, Any] | None:
    return {"path": address(path), "start": span.start, "end": span.end, "text": span.of(text)} if span else None


def _piece(piece: Piece, old: str, new: str) -> dict[str, Any]:
    places = {"old": [piece.old.start, piece.old.end], "new": [piece.new.start, piece.new.end]}
    return {"change": piece.change, **places, "text": piece.old.of(old) if piece.change == "delete" else piece.new.of(new)}
