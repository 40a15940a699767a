"""What a check finds wrong with a claim, in places of folded text."""

from __future__ import annotations

from typing import NamedTuple

from rag.types import ReasonKind
from rag.wording import Premise


class Finding(NamedTuple):
    """A fault: its kind, one Japanese sentence, its place in the folded claim, and the premise with the place in its folded text that
    it is held against, where there is one. `absent` says that the evidence does not speak of it, rather than otherwise."""

    kind: ReasonKind
    text: str
    start: int
    end: int
    premise: Premise | None = None
    place: tuple[int, int] | None = None
    absent: bool = False
