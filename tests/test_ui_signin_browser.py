"""Signing in with a real OpenID Connect provider on loopback, in a real browser, and what a spoilt token is worth.

The browser's tests are skipped where Chromium or chromedriver is missing, except in CI (the environment has CI=true), where that is a
failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest
from browser import app, chromium, free_port, press, see, sign_in, wait
from joserfc import jwt
from joserfc.jwk import OctKey
from oidc_server import CLIENT, PASSWORD, SECRET, OIDCServer
from selenium import webdriver
from selenium.webdriver.common.by import By

COOKIE = "0123456789abcdef" * 4
PEOPLE = {
    "hanako": {"name": "佐藤 花子", "email": "hanako@example.co.jp", "email_verified": True, "groups": ["社員", "経理部"]},
    "jiro": {"name": "鈴木 次郎", "email": "jiro@example.co.jp", "email_verified": True, "groups": ["社員"]},
    "yoso": {"name": "他社 太郎", "email": "taro@example.com", "email_verified": True, "groups": ["他社"]},
    "many": {
        "name": "<img src=x onerror=document.title=1>**太字**",
        "groups": ["社員", *(str(uuid5(NAMESPACE_URL, str(n))) for n in range(150))],
    },
    "old": {"name": "昨日 入郎", "groups": ["社員"], "iat": 1_700_000_000},
}


@dataclass(frozen=True)
class Site:
    """The app that people sign in to, its provider, and its log."""

    url: str
    provider: OIDCServer
    log: Path


@pytest.fixture(scope="module")
def site(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with OIDCServer(PEOPLE, {f"{url}/oauth2callback"}) as provider:
        environment = {
            "TENKYO_OIDC_URL": provider.issuer,
            "TENKYO_OIDC_CLIENT": CLIENT,
            "TENKYO_OIDC_SECRET": SECRET,
            "TENKYO_OIDC_COOKIE": COOKIE,
            "TENKYO_URL": url,
            "TENKYO_USERS": "社員",
            "TENKYO_ADMINS": "jiro@example.co.jp",
        }
        with app(tmp_path_factory.mktemp("site"), index, port, environment) as log:
            yield Site(url, provider, log)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def browser(window: webdriver.Chrome) -> webdriver.Chrome:
    """The window of all tests, with no cookie left of the one before."""
    window.get("about:blank")
    window.execute_cdp_cmd("Network.clearBrowserCookies", {})
    return window


def pages(browser: webdriver.Chrome) -> list[str]:
    wait(browser, "[data-testid=stSidebarNavLink]")
    return [link.text for link in browser.find_elements(By.CSS_SELECTOR, "[data-testid=stSidebarNavLink]")]


def test_an_employee_signs_in_asks_and_leaves(site: Site, browser: webdriver.Chrome) -> None:
    browser.get(f"{site.url}/verify")
    wait(browser, ".st-key-enter button")
    body = browser.find_element(By.TAG_NAME, "body").text
    assert "旅費規程" not in body
    assert not browser.find_elements(By.CSS_SELECTOR, "[data-testid=stSidebarNavLink], [data-testid=stChatInput], [role=dialog]")

    sign_in(browser, site.url, "hanako", PASSWORD)
    see(browser, ".st-key-account", "佐藤 花子")
    see(browser, ".st-key-account", "利用者")
    assert "質問する" in pages(browser)
    assert "監査ログ" not in pages(browser)
    cookies = {cookie["name"]: cookie for cookie in browser.get_cookies()}
    assert cookies["_streamlit_user"]["httpOnly"]
    assert cookies["_streamlit_user"]["sameSite"] == "Lax"
    browser.refresh()
    see(browser, ".st-key-account", "佐藤 花子")

    left = len(site.provider.ended)
    press(browser, ".st-key-leave button")
    wait(browser, ".st-key-enter button")
    assert len(site.provider.ended) == left + 1
    browser.get(site.url)
    wait(browser, ".st-key-enter button")
    assert not {name for name in (cookie["name"] for cookie in browser.get_cookies()) if name.startswith("_streamlit_user")}


def test_an_administrator_is_one_by_mail_address(site: Site, browser: webdriver.Chrome) -> None:
    sign_in(browser, site.url, "jiro", PASSWORD)
    see(browser, ".st-key-account", "管理者")
    assert "監査ログ" in pages(browser)


def test_who_the_provider_does_not_know_stays_outside(site: Site, browser: webdriver.Chrome) -> None:
    sign_in(browser, site.url, "hanako", "ちがう")
    see(browser, "#message", "違います")
    browser.find_element(By.ID, "cancel").click()
    wait(browser, ".st-key-enter button")
    assert browser.current_url.rstrip("/") == site.url


def test_who_is_not_of_the_house_is_told_and_can_change_the_account(site: Site, browser: webdriver.Chrome) -> None:
    sign_in(browser, site.url, "yoso", PASSWORD)
    see(browser, "[role=alert]", "利用が許されていない")
    assert not browser.find_elements(By.CSS_SELECTOR, "[data-testid=stSidebarNavLink], [data-testid=stChatInput]")
    press(browser, ".st-key-leave button")
    wait(browser, ".st-key-enter button")


def test_a_sign_in_of_another_day_is_over(site: Site, browser: webdriver.Chrome) -> None:
    sign_in(browser, site.url, "old", PASSWORD)
    see(browser, "[role=alert]", "もう一度サインイン")


def test_many_groups_and_a_name_of_markup_are_taken_as_they_are(site: Site, browser: webdriver.Chrome) -> None:
    sign_in(browser, site.url, "many", PASSWORD)
    see(browser, ".st-key-account", PEOPLE["many"]["name"])
    assert browser.title != "1"
    assert (
        sum(len(cookie["name"]) + len(cookie["value"]) for cookie in browser.get_cookies()) > 8192
    )  # a header line of that length is usually too long


# Without a browser: the same steps, one request at a time


def handed(site: Site, person: str) -> set[str]:
    """The cookies that a browser would hold after going through the whole sign-in."""
    start = jwt.encode({"alg": "HS256"}, {"provider": "default", "exp": 4_000_000_000}, OctKey.import_key(COOKIE))
    with httpx.Client(follow_redirects=True, trust_env=False) as client:
        form = client.get(f"{site.url}/auth/login", params={"provider": start})
        assert str(form.url).startswith(f"{site.provider.issuer}/authorize?")
        assert "code_challenge_method=S256" in str(form.url)
        client.post(str(form.url), data={"person": person, "password": PASSWORD})
        return set(client.cookies)


@pytest.mark.parametrize("spoilt", ["", "key", "nonce", "aud", "iss", "exp"])
def test_only_a_token_that_is_meant_for_this_sign_in_opens(site: Site, spoilt: str) -> None:
    redeemed = site.provider.tokens
    site.provider.spoilt = spoilt
    try:
        assert ("_streamlit_user" in handed(site, "hanako")) == (not spoilt)
    finally:
        site.provider.spoilt = ""
    assert site.provider.tokens == redeemed + 1
