"""Fetching from a real server on loopback that behaves well, badly, and like the law API."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import certifi
import pytest
from filelock import FileLock

from ingest.download import Limits
from ingest.fetch import FetchSummary, fetch
from ingest.inputs import SourceFile
from ingest.listing import read_listing
from ingest.manifest import read_manifest
from ingest.sources import discover
from rag.errors import InputError, ManifestError

QUICK = Limits(pace=0, silence=0.5, whole=5, backoff=0.02, longest=0.1, attempts=3, size=20_000)
AI_ACT = "令和七年法律第五十三号"
LAW = """<?xml version="1.0" encoding="UTF-8"?>
<law_data_response>
  <attached_files_info><attached_files><attached_file><law_revision_id>別のもの</law_revision_id></attached_file></attached_files></attached_files_info>
  <law_info><law_type>Act</law_type><law_id>507AC0000000053</law_id><law_num>令和七年法律第五十三号</law_num>
    <promulgation_date>2025-06-04</promulgation_date></law_info>
  <revision_info><law_revision_id>507AC0000000053_{start}_000000000000000</law_revision_id>
    <law_title>人工知能関連技術の研究開発及び活用の推進に関する法律</law_title>
    <amendment_enforcement_date>{day}</amendment_enforcement_date>{more}</revision_info>
  <law_full_text><Law><LawNum>令和七年法律第五十三号</LawNum><LawBody><law_info><law_title>本文の中</law_title></law_info>
    <LawTitle>人工知能関連技術の研究開発及び活用の推進に関する法律</LawTitle></LawBody></Law></law_full_text>
</law_data_response>"""


@dataclass
class Reply:
    """What a path answers; `declared` is another Content-Length than the body's (-1: none). The seconds are spent before it, after each
    byte, and at its end."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None
    pause: float = 0
    drip: float = 0
    hold: float = 0


