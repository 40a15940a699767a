"""SOURCES.yaml: the public documents to fetch, by address or by law number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

import yaml

from ingest.inputs import Caution
from ingest.nodes import DESCRIBING, Nodes, Pairs
from rag.dates import last_day
from rag.errors import InputError
from rag.types import Meta

TYPES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
"""The suffix of a file by its Content-Type, for an address that shows none."""

_SUFFIXES = frozenset((*TYPES.values(), ".htm", ".markdown", ".jsonl", ".xz", ".doc", ".xls", ".ppt"))
_KEYS = ("url", "law", "as_of", *(key for key in DESCRIBING if key != "url"))
_LAW_ID = re.compile(r"[0-9]{3}[0-9A-Z]{12}")
_LAW_NUMBER = re.compile(r"(?:明治|大正|昭和|平成|令和)[元一二三四五六七八九十]+年[^\s0-9/\\]+")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]')
_LONGEST = 150
"""Bytes of a file name that was made from an address; file systems take 255."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document to fetch: `url`, or `law` by number or id as it stood on the day `as_of`. `file` is its path below the folder, and
    lacks its suffix where only the server can tell; `line` is where the listing names it."""

    line: int
    file: str
    url: str = ""
    law: str = ""
    as_of: str = ""
    id: str = ""
    version: str = ""
    title: str = ""
    meta: Meta = field(default_factory=Meta)

    @property
    def name(self) -> str:
        """What a report calls it, and what is asked for."""
        return self.url or (f"{self.law}（{self.as_of}時点）" if self.as_of else self.law)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a SOURCES.yaml lists; `api` is the address of the law API, empty for the usual one."""

    sources: tuple[Source, ...]
    api: str = ""
    cautions: tuple[Caution, ...] = ()


def read_listing(path: Path) -> Listing:
    """The listing in the file.

    Raises:
        InputError: there is no such file, it is not the YAML that a listing has to be, or two sources give one file.
    """
    nodes = Nodes(path, "sources", "- url: https://…", InputError)
    try:
        text = nodes.text()
    except FileNotFoundError:
        raise InputError(f"「{path}」が見つからないので、パスを確かめてください。") from None
    top, listed = nodes.top(text, beside=("api",))
    api = _address(nodes, top, "api") if "api" in top else ""
    sources: list[Source] = []
    for node in listed:
        source = _source(nodes, node)
        if same := next((s for s in sources if _meet(s.file, source.file)), None):
            raise nodes.error(node, f"ファイル名「{source.file}」が{same.line}行目と重なるので、別の file を書いてください")
        sources.append(source)
    return Listing(tuple(sources), api, tuple(nodes.cautions))


def has_suffix(file: str) -> bool:
    """Whether the file's name shows its format; the rest of `通知.第2版` does not."""
    return PurePosixPath(file.lower()).suffix in _SUFFIXES


def check_address(address: str) -> str:
    """Why the address cannot be asked for; empty when it can."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "URL として読めない"
    if parts.scheme not in ("http", "https"):
        return "http:// か https:// で始まらない"
    if parts.username is not None or parts.password is not None:
        return "利用者名かパスワードを含む"
    return "" if host else "サーバーの名前がない"


def _source(nodes: Nodes, node: yaml.Node) -> Source:
    pairs, words = nodes.item(node, _KEYS)
    if bool(words.get("url")) == bool(words.get("law")):
        raise nodes.error(node, "url と law のどちらか一つだけを書いてください")
    law = _law(nodes, pairs, words["law"]) if words.get("law") else ""
    as_of = nodes.date("as_of", pairs["as_of"][1], words["as_of"]) if words.get("as_of") else ""
    if as_of and not law:
        raise nodes.error(pairs["as_of"][0], "as_of は law にだけ使えるので、消してください")
    as_of = last_day(as_of).isoformat() if as_of else ""
    url = "" if law else _address(nodes, pairs, "url")
    given = _file(nodes, pairs, words["file"]) if words.get("file") else ""
    return Source(
        line=node.start_mark.line + 1,
        file=given or (f"{law}_{as_of}.xml" if as_of else f"{law}.xml" if law else _file_of(urlsplit(url))),
        url=url,
        law=law,
        as_of=as_of,
        id=words.get("id") or law,
        version=words.get("version", ""),
        title=words.get("title", ""),
        meta=nodes.meta(node, pairs, words),
    )


def _address(nodes: Nodes, pairs: Pairs, key: str) -> str:
    node = pairs[key][1]
    address = nodes.word(key, node)
    if reason := check_address(address):
        raise nodes.error(node, f"{key} の「{address}」は{reason}ので、書き直してください")
    return address


def _law(nodes: Nodes, pairs: Pairs, written: str) -> str:
    law = unicodedata.normalize("NFKC", written)
    if not (_LAW_ID.fullmatch(law) or _LAW_NUMBER.fullmatch(law)):
        example = "「令和七年法律第五十三号」のような漢数字の法令番号か、「415AC0000000057」のような法令ID"
        raise nodes.error(pairs["law"][1], f"law の「{written}」は法令番号でも法令IDでもないので、{example}にしてください")
    return law


def _file(nodes: Nodes, pairs: Pairs, written: str) -> str:
    """The path that a person wrote; it stays below the folder and is not hidden, or ingest would pass it over."""
    file = PurePosixPath(unicodedata.normalize("NFC", written))
    if file.is_absolute() or any(part.startswith(".") or _UNSAFE.search(part) for part in file.parts) or not file.parts:
        reason = "フォルダーの中の名前として使えない"
        raise nodes.error(
            pairs["file"][1], f"file の「{written}」は{reason}ので、「.」で始めず「..」や記号のない名前にしてください"
        )
    return file.as_posix()


def _file_of(url: SplitResult) -> str:
    """A safe file name: the last part of the address's path, or its host."""
    last = next((part for part in reversed(url.path.split("/")) if part), "")
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", unquote(last))).strip(". ") or str(url.hostname)
    suffix = PurePosixPath(name).suffix if has_suffix(name) else ""
    stem = name[: len(name) - len(suffix)].encode()[: _LONGEST - len(suffix)].decode(errors="ignore")
    return stem + suffix


def _meet(one: str, other: str) -> bool:
    """Whether the two can become one file; a name without a suffix can get any."""
    one, other = one.casefold(), other.casefold()
    return one == other or any(
        not has_suffix(short) and has_suffix(long) and long.rpartition(".")[0] == short
        for short, long in ((one, other), (other, one))
    )
