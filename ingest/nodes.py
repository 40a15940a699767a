"""A YAML list of documents, read by its nodes rather than values: `version: 1.10` stays as written, every message names its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ingest.decoding import decode
from ingest.inputs import Caution
from rag.dates import first_day, last_day, parse_partial
from rag.errors import InputError, TenkyoError, UnreadableFile
from rag.types import Meta

DESCRIBING = (
    "file",
    "id",
    "title",
    "publisher",
    "published",
    "version",
    "effective_from",
    "effective_to",
    "groups",
    "url",
    "licence",
)
"""The keys of an item that say what document it is."""

DATES = ("published", "effective_from", "effective_to")
_DEEPEST = 20

Pairs = dict[str, tuple[yaml.Node, yaml.Node]]
"""Key -> the nodes of the key and of its value."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Nodes:
    """A YAML file whose `key` holds a list of items such as `example`. What is wrong in it raises `failure`, what should be looked at
    goes to `cautions`."""

    path: Path
    key: str
    example: str
    failure: type[TenkyoError]
    cautions: list[Caution] = field(default_factory=list)

    def text(self) -> str:
        """The file's text. Raises `failure`, and FileNotFoundError."""
        try:
            return decode(self.path.read_bytes()).removeprefix("\ufeff")
        except UnreadableFile as error:
            raise self.failure(f"{self.path}: {error}") from error
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self.failure(f"{self.path}: 読めないので、アクセス権を確かめてください（{error.strerror}）。") from error

    def top(self, text: str, beside: Collection[str] = ()) -> tuple[Pairs, list[yaml.Node]]:
        """The pairs of the whole file, where the keys `beside` may stand next to the list, and the items of the list."""
        top = self.mapping(self._compose(text), "全体")
        for key, (name, _) in top.items():
            if key != self.key and key not in beside:
                self.caution(name, f"キー「{key}」を知らないので使いません。")
        if self.key not in top:
            raise self.error(None, f"{self.key} がないので、「{self.key}:」の下に「{self.example}」のように並べてください")
        listed = top[self.key][1]
        if not isinstance(listed, yaml.SequenceNode):
            raise self.error(listed, f"{self.key} が一覧ではないので、「{self.example}」のように並べてください")
        return top, listed.value

    def item(self, node: yaml.Node, keys: Collection[str]) -> tuple[Pairs, dict[str, str]]:
        """The pairs of an item of the list, and its single values as they are written; keys that are not known are cautions."""
        pairs = self.mapping(node, f"{self.key} の項目")
        for key, (name, _) in pairs.items():
            if key not in keys:
                self.caution(name, f"キー「{key}」を知らないので使いません（使えるキー: {'、'.join(keys)}）。")
        return pairs, {key: self.word(key, value) for key, (_, value) in pairs.items() if key in keys and key != "groups"}

    def meta(self, node: yaml.Node, pairs: Pairs, words: dict[str, str]) -> Meta:
        """What an item says of its document beside the document's name."""
        dates = {key: self.date(key, pairs[key][1], words[key]) for key in DATES if words.get(key)}
        begins, ends = dates.get("effective_from"), dates.get("effective_to")
        if begins and ends and first_day(begins) > last_day(ends):
            raise self.error(node, "effective_from が effective_to より後なので、日付を確かめてください")
        plain = {key: words.get(key, "") for key in ("publisher", "url", "licence")}
        groups = tuple(self._groups(pairs["groups"][1])) if "groups" in pairs else ()
        return Meta(**plain, **dates, groups=groups)

    def mapping(self, node: yaml.Node | None, what: str) -> Pairs:
        """The pairs of a mapping node, each key once."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what}が「キー: 値」の形ではないので、書き方を直してください")
        pairs: Pairs = {}
        for name, value in node.value:
            key = self.word("キー", name)
            if key in pairs:
                raise self.error(name, f"キー「{key}」が二度あるので、片方を消してください")
            pairs[key] = (name, value)
        return pairs

    def word(self, key: str, node: yaml.Node) -> str:
        """A single value as it is written; empty for null."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, f"{key} が一つの値ではないので、「{key}: 値」の形で書いてください")
        return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value).strip()

    def date(self, key: str, node: yaml.Node, written: str) -> str:
        """The canonical partial date of what is written."""
        try:
            return parse_partial(written)
        except InputError as error:
            raise self.error(node, f"{key} の{error}".rstrip("。")) from error

    def caution(self, node: yaml.Node, reason: str) -> None:
        """Keep a caution about the node's line."""
        self.cautions.append(Caution(self.path.name, f"{node.start_mark.line + 1}行目の{reason}"))

    def error(self, node: yaml.Node | None, reason: str) -> TenkyoError:
        """The failure to raise about the node's line; the reason comes without its full stop."""
        where = f"の{node.start_mark.line + 1}行目" if node else ""
        return self.failure(f"{self.path}{where}: {reason}。")

    def _compose(self, text: str) -> yaml.Node | None:
        """The tree of the YAML text; its depth is checked first, since composing it is recursive."""
        try:
            depth = 0
            for event in yaml.parse(text, Loader=_Loader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > _DEEPEST:
                    raise self.error(None, f"入れ子が深すぎるので、{self.key} の一覧だけにしてください")
            return yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"の{mark.line + 1}行目" if mark else ""
            hint = "字下げ、コロンの後の空白、引用符を確かめてください。"
            raise self.failure(f"{self.path}{where}は YAML として読めないので、{hint}") from error

    def _groups(self, node: yaml.Node) -> Iterator[str]:
        """One group or a list of groups."""
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if word := self.word("groups", each):
                yield word
