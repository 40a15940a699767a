"""The audit log as files: JSON Lines, one entry a line with all it holds, and a table for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from eval.files import csv_table
from rag.answers import NOT_FOUND
from ui.audit import Entry
from ui.chain import canonical

KINDS = {
    "answer": "回答",
    "review": "確認",
    "feedback": "評価",
    "ingest": "登録",
    "remove": "削除",
    "sign-in": "サインイン",
    "purge": "消去",
    "restore": "復元",
}
"""What a reader calls the kinds of entries."""
_HEADER = ("番号", "日時", "種類", "対象", "利用者", "質問", "回答", "コメント", "そのほか", "消去した項目", "ハッシュ")
_COLUMNS = ("user", "question", "answer", "comment")
CELL = 32_766
"""Characters that a spreadsheet's cell can hold, beside the mark that makes it inert."""


def to_json(entry: Entry) -> dict[str, Any]:
    """An entry with all it holds."""
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "subject": entry.subject,
        "fields": dict(entry.fields),
        "purged": sorted(entry.purged),
        "hash": entry.hash,
    }


def write_jsonl(file: TextIO, entries: Iterable[Entry]) -> None:
    """Write one entry a line."""
    file.writelines(canonical(to_json(entry)) + "\n" for entry in entries)


def write_csv(file: TextIO, entries: Iterable[Entry]) -> None:
    """Write a table in which no cell runs as a formula. Times are those of this computer's zone, and what is longer than a spreadsheet's
    cell is cut, which JSON Lines does not."""
    csv_table(file, _HEADER, map(_row, entries))


def _row(entry: Entry) -> list[object]:
    shown = [answer_text(entry.fields.get(name)) if name == "answer" else _cell(entry.fields.get(name)) for name in _COLUMNS]
    rest = {name: value for name, value in entry.fields.items() if name not in _COLUMNS}
    at = entry.at.astimezone().isoformat(sep=" ", timespec="seconds")
    start = (entry.seq, at, KINDS.get(entry.kind, entry.kind), "" if entry.subject is None else entry.subject)
    end = (_cell(rest or ""), "、".join(sorted(entry.purged)), entry.hash)
    return [_fit(cell) for cell in (*start, *shown, *end)]


def answer_text(value: Any) -> str:
    """What was said in the answer that a field holds, as plain text."""
    if isinstance(value, dict) and value.get("abstained"):
        return NOT_FOUND
    if isinstance(value, dict) and isinstance(sentences := value.get("sentences"), list):
        return "".join(str(s.get("text", "")) for s in sentences if isinstance(s, dict))
    return _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fit(cell: object) -> object:
    """What a cell can hold: not too long, and without lone surrogates, which UTF-8 lacks."""
    if not isinstance(cell, str):
        return cell
    return (cell if len(cell) <= CELL else cell[: CELL - 1] + "…").encode("utf-8", "replace").decode()
