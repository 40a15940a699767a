"""The main journey of each group in a real browser, from sign-in to export: an employee asks, a reviewer approves and exports, an
administrator replays the record.

Skipped where Chromium or chromedriver is missing, except in CI (the environment has CI=true), where that is a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import app, ask, chromium, eventually, free_port, press, see, sign_in, until, wait
from oidc_server import CLIENT, PASSWORD, SECRET, OIDCServer
from selenium import webdriver
from selenium.webdriver.common.by import By

from ingest.build import ingest

PEOPLE = {
    "hanako": {"name": "佐藤 花子", "email": "hanako@example.co.jp", "email_verified": True, "groups": ["社員"]},
    "midori": {"name": "高橋 緑", "email": "midori@example.co.jp", "email_verified": True, "groups": ["社員", "監査室"]},
    "jiro": {"name": "鈴木 次郎", "email": "jiro@example.co.jp", "email_verified": True, "groups": ["社員", "情報システム"]},
}
QUESTION = "課長の日当はいくらですか"
Open = Callable[[str], webdriver.Chrome]


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def enter(regulations: Path, downloads: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Signs a person in in one browser, after the one before has gone."""
    folder = tmp_path_factory.mktemp("journey")
    ingest([regulations], folder / "data" / "index", progress=lambda line: None)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with OIDCServer(PEOPLE, {f"{url}/oauth2callback"}) as provider:
        environment = {
            "TENKYO_OIDC_URL": provider.issuer, "TENKYO_OIDC_CLIENT": CLIENT, "TENKYO_OIDC_SECRET": SECRET, "TENKYO_URL": url,
            "TENKYO_OIDC_COOKIE": "0123456789abcdef" * 4, "TENKYO_REVIEWERS": "監査室", "TENKYO_ADMINS": "情報システム",
        }  # fmt: skip
        with app(folder, folder / "data" / "index", port, environment), chromium(folder / "profile") as window:
            window.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})

            def signed_in(person: str) -> webdriver.Chrome:
                window.get("about:blank")
                window.execute_cdp_cmd("Network.clearBrowserCookies", {})
                sign_in(window, url, person, PASSWORD)
                see(window, ".st-key-account", PEOPLE[person]["name"])
                return window

            yield signed_in


def go(browser: webdriver.Chrome, title: str) -> None:
    """Open a page by its name in the navigation."""
    eventually(browser, lambda b: b.find_element(By.LINK_TEXT, title).click() or True)
    see(browser, ".tk-head h1", title)


def saved(downloads: Path, name: str) -> str:
    """The text of a file once it is downloaded."""
    until(lambda: (downloads / name).is_file())
    return (downloads / name).read_text(encoding="utf-8-sig")


@pytest.mark.timeout(600)
def test_from_the_question_to_the_approved_answer_and_the_record(enter: Open, downloads: Path) -> None:
    browser = enter("hanako")
    ask(browser, QUESTION)
    press(browser, ".st-key-chip-0-0-0 button")
    wait(browser, ".st-key-source iframe")
    press(browser, ".st-key-actions-0 [data-testid=stPopover] button")
    press(browser, ".st-key-md-0 button")
    assert "２，５００円" in saved(downloads, "回答.md")

    browser = enter("midori")
    go(browser, "出典を確認する")
    press(browser, ".st-key-review-1 button")
    wait(browser, ".st-key-deciding")
    press(browser, ".st-key-deciding [data-testid=stButtonGroup] button")
    press(browser, ".st-key-decided-1 button")
    until(lambda: not browser.find_elements(By.CSS_SELECTOR, ".st-key-review-1"))
    press(browser, ".st-key-review-view button", 3)
    press(browser, ".st-key-gold button")
    gold = json.loads(saved(downloads, "gold.jsonl").splitlines()[0])
    assert gold["question"] == QUESTION
    assert "２，５００円" in gold["evidence"][0]["quote"]
    browser.get(browser.current_url.rsplit("/", 1)[0])
    ask(browser, QUESTION)
    see(browser, ".tk-confirmed", "確認済み")

    browser = enter("jiro")
    go(browser, "監査ログ")
    press(browser, ".st-key-audit-1 button")
    see(browser, ".st-key-replay", "２，５００円")
    press(browser, ".st-key-audit-back button")
    press(browser, ".st-key-audit-csv button")
    log = saved(downloads, "監査ログ.csv")
    assert QUESTION in log
    assert "midori" in log or "高橋" in log or "review" in log
