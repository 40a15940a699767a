"""The segments' work, in this process where there is little of it and in worker processes where there is much."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from ingest.processes import Context, end_with_parent
from ingest.segmenting import Places, write_segment
from ingest.staging import Plan
from rag.encoder import Encoder

LARGE = 2_000_000
"""Worker processes are started when there are more characters than this to work on: starting them takes a second."""
_LOOK = 0.5
"""Seconds between two looks at how far the workers are."""

Done = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A segment to write, with where the work of some of its documents has been done, and the characters left to work on."""

    plan: Plan
    done: Places
    new: int


def write_segments(folder: Path, staged: Path, tasks: Sequence[Task], encoder: Encoder, jobs: int, progress: Done) -> int:
    """Write the segments below the folder; returns how many documents' work was done anew. `jobs` 0 means one worker a core.

    `progress` gets the characters of documents as they are done.
    """
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    if workers <= 1 or sum(task.new for task in tasks) <= LARGE:
        return sum(write_segment(folder, staged, task.plan, task.done, encoder, progress) for task in tasks)
    largest_first = sorted(tasks, key=lambda task: -task.new)
    return sum(_parallel(folder, staged, largest_first, encoder, workers, progress))


def _parallel(folder: Path, staged: Path, tasks: Sequence[Task], encoder: Encoder, workers: int, progress: Done) -> Iterator[int]:
    context = Context()
    count: Synchronized[int] = context.Value("q", 0)
    told = 0
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(encoder, count, os.getpid())) as pool:
        running = {pool.submit(_work, folder, staged, task) for task in tasks}
        try:
            while running:
                ended, running = wait(running, _LOOK, FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
                now = count.value
                progress(now - told)
                told = now
        except BaseException:
            for future in running:
                future.cancel()
            raise


_encoder: Encoder | None = None
_count: Synchronized[int] | None = None


def _start(encoder: Encoder, count: Synchronized[int], parent: int) -> None:
    global _encoder, _count
    end_with_parent(parent)
    gc.set_threshold(200_000, 50, 100)  # a document's many small values have no cycles
    _encoder, _count = encoder, count


def _work(folder: Path, staged: Path, task: Task) -> int:
    if _encoder is None:
        raise RuntimeError("the worker was not started with an encoder")
    return write_segment(folder, staged, task.plan, task.done, _encoder, _add)


def _add(characters: int) -> None:
    if _count is not None:
        with _count.get_lock():
            _count.value += characters
