"""Reading the files of a run: what the index knows of a file that has not changed is taken from there, the others are read."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.editions import named, same_document
from ingest.inputs import Caution, Problem, Skipped, SourceFile, suffix_of, without_suffix
from ingest.isolation import read_all
from ingest.manifest import NAME as MANIFEST
from ingest.previous import Previous
from ingest.readers import READERS_VERSION, SLOW
from rag.snapshot import DocumentRow
from rag.stored import Origin, dump_meta
from rag.types import Document


@dataclass(frozen=True, slots=True)
class Read:
    """A document with where it came from."""

    document: Document
    origin: Origin


@dataclass(slots=True)
class Originals:
    """Keeps copies of paged files below `folder`, for their pages to be shown."""

    folder: Path
    previous: Previous
    kept: dict[str, str] = field(default_factory=dict)

    def keep(self, file: SourceFile) -> str:
        """Copy the file, unless the index has it already; returns the name of the copy, the hash of its bytes."""
        name = f"{_digest(file.path)}{file.path.suffix.lower()}"
        if self.previous.original(name) is None and not (self.folder / name).is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, self.folder / name)
        return name


def read(
    files: Sequence[SourceFile | Skipped], previous: Previous, originals: Originals, jobs: int, progress: Callable[[str], None]
) -> Iterator[Read | Problem]:
    """The documents of the files and what is wrong in them, in the order of the files.

    A document with the id and version of an earlier one becomes a `Skipped` that names both.
    """
    files = _versions(files)
    states = [_state(file) for file in files]
    known = [previous.states.get((file.source, state), ()) if state else () for file, state in zip(files, states, strict=True)]
    unread = [f for f, rows in zip(files, known, strict=True) if isinstance(f, SourceFile) and not rows]
    first: dict[tuple[str, str], str] = {}
    with closing(read_all(unread, jobs)) as fresh:
        for n, (file, state, rows) in enumerate(zip(files, states, known, strict=True), start=1):
            progress(f"読み込み中 {n}/{len(files)}: {file.source}")
            if isinstance(file, Skipped):
                yield file
                continue
            for item in _again(file, rows, previous) if rows else _now(file, state, next(fresh)[1], originals):
                yield _distinct(item, first)


def _state(file: SourceFile | Skipped) -> str:
    """The hash of the file's bytes and of all that decides how they are read, where reading takes long; else empty."""
    if isinstance(file, Skipped) or suffix_of(file.path.name) not in SLOW:
        return ""
    try:
        content = _digest(file.path)
    except OSError:
        return ""
    told = (READERS_VERSION, content, file.id, file.version, file.title, dump_meta(file.meta), file.root)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _again(file: SourceFile, rows: Sequence[DocumentRow], previous: Previous) -> Iterator[Read | Problem]:
    """The documents of a file that has not changed, as the index has them."""
    for row in rows:
        document = previous.document(row)
        if document is None:
            yield Skipped(file.source, "前の索引が壊れていて読めないので、もう一度登録してください。")
        else:
            yield Read(document, row.origin)
            yield from (Caution(file.source, reason) for reason in row.origin.cautions)


def _now(file: SourceFile, state: str, items: Iterable[Document | Problem], originals: Originals) -> Iterator[Read | Problem]:
    """The documents of a file that is read now; those of a file in a slow format with what was to be looked at in it."""
    told = (named(item) if isinstance(item, Document) else item for item in items)
    if not state:
        yield from (Read(item, Origin(file.root)) if isinstance(item, Document) else item for item in told)
        return
    found = list(told)
    problems = [item for item in found if not isinstance(item, Document)]
    whole = not any(isinstance(problem, Skipped) for problem in problems)
    cautions = tuple(problem.reason for problem in problems)
    for item in found:
        if isinstance(item, Document):
            original = originals.keep(file) if item.layout else ""
            yield Read(item, Origin(file.root, state if whole else "", original, cautions))
    yield from problems


def _versions(files: Sequence[SourceFile | Skipped]) -> list[SourceFile | Skipped]:
    """The files, those that are named as versions of one document (規程_v1.pdf, 規程_v2.pdf) with the same id."""
    unnamed = [f.source for f in files if isinstance(f, SourceFile) and not f.version and f.id == without_suffix(f.source)]
    same = same_document(unnamed)
    return [
        replace(f, id=same[f.source][0], version=same[f.source][1]) if isinstance(f, SourceFile) and f.source in same else f
        for f in files
    ]


def _distinct(item: Read | Problem, first: dict[tuple[str, str], str]) -> Read | Problem:
    if not isinstance(item, Read):
        return item
    document = item.document
    key = (document.id, document.version)
    if key in first:
        same = f"先に読んだ「{first[key]}」と同じ文書（id「{document.id}」、version「{document.version}」）になる"
        return Skipped(document.source, f"{same}ので、{MANIFEST} で id か version を分けてください。")
    first[key] = document.source
    return item


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
