"""The documents' work, in this process where there is little of it and in worker processes where there is much."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ingest.processes import shared
from ingest.record import Places, Record, Recorder
from ingest.staging import Plan
from rag.encoder import Encoder

LARGE = 2_000_000
"""Worker processes are started when there are more characters than this to work on: starting them takes a second."""
CHUNK = 150_000
"""So many characters, or one document, are worked on at a time."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Documents by their rows in the staging database, with where their work has been done."""

    rows: tuple[int, ...]
    done: tuple[tuple[Path, int] | None, ...]


def records(staged: Path, plans: Sequence[Plan], done: Places, encoder: Encoder, jobs: int) -> Generator[Record]:
    """The records of the plans' documents, in order. `jobs` 0 means one worker a core.

    Raises InputError where a worker was ended from outside.
    """
    chunks = list(_chunks(plans, done))
    workers = min(jobs or os.cpu_count() or 1, len(chunks))
    if workers <= 1 or sum(sum(plan.sizes) for plan in plans) <= LARGE:
        with closing(Recorder(staged, encoder)) as recorder:
            for chunk in chunks:
                yield from _recorded(recorder, chunk)
    else:
        yield from chain.from_iterable(shared(_work, chunks, workers, _start, staged, encoder))


def _chunks(plans: Sequence[Plan], done: Places) -> Iterator[_Chunk]:
    rows: list[int] = []
    places: list[tuple[Path, int] | None] = []
    size = 0
    for plan in plans:
        for row, key, characters in zip(plan.rows, plan.keys, plan.sizes, strict=True):
            if rows and size + characters > CHUNK:
                yield _Chunk(tuple(rows), tuple(places))
                rows, places, size = [], [], 0
            rows.append(row)
            places.append(done.get(key))
            size += characters
    if rows:
        yield _Chunk(tuple(rows), tuple(places))


_recorder: Recorder | None = None


def _start(staged: Path, encoder: Encoder) -> None:
    global _recorder
    gc.set_threshold(200_000, 50, 100)  # a document's many small values have no cycles
    _recorder = Recorder(staged, encoder)


def _work(chunk: _Chunk) -> list[Record]:
    if _recorder is None:
        raise RuntimeError("the worker was not started with a recorder")
    return list(_recorded(_recorder, chunk))


def _recorded(recorder: Recorder, chunk: _Chunk) -> Iterator[Record]:
    for row, done in zip(chunk.rows, chunk.done, strict=True):
        yield recorder.record(row, done)
