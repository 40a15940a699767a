"""Personal data in the audit log: what is stored masked, and what is deleted after a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rag.settings import Settings
from ui.audit import Audit
from ui.database import open_database

WHO = ("user", "name", "mail")
"""The fields that say who it was."""
ASKED = ("question", "searched", "previous")
"""The fields that hold what was asked; who masks the first masks all."""
PERSONAL = (*WHO, *ASKED, "comment")
"""The fields that are purged after the days of retention."""
MASK = "〔伏せ字〕"

_START, _END = r"(?<!\d)(?<!\d-)", r"(?!-?\d)"
_PATTERNS = (
    ("〔メールアドレス〕", re.compile(r"(?<![\w.+'%-])[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    ("〔個人番号〕", re.compile(_START + r"\d{4}[ -]?\d{4}[ -]?\d{4}" + _END)),
    (
        "〔電話番号〕",
        re.compile(
            _START
            + r"(?:\+81[ -]?\(?0?\)?[1-9]\d{0,3}[ -]?\d{1,4}[ -]?\d{3,4}|0\d{9,10}|0\d{1,4}(?:[ -]\d{1,4}[ -]|\(\d{1,4}\))\d{3,4}"
            + r"|\(0\d{1,4}\)[ -]?\d{1,4}[ -]\d{3,4})"
            + _END
        ),
    ),
)
"""What personal data look like in narrow characters: a 個人番号 has twelve digits, a telephone number ten or eleven and begins with 0."""
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))


def masked_text(text: str, employee: str = "") -> str:
    """The text with mail addresses, telephone numbers, 個人番号 and what the regular expression `employee` describes put as what they are.

    Width and the kind of hyphen do not matter; all else of the text stays as it is.
    """
    for name, pattern in (*_PATTERNS, *((("〔社員番号〕", re.compile(employee)),) if employee else ())):
        for found in reversed(list(pattern.finditer(_narrow(text)))):
            text = text[: found.start()] + name + text[found.end() :]
    return text


def _narrow(text: str) -> str:
    """The text in narrow characters with one kind of hyphen, character by character, so that places stay."""
    if text.isascii():
        return text
    forms = ((c, unicodedata.normalize("NFKC", c)) for c in text)
    return "".join(form if len(form) == 1 else c for c, form in forms).translate(_HYPHENS)


@dataclass(frozen=True, slots=True)
class Masking:
    """Gives what is kept of an entry's fields: under one of the `names`, at whatever depth, nothing but a mask where it says who it was,
    else the value with the personal data in its texts masked."""

    names: frozenset[str] = frozenset()
    employee: str = ""

    def __call__(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._field(name, value) for name, value in fields.items()}

    def _field(self, name: str, value: Any) -> Any:
        if name in self.names:
            return (MASK if value else value) if name in WHO else self._texts(value)
        if isinstance(value, Mapping):
            return self(value)
        return [self._field("", part) for part in value] if isinstance(value, list | tuple) else value

    def _texts(self, value: Any) -> Any:
        if isinstance(value, str):
            return masked_text(value, self.employee)
        if isinstance(value, Mapping):
            return {name: self._texts(part) for name, part in value.items()}
        return [self._texts(part) for part in value] if isinstance(value, list | tuple) else value


def masking(settings: Settings) -> Masking:
    """The masking that is set."""
    asked = ASKED if "question" in settings.masked else ()
    return Masking(settings.masked.union(asked), settings.employee_number)


def open_audit(settings: Settings, *, create: bool = True) -> Audit:
    """The audit log of the database that is set, which masks what is set; raises DatabaseUnusable, InputError."""
    return Audit(open_database(settings, create=create), masking(settings))


def apply_retention(audit: Audit, days: int, names: Collection[str] = PERSONAL, now: datetime | None = None) -> int:
    """Purge the fields of the entries older than so many days, 0 for none; returns how many entries there were. Call it daily."""
    if not days:
        return 0
    old = audit.holding(names, (now or datetime.now(UTC)) - timedelta(days=days))
    audit.purge(old, names, f"{days}日の保存期間を過ぎたため")
    return len(old)