class Site(ThreadingHTTPServer):
    """Answers each path with its replies in turn, the last one for ever, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[tuple[str, dict[str, str], float]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self, path: str, *replies: Reply) -> str:
        self.replies[path] = list(replies)
        return self.url + path

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # the fetcher hung up, as some tests want


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers), time.monotonic()))
        replies = self.server.replies.get(urlsplit(self.path).path, [Reply(404)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.headers.get("ETag") and self.headers.get("If-None-Match") == reply.headers["ETag"]:
            reply = Reply(304)
        time.sleep(reply.pause)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.declared != -1:
            self.send_header("Content-Length", str(len(reply.body) if reply.declared is None else reply.declared))
        self.end_headers()
        for n in range(len(reply.body)) if reply.drip else ():
            self.wfile.write(reply.body[n : n + 1])
            time.sleep(reply.drip)
        if not reply.drip:
            self.wfile.write(reply.body)
        self.wfile.flush()
        time.sleep(reply.hold)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(autouse=True)
def one_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One certificate authority instead of all, which take 0.1 s to load each time."""
    first = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    (tmp_path / "authority.pem").write_text("".join(first[:2]), encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def text(body: str = "第1条　本文\n", **headers: str) -> Reply:
    return Reply(
        200, body.encode(), {"Content-Type": "text/plain; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
    )


def run(folder: Path, sources: str, *, limits: Limits = QUICK, api: str = "") -> FetchSummary:
    listing = folder / "sources.yaml"
    listing.write_text(sources, encoding="utf-8")
    return fetch(listing, folder / "out", api=api, limits=limits, progress=lambda line: None)


def shown(folder: Path) -> list[str]:
    """The files that are not hidden, below the folder that was filled."""
    return sorted(
        p.relative_to(folder / "out").as_posix() for p in (folder / "out").rglob("*") if p.is_file() and p.name[0] != "."
    )


def only_reason(summary: FetchSummary) -> str:
    assert (summary.fetched, summary.unchanged) == ((), ())
    [failed] = summary.failed
    assert failed.reason.endswith("ください。")
    return failed.reason


def test_documents_arrive_with_a_manifest_that_ingest_takes(tmp_path: Path, site: Site) -> None:
    site.put("/a.txt", text("甲"))
    site.put("/guide", Reply(200, b"%PDF-1.7", {"Content-Type": "application/pdf"}))
    site.put("/%E8%A6%8F%E7%A8%8B.html", Reply(200, b"<p>x</p>", {"Content-Type": "text/html"}))
    listed = f"""sources:
  - url: {site.url}/a.txt
    file: 内閣府/a.txt
    id: plan
    title: 基本計画
    publisher: 内閣府
    published: 令和7年12月
    version: 1.10
    groups: [全社, 法務]
    licence: 公共データ利用規約（第1.0版）
  - url: {site.url}/guide?x=1
  - url: {site.url}/規程.html
"""
    summary = run(tmp_path, listed)
    assert summary == FetchSummary(("内閣府/a.txt", "guide.pdf", "規程.html"))
    assert shown(tmp_path) == ["guide.pdf", "manifest.yaml", "内閣府/a.txt", "規程.html"]
    assert (tmp_path / "out/内閣府/a.txt").read_text(encoding="utf-8") == "甲"
    items = [
        item for item in discover([tmp_path / "out"], lambda caution: pytest.fail(caution.reason)) if isinstance(item, SourceFile)
    ]
    first = next(item for item in items if item.source == "内閣府/a.txt")
    assert (first.id, first.version, first.title) == ("plan", "1.10", "基本計画")
    assert (first.meta.published, first.meta.groups, first.meta.url) == ("2025-12", ("全社", "法務"), f"{site.url}/a.txt")
    assert [item.id for item in items] == ["guide", "plan", "規程"]
    assert {headers["User-Agent"].partition("/")[0] for _, headers, _ in site.asked} == {"tenkyo"}
    assert all(headers["User-Agent"].endswith("(+document fetcher)") for _, headers, _ in site.asked)


def test_a_second_run_asks_whether_anything_changed(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", text(ETag='"v1"', Last_Modified="Mon, 02 Mar 2026 00:00:00 GMT"))
    run(tmp_path, f"sources: [{{url: '{url}'}}]")
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in (tmp_path / "out/a.txt", tmp_path / "out/manifest.yaml")}
    summary = run(tmp_path, f"sources: [{{url: '{url}'}}]")
    assert summary == FetchSummary(unchanged=("a.txt",))
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in before} == before
    assert site.asked[1][1]["If-None-Match"] == '"v1"'
    assert site.asked[1][1]["If-Modified-Since"] == "Mon, 02 Mar 2026 00:00:00 GMT"


def test_what_the_listing_newly_says_of_an_unchanged_file_is_entered(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", text(ETag='"v1"'))
    run(tmp_path, f"sources: [{{url: '{url}'}}]")
    assert run(tmp_path, f"sources: [{{url: '{url}', title: 題}}]").unchanged == ("a.txt",)
    assert read_manifest(tmp_path / "out").entries["a.txt"].title == "題"


def test_without_marks_the_content_tells_whether_it_changed(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", text("一"), text("一"), text("二"))
    listed = f"sources: [{{url: '{url}'}}]"
    assert [len(run(tmp_path, listed).fetched) for _ in range(3)] == [1, 0, 1]
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "二"


@pytest.mark.parametrize("harm", ["edited", "removed", "state"])
def test_a_file_that_is_not_the_one_fetched_is_fetched_again(tmp_path: Path, site: Site, harm: str) -> None:
    url = site.put("/a.txt", text("元の文", ETag='"v1"'))
    run(tmp_path, f"sources: [{{url: '{url}'}}]")
    file = tmp_path / "out/a.txt"
    if harm == "edited":
        file.write_text("書き換え", encoding="utf-8")
    elif harm == "removed":
        file.unlink()
    else:
        (tmp_path / "out/.fetch.json").write_text('{"a.txt": {"addr', encoding="utf-8")
    run(tmp_path, f"sources: [{{url: '{url}'}}]")
    assert file.read_text(encoding="utf-8") == "元の文"
    assert "If-None-Match" not in site.asked[1][1]


def test_entries_of_other_files_stay(tmp_path: Path, site: Site) -> None:
    (tmp_path / "out").mkdir()
    own = "documents:\n  - {file: 自社.md, id: own, version: 2.0, effective_from: 2025-04, groups: 人事}\n  - {file: a.txt, title: 古い}\n"
    (tmp_path / "out/manifest.yaml").write_text(own, encoding="utf-8")
    before = read_manifest(tmp_path / "out").entries["自社.md"]
    run(tmp_path, f"sources: [{{url: '{site.put('/a.txt', text())}', title: 新しい}}]")
    entries = read_manifest(tmp_path / "out").entries
    assert replace(entries["自社.md"], line=before.line) == before
    assert entries["a.txt"].title == "新しい"


def test_one_that_fails_is_named_and_the_others_go_on(tmp_path: Path, site: Site) -> None:
    gone, there = f"{site.url}/gone.pdf", site.put("/a.txt", text())
    summary = run(tmp_path, f"sources: [{{url: '{gone}'}}, {{url: '{there}'}}]")
    assert summary.fetched == ("a.txt",)
    assert [(s.source, "HTTP 404" in s.reason) for s in summary.failed] == [(gone, True)]
    assert shown(tmp_path) == ["a.txt", "manifest.yaml"]
    assert [path for path, _, _ in site.asked].count("/gone.pdf") == 1


def test_a_passing_failure_is_tried_again(tmp_path: Path, site: Site) -> None:
    passing = (408, 429, 500, 502, 503, 504)
    urls = [site.put(f"/{status}.txt", Reply(status), Reply(status), text()) for status in passing]
    assert run(tmp_path, f"sources: {json.dumps([{'url': url} for url in urls])}").failed == ()
    assert len(site.asked) == 3 * len(passing)


def test_a_lasting_failure_ends_after_the_attempts(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", Reply(503))
    assert "HTTP 503" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))
    assert len(site.asked) == QUICK.attempts
    assert shown(tmp_path) == []


def test_an_answer_that_is_no_document_is_none(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.html", Reply(202, "確認しています".encode(), {"Content-Type": "text/html"}))
    assert "HTTP 202" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(tmp_path: Path, site: Site, form: str) -> None:
    after = "1" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    url = site.put("/a.txt", Reply(429, headers={"Retry-After": after}), text())
    assert run(tmp_path, f"sources: [{{url: '{url}'}}]", limits=replace(QUICK, longest=5)).fetched == ("a.txt",)
    assert 0.9 <= site.asked[1][2] - site.asked[0][2] < 4


def test_retry_after_is_capped(tmp_path: Path, site: Site) -> None:
    written = ("86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 1990 00:00:00 GMT", "soon", "-5")
    urls = [site.put(f"/{n}.txt", Reply(503, headers={"Retry-After": after}), text()) for n, after in enumerate(written)]
    started = time.monotonic()
    assert run(tmp_path, f"sources: {json.dumps([{'url': url} for url in urls])}").failed == ()
    assert time.monotonic() - started < 10


def test_a_slow_answer_times_out_and_is_tried_again(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", replace(text(), pause=1.0), text())
    assert run(tmp_path, f"sources: [{{url: '{url}'}}]", limits=replace(QUICK, silence=0.3)).fetched == ("a.txt",)
    site.put("/a.txt", replace(text(), pause=1.0))
    reason = only_reason(
        run(tmp_path, f"sources: [{{url: '{url}', file: b.txt}}]", limits=replace(QUICK, silence=0.2, attempts=2))
    )
    assert "時間が切れた" in reason


def test_a_trickle_ends(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", Reply(200, b"x" * 1000, {"Content-Type": "text/plain"}, drip=0.05))
    started = time.monotonic()
    assert "終わらない" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]", limits=replace(QUICK, whole=0.5)))
    assert time.monotonic() - started < 3


def test_a_body_that_breaks_off_is_no_document(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", text("前の文"), replace(text("前の"), declared=500))
    listed = f"sources: [{{url: '{url}'}}]"
    run(tmp_path, listed)
    assert "途切れた" in only_reason(run(tmp_path, listed))
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "前の文"
    assert not list((tmp_path / "out").glob("*.part")) + list((tmp_path / "out").glob(".*.part"))


def test_nobody_listening_is_a_failure(tmp_path: Path) -> None:
    with Site() as closed:
        url = closed.url + "/a.txt"
    assert "つながらない" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))


def test_redirects_are_followed(tmp_path: Path, site: Site) -> None:
    site.put("/new/b.txt", text("移転先"))
    site.put("/mid", Reply(302, headers={"Location": "/new/b.txt"}))
    url = site.put("/a.txt", Reply(301, headers={"Location": f"{site.url}/mid"}))
    assert run(tmp_path, f"sources: [{{url: '{url}'}}]").fetched == ("a.txt",)
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "移転先"


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/a.txt", "javascript:alert(1)", "http://user:secret@127.0.0.1/"]
)
def test_a_redirect_may_not_leave_the_web(tmp_path: Path, site: Site, to: str) -> None:
    url = site.put("/a.txt", Reply(302, headers={"Location": to}))
    assert "転送先" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))
    assert len(site.asked) == 1
    assert shown(tmp_path) == []


