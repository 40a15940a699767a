"""A headless Chromium and a running app, for the tests that drive one with the other."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

TENKYO = Path(sys.executable).with_name("tenkyo")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
SWITCHES = (
    "headless=new no-sandbox disable-gpu disable-dev-shm-usage disable-background-networking disable-component-update disable-sync "
    "no-first-run ignore-certificate-errors"
)


@contextmanager
def chromium(profile: Path, size: tuple[int, int] = (1400, 900)) -> Iterator[webdriver.Chrome]:
    """A browser of its own; skips the test where none is installed, except in CI, where that is a failure."""
    if not (CHROMIUM and CHROMEDRIVER):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Chromium or chromedriver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for switch in (*SWITCHES.split(), f"user-data-dir={profile}", "window-size={},{}".format(*size)):
        options.add_argument(f"--{switch}")
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    try:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield driver
    finally:
        driver.quit()


@contextmanager
def app(folder: Path, index: Path, port: int, environment: Mapping[str, str], path: str = "") -> Iterator[Path]:
    """A `tenkyo ui` below a path, with these variables besides the tests' own; gives its log. No page of it may have failed."""
    log = folder / "app.log"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TENKYO_")} | {"HOME": str(folder)}
    with running([str(TENKYO), "ui", "--index", str(index), "--port", str(port)], variables | dict(environment), log) as process:
        until(lambda: answers(f"http://127.0.0.1:{port}{path}/_stcore/health") or process.poll() is not None)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield log
    assert "Uncaught" not in log.read_text(encoding="utf-8")


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended at the end."""
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether something answers there with 200, whatever its certificate."""
    context = ssl._create_unverified_context() if url.startswith("https") else None
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(done: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.1)


def eventually(browser: webdriver.Chrome, done: Callable[[webdriver.Chrome], Any], seconds: float = 60) -> Any:
    """What `done` gives once it is true, asked again where the page is drawn anew meanwhile."""
    return WebDriverWait(browser, seconds, poll_frequency=0.1, ignored_exceptions=[WebDriverException]).until(done)


def wait(browser: webdriver.Chrome, css: str, number: int = 1) -> WebElement:
    """The nth element that matches, once it is there."""
    found: list[WebElement] = eventually(
        browser, lambda b: (all := b.find_elements(By.CSS_SELECTOR, css)) and len(all) >= number and all
    )
    return found[number - 1]


def see(browser: webdriver.Chrome, css: str, words: str = "") -> str:
    """The text of the first element that matches, once it has these words in it: an element stands empty while it is drawn."""

    def shown(b: webdriver.Chrome) -> str:
        text = b.find_element(By.CSS_SELECTOR, css).text
        return text if words in text else ""

    try:
        return str(eventually(browser, shown))
    except TimeoutException:
        pytest.fail(f"{css} does not show {words!r}: {[e.text for e in browser.find_elements(By.CSS_SELECTOR, css)]}")


def press(browser: webdriver.Chrome, css: str, number: int = 1) -> None:
    """Bring the nth that matches into view and click it, as one does with a mouse."""

    def click(b: webdriver.Chrome) -> bool:
        button = b.find_elements(By.CSS_SELECTOR, css)[number - 1 :]
        if button:
            b.execute_script("arguments[0].scrollIntoView({block: 'center'})", button[0])
            button[0].click()
        return bool(button)

    eventually(browser, click)


def ask(browser: webdriver.Chrome, question: str, number: int = 1) -> None:
    """Type a question into the chat box and wait for its answer; `number` is which question of the conversation it is."""

    def typed(b: webdriver.Chrome) -> bool:
        box = b.find_element(By.CSS_SELECTOR, "[data-testid=stChatInputTextArea]")
        if box.get_attribute("value") != question:
            box.send_keys(Keys.CONTROL, "a", Keys.NULL, question)
        return bool(box.get_attribute("value") == question)

    eventually(browser, typed)
    wait(browser, "[data-testid=stChatInputTextArea]").send_keys(Keys.ENTER)
    wait(browser, ".tk-measure", number)


def sign_in(browser: webdriver.Chrome, url: str, person: str, password: str) -> None:
    """Go from the sign-in page to the provider of the tests and give name and password there."""
    browser.get(url)
    press(browser, ".st-key-enter button")
    wait(browser, "input[name=person]").send_keys(person)
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.ID, "in").click()
