"""The same work for many tasks over one index: in this process, or in several that each open the index; results in the tasks' order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.processes import shared

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.encoder import Encoder
    from rag.scope import Scope
    from rag.settings import Settings

T = TypeVar("T")
R = TypeVar("R")

FEW = 200
"""Fewer tasks than this are done in this process unless a number of processes is asked for: to start one takes seconds."""
CHUNK = 16
"""So many tasks go to a process at a time."""


def ordered(assistant: Assistant, work: Callable[[Assistant, T], R], tasks: Sequence[T], jobs: int = 0) -> Iterator[R]:
    """What the work makes of each task, in order. `jobs` processes share it; 0 means one a core where there is much to do.

    The work is a function of a module (or a `functools.partial` of one), and it gets an assistant that is equal to the given one.

    Raises InputError where a process was ended from outside.
    """
    workers = min(jobs or (os.cpu_count() or 1 if len(tasks) >= FEW else 1), -(-len(tasks) // CHUNK))
    if workers <= 1:
        yield from (work(assistant, task) for task in tasks)
        return
    snapshot = assistant.snapshot
    chunks = (tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK))
    opened = (snapshot.folder, snapshot.scope, assistant.encoder, assistant.settings)
    yield from chain.from_iterable(shared(partial(_each, work), chunks, workers, _open, *opened))


_assistant: Any = None


def _open(folder: Path, scope: Scope, encoder: Encoder, settings: Settings) -> None:
    """Open the very snapshot that the parent has, though another may be current by now."""
    global _assistant
    import faiss

    from rag.assistant import Assistant
    from rag.snapshot import Snapshot

    faiss.omp_set_num_threads(1)  # there is a process for every core
    _assistant = Assistant(Snapshot(folder), encoder, settings).within(scope)


def _each(work: Callable[[Any, T], R], tasks: Sequence[T]) -> list[R]:
    return [work(_assistant, task) for task in tasks]
