"""Fetching public documents into a folder that ingest takes, with a manifest that says what each of them is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from ingest import egov
from ingest.download import NO_MARKS, USUAL, Answer, Downloader, Limits, NotFetched
from ingest.inputs import Caution, Skipped, without_suffix
from ingest.listing import TYPES, Source, check_address, has_suffix, read_listing
from ingest.manifest import NAME as MANIFEST
from ingest.manifest import Entry, manifest_text, read_manifest
from rag.dates import first_day, last_day
from rag.errors import InputError

STATE = ".fetch.json"

_ASIDE = ".fetch.part"


@dataclass(frozen=True, slots=True)
class FetchSummary:
    """What a run did, by the files' paths below the folder; `failed` names sources."""

    fetched: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Skipped, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a fetched file: where it came from, its name and hash, and the headers that ask whether it changed."""

    address: str
    name: str
    hash: str
    marks: Mapping[str, str] = field(default_factory=dict)


def fetch(listing: Path, out: Path, *, api: str = "", limits: Limits = USUAL, progress: Callable[[str], None]) -> FetchSummary:
    """Download what the listing names into the folder; a source that fails is reported and the others go on.

    A file appears whole or not at all, and its manifest entry after it; entries of other files stay. `api` is the address of the law
    API for a listing that gives none.

    Raises:
        InputError: the listing or the folder cannot be used, or another run fills the folder.
        ManifestError: the manifest in the folder is malformed.
    """
    listed = read_listing(listing)
    law_api = listed.api or api or egov.API
    if reason := check_address(law_api):
        raise InputError(f"法令APIの「{law_api}」は{reason}ので、環境変数TENKYO_EGOVを直してください。")
    with Downloader(limits) as downloader, _folder(out):
        run = _Run(out, law_api, downloader)
        done: dict[bool, list[str]] = {True: [], False: []}
        failed: list[Skipped] = []
        for n, source in enumerate(listed.sources, start=1):
            progress(f"取得中 {n}/{len(listed.sources)}: {source.name}")
            try:
                name, changed = run.fetch(source)
                done[changed].append(name)
            except NotFetched as error:
                failed.append(Skipped(source.name, str(error)))
        return FetchSummary(tuple(done[True]), tuple(done[False]), tuple(failed), listed.cautions + run.cautions)


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Hold the folder for one run; nothing half-written outlives it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / ".fetch.lock", timeout=0):
            try:
                yield
            finally:
                (out / _ASIDE).unlink(missing_ok=True)
    except Timeout as error:
        raise InputError(f"「{out}」には別の取得が進行中なので、それが終わってからもう一度実行してください。") from error
    except OSError as error:
        hint = "書き込めるフォルダーを指定し、空き容量を確かめてください。"
        raise InputError(f"「{out}」に書き込めないので（{error.strerror or error}）、{hint}") from error


class _Run:
    """The folder as it stands: its manifest's entries, and what is kept of each listed file."""

    def __init__(self, out: Path, api: str, downloader: Downloader) -> None:
        manifest = read_manifest(out)
        self.cautions = manifest.cautions
        self._entries = {name: replace(entry, line=0) for name, entry in manifest.entries.items()}
        self._out, self._api, self._downloader = out, api, downloader
        self._aside = out / _ASIDE
        self._state = _read_state(out / STATE)

    def fetch(self, source: Source) -> tuple[str, bool]:
        """The name of the source's file, and whether it is another than before. Raises NotFetched and OSError."""
        address = source.url or self._law_address(source)
        before = self._before(source, address)
        answer = self._get(source, address, before.marks if before else NO_MARKS)
        if before and answer.unchanged:
            self._enter(_entry(source, before.name, self._out / before.name))
            return before.name, False
        name = _name(source, answer)
        place = self._out / name
        entry = self._checked(_entry(source, name, self._aside))
        now, old = _hash(self._aside), _hash(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._aside.replace(place)
        self._enter(entry)
        self._state[source.file] = _Kept(address, name, now, dict(answer.marks))
        _write(self._out / STATE, json.dumps({k: asdict(v) for k, v in self._state.items()}, ensure_ascii=False, indent=1))
        return name, now != old

    def _law_address(self, source: Source) -> str:
        law = source.law
        if not law[0].isdecimal():
            self._get(source, egov.search_address(self._api, law, source.as_of), NO_MARKS)
            law = egov.law_id(self._aside, law)
        return egov.text_address(self._api, law, source.as_of)

    def _get(self, source: Source, address: str, marks: Mapping[str, str]) -> Answer:
        try:
            return self._downloader.get(address, self._aside, marks)
        except NotFetched as error:
            raise egov.no_such_law() if source.law and error.status == 404 else error from error

    def _before(self, source: Source, address: str) -> _Kept | None:
        """What is kept of the source, if its file is still the one that was fetched, under the name that the listing gives."""
        kept = self._state.get(source.file)
        if kept is None or kept.address != address or kept.hash != _hash(self._out / kept.name):
            return None
        return kept

    def _checked(self, entry: Entry) -> Entry:
        """The entry, if the manifest is sound with it."""
        shown = f"id「{entry.id}」、version「{entry.version}」"
        for other in self._entries.values():
            if other.file != entry.file and (other.id, other.version) == (entry.id, entry.version):
                raise NotFetched(
                    f"{shown}が「{other.file}」と同じになるので、version を書き分けるか、そのファイルを消してください。"
                )
        begins, ends = entry.meta.effective_from, entry.meta.effective_to
        if begins and ends and first_day(begins) > last_day(ends):
            raise NotFetched(f"施行日（{begins}）が effective_to（{ends}）より後なので、日付を確かめてください。")
        return entry

    def _enter(self, entry: Entry) -> None:
        """Write the entry into the manifest, unless it stands there."""
        if self._entries.get(entry.file) != self._checked(entry):
            self._entries[entry.file] = entry
            _write(self._out / MANIFEST, manifest_text(self._entries.values()))


def _entry(source: Source, name: str, content: Path) -> Entry:
    """What the manifest says of the file: what the listing says, then what the law API says."""
    found = egov.described(content) if source.law else {}
    given = source.meta
    meta = replace(
        given,
        url=given.url or found.get("url", ""),
        published=given.published or found.get("published", ""),
        effective_from=given.effective_from or found.get("effective_from", ""),
        effective_to=given.effective_to or found.get("effective_to", ""),
    )
    identity = source.id or without_suffix(name)
    return Entry(name, 0, identity, source.version or found.get("version", ""), source.title or found.get("title", ""), meta)


def _name(source: Source, answer: Answer) -> str:
    """The file's path, completed by the type of what came."""
    suffix = TYPES.get(answer.type, "")
    if has_suffix(source.file):
        if suffix == ".html" and not PurePosixPath(source.file.lower()).suffix.startswith(".htm"):
            raise NotFetched("文書ではなくウェブページが返ったので、ブラウザーで開いて文書の URL を確かめてください。")
        return source.file
    if not suffix:
        hint = "file に「.pdf」のような拡張子まで書いてください。"
        raise NotFetched(f"文書の形式が URL からもサーバーの応答（{answer.type or '種類なし'}）からも分からないので、{hint}")
    return source.file + suffix


def _hash(file: Path) -> str:
    """The hash of the file; empty when there is none."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _read_state(file: Path) -> dict[str, _Kept]:
    """What is kept of each listed file; nothing where it cannot be read, for it only saves work."""
    try:
        return {key: _Kept(**kept) for key, kept in json.loads(file.read_bytes()).items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def _write(file: Path, text: str) -> None:
    aside = file.with_name(_ASIDE)
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
