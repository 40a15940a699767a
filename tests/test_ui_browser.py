"""The app in a real browser: a question is typed, a citation clicked, and the cited words stand highlighted in view.

Skipped where Chromium or chromedriver is missing, except in CI (the environment has CI=true), where that is a failure.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import TENKYO, answers, ask, chromium, free_port, press, see, until, wait
from PIL import Image, ImageChops
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ingest.build import ingest
from ui.server import flags

LOCAL = {"127.0.0.1", "::1", "localhost"}
HIGHLIGHT = (255, 221, 112)
"""The colour of `--mark` in ui/source.css."""

ARTICLES = "\n".join(f"（手続その{n}）\n第{n}条　申請者は、様式{n}号により、担当の部署に届け出る。\n" for n in range(2, 70))
RULES = f"""旅費規程

（精算）
第1条　旅費は、出張が終わった日から十日以内に精算しなければならない。

{ARTICLES}
（宿泊料）
第70条　宿泊料の上限は、次の表のとおりとする。
区分\t国内\t海外\t承認する者\t申請の時期\t備考
部長\t一五、〇〇〇円\t二四、〇〇〇円\t社長\t出発の前日\t朝食を含む
課長\t一二、〇〇〇円\t二〇、〇〇〇円\t部長\t出発の前日\t朝食を含む

（鍵の返却）
第71条　会議室の鍵は、使用した日の午後七時までに守衛室に返却する。
"""
CLOSED = "来客用の駐車場は、午後八時に閉鎖する。"
FONT = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf"
PARKING, KEYS, ALLOWANCE, NOWHERE = (
    "来客用の駐車場は、何時に閉鎖しますか。",
    "会議室の鍵は、何時までに守衛室に返却しますか。",
    "課長の宿泊料の上限は、国内ではいくらですか。",
    "日食はいつ見られますか。",
)
WIDE = pytest.mark.parametrize("size", [(1400, 900)], ids=["wide"])
AUDIT = """
import os, sys
def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["TENKYO_TEST_CALLS"], "a") as out:
            print(event, repr(arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]), sep="\\t", file=out)
sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Server:
    """A running `tenkyo ui`, and the file in which its process writes every address it connects to or looks up."""

    port: int
    calls: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    (folder / "docs").mkdir()
    (folder / "docs" / "travel.txt").write_text(RULES, encoding="utf-8")
    write_pdf(folder / "docs" / "parking.pdf")
    (folder / "sitecustomize.py").write_text(AUDIT, encoding="utf-8")
    ingest([folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    running = Server(free_port(), folder / "calls.tsv")
    running.calls.touch()
    command = [str(TENKYO), "ui", "--index", str(folder / "index"), "--port", str(running.port)]
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "TENKYO_TEST_CALLS": str(running.calls), "HOME": str(folder)}
    with (folder / "log.txt").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            until(lambda: healthy(running.url) or process.poll() is not None)
            assert process.poll() is None, (folder / "log.txt").read_text(encoding="utf-8")
            yield running
        finally:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in (folder / "log.txt").read_text(encoding="utf-8")


def write_pdf(file: Path) -> None:
    """One page with the words to cite at its foot."""
    if not Path(FONT).is_file():
        pytest.skip("needs the IPA fonts")
    pdfmetrics.registerFont(TTFont("ipam", FONT))
    canvas = Canvas(str(file), (595, 842))
    canvas.setFont("ipam", 12)
    for n, line in enumerate(
        ("駐車場規程", *(f"第{n}条　区画{n}は、役員の車に割り当てる。" for n in range(1, 30)), f"第30条　{CLOSED}")
    ):
        canvas.drawString(60, 790 - 24 * n, line)
    canvas.save()


@pytest.fixture(params=[(1400, 900), (390, 844)], ids=["wide", "narrow"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def browser(size: tuple[int, int], tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path / "profile", size) as driver:
        yield driver


def healthy(url: str) -> bool:
    return answers(f"{url}/_stcore/health")


def marks(browser: webdriver.Chrome) -> dict[str, Any]:
    """The text of the marks and the place of the first visible one, in pixels of the whole page; waits until the scrolling is over."""

    def look() -> dict[str, Any]:
        found = browser.execute_script("""
            const frame = document.querySelector('.st-key-source iframe'), page = frame?.contentDocument, mark = page?.getElementById('cited');
            if (!mark) return null;
            const [f, m] = [frame.getBoundingClientRect(), mark.getClientRects()[0]];
            const at = {left: f.left + m.left, right: f.left + m.right, top: f.top + m.top, bottom: f.top + m.bottom};
            const top = document.elementFromPoint((at.left + at.right) / 2, (at.top + at.bottom) / 2);
            return {...at, text: [...page.querySelectorAll('mark')].map(e => e.textContent).join(''), uncovered: top === frame,
                    inFrame: m.top >= 0 && m.bottom <= frame.clientHeight && m.left >= 0 && m.right <= frame.clientWidth};
        """)
        return found or {}

    found: dict[str, Any] = {}
    for _ in range(200):
        before, found = found, look()
        if found and found == before:
            return found
        time.sleep(0.3)
    pytest.fail("no mark is shown")


def check_in_view(browser: webdriver.Chrome, size: tuple[int, int], quote: str) -> None:
    found = marks(browser)
    assert found["text"] == quote
    assert found["inFrame"], found
    assert found["uncovered"], found
    assert 0 <= found["left"] < found["right"] <= size[0], found
    assert 0 <= found["top"] < found["bottom"] <= size[1], found


def highlighted_pixels(image: Path) -> int:
    with Image.open(image) as shot:
        colours = shot.convert("RGB").getcolors(maxcolors=shot.width * shot.height) or []
        return sum(count for count, colour in colours if colour == HIGHLIGHT)


def test_a_clicked_citation_shows_its_words_highlighted_in_view(
    server: Server, browser: webdriver.Chrome, size: tuple[int, int], tmp_path: Path
) -> None:
    browser.get(server.url)
    ask(browser, KEYS)
    see(browser, "[class*=st-key-sentence-0-0]", "午後七時までに守衛室に返却する")
    browser.save_screenshot(str(tmp_path / "before.png"))
    assert highlighted_pixels(tmp_path / "before.png") == 0
    press(browser, ".st-key-chip-0-0-0 button")
    check_in_view(browser, size, "会議室の鍵は、使用した日の午後七時までに守衛室に返却する。")
    browser.save_screenshot(str(tmp_path / "source.png"))
    assert highlighted_pixels(tmp_path / "source.png") > 500
    for fact in ("旅費規程", "第71条（鍵の返却）", "travel.txt"):
        see(browser, ".tk-source", fact)

    # A second click brings the words back when one has scrolled away.
    browser.execute_script("document.querySelector('.st-key-source iframe').contentWindow.scrollTo(0, 0)")
    press(browser, ".st-key-reference-0-0 button")
    until(lambda: browser.execute_script(CLICK) == "2")
    check_in_view(browser, size, "会議室の鍵は、使用した日の午後七時までに守衛室に返却する。")


def test_a_row_of_a_wide_table_is_highlighted_in_view(server: Server, browser: webdriver.Chrome, size: tuple[int, int]) -> None:
    browser.get(server.url)
    ask(browser, ALLOWANCE)
    rows = [b for b in browser.find_elements(By.CSS_SELECTOR, "[class*=st-key-reference-0-] button") if "第70条" in b.text]
    for number in range(len(rows)):
        press(browser, f"[class*=st-key-reference-0-{number}] button")
        if marks(browser)["text"].startswith("課長"):
            check_in_view(browser, size, "課長\t一二、〇〇〇円\t二〇、〇〇〇円\t部長\t出発の前日\t朝食を含む")
            return
    pytest.fail("the row is not cited")


def test_the_page_of_a_pdf_is_shown_with_its_words_marked_in_view(
    server: Server, browser: webdriver.Chrome, size: tuple[int, int], tmp_path: Path
) -> None:
    browser.get(server.url)
    ask(browser, PARKING)
    press(browser, ".st-key-chip-0-0-0 button")
    found: dict[str, Any] = {}
    for name in ("fitted", "large"):
        for _ in range(100):
            before, found = found, browser.execute_script(LOOK) or {}
            if found and found == before:
                break
            time.sleep(0.3)
        assert found["inFrame"], found
        assert 0 <= found["top"] < found["bottom"] <= size[1], found
        browser.save_screenshot(str(tmp_path / f"{name}.png"))
        assert yellow_pixels(tmp_path / f"{name}.png") > 500
        browser.execute_script("document.querySelector('.st-key-source iframe').contentDocument.getElementById('zoom').click()")
        found = {}
    see(browser, ".tk-source", "1ページ")


LOOK = """
const frame = document.querySelector('.st-key-source iframe'), page = frame?.contentDocument;
const mark = page?.getElementById('cited'), image = page?.querySelector('img');
if (!mark || !image.naturalWidth) return null;
const [f, m] = [frame.getBoundingClientRect(), mark.getBoundingClientRect()];
return {top: f.top + m.top, bottom: f.top + m.bottom,
        inFrame: m.top >= 0 && m.bottom <= frame.clientHeight && m.left >= 0 && m.left < frame.clientWidth / 2};
"""
"""Where the first mark of a page's image stands in the window, once the image is there."""


CLICK = "return document.querySelector('.st-key-source iframe')?.contentDocument?.body?.dataset.click"
"""Which click the page in the frame answers."""


def yellow_pixels(image: Path) -> int:
    with Image.open(image) as shot:
        red, _, blue = shot.convert("RGB").split()
        return sum(ImageChops.subtract(red, blue).histogram()[70:])


@WIDE
def test_the_keyboard_is_enough(server: Server, browser: webdriver.Chrome, size: tuple[int, int]) -> None:
    browser.get(server.url)
    ask(browser, KEYS)
    chip = wait(browser, ".st-key-chip-0-0-0 button")
    browser.execute_script("arguments[0].focus()", chip)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    check_in_view(browser, size, "会議室の鍵は、使用した日の午後七時までに守衛室に返却する。")


def test_abstaining_is_a_box_of_its_own_and_the_latest_question_is_in_view(
    server: Server, browser: webdriver.Chrome, size: tuple[int, int]
) -> None:
    browser.get(server.url)
    for number in range(1, 4):
        ask(browser, KEYS, number)
    ask(browser, NOWHERE, 4)
    see(browser, "[class*=st-key-abstained-3]", "登録文書に該当する記載が見つかりません")
    assert (
        browser.execute_script("return getComputedStyle(arguments[0]).borderStyle", wait(browser, "[class*=st-key-abstained-3]"))
        == "dashed"
    )
    question = wait(browser, ".tk-question", 4)
    until(lambda: 0 <= browser.execute_script("return arguments[0].getBoundingClientRect().top", question) < size[1] / 2)


@WIDE
def test_nothing_goes_out(server: Server, browser: webdriver.Chrome) -> None:
    """Every address that the page or the server's process turns to is this machine, and the page is told to gather nothing."""
    browser.get(server.url)
    ask(browser, KEYS)
    press(browser, ".st-key-chip-0-0-0 button")
    marks(browser)
    assert upgrade(server.port, origin="http://example.invalid") == 403
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    urls |= {e["params"]["url"] for e in events if e["method"] == "Network.webSocketCreated"}
    assert any(url.startswith("ws://127.0.0.1") for url in urls)
    assert {urlsplit(url).hostname for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")} == {"127.0.0.1"}
    assert gathers_usage(events) == {False}
    calls = [line.split("\t") for line in server.calls.read_text().splitlines()]
    assert [call for call in calls if not any(f"'{name}'" in call[1] for name in LOCAL)] == []


def gathers_usage(events: list[dict[str, Any]]) -> set[bool]:
    """What the server told the page about usage statistics, read from its messages."""
    frames = (e["params"]["response"] for e in events if e["method"] == "Network.webSocketFrameReceived")
    messages = [ForwardMsg.FromString(base64.b64decode(frame["payloadData"])) for frame in frames if frame["opcode"] == 2]
    return {m.new_session.config.gather_usage_stats for m in messages if m.WhichOneof("type") == "new_session"}


def upgrade(port: int, origin: str) -> int:
    """The status with which the server answers a page of another origin that wants to connect."""
    lines = ("GET /_stcore/stream HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: {origin}", "Connection: Upgrade", "Upgrade: websocket",
             "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "")  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.recv(4096).split()[1])


# The command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TENKYO, "ui", *arguments], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 2
    assert f"127.0.0.1 のポート{port}で待ち受けられない" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "message"), [
    (("--port", "70000"), "ポート番号「70000」"), (("--address", "no such host"), "アドレス「no such host」"),
])  # fmt: skip
def test_a_place_that_cannot_be_listened_on_is_named(arguments: tuple[str, str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_only_this_machine_is_listened_on_unless_told_otherwise() -> None:
    assert "--server.address=127.0.0.1" in flags(8501, "127.0.0.1")
    assert {"--browser.gatherUsageStats=false", "--server.headless=true", "--server.fileWatcherType=none"} <= set(
        flags(8501, "127.0.0.1")
    )
