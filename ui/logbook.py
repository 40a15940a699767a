"""The audit log as a reviewer reads it: what may be seen of it, filtered, page by page, and as a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, TextIO

from eval.files import csv_table
from rag.snapshot import Snapshot
from ui.audit import Audit, Entry
from ui.cases import STATES, Review, State, kept
from ui.filters import Filters
from ui.records import CELL, KINDS, answer_text, write_jsonl
from ui.retention import Masking
from ui.reviews import Reviews
from ui.verdicts import VERDICTS
from ui.visibility import visible

PURGED = "消去済み"
"""What stands in the place of a value that was purged."""
PAGE = 25
"""Entries on a page."""
_AT_ONCE = 200
"""Entries read at once to fill a page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: what is empty or None filters nothing. `until` is the last day, `document` an id, `state` that of an answer."""

    words: str = ""
    kind: str | None = None
    user: str = ""
    since: date | None = None
    until: date | None = None
    document: str | None = None
    state: State | None = None

    def filters(self) -> Filters:
        """What the log itself can filter by; days are those of this computer's zone."""
        found: Filters = {"words": self.words, "kind": "answer" if self.state else self.kind}
        if self.user:
            found["user"] = self.user
        if self.since:
            found["since"] = datetime.combine(self.since, time())
        if self.until and self.until < date.max:
            found["until"] = datetime.combine(self.until + timedelta(days=1), time())
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it may be shown, with the review that decided on it."""

    entry: Entry
    review: Review | None = None

    @property
    def state(self) -> str:
        """What has been decided of an answer; empty for other entries."""
        if self.entry.kind != "answer":
            return ""
        return STATES[self.review.decision if self.review else "open"]

    def text(self, name: str) -> str:
        """A field as one text; PURGED where its value was deleted."""
        return PURGED if name in self.entry.purged else answer_text(self.entry.fields.get(name))


class Logbook:
    """What somebody may read of the log, with its personal data masked where that is set."""

    def __init__(self, audit: Audit, snapshot: Snapshot, masking: Masking) -> None:
        self._audit = audit
        self._snapshot = snapshot
        self._masking = masking

    def page(self, wanted: Wanted, before: int | None = None, size: int = PAGE) -> tuple[list[Line], bool]:
        """The newest lines before an entry, newest first, and whether there are more."""
        lines: list[Line] = []
        decisions = Reviews(self._audit).decisions()
        while len(lines) <= size:
            found = self._audit.entries(before=before, limit=_AT_ONCE, **wanted.filters())
            lines += self._lines(found, wanted, decisions)
            if len(found) < _AT_ONCE:
                break
            before = found[-1].seq
        return lines[:size], len(lines) > size

    def lines(self, wanted: Wanted) -> Iterator[Line]:
        """All lines, oldest first."""
        yield from self._lines(self._audit.iterate(**wanted.filters()), wanted, Reviews(self._audit).decisions())

    def line(self, seq: int) -> Line | None:
        """One entry; None where there is none or it may not be seen."""
        entry = self._audit.entry(seq)
        return next(self._lines([entry], Wanted(), Reviews(self._audit).decisions()), None) if entry else None

    def about(self, seq: int) -> list[Line]:
        """What has happened to an entry since, oldest first."""
        return list(self._lines(reversed(self._audit.entries(subject=seq, limit=_AT_ONCE)), Wanted(), {}))

    def _lines(self, entries: Iterable[Entry], wanted: Wanted, decisions: Mapping[int, Review]) -> Iterator[Line]:
        for entry in entries:
            if not visible(entry, self._snapshot):
                continue
            review = decisions.get(entry.seq)
            line = Line(self._masked(entry), review if review and visible(review.entry, self._snapshot) else None)
            if _fits(line, wanted):
                yield line

    def _masked(self, entry: Entry) -> Entry:
        return replace(entry, fields=self._masking(entry.fields))


def _fits(line: Line, wanted: Wanted) -> bool:
    if wanted.document and wanted.document not in {pair[0] for pair in documents(line.entry)}:
        return False
    return not wanted.state or line.state == STATES[wanted.state]


def documents(entry: Entry) -> list[tuple[str, str]]:
    """Id and version of what an entry rests on."""
    found = entry.fields.get("documents")
    return (
        [(str(pair[0]), str(pair[1])) for pair in found if isinstance(pair, list) and len(pair) == 2]
        if isinstance(found, list)
        else []
    )


COLUMNS = ("番号", "日時", "種類", "対象", "利用者", "質問", "回答", "判定", "確からしさ", "典拠", "文書と版", "基準日", "索引", "符号化モデル", "モデル",
           "確認の状態", "確認のコメント", "コメント", "消去した項目", "ハッシュ")  # fmt: skip


def as_csv(lines: Iterable[Line]) -> bytes:
    """A table for a spreadsheet, in which no cell runs as a formula."""
    return _written(lambda out: csv_table(out, COLUMNS, map(_row, lines)), "utf-8-sig")


def as_jsonl(lines: Iterable[Line]) -> bytes:
    """An entry a line with all it holds."""
    return _written(lambda out: write_jsonl(out, (line.entry for line in lines)), "utf-8")


def _written(write: Callable[[TextIO], None], encoding: str) -> bytes:
    out = io.StringIO(newline="")
    write(out)
    return out.getvalue().encode(encoding, "replace")


def _row(line: Line) -> list[object]:
    entry, answer = line.entry, kept(line.entry) if line.entry.kind == "answer" else None
    start = (entry.seq, moment(entry.at), KINDS.get(entry.kind, entry.kind), "" if entry.subject is None else entry.subject)
    said = (line.text("user"), line.text("question"), line.text("answer"))
    verdicts = "\n".join(VERDICTS[s.verdict] for s in answer.sentences) if answer else ""
    sources = "\n".join(f"{s.name}「{s.quote}」" for s in answer.sources) if answer else ""
    sure = f"{answer.confidence:.2f}" if answer else ""
    basis = "\n".join(filter(None, (" ".join(pair).strip() for pair in documents(entry))))
    made = [line.text(name) for name in ("as_of", "index", "encoder", "model")]
    end = (
        line.state,
        line.review.comment if line.review else "",
        line.text("comment"),
        "、".join(sorted(entry.purged)),
        entry.hash,
    )
    return [_fit(cell) for cell in (*start, *said, verdicts, sure, sources, basis, *made, *end)]


def _fit(cell: object) -> object:
    return cell if not isinstance(cell, str) or len(cell) <= CELL else cell[: CELL - 1] + "…"


def moment(at: datetime) -> str:
    """A time as it is shown, in this computer's zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def rest(entry: Entry, known: Sequence[str]) -> dict[str, Any]:
    """The fields beside the known ones."""
    return {name: value for name, value in entry.fields.items() if name not in known}
