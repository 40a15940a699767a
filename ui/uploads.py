"""Files that were given to the app: each batch in a folder of its own with its manifest.yaml, so that the command registers it again."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from ingest.inputs import suffix_of, without_suffix
from ingest.manifest import NAME as MANIFEST
from ingest.readers import suffixes
from rag.errors import InputError
from rag.settings import Settings
from rag.snapshot import DocumentRow

FOLDER = "uploads"
"""The folder's name beside the index; below it every index has its own."""
_LONGEST = 180
"""Bytes of UTF-8 that a file's name may have."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff<>:"|?*#]')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file with what the manifest says of it; `id` is empty for a new document, which gets its file's name."""

    name: str
    content: bytes
    id: str = ""
    title: str = ""
    version: str = ""
    effective_from: str = ""
    groups: tuple[str, ...] = ()


def folder_of(settings: Settings) -> Path:
    """Where the app keeps the files that were given to it for this index."""
    index = settings.index.absolute()
    return index.parent / FOLDER / index.name


def safe_name(name: str) -> str:
    """The file's own name without any path, and without what a file system or a page could take for something else.

    Raises InputError where nothing is left of it or its format cannot be read.
    """
    own = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _UNSAFE.sub("_", own).strip().lstrip(".").strip()
    suffix = suffix_of(plain)
    if suffix not in suffixes():
        raise InputError(
            f"ファイル「{_UNSAFE.sub('_', own)[:80]}」の形式は読めないので、{'、'.join(suffixes())} のどれかにしてください。"
        )
    stem = _cut(plain[: len(plain) - len(suffix)].rstrip(" ."), _LONGEST - len(suffix))
    if not stem:
        raise InputError(f"ファイルの名前「{suffix}」が短すぎるので、文書の名前を付けてください。")
    return stem + plain[len(plain) - len(suffix) :]


def _cut(words: str, size: int) -> str:
    """As much of the words as so many bytes hold."""
    return words.encode()[:size].decode(errors="ignore")


def store(folder: Path, uploads: Sequence[Upload], rows: Collection[DocumentRow]) -> Path:
    """Write the files and their manifest into a new folder below; returns it. `rows` are the registered documents, whose names a new
    document does not take.

    Raises InputError for files that cannot be taken, and where the folder cannot be written; then nothing is left of it.
    """
    if not uploads:
        raise InputError("ファイルが選ばれていないので、登録するファイルを一つ以上選んでください。")
    entries = _entries(uploads, rows)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        batch = Path(tempfile.mkdtemp(prefix=f"{datetime.now():%Y%m%d-%H%M%S}-", dir=folder))
    except OSError as error:
        raise InputError(f"「{folder}」に書き込めない（{error.strerror}）ので、権限と空き容量を確かめてください。") from error
    try:
        for upload, entry in zip(uploads, entries, strict=True):
            (batch / str(entry["file"])).write_bytes(upload.content)
        _write(batch, entries)
    except OSError as error:
        shutil.rmtree(batch, ignore_errors=True)
        raise InputError(f"「{batch}」に書き込めない（{error.strerror}）ので、権限と空き容量を確かめてください。") from error
    return batch


def _entries(uploads: Sequence[Upload], rows: Collection[DocumentRow]) -> list[dict[str, object]]:
    """What the manifest says of each file."""
    taken: set[str] = set()
    versions: dict[tuple[str, str], str] = {}
    out: list[dict[str, object]] = []
    for upload in uploads:
        name = _free(safe_name(upload.name), upload, rows, taken)
        taken.add(name.casefold())
        key = (upload.id or without_suffix(name), upload.version)
        if key in versions:
            raise InputError(f"「{versions[key]}」と「{name}」が同じ文書の同じ版になるので、どちらかの版を変えてください。")
        versions[key] = name
        given = {"title": upload.title, "effective_from": upload.effective_from, "groups": list(upload.groups)}
        out.append({"file": name, "id": key[0], "version": key[1]} | {k: v for k, v in given.items() if v})
    return out


def _free(name: str, upload: Upload, rows: Collection[DocumentRow], taken: set[str]) -> str:
    """The name, with a number where a file of the batch or another registered document has it: an ingest takes a file of the same
    name for the same document."""
    suffix = name[len(without_suffix(name)) :]
    others = {_file(row).casefold() for row in rows if (row.id, row.version) != (upload.id, upload.version)}
    ids = set() if upload.id else {row.id for row in rows}
    number, free = 1, name
    while free.casefold() in taken | others or without_suffix(free) in ids:
        number += 1
        free = f"{without_suffix(name)}-{number}{suffix}"
    return free


def _write(batch: Path, entries: Iterable[dict[str, object]]) -> None:
    words = yaml.safe_dump({"documents": list(entries)}, allow_unicode=True, sort_keys=False)
    (batch / MANIFEST).write_text(words, encoding="utf-8")


def kept(folder: Path, rows: Iterable[DocumentRow]) -> set[Path]:
    """The files below the folder from which registered documents were read."""
    root = folder.resolve()
    return {Path(row.origin.root) / _file(row) for row in rows if row.origin.root and Path(row.origin.root).parent == root}


def discard(files: Iterable[Path]) -> None:
    """Delete files of batches, what their manifests say of them, and batches without files."""
    for file in files:
        file.unlink(missing_ok=True)
        manifest = file.parent / MANIFEST
        if not manifest.is_file():
            continue
        entries = yaml.safe_load(manifest.read_text(encoding="utf-8"))["documents"]
        left = [entry for entry in entries if (file.parent / entry["file"]).is_file()]
        if left:
            _write(file.parent, left)
        else:
            shutil.rmtree(file.parent, ignore_errors=True)


def _file(row: DocumentRow) -> str:
    """The file that a document was read from, of a line of JSON Lines too."""
    return row.source.partition("#")[0]
