"""The questions that the documents did not answer, similar ones together, so that the owner of the rules sees what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from eval.files import csv_table
from rag.answers import searched_text
from rag.encoder import Encoder
from rag.snapshot import Snapshot
from rag.types import Answer
from ui.audit import Audit, Entry, Mask
from ui.cases import kept, same
from ui.retention import MASK
from ui.shown import Shown, Source
from ui.visibility import visible

NOTED = "noted"
"""The kind of an entry that says what was done about a question that was not answered."""
ALIKE = 0.4
"""From this cosine on questions are of one group. Of 22 questions put for this, on everyday matters of an office, those on different
matters stay below 0.26, and three quarters of those on one matter lie above 0.34, to whatever model the index is built with."""
LATEST = 5_000
"""So many of the latest answers of a period are looked at."""
_BEFORE, _AFTER = searched_text(Answer("", searched="\0")).split("\0")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was not answered: its entry's number and time, who asked, and the nearest places. A follow-up stands as it was
    made whole."""

    seq: int
    at: datetime
    user: str
    question: str
    near: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What an owner said of a group: entry `seq` of the log about entry `subject`; `done` is taken back by a later note."""

    seq: int
    subject: int
    at: datetime
    comment: str
    done: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Similar questions, the latest first, with the last note about one of them."""

    asked: tuple[Asked, ...]
    note: Note | None = None

    @property
    def head(self) -> Asked:
        """The latest one, which names the group."""
        return self.asked[0]

    @property
    def users(self) -> int:
        """How many different people asked, as far as that is kept."""
        return len({one.user for one in self.asked} - {"", MASK})

    @property
    def since(self) -> int:
        """How many were asked after the note."""
        return sum(one.seq > self.note.seq for one in self.asked) if self.note else len(self.asked)

    @property
    def done(self) -> bool:
        """Whether something was done and nobody has asked in vain since."""
        return self.note is not None and self.note.done and not self.since

    @property
    def wordings(self) -> tuple[str, ...]:
        """The different ways in which it was asked, the latest first."""
        found: dict[str, str] = {}
        for one in self.asked:
            found.setdefault(same(one.question), one.question)
        return tuple(found.values())

    @property
    def near(self) -> tuple[str, ...]:
        """The titles of the nearest documents, those nearest to most questions first."""
        counts: dict[str, int] = {}
        for one in self.asked:
            for title in dict.fromkeys(source.title for source in one.near):
                counts[title] = counts.get(title, 0) + 1
        return tuple(sorted(counts, key=lambda title: -counts[title]))


def unanswered(audit: Audit, snapshot: Snapshot, since: datetime | None = None, mask: Mask = dict) -> list[Asked]:
    """The questions of the audit log that were not answered, newest first; of entries that may not be seen, or whose question is kept
    from readers, nothing."""
    entries = (e for e in audit.entries(kind="answer", since=since, limit=LATEST) if visible(e, snapshot))
    found = (_asked(replace(entry, fields=mask(entry.fields))) for entry in entries)
    return [asked for asked in found if asked is not None]


def _asked(entry: Entry) -> Asked | None:
    answer = kept(entry)
    if answer is None or not answer.abstained or entry.fields.get("question") is None:
        return None
    return Asked(entry.seq, entry.at, _text(entry, "user"), _whole(answer), answer.sources)


def _whole(answer: Shown) -> str:
    return answer.searched.removeprefix(_BEFORE).removesuffix(_AFTER) or answer.question


def notes(audit: Audit) -> list[Note]:
    """What was said of groups, newest first."""
    return [
        Note(e.seq, e.subject, e.at, _text(e, "comment"), bool(e.fields.get("done", True)))
        for e in audit.entries(kind=NOTED, limit=LATEST)
        if e.subject is not None
    ]


def note(audit: Audit, group: Group, by: str, comment: str, *, done: bool = True) -> int:
    """Keep what was done about a group, as an entry about its latest question."""
    return audit.append(NOTED, {"user": by, "comment": comment, "done": done}, group.head.seq)


def grouped(asked: Sequence[Asked], noted: Sequence[Note], encoder: Encoder) -> list[Group]:
    """The groups, those that most asked first. The same questions always give the same groups: in the order in which they were first
    asked each joins the group whose mean is nearest, or begins one."""
    oldest = sorted(asked, key=lambda one: one.seq)
    folded = [same(one.question) for one in oldest]
    texts = list(dict.fromkeys(folded))
    places = dict(zip(texts, _places(encoder.encode_queries(texts)), strict=True))
    groups: dict[int, list[Asked]] = {}
    for one, text in zip(oldest, folded, strict=True):
        groups.setdefault(places[text], []).append(one)
    found = [Group(tuple(reversed(members)), _note(members, noted)) for members in groups.values()]
    return sorted(found, key=lambda group: (-len(group.asked), -group.head.seq))


def _places(vectors: NDArray[np.float32]) -> list[int]:
    """The number of each question's group; `vectors` are of unit length, shape (questions, dim)."""
    sums, lengths = np.zeros_like(vectors), np.ones(len(vectors), np.float32)
    places: list[int] = []
    count = 0
    for vector in vectors:
        alike = sums[:count] @ vector / lengths[:count]
        best = int(alike.argmax()) if count and float(alike.max()) >= ALIKE else count
        count += best == count
        sums[best] += vector
        lengths[best] = max(float(np.linalg.norm(sums[best])), 1e-9)
        places.append(best)
    return places


def _note(members: Iterable[Asked], noted: Sequence[Note]) -> Note | None:
    """The latest note about one of the questions."""
    seqs = {one.seq for one in members}
    return next((note for note in noted if note.subject in seqs), None)


def write_csv(file: TextIO, groups: Sequence[Group]) -> None:
    """The groups as a table for a spreadsheet."""
    header = ("質問", "回数", "人数", "最初の日時", "最後の日時", "ほかの聞き方", "近い文書", "状態", "コメント")
    csv_table(file, header, (_cells(group) for group in groups))


def _cells(group: Group) -> tuple[object, ...]:
    first, last = (one.at.astimezone().strftime("%Y-%m-%d %H:%M") for one in (group.asked[-1], group.head))
    wordings, near = ("\n".join(words) for words in (group.wordings[1:], group.near))
    comment = group.note.comment if group.note else ""
    return (group.head.question, len(group.asked), group.users, first, last, wordings, near, state(group), comment)


def state(group: Group) -> str:
    """What a reader calls the state of a group."""
    if group.done:
        return "対応済み"
    return "対応後も質問あり" if group.note and group.note.done else "未対応"


def _text(entry: Entry, name: str) -> str:
    value: Any = entry.fields.get(name)
    return value if isinstance(value, str) else ""
