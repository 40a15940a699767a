"""What goes into a run and what goes wrong in it: a file with what its manifest says, a file skipped, a caution."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rag.layout import Layout
from rag.types import Document, Meta, Page


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read. `source` is its path below the ingested folder `root`; the rest is from the manifest or from the path."""

    path: Path
    source: str
    id: str
    version: str = ""
    title: str = ""
    meta: Meta = field(default_factory=Meta)
    root: str = ""

    def document(self, text: str, title: str = "", pages: tuple[Page, ...] = (), layout: Layout | None = None) -> Document:
        """The file as one document. The manifest's title wins over the one found in the text, the file's name comes last."""
        name = self.title or title or PurePosixPath(without_suffix(self.source)).name
        return Document(self.id, self.version, self.source, name, text, pages, self.meta, layout)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that gave no document; the reason is Japanese and says what to do."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something a person should look at in an input that was taken all the same."""

    source: str
    reason: str


Problem = Skipped | Caution


def suffix_of(name: str) -> str:
    """The suffix that decides the format, in lower case: `.jsonl.xz` counts as one."""
    path = PurePosixPath(name.lower())
    return "".join(path.suffixes[-2:]) if path.suffix == ".xz" else path.suffix


def without_suffix(source: str) -> str:
    """The path without the suffix that decides its format: the id of a document that no manifest names."""
    suffix = suffix_of(source)
    return source[: -len(suffix)] if suffix else source
