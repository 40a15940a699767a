"""From the paths a user names to the files to read, and from a file to its documents."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.decoding import decode
from ingest.inputs import Caution, Problem, Skipped, SourceFile, suffix_of, without_suffix
from ingest.manifest import NAME as MANIFEST
from ingest.manifest import Manifest, read_manifest
from ingest.readers import reader_of, suffixes
from rag.errors import InputError, UnreadableFile
from rag.types import Document

__all__ = ["Caution", "Problem", "Skipped", "SourceFile", "discover", "load"]

_NOT_DOCUMENTS = frozenset((MANIFEST, "glossary.yaml"))


def discover(paths: Sequence[Path], caution: Callable[[Caution], None]) -> list[SourceFile | Skipped]:
    """The files at the paths and in the folders below them, with what each given folder's manifest says of them.

    They come in the order of the paths and by name below each; a file that several paths reach comes once. Hidden files,
    manifest.yaml and glossary.yaml are passed over. What should be looked at in a manifest goes to `caution`.

    Raises:
        InputError: there is no path, or one that does not exist.
        ManifestError: a folder's manifest is malformed.
    """
    if not paths:
        raise InputError("取り込むファイルかフォルダがないので、パスを一つ以上指定してください。")
    taken: set[Path] = set()
    items: list[SourceFile | Skipped] = []
    for path in paths:
        for item in _in_folder(path) if _is_folder(path) else _given(path):
            if isinstance(item, Caution):
                caution(item)
            elif isinstance(item, Skipped):
                items.append(item)
            elif (real := item.path.resolve()) not in taken:
                taken.add(real)
                items.append(item)
    return items


def load(file: SourceFile) -> Iterator[Document | Problem]:
    """The documents of a file and what is wrong in it; a file that cannot be read is a `Skipped`, never an exception."""
    reader = reader_of(suffix_of(file.path.name))
    if reader is None:
        kind = f"拡張子 {suffix_of(file.path.name)} の" if suffix_of(file.path.name) else "拡張子のない"
        yield Skipped(file.source, f"{kind}ファイルは読めないので、{'、'.join(suffixes())} のどれかにしてください。")
        return
    try:
        yield from reader(file)
    except UnreadableFile as error:
        yield Skipped(file.source, str(error))
    except FileNotFoundError:
        yield Skipped(file.source, "読む前になくなったので、ファイルを戻してもう一度取り込んでください。")
    except OSError as error:
        yield Skipped(file.source, f"開けないので、アクセス権とディスクを確かめてください（{error.strerror or error}）。")


def text_of(given: Path | bytes) -> str:
    """The text of a file of any format that can be registered, or of the bytes of a text file.

    Raises InputError where there is none.
    """
    if isinstance(given, bytes):
        try:
            return decode(given)
        except UnreadableFile as error:
            raise InputError(f"入力された文章を読めません。{error}") from error
    if not given.is_file():
        raise InputError(f"ファイル「{given}」がないので、確かめたい文章のファイルを指定してください。")
    found = list(load(SourceFile(given, given.name, without_suffix(given.name))))
    texts = [item.text for item in found if isinstance(item, Document)]
    if not texts:
        reasons = " ".join(item.reason for item in found if isinstance(item, Skipped))
        raise InputError(f"ファイル「{given}」を読めません。{reasons}")
    return "\n\n".join(texts)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        raise InputError(f"「{path}」が見つからないので、パスを確かめてください。") from None
    except OSError as error:
        raise InputError(f"「{path}」を開けないので、アクセス権を確かめてください（{error.strerror}）。") from error


def _given(path: Path) -> Iterator[SourceFile | Problem]:
    """A file that was named itself, hidden or not."""
    if path.name not in _NOT_DOCUMENTS:
        yield _described(path, path.name, path.parent, Manifest())


def _in_folder(folder: Path) -> Iterator[SourceFile | Problem]:
    manifest = read_manifest(folder)
    yield from manifest.cautions
    unreadable: list[Skipped] = []
    found: set[str] = set()
    # Links come after real files, so that a file reached by both keeps its own name.
    for path in sorted(_tree(folder, unreadable), key=lambda p: (p.is_symlink(), p.as_posix())):
        below = path.relative_to(folder).as_posix()
        if path.name == MANIFEST and path.parent != folder:
            yield Caution(_shown(below), "指定したフォルダの直下にないので使いません。使うには、そのフォルダを指定してください。")
        elif path.name not in _NOT_DOCUMENTS:
            item = _described(path, below, folder, manifest)
            found.add(item.source)
            yield item
    yield from unreadable
    for entry in manifest.entries.values():
        if entry.file not in found:
            yield Caution(MANIFEST, f"{entry.line}行目のファイル「{entry.file}」がないので、名前を直すか項目を消してください。")


def _tree(root: Path, unreadable: list[Skipped]) -> Iterator[Path]:
    """What is not hidden and no folder below the root. Each real folder is read once, links to folders after real ones."""
    seen: set[Path] = set()
    folders: list[Path] = [root]
    links: list[Path] = []
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        if (real := folder.resolve()) in seen:
            continue
        seen.add(real)
        try:
            for child in sorted(folder.iterdir()):
                if child.name.startswith("."):
                    continue
                if _leads_to(child, stat.S_ISDIR):
                    (links if child.is_symlink() else folders).append(child)
                else:
                    yield child
        except OSError as error:
            reason = f"フォルダを開けないので、アクセス権を確かめてください（{error.strerror}）。"
            unreadable.append(Skipped(_shown(folder.relative_to(root).as_posix()), reason))


def _leads_to(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether there is something of the kind at the path; not behind a link that leads nowhere, or to no possible name."""
    try:
        return kind(path.stat().st_mode)
    except PermissionError:
        raise
    except OSError:
        return False


def _described(path: Path, below: str, folder: Path, manifest: Manifest) -> SourceFile | Skipped:
    """The file with what the manifest says of it; skipped when it cannot be named or is no file."""
    source = unicodedata.normalize("NFC", below)
    if source != _shown(source):
        return Skipped(_shown(source), "ファイル名の文字コードが UTF-8 ではないので、名前を付け直してください。")
    if not _leads_to(path, stat.S_ISREG):
        return Skipped(source, "通常のファイルではない（リンク切れなど）ので、ファイルそのものを置いてください。")
    entry = manifest.entries.get(source)
    root = str(folder.resolve())
    if entry is None:
        return SourceFile(path, source, without_suffix(source), root=root)
    return SourceFile(path, source, entry.id, entry.version, entry.title, entry.meta, root)


def _shown(name: str) -> str:
    """The name as it can be written: bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")
