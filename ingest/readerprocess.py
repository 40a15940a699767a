"""The program of a reader process: files come in by a pipe, what their readers find goes out (see ingest.isolation)."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from lzma import LZMAError
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.inputs import Problem, Skipped, SourceFile
from ingest.pulse import alive, listen
from rag.types import Document

NO_MEMORY = 3
"""The exit status of a process that has run out of memory."""

_LONGEST = 256 * 2**20
_BULKY = "読み取った文書が大きすぎるので、ファイルを分けてください。"
_BROKEN = "{}ために読めないので、ファイルが壊れていないか開いて確かめ、保存し直してください（{}）。"
_KINDS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((zipfile.BadZipFile, zlib.error, LZMAError, EOFError), "圧縮された中身が壊れている"),
    ((RecursionError,), "入れ子が深すぎる"),
    ((UnicodeError,), "文字コードが正しくない"),
    ((SyntaxError,), "XML が壊れている"),  # lxml's errors are of this kind
    ((LookupError, TypeError, ValueError, AttributeError, ArithmeticError), "中身が書式の決まりに合わない"),
)
"""What a person is told of the errors that readers and their libraries meet in damaged files."""


def serve(pipe: str, seconds: str, memory: str) -> None:
    """Read files as they come in by the pipe (a file descriptor) until its other end is closed."""
    _limit_memory(int(memory))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    listen(partial(_put_off, float(seconds), os.getppid()))
    connection: Connection[bytes, tuple[Callable[[SourceFile], Iterable[Document | Problem]], SourceFile]] = Connection(int(pipe))
    while True:
        try:
            read, file = connection.recv()
        except EOFError:
            return
        alive()
        found = _found(read, file)
        signal.setitimer(signal.ITIMER_REAL, 0)  # to be read out may take any time
        connection.send_bytes(found)


def _put_off(seconds: float, parent: int) -> None:
    """Set the alarm anew; end at once where the parent is gone, with Tesseract if that is running."""
    if os.getppid() != parent:
        os.killpg(0, signal.SIGKILL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(memory: int) -> None:
    """Let the process take so many bytes beyond what Python and its libraries have mapped already."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))


def _found(read: Callable[[SourceFile], Iterable[Document | Problem]], file: SourceFile) -> bytes:
    """The pickled list of what the reader finds, with the error that stops it, if one does, as a `Skipped`."""
    items: list[Document | Problem] = []
    try:
        for item in read(file):
            items.append(item)
            alive()
        found = pickle.dumps(items)
    except MemoryError:
        os._exit(NO_MEMORY)
    except Exception as error:  # what a library does with a damaged file, nobody can list
        found = pickle.dumps([*items, Skipped(file.source, _reason(error))])
    return found if len(found) <= _LONGEST else pickle.dumps([Skipped(file.source, _BULKY)])


def _reason(error: Exception) -> str:
    kind = next((said for kinds, said in _KINDS if isinstance(error, kinds)), "予期しない内容がある")
    words = " ".join(str(error).split())[:100]
    return _BROKEN.format(kind, f"{type(error).__name__}: {words}" if words else type(error).__name__)
