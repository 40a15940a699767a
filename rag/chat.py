"""The model as an answer needs it: asked within the time of the whole answer, counted, and only for what its server takes."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableSequence

from rag.calls import Chunk, stream
from rag.failures import ModelFailure
from rag.model import load
from rag.prompt import SCHEMA
from rag.settings import Settings
from rag.types import Sentence, Trace

_REFUSABLE = (("temperature", "temperature"), ("stream_options", "stream_usage"), ("max_completion_tokens", "max_tokens"))
"""Parameters that some servers refuse: the word in what they say then, and our name for it."""


@dataclass(slots=True)
class Tally:
    """What one answer has cost so far, and what is to be told of it. `deadline` is a time of time.monotonic."""

    deadline: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    calls: int = 0
    dropped: int = 0
    removed: list[Sentence] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take over what another account, made from this one, has counted since."""
        self.calls, self.seconds = other.calls, other.seconds
        self.prompt_tokens, self.completion_tokens = other.prompt_tokens, other.completion_tokens

    def trace(self, model: str, *, fallback: bool = False) -> Trace:
        """As the answer carries it."""
        return Trace(
            model, self.prompt_tokens, self.completion_tokens, self.seconds, self.calls, self.dropped, tuple(self.removed),
            tuple(dict.fromkeys(self.notices)), fallback,
        )  # fmt: skip


class Chat:
    """A model that remembers what its server refused. Threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._without: frozenset[str] = frozenset(("structured",) if settings.model_format == "plain" else ())
        self._model = load(settings)

    @property
    def structured(self) -> bool:
        """Whether a reply is asked for as JSON of our form."""
        return "structured" not in self._without

    def adapt(self, failure: ModelFailure) -> bool:
        """Leave out what the server may have refused, for this call and all later ones; False where nothing is left to leave out."""
        named = next((ours for word, ours in _REFUSABLE if word in failure.detail and ours not in self._without), None)
        dropped = named or ("structured" if self.structured else None)
        if dropped is None:
            return False
        self._without |= {dropped}
        self._model = load(self.settings, self._without)
        return True

    def _bound(self) -> Runnable[Any, Any]:
        """The model bound to our form of JSON: what with_structured_output makes, without its parser, which waits for the whole reply."""
        try:
            chain = self._model.with_structured_output(dict(SCHEMA))
        except NotImplementedError as error:
            raise ModelFailure("rejected") from error
        if not isinstance(chain, RunnableSequence):
            raise ModelFailure("rejected")
        return chain.first

    def stream(
        self, system: str, user: str, tally: Tally, beat: float, *, structured: bool
    ) -> Generator[Chunk | None, None, None]:
        """The chunks of one reply, and None for each `beat` seconds without one; closing stops the call. Raises ModelFailure."""
        model = self._bound() if structured else self._model
        began, prompt, completion = time.monotonic(), 0, 0
        tally.calls += 1
        try:
            with closing(stream(model, [SystemMessage(system), HumanMessage(user)], tally.deadline, beat)) as chunks:
                for chunk in chunks:
                    if chunk is not None:
                        prompt, completion = max(prompt, chunk.prompt_tokens), max(completion, chunk.completion_tokens)
                    yield chunk
        finally:
            tally.seconds += time.monotonic() - began
            tally.prompt_tokens += prompt
            tally.completion_tokens += completion
