"""The retriever of the LangChain guides, to measure ours against: BM25 and FAISS flat, joined by reciprocal ranks.

BM25 goes through every document for every word, as rank_bm25 does, over MeCab's words (white space parts no Japanese text).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import log
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun

Words = Callable[[str], list[str]]
Encode = Callable[[list[str]], NDArray[np.float32]]
K1, B = 1.5, 0.75
RANK_CONSTANT = 60


class PlainBm25(BaseRetriever):
    """Okapi BM25 (Robertson and others, TREC-3 1994) over dictionaries of counts, one a document."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    documents: list[Document]
    counts: list[Counter[str]]
    lengths: Any
    weights: dict[str, float]
    words: Words
    k: int

    @classmethod
    def build(cls, texts: Sequence[str], words: Words, k: int) -> PlainBm25:
        """Count the words of every text."""
        counts = [Counter(words(text)) for text in texts]
        frequency = Counter(word for count in counts for word in count)
        return cls(
            documents=[Document(text) for text in texts],
            counts=counts,
            lengths=np.array([count.total() for count in counts], dtype=np.float64),
            weights={w: log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for w, n in frequency.items()},
            words=words,
            k=k,
        )

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        scores = np.zeros(len(self.documents))
        norm = K1 * (1 - B + B * self.lengths / self.lengths.mean())
        for word in self.words(query):
            times = np.array([count.get(word, 0) for count in self.counts])
            scores += self.weights.get(word, 0.0) * times * (K1 + 1) / (times + norm)
        return [self.documents[i] for i in np.argsort(scores)[::-1][: self.k]]


class PlainFaiss(BaseRetriever):
    """Exact inner products over the vectors of every text."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    documents: list[Document]
    index: Any
    encode: Encode
    k: int

    @classmethod
    def build(cls, texts: Sequence[str], encode: Encode, k: int) -> PlainFaiss:
        """Encode every text into a flat index."""
        vectors = encode(list(texts))
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(documents=[Document(text) for text in texts], index=index, encode=encode, k=k)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        _, found = self.index.search(self.encode([query]), self.k)
        return [self.documents[i] for i in found[0] if i >= 0]


class PlainEnsemble(BaseRetriever):
    """Both lists joined by reciprocal rank fusion (Cormack and others, SIGIR 2009), with equal weights."""

    retrievers: list[BaseRetriever]
    k: int

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        scores: defaultdict[str, float] = defaultdict(float)
        found: dict[str, Document] = {}
        for retriever in self.retrievers:
            for rank, document in enumerate(retriever.invoke(query), 1):
                found.setdefault(document.page_content, document)
                scores[document.page_content] += 1 / (RANK_CONSTANT + rank)
        return [found[text] for text in sorted(scores, key=scores.__getitem__, reverse=True)[: self.k]]


def plain_retriever(texts: Sequence[str], words: Words, encode: Encode, k: int = 10) -> BaseRetriever:
    """The whole recipe over the texts."""
    return PlainEnsemble(retrievers=[PlainBm25.build(texts, words, k), PlainFaiss.build(texts, encode, k)], k=k)
