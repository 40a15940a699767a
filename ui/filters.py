"""Which entries of the audit log are asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, exists, or_

from ui.chain import canonical
from ui.tables import audit_table, field_table

SEARCHED = ("question", "answer", "comment")
"""The fields in which words are searched."""


class Filters(TypedDict, total=False):
    """Which entries: of a kind, about an entry, from `since` on and before `until`, with all words (parted by spaces) in the SEARCHED
    fields, by the user whose field `user` is this. None and "" filter nothing."""

    kind: str | None
    subject: int | None
    since: datetime | None
    until: datetime | None
    words: str
    user: str | None


def stamp(at: datetime) -> str:
    """A time as the log keeps it: UTC, with microseconds; a time without zone is local."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions on the table of entries. For words more may meet them than have the words: see `has_words`."""
    out: list[ColumnElement[bool]] = []
    for name in ("kind", "subject"):
        if (value := filters.get(name)) not in (None, ""):
            out.append(audit_table.c[name] == value)
    if (since := filters.get("since")) is not None:
        out.append(audit_table.c.at >= stamp(since))
    if (until := filters.get("until")) is not None:
        out.append(audit_table.c.at < stamp(until))
    if user := filters.get("user"):
        out.append(_has(field_table.c.name == "user", field_table.c.value == canonical(user)))
    for word in (filters.get("words") or "").split():
        inside = (field_table.c.value.icontains(canonical(form)[1:-1], autoescape=True) for form in _forms(word))
        out.append(_has(field_table.c.name.in_(SEARCHED), or_(*inside)))
    return out


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a field of the entry meets the conditions."""
    return exists().where(field_table.c.seq == audit_table.c.seq, *conditions)


def has_words(fields: Mapping[str, Any], words: str) -> bool:
    """Whether all words are in the SEARCHED fields, whatever their width and case; the keys of what a field holds do not count."""
    if not words.strip():
        return True
    said = [_plain(text) for name in SEARCHED for text in _texts(fields.get(name))]
    return all(any(_plain(word) in text for text in said) for word in words.split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _forms(word: str) -> set[str]:
    """A word in the widths in which it may be stored; of its case the database takes no notice but where it is wide."""
    plain = unicodedata.normalize("NFKC", word)
    return {word, plain, *(text.translate(_WIDE) for text in (plain, plain.lower(), plain.upper()))}
