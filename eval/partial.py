"""What a run has done so far, kept beside its output, so that one that was interrupted goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from rag.errors import InputError


class Partial:
    """Records of a run, a JSON line each, written as they come. `done` counts those of an earlier run with the same key."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        self._file = file
        self._begins = 0
        self.done = 0
        self._recover(key)

    def __iter__(self) -> Iterator[Any]:
        """The records of the earlier run, then those added since, each read when it is asked for."""
        self._file.flush()
        at = self._begins
        while True:
            self._file.seek(at)
            line = self._file.readline()
            if not line:
                return
            at = self._file.tell()
            yield json.loads(line)

    def add(self, record: object) -> None:
        """Keep one more; it is there even if this process is killed right after."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(_line(record))
        self._file.flush()

    def _recover(self, key: str) -> None:
        """Take over the whole lines of a file that begins with the key; any other is begun anew, and a torn last line is cut off."""
        self._file.seek(0)
        head, end = _line(key), 0
        if self._file.readline() == head:
            end = self._file.tell()
            for line in self._file:
                if not line.endswith(b"\n"):
                    break
                end += len(line)
                self.done += 1
        self._file.seek(end)
        self._file.truncate()
        if not end:
            self._file.write(head)
        self._begins = len(head)


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


@contextmanager
def partial(output: Path, key: str, tell: Callable[[str], None]) -> Iterator[Partial]:
    """The records kept for an output, gone when the block ends well; an exception leaves them for the next run with the same key.

    Raises InputError where the folder cannot be written, or another run is writing the same output.
    """
    path = output.with_name(f".{output.name}.part")
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        file = path.open("r+b" if path.exists() else "w+b")
    except Timeout as error:
        raise InputError(f"「{output}」には別の実行が書き出し中なので、終わるのを待つか、別の名前を指定してください。") from error
    except OSError as error:
        lock.release()
        raise InputError(f"「{output}」に書き出せません（{error}）。書き込めるフォルダを指定してください。") from error
    try:
        with file:
            kept = Partial(file, key)
            if kept.done:
                tell(f"前回の続きから始めます（{kept.done:,}問は回答済みです）")
            yield kept
        path.unlink()
    except BaseException:
        if _records(path):
            tell("ここまでの回答は残してあるので、同じコマンドをもう一度実行すると続きから始めます")
        else:
            path.unlink(missing_ok=True)
        raise
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _records(path: Path) -> bool:
    """Whether a record follows the key."""
    try:
        with path.open("rb") as file:
            return bool(file.readline() and file.readline())
    except OSError:
        return False
