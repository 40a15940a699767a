"""Words and dates as the app shows them, safe to put into HTML and Markdown."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from rag.answers import address
from rag.dates import first_day, in_force
from rag.types import Meta

Standing = Literal["現行", "旧版", "失効", "未施行"]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")


def markdown(words: str) -> str:
    """Words as Markdown that shows them as they are: no emphasis, link, image, formula or icon comes of them."""
    return _PUNCTUATION.sub(r"\\\1", _SPACES.sub(" ", words))


def shortened(words: str, limit: int) -> str:
    """Words on one line, at most `limit` characters of them."""
    line = _SPACES.sub(" ", words).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def section_name(title: str, path: tuple[str, ...]) -> str:
    """Where in a document: its section path, without an outermost section that only repeats the document's title."""
    return address(path[1:] if path and path[0].endswith(title) else path)


def japanese_date(day: str | date) -> str:
    """A date or partial date as it is written in Japanese: `2026-04` is 2026年4月."""
    return "".join(f"{int(part)}{unit}" for part, unit in zip(str(day).split("-"), "年月日", strict=False))


def term(meta: Meta) -> str:
    """From when to when a version is in force, or when it was published; empty when nothing is known."""
    if meta.effective_from or meta.effective_to:
        since = f"{japanese_date(meta.effective_from)}施行" if meta.effective_from else ""
        until = f"{japanese_date(meta.effective_to)}まで" if meta.effective_to else ""
        return "、".join(filter(None, (since, until)))
    return f"{japanese_date(meta.published)}発行" if meta.published else ""


def standing(meta: Meta, answers: bool, on: date) -> Standing:
    """How a version stands on a day; `answers` tells that it is the one that answers."""
    if answers:
        return "現行"
    if in_force(meta, on):
        return "旧版"
    return "未施行" if meta.effective_from and first_day(meta.effective_from) > on else "失効"