def test_a_redirect_loop_ends(tmp_path: Path, site: Site) -> None:
    site.put("/b.txt", Reply(302, headers={"Location": "/a.txt"}))
    url = site.put("/a.txt", Reply(302, headers={"Location": "/b.txt"}))
    assert "転送が5回を超えて" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))
    assert len(site.asked) == 6


@pytest.mark.parametrize("kind", ["declared", "undeclared", "packed"])
def test_what_is_too_large_is_stopped(tmp_path: Path, site: Site, kind: str) -> None:
    body = b"x" * 50_000
    declared = {"declared": 10**12, "undeclared": -1, "packed": None}[kind]
    headers = {"Content-Type": "text/plain"} | ({"Content-Encoding": "gzip"} if kind == "packed" else {})
    url = site.put("/a.txt", Reply(200, gzip.compress(body) if kind == "packed" else body, headers, declared))
    assert "上限" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))
    assert shown(tmp_path) == []
    assert not (tmp_path / "out/.fetch.part").exists()


def test_packed_bodies_are_unpacked_or_refused(tmp_path: Path, site: Site) -> None:
    packed = gzip.compress("本文".encode())
    good = site.put("/a.txt", Reply(200, packed, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}))
    broken = site.put("/b.txt", Reply(200, b"no gzip", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}))
    unknown = site.put("/c.txt", Reply(200, packed, {"Content-Type": "text/plain", "Content-Encoding": "zstd"}))
    summary = run(tmp_path, f"sources: [{{url: '{good}'}}, {{url: '{broken}'}}, {{url: '{unknown}'}}]")
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "本文"
    assert ["壊れている" in summary.failed[0].reason, "zstd" in summary.failed[1].reason] == [True, True]


