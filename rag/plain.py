"""Stored words as a person reads them: mark-up, markers and broken lines removed. For display only; quotes stay exact."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TAGS = re.compile(r"<sup>[^<]{0,12}</sup>|\[\^[^\]]{1,6}\]:?|</?[a-zA-Z][^<>]{0,200}>|\^\{(?:[*†]\d{1,2}|\d{1,2}[)）]|[*†]+)\}")
_LINKS = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS = re.compile(r"\*\*+|__+|~~+|`+|^#{1,6}[ 　]+|\$", re.M)
_TERM = re.compile(r"(\*\*|__)([^*_\n]{1,40})\1[ \u3000](?=\S)")
_JA = r"ぁ-ヿ㐀-鿿豈-﫿々ー、。「」『』（）・！？：；"
_GAPS = re.compile(
    rf"(?<=[{_JA}])(?:[ \t]*[\r\n]+[ \t　]*|[ \t]+)(?=[{_JA}a-zA-Z0-9])|(?<=[a-zA-Z0-9%％])\s*[\r\n]+\s*(?=[{_JA}])"
)
_SPACES = re.compile(r"[^\S　]+")
_STOP = re.compile(r"[。．！？!?」）)]$")


def plain(words: str) -> str:
    """One sentence or item as running text; a wide space, as between a term and its definition, stays."""
    text = _MARKS.sub("", _TERM.sub(r"\2　", _LINKS.sub(r"\1", _TAGS.sub("", words))))
    return _SPACES.sub(" ", _GAPS.sub("", text)).strip()


def sentence(words: str) -> str:
    """The same, closed by a full stop where it has none."""
    text = plain(words)
    return text if not text or _STOP.search(text) else text + "。"


def cells(row: str) -> list[str]:
    """The cells of a table row as text, empty ones kept."""
    bare = row.strip("\r\n")
    if "\t" in bare:
        return [plain(cell) for cell in bare.split("\t")]
    if bare.lstrip().startswith("|"):
        return [plain(cell) for cell in bare.strip().strip("|").split("|")]
    return [plain(bare)]


def table_row(row: str, header: str | None, repeated: Sequence[str] = ()) -> str:
    """A row read out: each cell under its column's name, «役職：主任、月額：9,500円。»; what blank cells repeat comes first."""
    values = cells(row)
    names = cells(header) if header else []
    named = len(names) == len(values)
    filled = [(names[i] if named else "", value) for i, value in enumerate(values) if value]
    read = [f"{name}：{value}" if name and name != value else value for name, value in filled]
    return "、".join([*(plain(r) for r in repeated), *read]) + "。"
