"""Lines to paragraphs: which line goes on with the one before, over columns and pages too, by where they stand and how they begin."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.flow import Line
from ingest.lines import Kind, classify
from ingest.placed import Placed, joined, unplaced

_SAME_SIZE = 0.12
_INDENT = 0.7
_LONG = 15

_OPENS = re.compile(
    r"[第（(0-9０-９①-⑳㉑-㉟❶-❿一二三四五六七八九十附付別様イロハニホヘトチリヌルヲワIVXⅠ-Ⅻa-zａ-ｚ○●■◆□◇▼◎\-*+–—・•⚫➢▶►‣→⇒◦▪※注<\[#]"
)
_KINDS: frozenset[Kind] = frozenset(("heading", "article", "item", "note", "caption"))
_ENDED = re.compile(r"[。．！？!?：:]\s*[」』）)】]*(?:<sup>[^<]*</sup>)*$|[a-z][.][\"')]*$")
_RUNS_ON = re.compile(r"[ぁ-ん、，,（(「『・]$")
_CLOSED = re.compile(r"(?:もの|こと|とき|ところ|場合|など)$")
_FLOWS = re.compile(r"[ぁ-ん、。，．」』）)ー]|[a-z]")
_PARTICLE = re.compile(r"[はがをにのでへや、，（(「]$")
_TOKEN = re.compile(
    r"[「『（(【〔［]*(?:<sup>[^<]*</sup>|[!-~]+|.)[、。，．）)」』】〕］・：；！？ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]*"
)
_JAPANESE = "[ぁ-ヶ一-龠]"
_MEETING = re.compile(f"[0-9A-Za-z] ?{_JAPANESE}|{_JAPANESE} ?[0-9A-Za-z]")
_KATAKANA = re.compile(r"[ァ-ヶー]")
_LATIN = re.compile(r"[!-~]")
_LATIN_PAIR = re.compile(r"[!-~]{2}")


@dataclass(frozen=True, slots=True)
class Measure:
    """The left and right edges of the lines of a region, and the usual distance between them, in points."""

    left: float
    right: float
    gap: float


def measures_of(lines: Iterable[Line]) -> dict[tuple[int, ...], Measure]:
    """The measure of each region, told by the edges that many of its lines share; odd and even pages have margins of their own."""
    groups: dict[tuple[int, ...], list[Line]] = defaultdict(list)
    for line in lines:
        groups[(*line.region, line.page % 2)].append(line)
    found = {}
    for key, own in groups.items():
        group = own if len(own) >= 8 else own + groups.get((*key[:-1], 1 - key[-1]), [])
        lefts, rights = sorted(line.left for line in group), sorted((line.reach for line in group), reverse=True)
        gaps = sorted(
            b.top - a.bottom for a, b in pairwise(group) if a.page == b.page and a.bottom < b.top < a.bottom + 3 * a.size
        )
        rank = len(group) // 16  # a few lines may stick out
        found[key] = Measure(lefts[rank], rights[rank], gaps[len(gaps) // 2] if gaps else group[0].size)
    return found


def marker_of(words: str) -> Kind | None:
    """What kind of line the words begin by their marker; None where they begin with none."""
    if not _OPENS.match(words):
        return None
    kind = classify(words)[0].kind
    return kind if kind in _KINDS else None


def goes_on(paragraph: Sequence[Line], line: Line, measures: dict[tuple[int, ...], Measure]) -> bool:
    """Whether the line belongs to the paragraph that the lines before it make so far."""
    last = paragraph[-1]
    em = max(last.size, line.size)
    if abs(last.size - line.size) > _SAME_SIZE * em:
        return False
    here, there = (measures[(*each.region, each.page % 2)] for each in (last, line))
    text, after = last.words.text, line.words.text
    apart = last.page == line.page and last.region == line.region and line.top - last.bottom > 1.5 * here.gap + 0.3 * em
    ended = has_ended(text)
    marker = marker_of(after)
    if marker == "item" and _same_list(paragraph[0].words.text, after):
        return False
    indent = ((line.left - there.left) - (last.left - here.left)) / em
    if here.right - last.right > _width(after) * em + 0.3 * em:  # what comes next had room on the line
        return not (ended or marker or apart) and len(text) >= _LONG and abs(indent) < 2 and _flows(text, after)
    if not ended:
        return not marker or not _begins(after, marker, text)
    if marker or apart or last.style != line.style:
        return False
    if len(paragraph) > 1:
        return abs(indent) <= _INDENT
    if indent > _INDENT:
        return marker_of(text) is not None
    return indent < -_INDENT or (last.left - here.left) / em < _INDENT or marker_of(text) is not None


def _same_list(first: str, words: str) -> bool:
    """Whether the words begin an item of the list to which the paragraph's first words belong."""
    before, here = classify(first)[0], classify(words)[0]
    return before.kind == "item" and (before.style, len(before.label)) == (here.style, len(here.label)) and first != words