@pytest.mark.parametrize(
    ("reply", "file", "said"),
    [
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "a.pdf", "ウェブページが返った"),
        (Reply(200, b"\x00", {"Content-Type": "application/octet-stream"}), "a", "application/octet-stream"),
        (Reply(200, b"x"), "a", "種類なし"),
        (Reply(200, b"", {"Content-Type": "application/pdf"}), "a.pdf", "空"),
        (Reply(304), "a.pdf", "HTTP 304"),
    ],
)
def test_what_is_not_the_document_is_refused(tmp_path: Path, site: Site, reply: Reply, file: str, said: str) -> None:
    url = site.put("/x", reply)
    assert said in only_reason(run(tmp_path, f"sources: [{{url: '{url}', file: {file}}}]"))
    assert shown(tmp_path) == []


def test_odd_marks_are_not_sent_back(tmp_path: Path, site: Site) -> None:
    url = site.put("/a.txt", text(ETag="\xe9\xff"))
    listed = f"sources: [{{url: '{url}'}}]"
    assert (run(tmp_path, listed).fetched, run(tmp_path, listed).unchanged) == (("a.txt",), ("a.txt",))


def test_one_host_is_not_asked_faster_than_the_pace(tmp_path: Path, site: Site) -> None:
    site.put("/b.txt", Reply(302, headers={"Location": "/c.txt"}))
    site.put("/c.txt", Reply(500), text())
    urls = [site.put("/a.txt", text()), f"{site.url}/b.txt"]
    run(tmp_path, f"sources: [{{url: '{urls[0]}'}}, {{url: '{urls[1]}'}}]", limits=replace(QUICK, pace=0.3))
    times = [when for _, _, when in site.asked]
    assert len(times) == 5
    assert min(b - a for a, b in pairwise(times)) >= 0.1  # a busy machine notices a request late
    assert times[-1] - times[0] >= 0.9


