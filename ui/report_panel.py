"""What the index made of one version of a document, alarms first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from ingest.report import Report, report
from rag.snapshot import DocumentRow, Snapshot
from ui.frame import escape
from ui.page import problem


def report_panel(snapshot: Snapshot, row: DocumentRow) -> None:
    """The whole report."""
    with st.spinner("文書を調べています…"):
        found = _report(snapshot.name, row.id, row.version, snapshot)
    for number, alarm in enumerate(found.alarms):
        problem(alarm, f"alarm-{number}")
    if not found.alarms and not found.cautions:
        st.html('<p class="tk-sound" role="status">警告も注意もありません。</p>')
    _listed("注意", found.cautions, "tk-lines")
    facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _facts(found))
    st.html(f'<dl class="tk-report">{facts}</dl>')
    _listed("参照先が見つからないもの", found.unresolved, "tk-words")
    _listed("辞書にない言葉（多い順）", found.unknown, "tk-words")


@st.cache_data(max_entries=32, show_spinner=False)
def _report(name: str, doc_id: str, version: str, _snapshot: Snapshot) -> Report:
    return report(_snapshot, _snapshot.row(doc_id, version))


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


def _listed(title: str, words: Sequence[str], css: str) -> None:
    if words:
        items = "".join(f"<li>{escape(word)}</li>" for word in words)
        st.html(f'<h3 class="tk-side">{title}</h3><ul class="{css}">{items}</ul>')
