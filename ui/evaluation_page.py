"""The page on which the reports of batch evaluations are read, and two of them compared."""

from __future__ import annotations

import html

import streamlit as st

from rag.errors import TenkyoError
from ui.evaluations import FOLDER, Filed, comparison_html, filed, folder_of, report_html
from ui.page import heading, look, problem
from ui.session import settings

_VIEWS = ("報告", "二つを比べる")
_HEIGHT = 900


def evaluation_page() -> None:
    """The whole page."""
    look()
    heading("評価", "正解つきの質問でまとめて測った結果と、変更の前後の違いを確かめられます。")
    found = filed(folder_of(settings()))
    if not found:
        st.html(
            '<div class="tk-none-yet" role="status"><p>まだ報告がありません。'
            f"索引と同じ場所の {FOLDER} フォルダーに「tenkyo eval 正解.jsonl --report {FOLDER}/名前」で作ると、ここに並びます。</p></div>"
        )
        return
    with st.container(key="evaluation", gap="small"):
        view = st.segmented_control(
            "見るもの", _VIEWS, default=_VIEWS[0], required=True, key="evaluation-view", label_visibility="collapsed"
        )
        try:
            _report(found) if view == _VIEWS[0] else _compared(found)
        except TenkyoError as error:
            problem(str(error), "evaluation")


def _report(found: list[Filed]) -> None:
    chosen = st.selectbox("報告", found, format_func=_label, key="evaluation-report")
    page = report_html(chosen)
    st.download_button("HTMLで保存", page.encode(), f"{chosen.name}.html", "text/html", key="evaluation-save")
    st.iframe(page, height=_HEIGHT, tab_index=0, alt=f"報告 {chosen.name}")


def _compared(found: list[Filed]) -> None:
    if len(found) < 2:
        st.html('<p class="tk-small" role="status">比べるには、報告が二つ以上要ります。</p>')
        return
    with st.container(horizontal=True):
        before = st.selectbox("前", found, index=1, format_func=_label, key="evaluation-before")
        after = st.selectbox("後", found, index=0, format_func=_label, key="evaluation-after")
    if before.folder == after.folder:
        st.html('<p class="tk-small" role="status">違う報告を選んでください。</p>')
        return
    st.iframe(comparison_html(before, after), height=_HEIGHT, tab_index=0, alt=html.escape(f"{before.name}と{after.name}の比較"))


def _label(report: Filed) -> str:
    share = "" if report.verified is None else f"、検証済み {report.verified:.3f}"
    return f"{report.name}（{report.at:%Y-%m-%d %H:%M}、{report.questions}問{share}）"