def test_two_documents_of_one_version_are_not_entered(tmp_path: Path, site: Site) -> None:
    one, two = site.put("/a.txt", text()), site.put("/b.txt", text())
    summary = run(tmp_path, f"sources: [{{url: '{one}', id: x}}, {{url: '{two}', id: x}}]")
    assert summary.fetched == ("a.txt",)
    assert "「a.txt」と同じ" in summary.failed[0].reason
    assert list(read_manifest(tmp_path / "out").entries) == ["a.txt"]


def law_api(site: Site, *texts: Reply) -> str:
    """The law API: one law, found by a part of its number too."""
    laws = [
        {"law_info": {"law_id": "999AC0000000000", "law_num": AI_ACT + "の二"}},
        {"law_info": {"law_id": "507AC0000000053", "law_num": AI_ACT}, "revision_info": {}},
    ]
    site.put(
        "/api/2/laws", Reply(200, json.dumps({"total_count": 2, "laws": laws}).encode(), {"Content-Type": "application/json"})
    )
    site.put("/api/2/law_data/507AC0000000053", *texts)
    return f"{site.url}/api/2"


def law_text(start: str = "20250901", more: str = "") -> Reply:
    day = f"{start[:4]}-{start[4:6]}-{start[6:]}"
    return Reply(200, LAW.format(start=start, day=day, more=more).encode(), {"Content-Type": "application/xml"})


def test_a_law_comes_by_its_number(tmp_path: Path, site: Site) -> None:
    api = law_api(site, law_text())
    summary = run(tmp_path, f"api: {api}/\nsources:\n  - law: {AI_ACT}\n    publisher: デジタル庁\n    title: AI法\n")
    assert summary == FetchSummary((f"{AI_ACT}.xml",))
    entry = read_manifest(tmp_path / "out").entries[f"{AI_ACT}.xml"]
    assert (entry.id, entry.version, entry.title) == (AI_ACT, "507AC0000000053_20250901_000000000000000", "AI法")
    assert (entry.meta.published, entry.meta.effective_from, entry.meta.effective_to) == ("2025-06-04", "2025-09-01", "")
    assert (entry.meta.publisher, entry.meta.url) == ("デジタル庁", "https://laws.e-gov.go.jp/law/507AC0000000053")
    asked = [(urlsplit(path).path, parse_qs(urlsplit(path).query)) for path, _, _ in site.asked]
    assert asked == [
        ("/api/2/laws", {"law_num": [AI_ACT], "response_format": ["json"]}),
        ("/api/2/law_data/507AC0000000053", {"response_format": ["xml"], "law_full_text_format": ["xml"]}),
    ]
    assert run(tmp_path, f"sources: [{{law: {AI_ACT}, title: AI法, publisher: デジタル庁}}]", api=api).unchanged == (
        f"{AI_ACT}.xml",
    )


