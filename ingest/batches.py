"""Batches for contrastive training: pairs of one source at a time, as token ids, with further queries cut out of passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ingest.pairs import Source

Ids = NDArray[np.int32]
CUT = "cut"
"""The share of queries that are cut out of running text, beside the sources' own names."""
_TAILS = (
    *(
        "は何ですか?",
        "は誰ですか?",
        "はいつですか?",
        "はどこですか?",
        "とは何か?",
        "は何?",
        "について教えてください",
        "はどうすればよいですか?",
    ),
    *("はどのように定められていますか?", "の場合はどうなりますか?", "は必要ですか?", "してもいいですか?", ""),
)
_WINDOW = (6, 25)
_DROPPED = 0.35
_REMOVED = 0.5
_THINNED = 0.1


class Bag:
    """Token ids of many texts in one array."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        ids: list[Ids] = []
        for start in range(0, len(texts), 5_000):
            encoded = tokenizer.encode_batch_fast(list(texts[start : start + 5_000]), add_special_tokens=False)
            ids += [np.array(e.ids, np.int32) for e in encoded]
        self.ends = np.cumsum([0, *map(len, ids)])
        self.ids = np.concatenate([np.zeros(0, np.int32), *ids])

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, n: int) -> Ids:
        return self.ids[self.ends[n] : self.ends[n + 1]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A source as token ids; `positives` and `keys` as there. The queries stand in the order of their passages."""

    queries: Bag
    positives: NDArray[np.int64]
    passages: Bag
    keys: NDArray[np.int64]
    running: bool

    @classmethod
    def of(cls, source: Source, tokenizer: Tokenizer) -> Encoded:
        """The source's texts through the tokenizer."""
        queries, passages = Bag(tokenizer, source.queries), Bag(tokenizer, source.passages)
        return cls(queries, np.array(source.positives), passages, np.array(source.keys), source.running)


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries and their passages, n of each; where two keys are equal, neither passage is a negative for the other query."""

    queries: list[Ids]
    passages: list[Ids]
    keys: NDArray[np.int64]


class Batches:
    """An endless draw of batches, each of one source, by the sources' shares; the same for the same `chance`.

    Batches of one source make the other passages harder to tell from the right one than a mixture would.
    """

    def __init__(
        self,
        sources: Mapping[str, Encoded],
        shares: Mapping[str, float],
        size: int,
        tokenizer: Tokenizer,
        chance: np.random.Generator,
    ) -> None:
        self._sources, self._size, self._chance = sources, size, chance
        self._tails = Bag(tokenizer, _TAILS)
        self._running = [name for name, source in sources.items() if source.running]
        known = {name: share for name, share in shares.items() if name in sources or (name == CUT and self._running)}
        self._names = list(known)
        self._shares = np.array(list(known.values())) / sum(known.values())
        self._left: dict[str, NDArray[np.int64]] = {}
        self._confusable: Mapping[str, NDArray[np.int64]] = {}

    def confuse(self, confusable: Mapping[str, NDArray[np.int64]]) -> None:
        """From now on put beside a query one whose passage it is confused with: `confusable[source][query, n]` is such a passage."""
        self._confusable = confusable

    def draw(self) -> tuple[str, Batch]:
        """The next batch and the name of its share."""
        name = str(self._chance.choice(self._names, p=self._shares))
        if name == CUT:
            sizes = np.array([len(self._sources[n].passages) for n in self._running], float) ** 0.5
            return name, self._cut(self._sources[str(self._chance.choice(self._running, p=sizes / sizes.sum()))])
        source = self._sources[name]
        chosen = self._next(name, len(source.queries))
        if name in self._confusable:
            chosen = self._beside(source, chosen[: len(chosen) // 2], self._confusable[name])
        positives = source.positives[chosen]
        queries = [source.queries[n] for n in chosen.tolist()]
        if source.running:
            queries = [self._thinned(query) for query in queries]
        return name, Batch(queries, [source.passages[n] for n in positives.tolist()], source.keys[positives])

    def _thinned(self, query: Ids) -> Ids:
        """The query without a tenth of its tokens, so that no single one is relied on."""
        kept = query[self._chance.random(len(query)) >= _THINNED]
        return kept if len(kept) else query

    def _next(self, name: str, queries: int) -> NDArray[np.int64]:
        """Query numbers without repetition until all have been drawn."""
        size = min(self._size, queries)
        left = self._left.get(name, np.zeros(0, np.int64))
        if len(left) < size:
            left = self._chance.permutation(queries)
        self._left[name] = left[size:]
        return left[:size]

    def _beside(self, source: Encoded, chosen: NDArray[np.int64], confusable: NDArray[np.int64]) -> NDArray[np.int64]:
        """The chosen queries and, for each, a query of a passage that it is confused with."""
        wrong = confusable[chosen, self._chance.integers(0, confusable.shape[1], len(chosen))]
        first, end = np.searchsorted(source.positives, wrong), np.searchsorted(source.positives, wrong, "right")
        asked = end > first
        return np.concatenate([chosen, self._chance.integers(first[asked], end[asked])])

    def _cut(self, source: Encoded) -> Batch:
        """Queries from words of a passage, some dropped, with the end of a question; half the passages lose these words.

        The inverse cloze task (Lee et al. 2019), with the words kept often enough that matching them is learned as well.
        """
        chosen = self._chance.choice(len(source.passages), min(self._size, len(source.passages)), replace=False)
        queries, passages = [], []
        for n in chosen.tolist():
            passage = source.passages[n]
            width = int(self._chance.integers(*_WINDOW))
            start = int(self._chance.integers(0, max(1, len(passage) - width)))
            words = passage[start : start + width]
            kept = words[self._chance.random(len(words)) >= _DROPPED]
            queries.append(np.concatenate([kept, self._tails[int(self._chance.integers(len(self._tails)))]]))
            alone = len(passage) > 2 * width and self._chance.random() < _REMOVED
            passages.append(np.concatenate([passage[:start], passage[start + width :]]) if alone else passage)
        return Batch(queries, passages, source.keys[chosen])


def flat(texts: Sequence[Ids]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct ids of each text one after another, and where each text begins, as `EmbeddingBag` takes them."""
    rows = np.repeat(np.arange(len(texts)), [len(t) for t in texts])
    ids = np.fromiter(chain.from_iterable(t.tolist() for t in texts), np.int64, len(rows))
    both = np.unique(rows << 32 | ids)
    return both & 0xFFFFFFFF, np.searchsorted(both >> 32, np.arange(len(texts)))
