"""What changed inside two passages, sentence by sentence and then word by word, at exact places of both texts."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.fold import fold_with_offsets
from rag.types import Span

Change = Literal["equal", "delete", "insert"]

_SENTENCE = re.compile(r"[^。\n\t]+[。\n\t]*|[。\n\t]+")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[ァ-ヺー]+|[\s\S]")
_MOST_TOKENS = 2500
_MOST_SENTENCES = 400
_LIKE = 0.3
"""Passages that share less than this are shown as one gone and one come."""
_NUMBERED = re.compile(r"[0-9]{1,2}[.、)]?(?![0-9])|[(][0-9一二三四五六七八九十]{1,3}[)]")
_ISLAND = re.compile(r"[\s\S]|[ぁ-ん]{2}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, went or came; a deletion has an empty span at its place in the new text, an insertion in the old."""

    change: Change
    old: Span
    new: Span


@dataclass(slots=True)
class Effort:
    """How many characters may still be compared word by word; what comes after is compared sentence by sentence."""

    left: int = 300_000

    def allows(self, size: int) -> bool:
        """Whether so many characters more may be compared; counts them if so."""
        if size > self.left:
            return False
        self.left -= size
        return True


_Block = tuple[int, int, int, int]


def inline(old: str, before: Span, new: str, after: Span, effort: Effort) -> tuple[Piece, ...]:
    """The pieces of old[before] and new[after], in order; their spans cover both passages without gaps.

    What differs in width or white space alone is equal, and among words what differs in the way of writing a number alone.
    """
    mine, yours = _sentences(old, before), _sentences(new, after)
    was, now = ([_key(text[start:end]) for start, end in spans] for text, spans in ((old, mine), (new, yours)))
    pieces: list[Piece] = []
    at, to = before.start, after.start
    for same, (i, j, k, m) in _checked(was, now):
        end, stop = (mine[j - 1][1] if j else before.start), (yours[m - 1][1] if m else after.start)
        left, right = Span(at, end), Span(to, stop)
        if same:
            pieces.append(Piece("equal", left, right))
        else:
            fine = j > i and m > k and effort.allows(len(left) + len(right))
            pieces += _words(old, left, new, right) if fine else _replaced(left, right)
        at, to = end, stop
    return tuple(_joined(pieces))


def _sentences(text: str, span: Span) -> list[tuple[int, int]]:
    return [m.span() for m in _SENTENCE.finditer(text, span.start, span.end)]


