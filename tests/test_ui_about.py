"""The page about the system: its facts, its figures and its links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.settings import Settings
from rag.snapshot import Snapshot
from ui.about import FEATURES, FIGURES, MEASURED, PRINCIPLES, facts

ROOT = Path(__file__).parents[1]


def page() -> None:
    from ui.about_page import about_page

    about_page()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_facts_are_those_of_what_may_be_seen(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        found = dict(facts(snapshot, Settings(model="openai:example")))
        assert found["文書"] == "3件（4版）"
        assert found["箇所（検索の単位）"] == str(snapshot.size)
        assert found["索引"] == snapshot.name
    assert found["答えを書くモデル"] == "openai:example"
    assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d", found["索引を作った日時"])


def test_every_figure_is_one_that_the_readme_gives_for_what_was_measured() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in readme.splitlines() if MEASURED in line]
    assert [value for _, value in FIGURES if value not in line] == []


def test_the_ten_principles_stand_in_order_with_both_sides() -> None:
    names = "人間中心 安全性 公平性 プライバシー保護 セキュリティ確保 透明性 アカウンタビリティ 教育・リテラシー 公正競争確保 イノベーション"
    assert [principle.name for principle in PRINCIPLES] == names.split()
    for principle in PRINCIPLES:
        assert principle.features
        assert set(principle.features) <= FEATURES.keys()
        assert principle.does.endswith("。")
        assert principle.operator.endswith("ください。")


def test_every_link_leads_to_a_page_of_the_app_under_the_same_condition() -> None:
    listed = (ROOT / "ui" / "app.py").read_text(encoding="utf-8")
    for title, path, need in FEATURES.values():
        where = f'"{path}"' if path else "None"
        assert f'"{title}", {where}, "{need}")' in listed, title


def test_the_page_shows_facts_principles_and_links(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_INDEX", str(index))
    st.cache_resource.clear()
    found = shown(AppTest.from_function(page, default_timeout=60).run())
    assert "<dd>3件（4版）</dd>" in found
    assert found.count('<section class="tk-principle">') == 10
    assert '<a href="audit">監査ログ</a>' in found
    assert '<a href="./">質問する</a>' in found


def test_without_an_index_the_page_says_so_and_shows_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_INDEX", str(tmp_path / "none"))
    found = shown(AppTest.from_function(page, default_timeout=60).run())
    assert 'role="alert"' in found
    assert "tenkyo ingest" in found
    assert found.count('<section class="tk-principle">') == 10
