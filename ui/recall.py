"""What has been read of the audit log's answers and reviews, so that a page reads only what came since."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import select

from ui.audit import Audit, Entry
from ui.cases import Case, Review, Thumb, kept, review_of
from ui.chain import PURGE
from ui.database import reading
from ui.shown import Shown
from ui.tables import audit_table, field_table

LATEST = 2_000
"""So many of the latest answers are kept."""


@dataclass(slots=True)
class Recall:
    """What has been read of one log, so that only what came since is read: the latest answers and the latest review and all thumbs of
    each. A purge forgets everything."""

    answers: dict[int, tuple[Entry, Shown]] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    thumbs: dict[int, tuple[Thumb, ...]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    served: dict[str, list[int]] = field(default_factory=dict)
    reading: threading.Lock = field(default_factory=threading.Lock)
    deciding: threading.Lock = field(default_factory=threading.Lock)

    def read(self, audit: Audit) -> Recall:
        """A copy that holds what the log holds now."""
        with self.reading:
            purge = next((entry.seq for entry in audit.entries(kind=PURGE, limit=1)), 0)
            if purge != self.last.get(PURGE, 0):
                self.answers, self.reviews, self.thumbs = {}, {}, {}
                self.last = {PURGE: purge, "served": self.last.get("served", 0)}
            for entry in self._since(audit, "answer", LATEST):
                if (answer := kept(entry)) is not None:
                    self.answers[entry.seq] = (entry, answer)
            for entry in self._since(audit, "review"):
                if (review := review_of(entry)) is not None:
                    self.reviews[entry.subject or 0] = review
            for entry in self._since(audit, "feedback"):
                if entry.subject is not None:
                    self.thumbs[entry.subject] = (*self.thumbs.get(entry.subject, ()), Thumb(entry))
            for seq in list(self.answers)[:-LATEST]:
                del self.answers[seq]
            return Recall(dict(self.answers), dict(self.reviews), dict(self.thumbs))

    def _since(self, audit: Audit, kind: str, limit: int | None = None) -> list[Entry]:
        """The entries of a kind that have come since the last reading, oldest first; at most so many, the newest."""
        last, found, size = self.last.get(kind, 0), list[Entry](), 20
        while limit is None or len(found) < limit:
            page = audit.entries(kind=kind, limit=size, before=found[-1].seq if found else None)
            new = [entry for entry in page if entry.seq > last]
            found += new
            if len(new) < size:
                break
            size = 500
        if found:
            self.last[kind] = found[0].seq
        return found[:limit][::-1]

    def about(self, audit: Audit, question: str) -> list[int]:
        """The reviews that decided on a question, newest first."""
        wanted = (field_table.c.name == "serves", audit_table.c.kind == "review", audit_table.c.seq > self.last.get("served", 0))
        query = select(field_table.c.seq, field_table.c.value).join(audit_table).where(*wanted).order_by(field_table.c.seq)
        with self.reading:
            with reading(audit.engine) as connection:
                found = connection.execute(query).all()
            for seq, value in found:
                if seq > self.last.get("served", 0):
                    self.last["served"] = seq
                    if value is not None and (key := json.loads(value)):
                        self.served.setdefault(key, []).append(seq)
            return self.served.get(question, [])[::-1]

    def cases(self, limit: int) -> Iterator[Case]:
        """The answers, newest first."""
        return (self.case(*self.answers[seq]) for seq in list(self.answers)[: -limit - 1 : -1])

    def case(self, entry: Entry, answer: Shown) -> Case:
        """An answer with what has happened to it."""
        return Case(entry, answer, self.reviews.get(entry.seq), self.thumbs.get(entry.seq, ()))


_RECALLS: WeakKeyDictionary[Audit, Recall] = WeakKeyDictionary()
_LOCK = threading.Lock()


def recall(audit: Audit) -> Recall:
    """What has been read of a log; all who have the log share it."""
    with _LOCK:
        return _RECALLS.setdefault(audit, Recall())
