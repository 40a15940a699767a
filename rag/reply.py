"""A model's reply as it grows: sentences with the passage numbers they cite, from JSON of the asked form or from text with [n] marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.answers import NOT_FOUND
from rag.failures import ModelFailure

LONGEST = 400
"""What has so many characters is no sentence: a reply that never ends, or a table run together. It is left out."""
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.S | re.I)
_LATE_THOUGHT = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.S | re.I)
_FENCE = re.compile(r"\A```\w*\s*|\s*```\s*\Z")
_NUMBERS = r"(?:文書|資料|典拠|出典|passage|doc)?[ 　]*[0-9０-９]{1,3}"
_MARK = re.compile(rf"[ 　]*[\[［【〔][ 　^]*({_NUMBERS}(?:[ 　]*[,、，・;/][ 　]*{_NUMBERS})*)[ 　]*[\]］】〕]", re.I)
_HALF_MARK = re.compile(r"[ 　]*[\[［【〔][^\]］】〕]*$")
_ITEM = re.compile(r"[ \t　]*(?:[-*+・●○•–][ \t　]*|\(?\d{1,2}[.)）．][ \t　]+|[①-⑳][ \t　]*)")
_LEAD = re.compile(
    r"(?:[:：]|(?:次|以下|下記)の(?:とおり|通り|もの|[^。\n]{1,12})(?:です|である|とする|となります|になります)?[。:：]?)[ 　]*$"
)
_OPEN, _CLOSE, _STOPS = "「『（(【〔［", "」』）)】〕］", "。！？!?"
_GOES_ON = re.compile(r"[A-Za-z0-9\[=&]")
"""After one of these an ASCII ! or ? ends no sentence: it begins an image, or stands in an address."""
_ABSTAINS = re.compile(
    rf"{NOT_FOUND}|(?:文書|資料)(?:に|から)は?、?[^。]{{0,30}}(?:記載|情報|答え)[^。]{{0,10}}(?:見つかりません|ありません|見当たりません)"
)
_REFUSES = re.compile(
    r"^(?:大変|誠に)?(?:申し訳|すみません|恐れ入ります|お答えでき|お手伝いでき|回答でき|I(?:'m| am) (?:sorry|unable)|I can(?:'t|not)|Sorry)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a reply: its words without marks, the numbers it cites (from 1, as in the prompt) and the words it says it quotes."""

    text: str
    numbers: tuple[int, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What can be read of a reply so far: the sentences that are complete, and whether it says that the documents do not answer."""

    sentences: tuple[Said, ...]
    abstains: bool = False


def read(raw: str, *, final: bool) -> Reply:
    """The complete sentences of a reply; of a `final` one the last as well. Raises ModelFailure for a final one that is empty, refuses
    or is JSON of another form."""
    text = body(raw)
    if not text:
        if final:
            raise ModelFailure("empty")
        return Reply(())
    if text.startswith(("{", "[")) and not _MARK.match(text):
        return _structured(text, final=final)
    return _plain(text, final=final)


def body(raw: str) -> str:
    """The reply without what the model thought, and without a fence around it; empty while it thinks."""
    text = _LATE_THOUGHT.sub("", _THOUGHT.sub("", raw))
    return _FENCE.sub("", text.strip()).strip()


def _structured(text: str, *, final: bool) -> Reply:
    from langchain_core.utils.json import parse_partial_json

    try:
        found = parse_partial_json(text)
    except ValueError:
        found = None
    if isinstance(found, list):
        found = {"answerable": True, "sentences": found}
    listed = found.get("sentences") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        if final and isinstance(found, dict) and found.get("answerable") is False:
            return Reply((), abstains=True)
        if final:
            raise ModelFailure("unreadable")
        return Reply(())
    complete = listed if final else listed[:-1]
    said = tuple(one for item in complete if (one := _item(item)) is not None)
    abstains = isinstance(found, dict) and found.get("answerable") is False
    if final and not said and not abstains:
        raise ModelFailure("unreadable" if listed else "empty")
    return Reply(said if not abstains else (), abstains or _abstains(said))


def _item(item: Any) -> Said | None:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return None
    text, marked = _unmarked(item["text"])
    given = item.get("citations")
    numbers = tuple(n for n in given if type(n) is int) if isinstance(given, list) else ()
    quoted = item.get("quotes")
    quotes = tuple(q.strip() for q in quoted if isinstance(q, str) and q.strip()) if isinstance(quoted, list) else ()
    return Said(text, tuple(dict.fromkeys((*numbers, *marked))), quotes) if 0 < len(text) < LONGEST else None


def _plain(text: str, *, final: bool) -> Reply:
    pieces = list(_pieces(text, final=final))
    complete = pieces if final else pieces[: -2 if pieces and _HALF_MARK.match(pieces[-1]) else -1]
    said = tuple(Said(words, numbers) for words, numbers in map(_unmarked, complete) if 0 < len(words) < LONGEST)
    if final and said and _REFUSES.match(said[0].text) and not any(s.numbers for s in said):
        raise ModelFailure("refused")
    if final and not said:
        raise ModelFailure("empty")
    return Reply(said, _abstains(said))


def _abstains(said: tuple[Said, ...]) -> bool:
    return len(said) == 1 and bool(_ABSTAINS.search(said[0].text))


def _unmarked(piece: str) -> tuple[str, tuple[int, ...]]:
    """A piece without its [n] marks, and their numbers."""
    numbers = [int(unicodedata.normalize("NFKC", n)) for m in _MARK.finditer(piece) for n in re.findall(r"[0-9０-９]+", m[1])]
    text = _MARK.sub("", piece).strip()
    return text, tuple(dict.fromkeys(numbers))


def _pieces(text: str, *, final: bool) -> Iterator[str]:
    """The sentences of running text, each with the marks behind it; a list is one with the line that leads to it, its items joined by 、."""
    led, lines = "", text.split("\n")
    for number, line in enumerate(lines, 1):
        item = _ITEM.match(line)
        if not line.strip():
            continue
        if led and item:
            led += ("" if led.endswith(("：", ":")) else "、") + line[item.end() :].strip().rstrip("。")
            continue
        if led:
            yield led + "。"
            led = ""
        whole = final or number < len(lines)
        *before, last = list(_split(line[item.end() :] if item else line, whole=whole)) or [""]
        yield from before
        if _LEAD.search(_MARK.sub("", last)):
            led = last.strip().rstrip("。:：") + "："
        elif last:
            yield last
    if led:
        yield led + "。"


def _split(line: str, *, whole: bool, brackets: bool = True) -> Iterator[str]:
    """A line at its full stops outside brackets; marks that follow a stop belong to the sentence before it. Brackets that a `whole` line
    never closes keep nothing together."""
    start = depth = at = 0
    while at < len(line):
        char = line[at]
        depth += brackets * ((char in _OPEN) - (char in _CLOSE and depth > 0))
        at += 1
        ends = char in _STOPS and not (char in "!?" and _GOES_ON.match(line, at))
        if (ends and depth == 0) or at - start >= LONGEST:
            while mark := _MARK.match(line, at):
                at = mark.end()
            yield line[start:at]
            start, depth = at, 0
    if depth and whole:
        yield from _split(line[start:], whole=True, brackets=False)
    elif line[start:].strip():
        yield line[start:]
