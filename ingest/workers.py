"""The documents' work, in this process for small inputs and in worker processes for large ones."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain

from ingest.entry import Entry, make_entry
from rag.encoder import Encoder
from rag.types import Document

LARGE = 2_000_000
"""Worker processes are started when there are more characters than this to work on: starting them takes a second."""

_encoder: Encoder | None = None


def entries(documents: Iterable[tuple[str, Document]], encoder: Encoder, jobs: int) -> Iterator[tuple[str, Entry]]:
    """The entry of each keyed document, in order. `jobs` 0 means one worker a core."""
    workers = jobs or os.cpu_count() or 1
    if workers == 1:
        yield from ((key, make_entry(document, encoder)) for key, document in documents)
        return
    waiting = iter(documents)
    first: list[tuple[str, Document]] = []
    size = 0
    for item in waiting:
        first.append(item)
        size += len(item[1].text)
        if size > LARGE:
            break
    else:
        for key, document in first:
            yield key, make_entry(document, encoder)
        return
    yield from _parallel(chain(first, waiting), encoder, workers)


def _parallel(documents: Iterable[tuple[str, Document]], encoder: Encoder, workers: int) -> Iterator[tuple[str, Entry]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(encoder,)) as pool:
        running: deque[tuple[str, Future[Entry]]] = deque()
        for key, document in documents:
            running.append((key, pool.submit(_work, document)))
            if len(running) > 4 * workers:
                done, future = running.popleft()
                yield done, future.result()
        for key, future in running:
            yield key, future.result()


def _start(encoder: Encoder) -> None:
    global _encoder
    _encoder = encoder


def _work(document: Document) -> Entry:
    if _encoder is None:
        raise RuntimeError("the worker was not started with an encoder")
    return make_entry(document, _encoder)
