"""The assistant: an open index with its encoder, and the path from a question to an answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Candidate, Preparer, candidates
from rag.confidence import judge, signals
from rag.conversation import parts, whole
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMismatch, InputError
from rag.features import features
from rag.likeness import term_vectors
from rag.opening import Opener
from rag.questions import Question, understand
from rag.ranker import rank, reorder
from rag.reader import read
from rag.retrieval import Ranking, Retriever, query_vector
from rag.scope import Scope
from rag.settings import Settings
from rag.snapshot import Snapshot
from rag.types import Answer, Hit
from rag.words import weigh

if TYPE_CHECKING:
    from rag.generate import Writer
    from rag.verify import Verifier

VIEWS = 64
"""How many scopes' views of an assistant are kept."""
PART_PASSAGES, PART_CANDIDATES = 6, 2
"""How many passages and candidates each part of a question adds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything seen on the way to an answer: the hits by what they promise, the candidates best first with their features, the
    share of the question's words that the index knows, and the signals."""

    question: Question
    ranking: Ranking
    ranked: tuple[Candidate, ...]
    features: NDArray[np.float32]
    known: float
    signals: NDArray[np.float32]

    def promoting(self, parts: Sequence[Reading]) -> Reading:
        """With the best candidates of the readings of the question's parts, over the same passages, put first in turn."""
        place = {hit.passage.id: i for i, hit in enumerate(self.ranking.hits)}
        top = self.ranked[0].score if self.ranked else 0.0
        first = [
            replace(c, passage=place[part.ranking.hits[c.passage].passage.id], score=top)
            for n in range(PART_CANDIDATES)
            for part in parts
            for c in part.ranked[n : n + 1]
        ]
        return replace(self, ranked=(*first, *self.ranked))