def _flows(before: str, words: str) -> bool:
    """Whether the words are the rest of a sentence, by how the line before ends or how they begin."""
    if _LATIN.match(words) and _LATIN.match(before[-1]):
        return True
    return bool(_FLOWS.match(words)) or bool(_PARTICLE.search(before) and not _CLOSED.search(before))


def has_ended(words: str) -> bool:
    """Whether the words end as a sentence does."""
    return bool(_ENDED.search(words))


def _begins(words: str, marker: Kind, before: str) -> bool:
    """Whether a marker after a full line that ends no sentence begins something: not where the sentence runs on into it."""
    if _RUNS_ON.search(before) and not _CLOSED.search(before):
        return False
    if _KATAKANA.match(words) and _KATAKANA.match(before[-1]):
        return False  # a word in katakana, whose last letter looks like the marker of an item
    return marker == "caption" or bool(re.match(r"\S{1,12}[ 　]", words)) or words[0] in "○●■◆□◇▼◎・•①②③④⑤⑥⑦⑧⑨"


def _width(words: str) -> float:
    """The width in ems of what cannot be parted at the beginning of the words."""
    token = _TOKEN.match(words)
    return sum(0.55 if c.isascii() else 1.0 for c in token[0]) if token else 0.0


def parted_by_spaces(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What matches a meeting of Latin letters (or of digits) and Japanese ones, for those that the document parts by a space."""
    meetings: Counter[str] = Counter()
    for text in texts:
        meetings.update(match[0] for match in _MEETING.finditer(text))
    habits = []
    for latin in ("A-Za-z", "0-9"):
        kinds = re.compile(f"[{latin}] ?{_JAPANESE}|{_JAPANESE} ?[{latin}]")
        spaced = sum(n for words, n in meetings.items() if kinds.fullmatch(words) and " " in words)
        if spaced > sum(n for words, n in meetings.items() if kinds.fullmatch(words) and " " not in words):
            habits.append(latin)
    both = "".join(habits)
    return re.compile(f"[{both}]{_JAPANESE}|{_JAPANESE}[{both}]") if habits else None


def flowed(lines: Sequence[Line], spaced: re.Pattern[str] | None = None) -> Placed:
    """The lines of a paragraph as one: a space between Latin words, and where two meet as `spaced` matches."""
    parts: list[Placed] = []
    for line in lines:
        words = line.words
        if parts:
            parts, words = _joint(parts, words, spaced)
        parts.append(words)
    return joined(parts)


def _joint(parts: list[Placed], words: Placed, spaced: re.Pattern[str] | None) -> tuple[list[Placed], Placed]:
    before = parts[-1].text
    if re.search(r"[A-Za-z][-\u00ad\u2010]$", before) and re.match(r"[a-z]", words.text):
        return [*parts[:-1], parts[-1].part(0, -1)], words  # a word that was parted
    if spaced and spaced.fullmatch(before[-1:] + words.text[:1]):
        return [*parts, unplaced(" ")], words
    ends = before[-1:] + words.text[:1]
    latin = bool(_LATIN_PAIR.fullmatch(ends)) and not ends.isdigit() and not words.text.startswith("<sup>")
    return ([*parts, unplaced(" ")], words) if latin else (parts, words)
