"""The conversation as plain values: what was asked and answered, and which source is open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.types import Span
from ui.shown import Shown


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer, or with the message that says why there is none; `entry` is the answer's number in the audit log."""

    question: str
    answer: Shown | None = None
    error: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Words in a stored document that can be opened; `also` are the other words of the same answer in the same document."""

    doc_id: str
    version: str
    span: Span
    path: tuple[str, ...]
    also: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first. `opened` is the turn and the number of the place that is open, `leaf` the page turned to since, and `clicks`
    counts the openings."""

    turns: tuple[Turn, ...] = ()
    opened: tuple[int, int] | None = None
    leaf: int | None = None
    clicks: int = 0

    def added(self, turn: Turn) -> Conversation:
        """With one turn more; the source of an earlier answer is closed."""
        return replace(self, turns=(*self.turns, turn), opened=None)

    def opening(self, turn: int, number: int) -> Conversation:
        """With one of a turn's places open."""
        return replace(self, opened=(turn, number), leaf=None, clicks=self.clicks + 1)

    def turned_to(self, leaf: int) -> Conversation:
        """With another page of the open document shown."""
        return replace(self, leaf=leaf)

    def closed(self) -> Conversation:
        """With no source open."""
        return replace(self, opened=None)

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked and answered, oldest first; what could not be asked is not gone on from."""
        return tuple(turn.question for turn in self.turns if turn.answer)

    @property
    def open_place(self) -> Place | None:
        """The place that is open."""
        return places(self.turns[self.opened[0]])[self.opened[1]] if self.opened else None


def places(turn: Turn) -> tuple[Place, ...]:
    """What can be opened from a turn: what an answer cites, the nearest passages of an abstention."""
    found = turn.answer.sources if turn.answer else ()
    abstained = turn.answer is not None and turn.answer.abstained
    return tuple(
        Place(
            s.doc_id, s.version, s.span, s.path,
            () if abstained else tuple(o.span for o in found if (o.doc_id, o.version) == (s.doc_id, s.version) and o.span != s.span),
        )
        for s in found
    )  # fmt: skip
