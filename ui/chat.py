"""The conversation as plain values: what was asked and answered, and which source is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.assistant import Assistant
from rag.errors import TenkyoError
from rag.types import Answer, Span


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer, or with the message that says why there is none. `snapshot` is what it was answered from."""

    question: str
    as_of: date
    snapshot: str
    answer: Answer | None = None
    error: str = ""


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


def take_turn(assistant: Assistant, question: str, as_of: date, previous: Sequence[str] = ()) -> Turn:
    """Ask, going on from the conversation's earlier questions; what the user can put right becomes the turn's message."""
    name = assistant.snapshot.name
    try:
        return Turn(question, as_of, name, assistant.ask(question, as_of, previous))
    except TenkyoError as error:
        return Turn(question, as_of, name, error=str(error))


def places(turn: Turn) -> tuple[Place, ...]:
    """What can be opened from a turn: the citations of an answer, the nearest passages of an abstention."""
    answer = turn.answer
    if answer is None:
        return ()
    if answer.abstained:
        return tuple(Place(h.passage.doc_id, h.passage.version, h.passage.span, h.passage.path) for h in answer.hits)
    return tuple(
        Place(
            c.doc_id, c.version, c.span, c.path,
            tuple(o.span for o in answer.citations if (o.doc_id, o.version) == (c.doc_id, c.version) and o.span != c.span),
        )
        for c in answer.citations
    )  # fmt: skip