def test_versions_of_a_law_share_its_id(tmp_path: Path, site: Site) -> None:
    api = law_api(site, law_text("20250604"), law_text())
    law = "507AC0000000053"
    summary = run(tmp_path, f"sources: [{{law: {law}, as_of: 2025-07-01}}, {{law: {law}}}]", api=api)
    assert summary.fetched == (f"{law}_2025-07-01.xml", f"{law}.xml")
    entries = read_manifest(tmp_path / "out").entries.values()
    assert [(e.id, e.meta.effective_from) for e in entries] == [(law, "2025-06-04"), (law, "2025-09-01")]
    assert [parse_qs(urlsplit(path).query).get("asof") for path, _, _ in site.asked] == [["2025-07-01"], None]


@pytest.mark.parametrize(
    ("more", "begins", "ends"),
    [
        ("<repeal_date>2027-04-01</repeal_date><remain_in_force>false</remain_in_force>", "2025-09-01", "2027-03-31"),
        ("<repeal_date>2027-04-01</repeal_date><remain_in_force>true</remain_in_force>", "2025-09-01", ""),
        ("<repeal_date>2025-09-01</repeal_date>", "", "2025-08-31"),
        ("<repeal_date>未定</repeal_date>", "2025-09-01", ""),
        ("<repeal_date/>", "2025-09-01", ""),
    ],
)
def test_a_repealed_law_ends_on_the_eve(tmp_path: Path, site: Site, more: str, begins: str, ends: str) -> None:
    api = law_api(site, law_text(more=more))
    run(tmp_path, "sources: [{law: 507AC0000000053}]", api=api)
    [entry] = read_manifest(tmp_path / "out").entries.values()
    assert (entry.meta.effective_from, entry.meta.effective_to) == (begins, ends)


def test_a_date_that_the_listing_gives_against_the_api_is_refused(tmp_path: Path, site: Site) -> None:
    api = law_api(site, law_text())
    assert "effective_to" in only_reason(run(tmp_path, "sources: [{law: 507AC0000000053, effective_to: 2024}]", api=api))
    assert shown(tmp_path) == []


@pytest.mark.parametrize(
    ("law", "reply", "said"),
    [
        ("令和七年法律第五十四号", law_text(), "その法令がない"),
        ("507AC0000000099", law_text(), "その法令がない"),
        (AI_ACT, Reply(404, b'{"code": "404001"}'), "その法令がない"),
        (AI_ACT, Reply(400, b'{"code": "400001"}'), "HTTP 400"),
        (AI_ACT, Reply(200, LAW[:-30].encode(), {"Content-Type": "application/xml"}), "XMLとして壊れている"),
        (AI_ACT, Reply(200, b"<law_data_response/>", {"Content-Type": "application/xml"}), "法令の本文がない"),
        (AI_ACT, Reply(200, b"<html></html>", {"Content-Type": "text/html"}), "ウェブページが返った"),
    ],
)
def test_the_law_api_says_no(tmp_path: Path, site: Site, law: str, reply: Reply, said: str) -> None:
    api = law_api(site, reply)
    summary = run(tmp_path, f"sources: [{{law: {law}}}]", api=api)
    assert said in only_reason(summary)
    assert summary.failed[0].source == law
    assert shown(tmp_path) == []


def test_an_api_that_is_none_is_a_failure(tmp_path: Path, site: Site) -> None:
    bodies = (b"", b"<html>", b"[]", b'{"laws": null}', b'{"laws": [1]}', b'{"laws": [{"law_info": {}}]}', b"[" * 9000)
    site.put("/laws", *(Reply(200, body) for body in bodies))
    laws = [{"law": AI_ACT, "file": f"{n}.xml"} for n in range(len(bodies))]
    failed = run(tmp_path, f"sources: {json.dumps(laws)}", api=site.url).failed
    assert ["空" in failed[0].reason, *("応答を読めない" in f.reason for f in failed[1:])] == [True] * len(bodies)


