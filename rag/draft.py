"""An answer in the making: a model's sentences as they are verified, with the citations of the words that each rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import fsum

from rag.chat import Tally
from rag.guard import inert, leaks
from rag.plain import sentence
from rag.prompt import Prompt
from rag.provisos import goes_on, only_drops
from rag.reader import CITATIONS, QUOTE_LIMIT, cite
from rag.reply import Said
from rag.settings import Settings
from rag.snapshot import Snapshot
from rag.support import Evidence, Judged, Support, Verify
from rag.types import Answer, Citation, Reason, Sentence, Span

_BASIS = 3
"""A sentence cites at most so many pieces of evidence."""
_REPEATED = 3
"""A reply that has said what it said before so many times turns in a circle."""
_UNSHOWN = "（表示しない文）"
_LEAKED = Reason("unstated", "文書の内容ではなく、モデルへの指示を述べています。")
_Weighed = tuple[str, tuple[int, ...], Judged]
"""A sentence with the numbers that it cites and what became of it."""
_BARE = Reason("unstated", "言葉として読めるものがありません。")


class Draft:
    """Takes the sentences of one reply to one prompt; those that the documents do not support are taken out, or marked by setting."""

    def __init__(
        self, base: Answer, prompt: Prompt, snapshot: Snapshot, verify: Verify, settings: Settings, tally: Tally
    ) -> None:
        self.prompt = prompt
        self.sentences: list[Sentence] = []
        self.full = False
        self._base = base
        self._snapshot = snapshot
        self._settings = settings
        self._tally = tally
        self._support = Support(prompt.passages, snapshot, verify)
        self._citations: list[Citation] = []
        self._numbers: dict[tuple[str, str, Span], int] = {}
        self._seen: set[str] = set()
        self._before: _Weighed | None = None
        self._taken = self._repeated = 0
        self._scores: list[float] = []

    def grown(self, sentences: Sequence[Said]) -> Iterator[Answer]:
        """The answer after each further sentence that is kept, of the sentences of the reply so far."""
        for said in sentences[self._taken :]:
            self._taken += 1
            if self.take(said):
                yield self.answer()

    def take(self, said: Said) -> bool:
        """Judge a sentence and keep it where it may be shown; whether it was kept."""
        text = sentence(inert(said.text, self._support.text))
        before, self._before = self._before, None
        if text in self._seen:
            self._repeated += 1
            self.full |= self._repeated >= _REPEATED
        if text in self._seen or self.full:
            return False
        self._seen.add(text)
        if not text:
            return self._remove(Sentence(_UNSHOWN, (), "not_found", (_BARE,)))
        if self.prompt.mark in text or leaks(text, self.prompt.system, self._support.text):
            return self._remove(Sentence(_UNSHOWN, (), "not_found", (_LEAKED,)))
        if sum(len(s.text) for s in self.sentences) + len(text) > self._settings.answer_length:
            self.full = True
            return False
        self._quotes(said)
        judged = self._judged(text, said.numbers, before)
        self._before = (text, said.numbers, judged)
        found = judged.found
        if found.verdict != "supported" and self._settings.unsupported == "remove":
            return self._remove(Sentence(text, (), found.verdict, found.reasons))
        numbers = self._cite(judged.basis[:_BASIS])
        if found.verdict == "supported" and not numbers:
            return self._remove(Sentence(text, (), "not_found", found.reasons))
        self.sentences.append(Sentence(text, numbers, found.verdict, () if found.verdict == "supported" else found.reasons))
        self._scores.append(found.score)
        return True

    def _judged(self, text: str, numbers: tuple[int, ...], previous: _Weighed | None) -> Judged:
        """The verdict on a sentence; one that goes on from the one before, or comes after one that only drops something, is
        weighed together with that, which it may set right."""
        alone = self._support.judge(text, numbers)
        if previous is None:
            return alone
        before, cited, judged = previous
        if not goes_on(text) and not only_drops(judged.found.reasons):
            return alone
        both = self._support.judge(before + text, tuple(dict.fromkeys((*cited, *numbers))))
        if both.found.verdict != "supported":
            return alone
        room = self._settings.answer_length - sum(len(s.text) for s in self.sentences) - len(text)
        if judged.found.verdict != "supported" and only_drops(judged.found.reasons) and len(before) <= room:
            self._set_right(before, both)
        return alone if alone.found.verdict == "supported" else both

    def _set_right(self, text: str, judged: Judged) -> None:
        """Keep the sentence before, which was taken out or marked for the exception that has now been told."""
        numbers = self._cite(judged.basis[:_BASIS])
        if not numbers:
            return
        self._tally.removed[:] = [s for s in self._tally.removed if s.text != text]
        if self.sentences and self.sentences[-1].text == text:
            self.sentences.pop()
            self._scores.pop()
        self.sentences.append(Sentence(text, numbers))
        self._scores.append(judged.found.score)

    def answer(self) -> Answer:
        """The answer so far."""
        return replace(
            self._base,
            sentences=tuple(self.sentences),
            citations=tuple(self._citations),
            hits=self._base.hits,
            abstained=False,
            reason=None,
            confidence=fsum(self._scores) / len(self._scores) if self._scores else 0.0,
            trace=self._tally.trace(self._settings.model),
        )

    def _remove(self, removed: Sentence) -> bool:
        self._tally.removed.append(removed)
        return False

    def _quotes(self, said: Said) -> None:
        """Tell of what the model says that it quotes and that stands nowhere; no quote of a model's is ever shown as the documents'."""
        for quote in said.quotes:
            if not self._support.quoted(quote):
                reason = Reason("quotation", "モデルが引用した文言は、渡した文書にありません。")
                self._tally.removed.append(Sentence(inert(quote, self._support.text), (), "not_found", (reason,)))

    def _cite(self, basis: Iterable[Evidence]) -> tuple[int, ...]:
        """The numbers of the citations of what a sentence rests on, new ones added while there is room."""
        out = []
        for evidence in basis:
            for span in evidence.spans:
                key = (evidence.passage.doc_id, evidence.passage.version, span)
                if key not in self._numbers and len(self._citations) < CITATIONS and len(span) <= QUOTE_LIMIT:
                    self._numbers[key] = len(self._citations)
                    self._citations.append(cite(self._snapshot, evidence.passage, span))
                if key in self._numbers:
                    out.append(self._numbers[key])
        return tuple(dict.fromkeys(out))
