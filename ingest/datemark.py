"""Dates as the words of a text: how they are written, and one with its place and what it says of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.dates import parse_partial
from rag.errors import InputError
from rag.types import Span

Kind = Literal["published", "effective_from", "effective_to", "partial"]

# All patterns read the text with full-width signs made narrow, code point for code point.
_NARROW = str.maketrans({chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)} | {"　": " ", "〔": "(", "〕": ")"})
_WIDE = re.compile("[！-～　〔〕]+")


def narrow(text: str) -> str:
    """The text with wide letters, digits, brackets and spaces as their narrow selves, of the same length."""
    return _WIDE.sub(lambda run: run[0].translate(_NARROW), text)


_N = "(?:[0-9]{1,2}|[〇一二三四五六七八九十]{1,3})"
DAY = (
    rf"(?:(?:明治|大正|昭和|平成|令和) ?(?:元|{_N}) ?年|(?<![0-9])[12][0-9]{{3}} ?年|[一二][〇一二三四五六七八九]{{3}}年) ?"
    rf"{_N} ?月(?: ?{_N} ?日)?|(?<![0-9/.-])(?:[12][0-9]{{3}}|[HRS][0-9]{{1,2}})([/.-])[0-9]{{1,2}}(?:\1[0-9]{{1,2}})(?![0-9/-])"
)
DATE = re.compile(DAY)
DAY = DAY.replace("([/.-])", "[/.-]").replace(r"\1", "[/.-]")

EDITION = r"(?:[(]?第? ?[0-9.]+ ?[版次](?:改[正定訂])?[)]?|Ver\.? ?[0-9.]+)?"


@dataclass(frozen=True, slots=True)
class Dating:
    """A date that the text states of itself; `span` are its words.

    `date` is empty where the text leaves it to a later act. `of` is the day of the enactment or amendment that comes into
    force then, empty where it is not said. Of a `partial` date `span` reaches from the name of the rule to the date.
    """

    kind: Kind
    date: str
    span: Span
    of: str = ""


def canonical(words: str) -> str:
    """The canonical date; empty when the words are no day of the calendar."""
    try:
        return parse_partial(words)
    except InputError:
        return ""


def lines(plain: str, start: int, end: int) -> Iterator[Span]:
    """The lines of a part of the text, without their line ends."""
    for line in plain[start:end].split("\n"):
        yield Span(start, start + len(line))
        start += len(line) + 1