class Assistant:
    """Answers questions over one snapshot. Threads may share it."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, settings: Settings, whole: Assistant | None = None) -> None:
        """`whole` is the assistant that this one is a view of, for a scope of its documents."""
        self._whole = whole or self
        self._views = lru_cache(maxsize=VIEWS)(self._view)
        self.snapshot = snapshot
        self.settings = settings
        self.encoder = encoder
        self.retriever = Retriever(snapshot, encoder, settings.without)
        self._likeness = term_vectors(encoder)
        self._opener = Opener(snapshot)
        self._prepare = Preparer(snapshot, encoder, self._likeness)

    @cached_property
    def verifier(self) -> Verifier:
        """What judges claims, with the index's own words for everyday ones."""
        if self._whole is not self:
            return self._whole.verifier
        from rag.verify import Verifier

        return Verifier(self.encoder, self.snapshot.glossary)

    @cached_property
    def writer(self) -> Writer | None:
        """What answers with the model that is set; None where none is. Raises InputError where the model cannot be had."""
        if not self.settings.model:
            return None
        from rag.generate import Writer

        return Writer(self)

    @classmethod
    def open(cls, index: Path, settings: Settings | None = None) -> Assistant:
        """Open the current snapshot of an index with the encoder it was built with.

        Raises IndexMissing, IndexMismatch (another encoder is set than the index has), EncoderError.
        """
        chosen = settings or Settings()
        snapshot = Snapshot.open(index)
        encoder = load_encoder(chosen.encoder, chosen.dimension or None)
        built = snapshot.manifest["encoder"]
        if built["fingerprint"] != encoder.fingerprint:
            raise IndexMismatch(
                f"索引「{index}」は符号化モデル「{built['name']}」で作られており、いまの設定「{encoder.name}」では使えないので、"
                "設定を戻すか、「tenkyo ingest」で文書をもう一度登録してください。"
            )
        return cls(snapshot, encoder, chosen)

    def within(self, scope: Scope) -> Assistant:
        """An assistant for whom only the scope's documents are there: what it answers hangs on no other's words, titles or counts."""
        return self if scope == self.snapshot.scope else self._whole._views(scope)

    def _view(self, scope: Scope) -> Assistant:
        return Assistant(self.snapshot.within(scope), self.encoder, self.settings, self)

    def ask(self, question: str, as_of: date | None = None, previous: Sequence[str] = ()) -> Answer:
        """The answer to a question from the documents in force on the day (today when None); `previous` are the earlier questions
        of the conversation, oldest first, from which a follow-up is made whole.

        Raises InputError for an empty or overlong question, or earlier question.
        """
        began = time.perf_counter()
        understood = self.understand(question, previous)
        ranking = self.retrieve(understood, as_of)
        opened = self._opener.open(question, as_of or date.today(), self.settings.answer_length, ranking.hits)
        return (opened or self.read(understood, ranking)).timed(time.perf_counter() - began)

    def search(self, text: str, k: int = 10, as_of: date | None = None) -> tuple[Hit, ...]:
        """The k best passages, best first."""
        return self.retriever.search(self.understand(text), k, as_of or date.today()).hits

    def understand(self, text: str, previous: Sequence[str] = ()) -> Question:
        """Read a question, a follow-up as the question that `previous` make of it; InputError when there is nothing to read or too
        much."""
        self._check(text, "質問")
        for earlier in previous:
            self._check(earlier, "前の質問")
        searched = whole(text, previous, self._likeness)
        if searched == text or len(searched) > self.settings.question_length:
            return self._understood(text)
        return replace(self._understood(searched), asked=text)

    def _understood(self, text: str) -> Question:
        without = self.settings.without
        glossary = None if "glossary" in without else self.snapshot.glossary
        readings = None if "readings" in without else self.snapshot.readings
        split = () if "parts" in without else parts(text)
        one, *several = (understand(t, glossary, readings) for t in dict.fromkeys((text, *split)))
        return replace(one, parts=tuple(several)) if len(several) > 1 else one

    def _check(self, text: str, name: str) -> None:
        if not text.strip():
            raise InputError(f"{name}が空なので、知りたいことを文で入力してください。")
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise InputError(f"{name}に文字として読めないバイトがあるので、UTF-8で入力し直してください。")
        if len(text) > self.settings.question_length:
            raise InputError(
                f"{name}が長すぎる（{len(text)}文字、上限は{self.settings.question_length}文字）ので、知りたいことを一つに絞って入力してください。"
            )

    def retrieve(self, question: Question, as_of: date | None = None) -> Ranking:
        """The passages that the reader gets; of a question with parts those of each part after those of the whole."""
        on = as_of or date.today()
        found = self.retriever.search(question, self.settings.passages, on)
        for part in question.parts:
            found = found.joined(self.retriever.search(part, PART_PASSAGES, on))
        return found

    def reading(self, question: Question, ranking: Ranking) -> Reading:
        """Rank what the passages hold, without deciding whether to answer."""
        prepared = self._prepare(ranking)
        asked = weigh(question, self.snapshot)
        vector = query_vector(question, self.encoder)
        seen = features(question, asked, ranking, prepared, vector, self._likeness)
        without = self.settings.without
        ranked, values = rank(tuple(candidates(prepared)), seen, learned="ranker" not in without)
        known = asked.known()
        found = signals(values, np.array([c.score for c in ranked], np.float32), known)
        ordered, placed = (ranking, ranked) if "reorder" in without else reorder(ranking, ranked)
        return Reading(question, ordered, tuple(placed), values, known, found)

    def _with_references(self, question: Question, reading: Reading) -> Reading:
        """The reading anew, with the passages that its best candidate refers to and that were not found by themselves."""
        if not reading.ranked or "references" in self.settings.without:
            return reading
        best = reading.ranked[0]
        numbers = self._opener.followed(reading.ranking.hits[best.passage].passage, best.unit)
        new = [n for n in numbers if n not in reading.ranking.numbers]
        if not new:
            return reading
        hits = tuple(Hit(passage, 0.0) for passage in self.snapshot.at(new))
        return self.reading(question, reading.ranking.joined(Ranking(tuple(new), hits)))

    def read(self, question: Question, ranking: Ranking) -> Answer:
        """Decide and compose: the extractive reader, where a model can stand."""
        reading = self._with_references(question, self.reading(question, ranking))
        several = [self.reading(part, ranking) for part in question.parts]
        threshold = 0.0 if "confidence" in self.settings.without else self.settings.threshold
        probability, reason = judge(reading.signals, threshold)
        if several:
            reading = reading.promoting(several)
            every, reasons = zip(*(judge(r.signals, threshold) for r in several), strict=True)
            if float(np.mean(every)) > probability:
                probability, reason = float(np.mean(every)), next((r for r in reasons if r is None), reason)
        said = Answer(
            question.asked or question.text,
            hits=reading.ranking.hits,
            confidence=probability,
            rewrites=question.rewrites,
            searched=question.text if question.asked else "",
        )
        if reason is not None:
            return replace(said, abstained=True, reason=reason)
        sentences, citations = read(question, reading.ranking, reading.ranked, self.snapshot, self.settings.answer_length)
        return replace(said, sentences=sentences, citations=citations)
