"""Reading files in processes of their own, so that one that hangs, crashes or eats memory costs itself alone.

The kernel ends a reader process that goes too far, inside foreign code too: by an alarm, which every sign of life (ingest.pulse)
puts off, and by a limit on its memory. This process sees the end of the pipe, says why, and starts another one.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock

from ingest.inputs import Problem, Skipped, SourceFile, suffix_of
from ingest.readerprocess import NO_MEMORY
from ingest.readers import SLOW
from ingest.sources import load
from rag.types import Document

SECONDS = 30.0
"""How long a reader may go without a sign of life."""
MEMORY = 2 * 2**30
"""Bytes that a reader may take."""
SMALL = 5_000_000
"""Bytes up to which texts and web pages are read in this process: a reader process takes half a second to start."""

Item = Document | Problem
Read = Callable[[SourceFile], Iterable[Item]]

_STREAMED = frozenset((".jsonl", ".jsonl.xz"))
_AHEAD = 2
_LAST_WORDS = 2.0
_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ingest.readerprocess import serve; serve(*sys.argv[2:])"

_SLOW = "{:g}秒たっても読み取りが進まないので、ファイルを開いて確かめ、保存し直すか分けてください。"
_HEAVY = "読み取りがメモリーの上限（{:.1f}GB）を超えたので、ファイルを分けるか、画像を小さくして保存し直してください。"
_CRASHED = "読み取り中に異常終了したので、ファイルが壊れていないか開いて確かめ、保存し直してください。"


def read_all(
    files: Sequence[SourceFile], jobs: int, *, read: Read = load, seconds: float = SECONDS, memory: int = MEMORY
) -> Generator[tuple[SourceFile, Iterable[Item]]]:
    """Each file, in order, with its documents and what is wrong in it.

    Small texts and JSON Lines are read in this process, when their items are taken. The others are read ahead, up to twice `jobs`
    of them (0: one a core), in as many processes; one that takes its process down gives a `Skipped`. The processes are gone when
    the generator is exhausted or closed, however that comes about, and soon after this process is killed. `read` has to be a
    function of a module, so that the processes can import it.
    """
    workers = jobs or os.cpu_count() or 1
    risky = [_is_risky(file) for file in files]
    coming = deque(file for file, apart in zip(files, risky, strict=True) if apart)
    begun: deque[Future[list[Item]]] = deque()
    readers = _Readers(read, seconds, memory)
    threads = ThreadPoolExecutor(workers, "reader")
    try:
        for file, apart in zip(files, risky, strict=True):
            while coming and len(begun) < _AHEAD * workers:
                begun.append(threads.submit(readers.items, coming.popleft()))
            yield file, begun.popleft().result() if apart else read(file)
    finally:
        readers.close()
        threads.shutdown(cancel_futures=True)


def _is_risky(file: SourceFile) -> bool:
    suffix = suffix_of(file.path.name)
    if suffix in SLOW or suffix in _STREAMED:
        return suffix in SLOW
    try:
        return file.path.stat().st_size > SMALL
    except OSError:
        return False  # which its reader will say


@dataclass(slots=True)
class _Readers:
    """The reader processes, started as they are needed; used by as many threads."""

    read: Read
    seconds: float
    memory: int
    idle: list[_Process] = field(default_factory=list)
    all: list[_Process] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    closed: bool = False

    def items(self, file: SourceFile) -> list[Item]:
        """What a reader process finds in the file, or why it found no end."""
        with self.lock:
            if self.closed:
                return []
            process = self.idle.pop() if self.idle else self._started()
        try:
            process.pipe.send((self.read, file))
            found: list[Item] = pickle.loads(process.pipe.recv_bytes())
        except (EOFError, OSError):
            status = process.end()
            with self.lock:
                self.all.remove(process)
            return [Skipped(file.source, self._reason(status))]
        with self.lock:
            self.idle.append(process)
        return found

    def close(self) -> None:
        """End all processes, at work or not."""
        with self.lock:
            self.closed = True
            for process in self.all:
                process.kill()  # threads that wait for them come back then

    def _started(self) -> _Process:
        process = _Process.started(self.seconds, self.memory)
        self.all.append(process)
        return process

    def _reason(self, status: int) -> str:
        """Why a process ended: SIGKILL comes from the kernel when the whole machine is out of memory."""
        if status == -signal.SIGALRM:
            return _SLOW.format(self.seconds)
        return _HEAVY.format(self.memory / 2**30) if status in (NO_MEMORY, -signal.SIGKILL) else _CRASHED


@dataclass(slots=True, eq=False)
class _Process:
    process: subprocess.Popen[bytes]
    pipe: Connection[object, bytes]

    @classmethod
    def started(cls, seconds: float, memory: int) -> _Process:
        """A new process. Not one of multiprocessing's, which would import this program's main module, be it a whole web app."""
        ours, theirs = Pipe()
        arguments = (json.dumps(sys.path), str(theirs.fileno()), str(seconds), str(memory))
        process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            pass_fds=(theirs.fileno(),),
            start_new_session=True,  # so that what it starts itself ends with it
        )
        theirs.close()
        return cls(process, ours)

    def end(self) -> int:
        """The exit status of a process that has closed its pipe; nothing that it has started is left."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_LAST_WORDS)
        self.kill()
        self.pipe.close()
        return self.process.wait()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
