"""manifest.yaml: what a folder says of its documents. A malformed one stops the run, for its dates decide what answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from ingest.inputs import Caution, without_suffix
from ingest.nodes import DESCRIBING, Nodes
from rag.errors import ManifestError
from rag.types import Meta

NAME = "manifest.yaml"

_META = ("publisher", "published", "effective_from", "effective_to", "groups", "url", "licence")


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a manifest; `file` is its path below the manifest's folder, `line` where the manifest names it."""

    file: str
    line: int
    id: str
    version: str = ""
    title: str = ""
    meta: Meta = field(default_factory=Meta)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of a manifest by file, and what should be looked at in it."""

    entries: dict[str, Entry] = field(default_factory=dict)
    cautions: tuple[Caution, ...] = ()


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest; an empty one when the folder has none.

    Raises:
        ManifestError: it is not the YAML that a manifest has to be, or names a file or a version twice, or a date that is none.
    """
    nodes = Nodes(folder / NAME, "documents", "- file: 規程.md", ManifestError)
    try:
        text = nodes.text()
    except FileNotFoundError:
        return Manifest()
    return Manifest(_entries(nodes, text), tuple(nodes.cautions))


def manifest_text(entries: Iterable[Entry]) -> str:
    """The manifest that `read_manifest` reads as these entries, but for their lines."""
    documents = [{key: value for key, value in _values(entry).items() if value} for entry in entries]
    return yaml.safe_dump({"documents": documents}, allow_unicode=True, sort_keys=False, width=1000)


def _values(entry: Entry) -> dict[str, str | list[str]]:
    named = {key: getattr(entry, key) for key in ("file", "id", "version", "title")}
    return named | {key: getattr(entry.meta, key) for key in _META} | {"groups": list(entry.meta.groups)}


def _entries(nodes: Nodes, text: str) -> dict[str, Entry]:
    _, listed = nodes.top(text)
    entries: dict[str, Entry] = {}
    versions: dict[tuple[str, str], Entry] = {}
    for node in listed:
        entry = _entry(nodes, node)
        if earlier := entries.get(entry.file):
            raise nodes.error(node, f"ファイル「{entry.file}」は{earlier.line}行目にもあるので、片方を消してください")
        if same := versions.get((entry.id, entry.version)):
            shown = f"id「{entry.id}」、version「{entry.version}」"
            raise nodes.error(node, f"{shown}は{same.line}行目と同じなので、どちらかの version を変えてください")
        entries[entry.file] = versions[entry.id, entry.version] = entry
    return entries


def _entry(nodes: Nodes, node: yaml.Node) -> Entry:
    pairs, words = nodes.item(node, DESCRIBING)
    if not words.get("file"):
        raise nodes.error(node, "file がないので、文書のファイル名を書いてください")
    file = unicodedata.normalize("NFC", PurePosixPath(words["file"]).as_posix())
    return Entry(
        file=file,
        line=node.start_mark.line + 1,
        id=words.get("id") or without_suffix(file),
        version=words.get("version", ""),
        title=words.get("title", ""),
        meta=nodes.meta(node, pairs, words),
    )
