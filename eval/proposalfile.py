"""Drafts of questions as a file in which a person marks those to be used, and which `tenkyo eval` then reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from eval.files import csv_table, whole_file
from eval.names import KINDS
from eval.proposals import Proposal
from rag.errors import InputError

COLUMNS = ("採用", "ID", "種類", "質問", "正解", "出典", "文言", "箇所", "題名")


def write(path: Path, drafts: Sequence[Proposal]) -> None:
    """Write the drafts as .csv or .jsonl, none of them accepted; InputError for another suffix or where that cannot be written."""
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise InputError(f"下書きのファイル「{path}」の種類が分からないので、.csv か .jsonl の名前を指定してください。")
    with whole_file(path, bom=path.suffix.lower() == ".csv") as file:
        if path.suffix.lower() == ".csv":
            csv_table(file, COLUMNS, (_cells(n, draft) for n, draft in enumerate(drafts, 1)))
        else:
            file.writelines(json.dumps(_line(n, draft), ensure_ascii=False) + "\n" for n, draft in enumerate(drafts, 1))


def _cells(number: int, draft: Proposal) -> Sequence[object]:
    kind, fact = KINDS.get(draft.kind, draft.kind), draft.fact.replace("／", "/")
    return "", _id(number), kind, draft.question, fact, draft.doc, draft.quote, draft.path, draft.title


def _line(number: int, draft: Proposal) -> dict[str, object]:
    return {
        "status": "",
        "id": _id(number),
        "kind": draft.kind,
        "question": draft.question,
        "answerable": bool(draft.fact),
        "must": [[draft.fact]] if draft.fact else [],
        "evidence": [{"doc": draft.doc, "quote": draft.quote}] if draft.quote else [],
        "evidence_all": False,
        "path": draft.path,
        "title": draft.title,
    }


def _id(number: int) -> str:
    return f"d{number:04d}"
