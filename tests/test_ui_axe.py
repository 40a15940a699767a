"""Accessibility: axe-core finds no serious violation on any page that our code can mend, and each can be used by keyboard."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from browser import app, ask, chromium, free_port, wait
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PAGES = {
    "": ".tk-head",
    "verify": ".tk-head",
    "documents": ".tk-head",
    "review": ".tk-head",
    "unanswered": ".tk-head",
    "audit": ".tk-head",
    "about": ".tk-head",
}
GIVEN = (
    "[data-testid^='stHeader']",
    "[data-testid^='stSidebarNav']",
    "[data-testid='stSidebarCollapseButton']",
    "[data-baseweb]",
    "[role='presentation']",
    "[role='spinbutton']",
    "[data-testid='stIconMaterial']",
)
"""What Streamlit makes and our code cannot change."""


def violations(browser: webdriver.Chrome) -> list[str]:
    """The serious and critical violations outside what is Streamlit's own."""
    browser.execute_script(AXE)
    found: dict[str, Any] = browser.execute_async_script(
        "const done = arguments[1]; axe.run({exclude: arguments[0].map(s => [s])}, {resultTypes: ['violations']}).then(done)",
        list(GIVEN),
    )
    return [
        f"{v['id']}: {node['html'][:160]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


def test_no_page_has_a_serious_violation(index: Path, tmp_path: Path) -> None:
    port = free_port()
    with app(tmp_path, index, port, {}), chromium(tmp_path / "profile") as browser:
        for path, ready in PAGES.items():
            browser.get(f"http://127.0.0.1:{port}/{path}")
            wait(browser, ready)
            wait(browser, "[data-testid='stSidebarNavLink']")
            assert violations(browser) == [], path


def test_a_question_is_asked_and_its_source_opened_by_keyboard(index: Path, tmp_path: Path) -> None:
    port = free_port()
    with app(tmp_path, index, port, {}), chromium(tmp_path / "profile") as browser:
        browser.get(f"http://127.0.0.1:{port}/")
        ask(browser, "課長の日当はいくらですか")
        chip = wait(browser, ".st-key-chip-0-0-0 button")
        for _ in range(60):
            browser.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
            if browser.switch_to.active_element == chip:
                break
        else:
            pytest.fail("the citation cannot be reached by keyboard")
        browser.switch_to.active_element.send_keys(Keys.ENTER)
        wait(browser, ".st-key-source iframe")
        assert violations(browser) == []
