"""manifest.yaml: what a folder says of its documents. A malformed one stops the run, for its dates decide what answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from ingest.decoding import decode
from ingest.inputs import Caution, without_suffix
from rag.dates import first_day, last_day, parse_partial
from rag.errors import InputError, ManifestError, UnreadableFile
from rag.types import Meta

NAME = "manifest.yaml"

_KEYS = ("file", "id", "title", "publisher", "published", "version", "effective_from", "effective_to", "groups", "url", "licence")
_DATES = ("published", "effective_from", "effective_to")
_DEEPEST = 20

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    path = folder / NAME
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError:
        return Manifest()
    except UnreadableFile as error:
        raise ManifestError(f"{path}: {error}") from error
    except OSError as error:
        raise ManifestError(f"{path}: 読めないので、アクセス権を確かめてください（{error.strerror}）。") from error
    return _Parser(path).manifest(text.removeprefix("\ufeff"))


@dataclass(slots=True)
class _Parser:
    """Reads YAML nodes rather than values: `version: 1.10` stays as written, and every message names its line."""

    path: Path
    cautions: list[Caution] = field(default_factory=list)

    def manifest(self, text: str) -> Manifest:
        top = self._mapping(self._compose(text), "全体")
        for key, (name, _) in top.items():
            if key != "documents":
                self._caution(name, f"キー「{key}」を知らないので使いません。")
        if "documents" not in top:
            raise self._error(None, "documents がないので、「documents:」の下に「- file: 規程.md」のように並べてください")
        listed = top["documents"][1]
        if not isinstance(listed, yaml.SequenceNode):
            raise self._error(listed, "documents が一覧ではないので、「- file: 規程.md」のように並べてください")
        entries: dict[str, Entry] = {}
        versions: dict[tuple[str, str], Entry] = {}
        for node in listed.value:
            entry = self._entry(node)
            if earlier := entries.get(entry.file):
                raise self._error(node, f"ファイル「{entry.file}」は{earlier.line}行目にもあるので、片方を消してください")
            if same := versions.get((entry.id, entry.version)):
                shown = f"id「{entry.id}」、version「{entry.version}」"
                raise self._error(node, f"{shown}は{same.line}行目と同じなので、どちらかの version を変えてください")
            entries[entry.file] = versions[entry.id, entry.version] = entry
        return Manifest(entries, tuple(self.cautions))

    def _compose(self, text: str) -> yaml.Node | None:
        """The tree of the YAML text; its depth is checked first, since composing it is recursive."""
        try:
            depth = 0
            for event in yaml.parse(text, Loader=_Loader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > _DEEPEST:
                    raise self._error(None, "入れ子が深すぎるので、documents の一覧だけにしてください")
            return yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"の{mark.line + 1}行目" if mark else ""
            hint = "字下げ、コロンの後の空白、引用符を確かめてください。"
            raise ManifestError(f"{self.path}{where}は YAML として読めないので、{hint}") from error

    def _entry(self, node: yaml.Node) -> Entry:
        pairs = self._mapping(node, "documents の項目")
        for key, (name, _) in pairs.items():
            if key not in _KEYS:
                self._caution(name, f"キー「{key}」を知らないので使いません（使えるキー: {'、'.join(_KEYS)}）。")
        words = {key: self._word(key, value) for key, (_, value) in pairs.items() if key in _KEYS and key != "groups"}
        if not words.get("file"):
            raise self._error(node, "file がないので、文書のファイル名を書いてください")
        file = unicodedata.normalize("NFC", PurePosixPath(words["file"]).as_posix())
        dates = {key: self._date(key, pairs[key][1], words[key]) for key in _DATES if words.get(key)}
        begins, ends = dates.get("effective_from"), dates.get("effective_to")
        if begins and ends and first_day(begins) > last_day(ends):
            raise self._error(node, "effective_from が effective_to より後なので、日付を確かめてください")
        plain = {key: words.get(key, "") for key in ("publisher", "url", "licence")}
        groups = tuple(self._groups(pairs["groups"][1])) if "groups" in pairs else ()
        return Entry(
            file=file,
            line=node.start_mark.line + 1,
            id=words.get("id") or without_suffix(file),
            version=words.get("version", ""),
            title=words.get("title", ""),
            meta=Meta(**plain, **dates, groups=groups),
        )

    def _mapping(self, node: yaml.Node | None, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key -> the nodes of the key and of its value."""
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, f"{what}が「キー: 値」の形ではないので、書き方を直してください")
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for name, value in node.value:
            key = self._word("キー", name)
            if key in pairs:
                raise self._error(name, f"キー「{key}」が二度あるので、片方を消してください")
            pairs[key] = (name, value)
        return pairs

    def _word(self, key: str, node: yaml.Node) -> str:
        """A single value as it is written; empty for null."""
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, f"{key} が一つの値ではないので、「{key}: 値」の形で書いてください")
        return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value).strip()

    def _date(self, key: str, node: yaml.Node, written: str) -> str:
        try:
            return parse_partial(written)
        except InputError as error:
            raise self._error(node, f"{key} の{error}".rstrip("。")) from error

    def _groups(self, node: yaml.Node) -> Iterator[str]:
        """One group or a list of groups."""
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if word := self._word("groups", each):
                yield word

    def _caution(self, node: yaml.Node, reason: str) -> None:
        self.cautions.append(Caution(NAME, f"{node.start_mark.line + 1}行目の{reason}"))

    def _error(self, node: yaml.Node | None, reason: str) -> ManifestError:
        where = f"の{node.start_mark.line + 1}行目" if node else ""
        return ManifestError(f"{self.path}{where}: {reason}。")
