"""The assistant as LangChain parts: a retriever, a reader and the chain of both, question to Answer; a model may be the reader."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnablePassthrough
from pydantic import ConfigDict

from rag.assistant import Assistant
from rag.retrieval import Ranking
from rag.tracing import off
from rag.types import Answer, Hit

if TYPE_CHECKING:
    from rag.generate import Writer

Query = str | dict[str, Any]
"""A question, or {"question": …, "as_of": a date or None, "previous": the conversation's earlier questions, oldest first}."""


class PassageRetriever(BaseRetriever):
    """The fused retrieval as a LangChain retriever. Each Document is a passage: `id` its passage id, `page_content` its text,
    `metadata` its place (`doc_id`, `version`, `source`, `title`, `path`, `start`, `end`), `number` in the index and `score`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    assistant: Assistant
    as_of: date | None = None
    previous: tuple[str, ...] = ()
    """The earlier questions of the conversation, oldest first, from which a follow-up is made whole."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        ranking = self.assistant.retrieve(self.assistant.understand(query, self.previous), self.as_of)
        return [_document(self.assistant, number, hit) for number, hit in zip(ranking.numbers, ranking.hits, strict=True)]


class ExtractiveReader(Runnable[dict[str, Any], Answer]):
    """The extractive reader as a Runnable from {"question", "documents"}, and "previous" where there is any, to an Answer; streaming
    yields it sentence by sentence."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    def invoke(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        return self._call_with_config(self._read, input, config)

    def stream(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        whole = self.invoke(input, config)
        yield from (replace(whole, sentences=whole.sentences[:n]) for n in range(1, len(whole.sentences)))
        yield whole

    def _read(self, input: dict[str, Any]) -> Answer:
        return _extracted(self.assistant, input)


class ModelReader(Runnable[dict[str, Any], Answer]):
    """A model as the reader, in the extractive one's place: the same input, the same Answer, and that one's where the model fails.

    "searched" is the follow-up as the question that stands alone, and "tally" the account that its rewriting has begun, where there are
    such. Closing the stream stops the model.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def invoke(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        def last(input: dict[str, Any]) -> Answer:
            *_, answer = self._grown(input)
            return answer

        return self._call_with_config(last, input, config)

    def stream(self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        yield from self._grown(input)

    def _grown(self, input: dict[str, Any]) -> Iterator[Answer]:
        began = time.perf_counter()
        searched = input.get("searched") or input["question"]
        base = _extracted(self.writer.assistant, input | {"question": searched})
        base = replace(base, question=input["question"], searched=searched if searched != input["question"] else base.searched)
        for answer in self.writer.write(base, input.get("tally") or self.writer.tally()):
            yield answer.timed(time.perf_counter() - began)


def _extracted(assistant: Assistant, input: dict[str, Any]) -> Answer:
    """The extractive answer from the documents of the retriever."""
    began = time.perf_counter()
    question = assistant.understand(input["question"], input.get("previous", ()))
    documents: list[Document] = input["documents"]
    numbers = tuple(int(d.metadata["number"]) for d in documents)
    passages = assistant.snapshot.at(numbers)
    hits = tuple(Hit(p, float(d.metadata["score"])) for p, d in zip(passages, documents, strict=True))
    return assistant.read(question, Ranking(numbers, hits)).timed(time.perf_counter() - began)


def make_chain(assistant: Assistant, writer: Writer | None = None) -> Runnable[Query, Answer]:
    """The whole as one Runnable: invoke, batch and stream take a question and give an Answer. With a writer its model answers, and
    makes follow-ups whole. Raises InputError as `ask` does."""
    off()

    def documents(query: dict[str, Any]) -> list[Document]:
        retriever = PassageRetriever(assistant=assistant, as_of=query.get("as_of"), previous=query.get("previous", ()))
        return retriever.invoke(query.get("searched") or query["question"])

    def whole(query: dict[str, Any]) -> dict[str, Any]:
        if writer is None:
            return query
        tally = writer.tally()
        searched = writer.whole(query["question"], query.get("previous", ()), tally)
        return query | {"searched": searched, "previous": (), "tally": tally}

    normal: Runnable[Query, dict[str, Any]] = RunnableLambda(
        lambda query: {"question": query} if isinstance(query, str) else query
    )
    found = RunnablePassthrough.assign(documents=RunnableLambda(documents))
    reader = ModelReader(writer) if writer else ExtractiveReader(assistant)
    return normal | RunnableLambda(whole) | found | reader


def _document(assistant: Assistant, number: int, hit: Hit) -> Document:
    passage = hit.passage
    row = assistant.snapshot.row(passage.doc_id, passage.version)
    place = {"doc_id": row.id, "version": row.version, "source": row.source, "title": row.title, "path": list(passage.path)}
    found = {"start": passage.span.start, "end": passage.span.end, "number": number, "score": hit.score}
    return Document(id=passage.id, page_content=passage.text, metadata=place | found)
