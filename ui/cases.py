"""A kept answer with what has happened to it since: its review, and the thumbs that it got."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from rag.fold import fold
from ui.audit import Entry
from ui.shown import Shown, from_json

Decision = Literal["approve", "correct", "reject"]
State = Literal["open", "approve", "correct", "reject"]
STATES: dict[State, str] = {"open": "未確認", "approve": "承認", "correct": "修正して承認", "reject": "却下"}
"""What has been decided of an answer, in a reader's words."""
ASKED = ("question", "searched")
"""The parts of an answer that hold the words of who asked."""
_DECISIONS = ("approve", "correct", "reject")


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer decided of an answer, as an entry of the log about it. `answer` is what is given from then on, and `around` tells
    what stood around its sources then (see `InForce.surroundings`)."""

    entry: Entry
    decision: Decision
    answer: Shown | None
    around: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        """Who decided."""
        return str(self.entry.fields.get("user") or "")

    @property
    def comment(self) -> str:
        """What the reviewer says."""
        return str(self.entry.fields.get("comment") or "")


@dataclass(frozen=True, slots=True)
class Thumb:
    """What a user thought of an answer, as an entry of the log about it."""

    entry: Entry

    @property
    def up(self) -> bool:
        """Whether it helped."""
        return bool(self.entry.fields.get("up"))

    @property
    def reason(self) -> str:
        """What was wrong."""
        return str(self.entry.fields.get("comment") or "")


@dataclass(frozen=True, slots=True)
class Case:
    """A kept answer with what has happened to it: its latest review, the thumbs it got and their reasons, oldest first."""

    entry: Entry
    answer: Shown
    review: Review | None = None
    thumbs: tuple[Thumb, ...] = ()

    @property
    def current(self) -> Shown:
        """The answer as it stands: corrected where it was."""
        if self.review is None or self.review.answer is None:
            return self.answer
        return replace(self.review.answer, question=self.answer.question, searched=self.answer.searched)

    @property
    def around(self) -> tuple[str, ...]:
        """What stood around the sources when it was approved."""
        return self.review.around if self.review else ()

    @property
    def state(self) -> State:
        """What has been decided."""
        return self.review.decision if self.review else "open"

    @property
    def approved(self) -> bool:
        """Whether it is given again to the same question."""
        return self.state in ("approve", "correct")

    @property
    def down(self) -> bool:
        """Whether somebody has put the thumb down since the last review."""
        since = self.review.entry.seq if self.review else 0
        return any(not thumb.up and thumb.entry.seq > since for thumb in self.thumbs)


def same(question: str) -> str:
    """What the ways of writing one question have in common."""
    return fold(question).strip(" 　。.?？!！")


def key(question: str) -> str:
    """By what a review tells which question its answer serves, without repeating words that may have to be purged; empty for none."""
    asked = same(question)
    return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest() if asked else ""


def kept(entry: Entry) -> Shown | None:
    """The answer of an entry; None where it has none that can be read, or where it has been purged.

    The words of an answer's question are fields of their own, so that they can be purged; then the answer has none.
    """
    value = entry.fields.get("answer")
    asked = {name: entry.fields.get(name) or "" for name in ASKED}
    try:
        return from_json(asked | value) if isinstance(value, dict) else None
    except ValueError:
        return None


def review_of(entry: Entry) -> Review | None:
    """The decision of an entry; None where it has none or it has been purged."""
    decision = entry.fields.get("decision")
    if entry.subject is None or decision not in _DECISIONS or "answer" in entry.purged:
        return None
    around = tuple(map(str, entry.fields.get("around") or ()))
    return Review(entry, decision, kept(entry), around)
