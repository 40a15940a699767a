"""Work shared by processes, which can be started from any program, a web app among them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, TypeVar

from rag.errors import InputError

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 3
"""Chunks that are handed out or done and not yet taken, for each process: what bounds the memory."""


def shared(work: Callable[[T], R], chunks: Iterable[T], workers: int, start: Callable[..., None], *arguments: Any) -> Iterator[R]:
    """What the work makes of each chunk, in order, by so many processes, each of which runs `start(*arguments)` first.

    Both are functions of importable modules. Raises InputError where a process was ended from outside.
    """
    begin = (os.getpid(), start, arguments)
    with ProcessPoolExecutor(workers, mp_context=_Context(), initializer=_begin, initargs=begin) as pool:
        running: deque[Future[R]] = deque()
        try:
            for chunk in chunks:
                if len(running) >= workers * _AHEAD:
                    yield running.popleft().result()
                running.append(pool.submit(work, chunk))
            while running:
                yield running.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "並列に動かしていたプロセスが外から止められたので、メモリーの空きを確かめ、--jobs の数を減らしてもう一度実行してください。"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(parent: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    _end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the work, and says so once
    start(*arguments)


def _end_with(parent: int) -> None:
    """Let this process be killed when the one that started it ends, however that ends (Linux; elsewhere nothing is done)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


class _Process(SpawnProcess):
    """A spawned process that does not run the main module: this may be a page of the app, which only Streamlit can run."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the one hook that multiprocessing gives
        main, none = sys.modules["__main__"], ModuleType("__main__")
        sys.modules["__main__"] = none
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            if sys.modules["__main__"] is none:  # else a thread of Streamlit has begun to run a page
                sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Process
