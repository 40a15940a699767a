"""One address to one file over HTTP: politely paced, tried again where that can help, and bounded in size, time and redirects."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType, TracebackType

import httpx

from ingest.listing import check_address
from rag.errors import InputError, TenkyoError

_AGAIN = frozenset((408, 429, 500, 502, 503, 504))
_ENCODINGS = frozenset(("", "identity", "gzip", "deflate"))
"""Those whose pieces unpack to a bounded size."""

_MARKS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_REASONS = {
    401: "閲覧に認証が要る",
    403: "閲覧を断られた",
    404: "その場所に文書がない",
    410: "文書が取り下げられている",
    429: "アクセスが多すぎると断られた",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How servers are treated, in seconds: `pace` lies between two requests to one host, `silence` is waited for a byte, `whole` for a
    file, `longest` before another attempt. `size` is in bytes."""

    pace: float = 1.0
    silence: float = 30.0
    whole: float = 900.0
    backoff: float = 2.0
    longest: float = 60.0
    attempts: int = 4
    redirects: int = 5
    size: int = 100 * 1024 * 1024


USUAL = Limits()
NO_MARKS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """A file that came, or with `unchanged` word that the one before still holds. `marks` are the headers that ask later whether the
    file is still the same."""

    unchanged: bool
    type: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


class NotFetched(TenkyoError):  # noqa: N818 - as those in rag.errors
    """A source could not be fetched; the message is the reason alone, for a report that names the source."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class _TryAgain(Exception):  # noqa: N818 - not an error yet
    """This attempt failed, another may not; `after` is what the server asked to wait, in seconds."""

    def __init__(self, failure: NotFetched, after: float = 0.0) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.after = after


class Downloader:
    """Keeps connections, and when each host was last asked; a context manager."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._asked: dict[str, float] = {}
        headers = {"User-Agent": f"tenkyo/{version('tenkyo')} (+document fetcher)", "Accept-Encoding": "gzip"}
        try:
            self._client = httpx.Client(headers=headers, timeout=limits.silence)
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            hint = "環境変数 HTTPS_PROXY、ALL_PROXY、SSL_CERT_FILE などを確かめてください。"
            raise InputError(f"ネットワークの設定を使えないので（{error}）、{hint}") from error

    def __enter__(self) -> Downloader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def get(self, address: str, into: Path, marks: Mapping[str, str] = NO_MARKS) -> Answer:
        """Write what is at the address into the file, unless the server says that it is what the marks were given for.

        Raises:
            NotFetched: every attempt failed, or one failed for good.
            OSError: the file cannot be written.
        """
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._attempt(address, into, marks)
            except _TryAgain as again:
                if attempt == self._limits.attempts:
                    raise again.failure from again
                time.sleep(min(self._limits.longest, max(again.after, self._limits.backoff * 2 ** (attempt - 1))))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _attempt(self, address: str, into: Path, marks: Mapping[str, str]) -> Answer:
        """Follow the redirects to an answer."""
        with _failures():
            request = self._client.build_request("GET", address, headers=marks)
            for _ in range(self._limits.redirects + 1):
                self._pace(request.url)
                response = self._client.send(request, stream=True)
                try:
                    if response.next_request is None:
                        return self._answer(response, into, bool(marks))
                    request = _next(request, response.next_request)
                finally:
                    response.close()
        raise NotFetched(f"転送が{self._limits.redirects}回を超えて続くので、ブラウザーで開いた先の URL にしてください。")

    def _pace(self, url: httpx.URL) -> None:
        host = url.netloc.decode("ascii")
        if host in self._asked:
            time.sleep(max(0.0, self._asked[host] + self._limits.pace - time.monotonic()))
        self._asked[host] = time.monotonic()

    def _answer(self, response: httpx.Response, into: Path, asked: bool) -> Answer:
        headers, status = response.headers, response.status_code
        if status == httpx.codes.NOT_MODIFIED and asked:
            return Answer(unchanged=True)
        if status != httpx.codes.OK:
            failure = NotFetched(f"{_REASONS.get(status, '文書が返らなかった')}ので（HTTP {status}）、{_hint(status)}", status)
            raise _TryAgain(failure, _wait(headers.get("Retry-After", ""))) if status in _AGAIN else failure
        if headers.get("Content-Encoding", "").lower() not in _ENCODINGS:
            raise NotFetched(f"圧縮の形式（{headers['Content-Encoding']}）を開けないので、ブラウザーで保存してください。")
        self._write(response, into)
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        later = {ask: headers[said] for said, ask in _MARKS.items() if headers.get(said) and headers[said].isascii()}
        return Answer(unchanged=False, type=kind, marks=later)

    def _write(self, response: httpx.Response, into: Path) -> None:
        """The body, stopped where it grows too large or takes too long."""
        most = self._limits.size
        too_large = NotFetched(f"大きさが上限の{most / 1024**2:.0f}MiBを超えるので、ブラウザーで保存して分けてください。")
        if int(response.headers.get("Content-Length", 0)) > most:
            raise too_large
        written, until = 0, time.monotonic() + self._limits.whole
        with into.open("wb") as file:
            for piece in response.iter_bytes():
                written += file.write(piece)
                if written > most:
                    raise too_large
                if time.monotonic() > until:
                    raise NotFetched(f"{self._limits.whole:.0f}秒たっても終わらないので、時間をおいてやり直してください。")
        if not written:
            raise NotFetched("中身が空なので、ブラウザーで開けるか確かめてください。")


@contextmanager
def _failures() -> Iterator[None]:
    """What the network library raises, as reasons."""
    try:
        yield
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise NotFetched("URL かその転送先が URL として使えないので、ブラウザーで開けるか確かめてください。") from error
    except httpx.DecodingError as error:
        raise NotFetched("圧縮された中身が壊れているので、ブラウザーで開けるか確かめてください。") from error
    except httpx.TimeoutException as error:
        raise _TryAgain(NotFetched("応答がないまま時間が切れたので、時間をおいてやり直してください。")) from error
    except httpx.RemoteProtocolError as error:
        raise _TryAgain(NotFetched("途中で途切れたか応答が壊れているので、時間をおいてやり直してください。")) from error
    except httpx.HTTPError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise NotFetched(
                "サーバーの証明書を確かめられないので、URL と証明書の設定（SSL_CERT_FILE）を確かめてください。"
            ) from error
        raise _TryAgain(NotFetched(f"サーバーにつながらないので（{error}）、URL とネットワークを確かめてください。")) from error


def _next(request: httpx.Request, following: httpx.Request) -> httpx.Request:
    """The request that a redirect leads to; it may not leave the web, nor its encryption."""
    address = str(following.url)
    if reason := check_address(address):
        raise NotFetched(f"転送先の「{address}」が{reason}ので、ブラウザーで開いた先の URL にしてください。")
    if request.url.scheme == "https" and following.url.scheme == "http":
        raise NotFetched(f"暗号化されない「{address}」へ転送されるので、ブラウザーで開いた先の URL にしてください。")
    return following


def _wait(retry_after: str) -> float:
    """The seconds that a Retry-After asks for, as a number or as a date; 0 for what is neither."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _hint(status: int) -> str:
    later = status in _AGAIN
    return "時間をおいてやり直してください。" if later else "ブラウザーで開けるか、URL が変わっていないかを確かめてください。"
