"""An answer by a language model, held to the documents: every sentence is verified before it is shown, and cited by the words it rests on.

Where the model fails, or nothing of what it says holds, the extractive answer stands in its place and says so.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date

from rag.assistant import Assistant
from rag.chat import Chat, Tally
from rag.draft import Draft
from rag.failures import RETRIED, ModelFailure
from rag.followup import rewritten
from rag.model import output_tokens
from rag.prompt import compose
from rag.reply import Reply, read
from rag.support import Verify
from rag.types import Answer

BACKOFF = 0.5
"""Seconds before the first repetition; each further one waits twice as long, give or take a half."""
BEAT = 0.25
_RAW = 4
"""Characters of raw reply to a token, at most: what is longer does not end."""
_TELLING = frozenset("{}")
"""Only after one of these can a further sentence of a JSON reply be complete, and to parse JSON takes time."""
_REFUSED = ("content_filter", "refusal", "SAFETY", "guardrail_intervened")
_CUT = ("length", "max_tokens", "MAX_TOKENS", "model_context_window_exceeded")


@dataclass(frozen=True, slots=True)
class _Way:
    """How to ask: with how many of the best passages, whether for JSON, after how many tries that failed, and after how many seconds."""

    passages: int
    structured: bool
    tries: int = 0
    wait: float = 0.0


class Writer:
    """Answers with the model that the assistant's settings name, over its documents. Threads may share it.

    Raises InputError where the model cannot be had.

    A question whose words the documents do not have («no_hits») is not put to the model: there is nothing that could support what it
    would say. Any other that the extractive reader abstains from is: a model finds answers that stand there in other words.
    """

    def __init__(self, assistant: Assistant, verify: Verify | None = None) -> None:
        self.assistant = assistant
        self.settings = assistant.settings
        self.chat = Chat(assistant.settings)
        self._verify = verify or assistant.verifier.verify

    def ask(self, question: str, as_of: date | None = None, previous: Sequence[str] = ()) -> Answer:
        """The whole answer. Raises InputError as Assistant.ask does."""
        *_, answer = self.stream(question, as_of, previous)
        return answer

    def stream(
        self, question: str, as_of: date | None = None, previous: Sequence[str] = (), *, beating: bool = False
    ) -> Generator[Answer, None, None]:
        """The answer as it grows, a verified sentence at a time; the last one is whole, and may be the extractive one instead.

        `beating` repeats the answer so far every BEAT seconds while the model is silent, so that who shows it can stop. Closing the
        generator closes the connection at once. Raises InputError as Assistant.ask does.
        """
        began = time.perf_counter()
        tally = self.tally()
        asked = self.whole(question, previous, tally)
        found = self.assistant.ask(asked, as_of)
        base = replace(found, question=question, searched=asked if asked != question else "")
        for answer in self.write(base, tally, beating=beating):
            yield answer.timed(time.perf_counter() - began)

    def tally(self) -> Tally:
        """A new account for one answer, whose time begins now."""
        return Tally(time.monotonic() + self.settings.model_timeout)

    def whole(self, question: str, previous: Sequence[str], tally: Tally) -> str:
        """A follow-up as a question that stands alone, by the model; by rule where that fails. Others stay as they are."""
        understood = self.assistant.understand(question, previous)
        if not understood.asked:
            return question
        return rewritten(question, previous, self.chat, tally) or understood.text

    def write(self, base: Answer, tally: Tally, *, beating: bool = False) -> Iterator[Answer]:
        """The model's answer to the question of the extractive one, from its hits; that one itself where the model fails."""
        if base.reason == "no_hits" or not base.hits:
            yield replace(base, trace=tally.trace(self.settings.model)) if tally.calls else base
            return
        way: _Way | None = _Way(len(base.hits), self.chat.structured)
        while way is not None:
            for _ in _beats(way.wait):
                if beating:
                    yield replace(base, sentences=(), citations=(), trace=tally.trace(self.settings.model))
            tally.removed.clear()
            draft = self._draft(base, way, tally)
            try:
                yield from self._written(base, draft, tally, beating=beating, structured=way.structured)
                return
            except ModelFailure as failure:
                told, way = failure.told(), self._again(failure, draft, tally, way)
        tally.notices.append(told)
        yield replace(base, trace=tally.trace(self.settings.model, fallback=True))

    def _draft(self, base: Answer, way: _Way, tally: Tally) -> Draft:
        settings, snapshot = self.settings, self.assistant.snapshot
        room = settings.model_context - output_tokens(settings)
        hits, length = base.hits[: way.passages], settings.answer_length
        prompt = compose(base.searched or base.question, hits, snapshot, room, length, structured=way.structured)
        tally.dropped = len(base.hits) - len(prompt.passages)
        return Draft(base, prompt, snapshot, self._verify, settings, tally)

    def _written(self, base: Answer, draft: Draft, tally: Tally, *, beating: bool, structured: bool) -> Iterator[Answer]:
        """The answer as the sentences of one reply come in. Raises ModelFailure where it is of no use."""
        raw = finish = ""
        most = output_tokens(self.settings) * _RAW
        with closing(self.chat.stream(draft.prompt.system, draft.prompt.user, tally, BEAT, structured=structured)) as chunks:
            for chunk in chunks:
                if chunk is None:
                    if beating:
                        yield draft.answer()
                    continue
                raw, finish = raw + chunk.text, chunk.finish or finish
                if chunk.refused or finish in _REFUSED:
                    raise ModelFailure("refused")
                if not (raw.lstrip().startswith(("{", "```")) and _TELLING.isdisjoint(chunk.text)):
                    yield from draft.grown(read(raw, final=False).sentences)
                if draft.full or len(raw) > most:
                    finish = "length"
                    break
        if not finish:
            raise ModelFailure("broken")
        reply = read(raw, final=finish not in _CUT)
        yield from draft.grown(reply.sentences)
        yield self._finished(base, draft, reply, tally, cut=finish in _CUT)

    def _finished(self, base: Answer, draft: Draft, reply: Reply, tally: Tally, *, cut: bool) -> Answer:
        """The whole answer, with what has to be told of it. Raises ModelFailure where nothing of the reply can be shown."""
        if reply.abstains:
            tally.removed.clear()
            trace = tally.trace(self.settings.model)
            return replace(base, sentences=(), citations=(), abstained=True, reason=base.reason or "near_miss", trace=trace)
        if not draft.sentences:
            raise ModelFailure("endless" if cut and not reply.sentences else "unsupported")
        _tell(draft, tally, cut=cut)
        return draft.answer()

    def _again(self, failure: ModelFailure, draft: Draft, tally: Tally, way: _Way) -> _Way | None:
        """How to ask once more after a failure; None where that cannot help, or the time does not allow it."""
        kept = len(draft.prompt.passages)
        if draft.sentences or time.monotonic() >= tally.deadline:
            return None
        if failure.kind == "too_long":
            return replace(way, passages=kept // 2, wait=0.0) if kept > 1 else None
        if failure.kind == "rejected":
            return replace(way, structured=self.chat.structured, wait=0.0) if self.chat.adapt(failure) else None
        if failure.kind not in RETRIED or way.tries >= self.settings.model_retries:
            return None
        if failure.kind == "unreadable":
            return replace(way, structured=False, tries=way.tries + 1, wait=0.0)
        wait = failure.retry_after or BACKOFF * 2**way.tries * random.uniform(0.5, 1.5)
        return replace(way, tries=way.tries + 1, wait=wait) if time.monotonic() + wait < tally.deadline else None


def _tell(draft: Draft, tally: Tally, *, cut: bool) -> None:
    """What the reader of a model's answer has to know of how it came about."""
    if titles := draft.prompt.planted:
        listed = "、".join(f"「{t}」" for t in titles)
        tally.notices.append(f"{listed}にAIへの指示とみられる記述があったので、その部分はモデルに渡さず、典拠にもしていません。")
    if tally.dropped:
        tally.notices.append(f"モデルの扱える長さに収めるため、順位の低い{tally.dropped}箇所を渡さずに答えました。")
    if tally.removed:
        tally.notices.append(f"モデルの答えのうち、文書で裏づけられない{len(tally.removed)}件を除きました。")
    if cut and not draft.full:
        tally.notices.append("モデルの答えが長すぎたので、途中までの文で答えました。")


def _beats(seconds: float) -> Iterator[None]:
    """Wait, in beats."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, BEAT))
        yield None
