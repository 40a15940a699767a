"""What the LangChain guides build, to measure ours against: texts split recursively, BM25 (rank_bm25) over the words of fugashi (white
space parts no Japanese text) and FAISS flat, joined by reciprocal ranks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import faiss
import fugashi
import numpy as np
import rank_bm25
import unidic_lite
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_text_splitters import RecursiveCharacterTextSplitter
from numpy.typing import NDArray
from pydantic import ConfigDict

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun

Words = Callable[[str], list[str]]
Encode = Callable[[list[str]], NDArray[np.float32]]
RANK_CONSTANT = 60


class PlainBm25(BaseRetriever):
    """Okapi BM25 by rank_bm25, which goes through every document for every word."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    documents: list[Document]
    scorer: Any
    words: Words
    k: int

    @classmethod
    def build(cls, texts: Sequence[str], words: Words, k: int) -> PlainBm25:
        """Count the words of every text."""
        return cls(
            documents=[Document(text) for text in texts],
            scorer=rank_bm25.BM25Okapi([words(text) for text in texts]),
            words=words,
            k=k,
        )

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        scores = self.scorer.get_scores(self.words(query))
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
    """The whole recipe over the texts, split already."""
    return PlainEnsemble(retrievers=[PlainBm25.build(texts, words, k), PlainFaiss.build(texts, encode, k)], k=k)


def plain_split(texts: Sequence[str]) -> list[str]:
    """The texts in pieces of at most 400 characters that overlap by 50."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=400, chunk_overlap=50, separators=["\n\n", "\n", "。", "、", " ", ""])
    return [piece for text in texts for piece in splitter.split_text(text)]


def plain_words() -> Words:
    """The words of a text by fugashi, as the guides take them."""
    tagger = fugashi.Tagger(f'-r /dev/null -d "{unidic_lite.DICDIR}"')
    return lambda text: [word.surface for word in tagger(text)]


def plain_encoder(folder: str) -> Encode:
    """The encoder of a folder as sentence-transformers runs it."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder)
    return lambda texts: np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False), np.float32)
