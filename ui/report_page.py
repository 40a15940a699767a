"""The page that shows, for one registered document, what the index made of it."""

from __future__ import annotations

import html
from collections.abc import Iterator

import streamlit as st

from ingest.report import Report, report
from rag.errors import TenkyoError
from rag.snapshot import DocumentRow, Snapshot
from ui.page import heading, look, problem
from ui.session import shared_assistant


def report_page() -> None:
    """The whole page."""
    look()
    heading("登録の報告", "文書がもれなく、正しく読み取られているかを確かめられます。")
    try:
        snapshot = shared_assistant().snapshot
    except TenkyoError as error:
        problem(str(error), "index")
        return
    with st.container(key="report", gap="small"):
        row = st.selectbox("文書", snapshot.documents(), format_func=_name, index=None, placeholder="文書を選ぶ")
        if row:
            with st.spinner("文書を調べています…"):
                found = _report(snapshot.name, row.id, row.version, snapshot)
            _show(found)


def _name(row: DocumentRow) -> str:
    return f"{row.title}{f' 版 {row.version}' if row.version else ''}（{row.source}）"


@st.cache_data(max_entries=32, show_spinner=False)
def _report(name: str, doc_id: str, version: str, _snapshot: Snapshot) -> Report:
    return report(_snapshot, _snapshot.row(doc_id, version))


def _show(found: Report) -> None:
    for number, alarm in enumerate(found.alarms):
        problem(alarm, str(number))
    if not found.alarms and not found.cautions:
        st.html('<p class="tk-sound" role="status">警告も注意もありません。</p>')
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _facts(found))
    st.html(f'<dl class="tk-report">{facts}</dl>')
    for title, words, css in _lists(found):
        items = "".join(f"<li>{html.escape(word)}</li>" for word in words)
        st.html(f'<h2 class="tk-side">{title}</h2><ul class="{css}">{items}</ul>')


def _facts(found: Report) -> Iterator[tuple[str, str]]:
    yield "文字", f"{found.characters:,}"
    yield "ページ・シート", f"{found.pages:,}" if found.pages else "―"
    yield "文字認識の確からしさ", "―" if found.confidence is None else f"{found.confidence:.0%}"
    yield "文字化け", f"{found.garbled:.2%}"
    yield "箇所に入った文字", f"{found.covered:.1%}"
    yield "章・条など", f"{found.sections:,}"
    yield "表", f"{found.tables:,}"
    yield "箇所（検索の単位）", f"{found.passages:,}"
    yield "長すぎる箇所", f"{found.oversized:,}"
    yield "中身のない章条", f"{found.empty:,}"
    yield "参照", f"{found.references:,}"
    yield "見つからない参照先", f"{found.unresolved_count:,}"


def _lists(found: Report) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """Titles with what stands under them, where there is anything, and with the class of the list."""
    lists = (
        ("注意", found.cautions, "tk-lines"),
        ("参照先が見つからないもの", found.unresolved, "tk-words"),
        ("辞書にない言葉（多い順）", found.unknown, "tk-words"),
    )
    return tuple(one for one in lists if one[1])
