"""Files that appear whole or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rag.errors import InputError


@contextmanager
def whole_file(path: Path, bom: bool = False) -> Iterator[TextIO]:
    """A UTF-8 text file to write, put in place of `path` when the block ends; an exception leaves what was there before.

    Raises InputError where the folder cannot be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"「{path}」はふつうのファイルではないので、書き出すファイルの名前を指定してください。")
    if path.is_dir():
        raise InputError(f"「{path}」はフォルダです。書き出すファイルの名前を指定してください。")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(descriptor)
    except OSError as error:
        raise InputError(f"「{path}」に書き出せません（{error}）。書き込めるフォルダを指定してください。") from error
    aside = Path(name)
    try:
        with aside.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            yield file
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except OSError as error:
        raise InputError(f"「{path}」に書き出せません（{error}）。空き容量と権限を確かめてください。") from error
    finally:
        aside.unlink(missing_ok=True)


def _umask() -> int:
    """The mask for new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run."""


def csv_table(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for a spreadsheet: CRLF line ends (RFC 4180), and no cell that would run as a formula."""
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([_inert(cell) for cell in row] for row in rows)


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
