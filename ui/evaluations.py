"""The reports of `tenkyo eval --report` that the app shows: those below the folder `reports` beside the index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.baseline import ANSWERS, FIGURES, Comparison, compare, read_run
from eval.page import document
from eval.rows import Row
from eval.sections import changed, compared
from rag.errors import InputError
from rag.settings import Settings

FOLDER = "reports"
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class Filed:
    """A report: its folder's name, when it was written, how many questions it has and the share verified (None where unknown)."""

    folder: Path
    name: str
    at: datetime
    questions: int
    verified: float | None


def folder_of(settings: Settings) -> Path:
    """Where the app looks for reports."""
    return settings.index.parent / FOLDER


def filed(folder: Path) -> list[Filed]:
    """The reports below the folder, newest first; what is none is passed over."""
    found = (_filed(path) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted((one for one in found if one), key=lambda one: one.at, reverse=True)


def _filed(folder: Path) -> Filed | None:
    figures = folder / FIGURES
    try:
        data: dict[str, Any] = json.loads(figures.read_text(encoding="utf-8"))
        verified = data["verified"]
        at = datetime.fromtimestamp(figures.stat().st_mtime)
        return Filed(folder, folder.name, at, int(data["questions"]), None if verified is None else float(verified))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def report_html(report: Filed) -> str:
    """The report's page. Raises InputError where it cannot be read."""
    try:
        return (report.folder / REPORT).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            f"報告「{report.name}」の{REPORT}を読めないので、「tenkyo eval --report」で作り直してください。"
        ) from error


def comparison_html(before: Filed, after: Filed) -> str:
    """Two reports compared, as a page. Raises InputError where one cannot be read."""
    found: Comparison = compare(read_run(before.folder), read_run(after.folder))
    questions = {**dict(_questions(before.folder)), **dict(_questions(after.folder))}
    return document(f"{before.name} と {after.name}", [compared(found, questions), changed(found.changes, questions)])


def _questions(folder: Path) -> Iterator[tuple[str | int, str]]:
    try:
        lines = (folder / ANSWERS).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            row = Row(f"{ANSWERS} {number}行目", json.loads(line))
            yield row.id(), row.words("question")
    except (OSError, ValueError):
        return