INTERRUPTED = """
import sys
from pathlib import Path
from ingest.download import Limits
from ingest.fetch import fetch
fetch(Path(sys.argv[1]), Path(sys.argv[2]), limits=Limits(pace=0, silence=30), progress=lambda line: None)
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_half_written(tmp_path: Path, site: Site, by: signal.Signals) -> None:
    done, half = site.put("/a.txt", text("済")), site.put("/half.txt", replace(text("x" * 5000), declared=9000, hold=30))
    (tmp_path / "sources.yaml").write_text(f"sources: [{{url: '{done}'}}, {{url: '{half}'}}]", encoding="utf-8")
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "sources.yaml"), str(tmp_path / "out")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 20
        while len(site.asked) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(by)
    assert process.returncode != 0
    assert shown(tmp_path) == ["a.txt", "manifest.yaml"]
    assert list(read_manifest(tmp_path / "out").entries) == ["a.txt"]
    assert (tmp_path / "out/.fetch.part").exists() == (by == signal.SIGKILL)
    site.put("/half.txt", text("全部"))
    assert run(tmp_path, f"sources: [{{url: '{done}'}}, {{url: '{half}'}}]") == FetchSummary(("half.txt",), ("a.txt",))
    assert not (tmp_path / "out/.fetch.part").exists()


def test_certificates_are_checked(tmp_path: Path, site: Site) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -days 1 -keyout {key} -out {cert}"
    subprocess.run(made.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    site.put("/a.txt", text())
    url = site.url.replace("http:", "https:") + "/a.txt"
    assert "証明書" in only_reason(run(tmp_path, f"sources: [{{url: '{url}'}}]"))
    assert site.asked == []


def test_settings_of_the_network_that_make_no_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(InputError, match="SSL_CERT_FILE"):
        run(tmp_path, "sources: [{url: 'https://example.jp/a.txt'}]")


def test_a_folder_that_cannot_be_filled_stops_the_run(tmp_path: Path, site: Site) -> None:
    listed = f"sources: [{{url: '{site.put('/a.txt', text())}'}}]"
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out/.fetch.lock"), pytest.raises(InputError, match="別の取得が進行中"):
        run(tmp_path, listed)
    (tmp_path / "out/manifest.yaml").write_text("documents: 3", encoding="utf-8")
    with pytest.raises(ManifestError):
        run(tmp_path, listed)
    (tmp_path / "out/manifest.yaml").unlink()
    (tmp_path / "out/a.txt").mkdir()
    with pytest.raises(InputError, match="書き込めない"):
        run(tmp_path, listed)
    assert not (tmp_path / "out/.fetch.part").exists()
    listing = tmp_path / "sources.yaml"
    with pytest.raises(InputError, match="書き込めない"):
        fetch(listing, listing, limits=QUICK, progress=lambda line: None)
    with pytest.raises(InputError, match="TENKYO_EGOV"):
        run(tmp_path, listed, api="file:///x")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "空"),
        ("- url: https://a.jp/\n", "「キー: 値」の形ではない"),
        ("documents: []\n", "「sources:」の下に「- url: https://…」"),
        ("sources: {url: x}\n", "sources が一覧ではない"),
        ("sources:\n  - https://a.jp/\n", "2行目"),
        ("sources:\n  - title: 題\n", "2行目: url と law のどちらか一つ"),
        ("sources:\n  - {url: 'https://a.jp/', law: 507AC0000000053}\n", "どちらか一つ"),
        ("sources:\n  - title: 題\n    url: ftp://a.jp/x\n", "3行目: url の「ftp://a.jp/x」はhttp"),
        ("sources:\n  - url: file:///etc/passwd\n", "http:// か https://"),
        ("sources:\n  - url: https:///x\n", "サーバーの名前がない"),
        ("sources:\n  - url: 'https://[::1'\n", "URL として読めない"),
        ("sources:\n  - url: https://a.jp:port/\n", "URL として読めない"),
        ("sources:\n  - url: https://me:secret@a.jp/\n", "パスワードを含む"),
        ("api: x\nsources: []\n", "1行目: api の「x」"),
        ("sources:\n  - law: 令和7年法律第53号\n", "漢数字"),
        ("sources:\n  - law: ../laws\n", "法令番号でも法令IDでもない"),
        ("sources:\n  - {url: 'https://a.jp/', as_of: 2025}\n", "as_of は law にだけ"),
        ("sources:\n  - law: 507AC0000000053\n    as_of: いつか\n", "3行目: as_of の「いつか」"),
        ("sources:\n  - url: https://a.jp/\n    file: ../a.txt\n", "3行目: file の「../a.txt」"),
        ("sources:\n  - {url: 'https://a.jp/', file: /etc/x}\n", "file の「/etc/x」"),
        ("sources:\n  - {url: 'https://a.jp/', file: .hidden.txt}\n", "「.」で始めず"),
        ("sources:\n  - {url: 'https://a.jp/', published: 2025-13}\n", "published の「2025-13」"),
        ("sources:\n  - url: https://a.jp/x.pdf\n  - url: https://b.jp/X.pdf\n", "3行目: ファイル名「X.pdf」が2行目と重なる"),
        ("sources:\n  - url: https://a.jp/x\n  - url: https://b.jp/x.pdf\n", "2行目と重なる"),
        ("sources:\n  - law: 507AC0000000053\n  - law: 507AC0000000053\n", "2行目と重なる"),
        ("sources:\n  - {url: 'https://a.jp/', effective_from: 2025, effective_to: 2024}\n", "effective_to より後"),
    ],
)
def test_a_mistake_in_a_listing_is_named_with_its_line(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "s.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_listing(tmp_path / "s.yaml")
    message = str(caught.value)
    assert "s.yaml" in message
    assert said in message
    assert message.endswith("ください。")
    assert "。。" not in message


def test_a_listing_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="見つからない"):
        read_listing(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="読めない"):
        read_listing(tmp_path)


def test_keys_that_are_not_known_are_cautions(tmp_path: Path) -> None:
    summary = run(
        tmp_path, "owner: 総務\nsources:\n  - url: http://127.0.0.1:9/a.txt\n    as-of: 2025\n", limits=replace(QUICK, attempts=1)
    )
    assert [("1行目" in c.reason, "4行目" in c.reason) for c in summary.cautions] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://a.jp/x/%E8%A6%8F%E7%A8%8B.PDF?v=1#p2", "規程.PDF"),
        ("https://a.jp/x/", "x"),
        ("https://www.a.jp", "www.a.jp"),
        ("https://a.jp/..%2F..%2Fetc%2Fpasswd", "_.._etc_passwd"),
        ("https://a.jp/.hidden", "hidden"),
        ("https://a.jp/%00%0a*.txt", "___.txt"),
        ("https://a.jp/manifest.yaml", "manifest.yaml"),
        ("https://a.jp/" + "%E8%A6%8F" * 200 + ".pdf", "規" * 48 + ".pdf"),
        ("https://a.jp/news.php", "news.php"),
    ],
)
def test_file_names_from_addresses_are_safe(tmp_path: Path, url: str, file: str) -> None:
    (tmp_path / "s.yaml").write_text(f"sources: [{{url: '{url}'}}]", encoding="utf-8")
    [source] = read_listing(tmp_path / "s.yaml").sources
    assert source.file == file


def test_the_shipped_listing_says_where_each_document_is_from() -> None:
    listing = read_listing(Path("ingest/data/sources.yaml"))
    assert listing.cautions == ()
    assert len(listing.sources) == 10
    for source in listing.sources:
        assert source.meta.publisher
        assert source.meta.licence
        assert source.title
        assert source.law or urlsplit(source.url).scheme == "https"
        assert source.law or str(urlsplit(source.url).hostname).endswith(".go.jp")
    assert len({(source.id or source.file, source.version) for source in listing.sources}) == 10
