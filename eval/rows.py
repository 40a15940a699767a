"""JSON-lines files read row by row: what is wrong with a row is said in one Japanese sentence, and the others go on."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rag.errors import InputError

T = TypeVar("T")


class RowError(ValueError):
    """A row that is not of its format; the message names the file, the line and the key."""


@dataclass(frozen=True, slots=True)
class Row:
    """One JSON object, and where it stands: `place` is the file and line, `prefix` the keys that lead down to the object."""

    place: str
    fields: dict[str, object]
    prefix: str = ""

    def wrong(self, key: str, wanted: str) -> RowError:
        """The error that says what the key holds and what it should hold."""
        if key not in self.fields:
            return RowError(f"{self.place}: キー「{self.prefix}{key}」がありません。{wanted}を書いてください。")
        shown = json.dumps(self.fields[key], ensure_ascii=True)[:60]
        return RowError(f"{self.place}: キー「{self.prefix}{key}」の値が{wanted}ではありません（いまの値: {shown}）。")

    def text(self, key: str) -> str:
        """A string that can be written as UTF-8."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not _writable(value):
            raise self.wrong(key, "文字列")
        return value

    def words(self, key: str) -> str:
        """A string with more than white space in it."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip() or not _writable(value):
            raise self.wrong(key, "空でない文字列")
        return value

    def id(self, key: str = "id") -> str | int:
        """An id, kept in the type it was written in: a string or a whole number."""
        value = self.fields.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, str) and not value.strip()):
            raise self.wrong(key, "空でない文字列か整数")
        return self.text(key) if isinstance(value, str) else value

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.fields.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "整数")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false; the default stands in where the key is missing."""
        value = self.fields.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true か false")
        return value

    def many(self, key: str, optional: bool = False) -> list[object]:
        """A list; an optional one may be missing or null."""
        value = self.fields.get(key)
        if optional and value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "配列")
        return value

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of strings with more than white space in each; empty where it is missing or null."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() and _writable(v) for v in value):
            raise self.wrong(key, "空でない文字列の配列")
        return tuple(value)

    def rows(self, key: str, optional: bool = False) -> Iterator[Row]:
        """The objects of a list, each knowing the way to it."""
        for i, value in enumerate(self.many(key, optional)):
            if not isinstance(value, dict):
                raise self.wrong(key, "オブジェクトの配列")
            yield Row(self.place, value, f"{self.prefix}{key}[{i}].")


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """The values read from a file, in its order, and one sentence for each row that was left out."""

    values: tuple[T, ...]
    problems: tuple[str, ...]


def read_table(path: Path, parse: Callable[[Row], T]) -> Table[T]:
    """Every row of a JSON-lines file (plain, or .xz) through `parse`; blank lines are no rows.

    Raises InputError where the file cannot be read at all.
    """
    values: list[T] = []
    problems: list[str] = []
    for number, line in enumerate(read_bytes(path).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            values.append(parse(_row(f"{path.name} {number}行目", line)))
        except RowError as error:
            problems.append(str(error))
    return Table(tuple(values), tuple(problems))


def read_bytes(path: Path) -> bytes:
    """The file's bytes without a byte-order mark, unpacked where it is .xz; InputError where that fails."""
    try:
        data = path.read_bytes()
        return (lzma.decompress(data) if path.suffix == ".xz" else data).removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError:
        raise InputError(f"ファイル「{path}」が見つかりません。パスを確かめてください。") from None
    except IsADirectoryError:
        raise InputError(f"「{path}」はフォルダです。ファイルを指定してください。") from None
    except (OSError, lzma.LZMAError) as error:
        raise InputError(f"ファイル「{path}」を読めません（{error}）。読み取りの権限と中身を確かめてください。") from error


def _row(place: str, line: bytes) -> Row:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise RowError(f"{place}: 文字コードがUTF-8ではありません。UTF-8で保存してください。") from None
    except (ValueError, RecursionError) as error:
        raise RowError(f"{place}: JSONとして読めません（{error}）。") from None
    if not isinstance(value, dict):
        raise RowError(f"{place}: JSONのオブジェクトではありません。1行に1つの {{…}} を書いてください。")
    return Row(place, value)


def _writable(text: str) -> bool:
    """Whether the text has no lone surrogate, which JSON can hold and UTF-8 cannot."""
    return not any("\ud800" <= c <= "\udfff" for c in text)