def _key(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


def _without_number(key: str) -> str:
    number = _NUMBERED.match(key)
    return key[number.end() :] if number else key


def _checked(was: Sequence[str], now: Sequence[str]) -> Iterator[tuple[bool, _Block]]:
    """Blocks of equal and of different sentences; they are matched without their numbers, so that a new 第2項 moves no other."""
    bare = [[_without_number(key) for key in keys] for keys in (was, now)]
    for same, (i, j, k, m) in _aligned(bare[0], bare[1]):
        if same and was[i:j] == now[k:m]:
            yield True, (i, j, k, m)
        elif same:
            yield from ((was[i + n] == now[k + n], (i + n, i + n + 1, k + n, k + n + 1)) for n in range(j - i))
        else:
            yield False, (i, j, k, m)


def _aligned(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[bool, _Block]]:
    """Blocks of equal and of different sentences in order; long passages are cut at the sentences that occur once in each."""
    i = k = 0
    for x, y in [*_anchors(a, b), (len(a), len(b))]:
        yield from _between(a, b, (i, x, k, y))
        if x < len(a):
            yield True, (x, x + 1, y, y + 1)
        i, k = x + 1, y + 1


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The longest rising chain of sentences that occur once in each (patience diff)."""
    once_a, once_b = Counter(a), Counter(b)
    place = {key: n for n, key in enumerate(b) if key and once_b[key] == 1}
    pairs = [(n, place[key]) for n, key in enumerate(a) if once_a[key] == 1 and key in place]
    ends: list[int] = []
    best: list[int] = []
    back: list[int] = []
    for n, (_, y) in enumerate(pairs):
        length = bisect_left(ends, y)
        ends[length : length + 1] = [y]
        best[length : length + 1] = [n]
        back.append(best[length - 1] if length else -1)
    chain = []
    n = best[-1] if best else -1
    while n >= 0:
        chain.append(pairs[n])
        n = back[n]
    return chain[::-1]


def _between(a: Sequence[str], b: Sequence[str], block: _Block) -> Iterator[tuple[bool, _Block]]:
    i, j, k, m = block
    if i == j and k == m:
        return
    if max(j - i, m - k) > _MOST_SENTENCES or i == j or k == m:
        yield False, block
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a[i:j], b[k:m], autojunk=False).get_opcodes():
        yield tag == "equal", (i + i1, i + i2, k + j1, k + j2)


def _words(old: str, left: Span, new: str, right: Span) -> list[Piece]:
    """The pieces of two short passages by their folded words."""
    mine, yours = _tokens(old, left), _tokens(new, right)
    if not mine or not yours or max(len(mine), len(yours)) > _MOST_TOKENS:
        return _replaced(left, right)
    starts = [*(start for start, _ in mine), left.end]
    begins = [*(start for start, _ in yours), right.end]
    starts[0], begins[0] = left.start, right.start
    codes = SequenceMatcher(None, [w for _, w in mine], [w for _, w in yours], autojunk=False).get_opcodes()
    if 2 * sum(i2 - i1 for tag, i1, i2, *_ in codes if tag == "equal") < _LIKE * (len(mine) + len(yours)):
        return _replaced(left, right)
    pieces: list[Piece] = []
    for same, i1, i2, j1, j2 in _without_islands(codes, [w for _, w in mine]):
        was, now = Span(starts[i1], starts[i2]), Span(begins[j1], begins[j2])
        pieces += [Piece("equal", was, now)] if same else _replaced(was, now)
    return pieces


def _without_islands(
    codes: Sequence[tuple[str, int, int, int, int]], words: Sequence[str]
) -> Iterator[tuple[bool, int, int, int, int]]:
    """The blocks with short equal runs between two changes counted as changed, for such islands only make it hard to read."""
    pending: list[int] = []
    for n, (tag, i1, i2, j1, j2) in enumerate(codes):
        inner = 0 < n < len(codes) - 1
        if tag == "equal" and not (inner and _ISLAND.fullmatch("".join(words[i1:i2]))):
            if pending:
                yield False, pending[0], i1, pending[1], j1
                pending = []
            yield True, i1, i2, j1, j2
        elif not pending:
            pending = [i1, j1]
    if pending:
        yield False, pending[0], codes[-1][2], pending[1], codes[-1][4]


def _tokens(text: str, span: Span) -> list[tuple[int, str]]:
    """The folded words of a passage, each with the place where it begins in the text; no two begin at the same place."""
    folded = fold_with_offsets(span.of(text))
    tokens: list[tuple[int, str]] = []
    last = 0
    for match in _TOKEN.finditer(folded.text):
        if not match[0].strip():
            continue
        start = folded.starts[match.start()]
        if tokens and start < last:
            tokens[-1] = (tokens[-1][0], tokens[-1][1] + match[0])
        else:
            tokens.append((span.start + start, match[0]))
        last = max(last, folded.ends[match.end() - 1])
    return tokens


def _replaced(left: Span, right: Span) -> list[Piece]:
    gone = Piece("delete", left, Span(right.start, right.start))
    come = Piece("insert", Span(left.end, left.end), right)
    return [p for p in (gone, come) if len(p.old) or len(p.new)]


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one."""
    last: Piece | None = None
    for piece in pieces:
        if last and last.change == piece.change:
            last = Piece(last.change, Span(last.old.start, piece.old.end), Span(last.new.start, piece.new.end))
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
