"""The opened source beside the chat: which document, version and section, and its text with the cited words marked."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.dates import current_version
from rag.snapshot import DocumentRow, Snapshot
from ui.chat import Place
from ui.labels import Standing, section_name, shortened, standing, term
from ui.session import close, conversation, snapshot_named
from ui.source import source_page

_HEIGHT = 600
"""Of the text in pixels, where the style sheet does not fit it to the window."""


def source_panel(assistant: Assistant) -> None:
    """The panel; without an opened place it says how to open one."""
    talk = conversation()
    place = talk.open_place
    if place is None or talk.opened is None:
        _empty("回答の番号を押すと、根拠となる原文がここに開きます。")
        return
    turn = talk.turns[talk.opened[0]]
    snapshot = snapshot_named(assistant, turn.snapshot)
    if snapshot is None:
        _empty("この回答のあとに文書が登録し直され、当時の原文は残っていないので、もう一度質問してください。")
        return
    row = snapshot.row(place.doc_id, place.version)
    with st.container(key="source-head", horizontal=True, vertical_alignment="top"):
        st.html(_head(row, place, _standing(snapshot, row, turn.as_of)))
        st.button("閉じる", key="close", on_click=close, type="tertiary")
    page = source_page(
        snapshot.document(place.doc_id, place.version), place.span,
        sections=snapshot.sections(place.doc_id, place.version), also=place.also, click=talk.clicks,
    )  # fmt: skip
    st.iframe(page, height=_HEIGHT, tab_index=0, alt=f"原文 {shortened(row.title, 60)}")


def _empty(words: str) -> None:
    st.html(f'<div class="tk-empty"><p>{words}</p></div>')


def _standing(snapshot: Snapshot, row: DocumentRow, on: date) -> Standing:
    versions = [other for other in snapshot.documents() if other.id == row.id]
    return standing(row.meta, current_version(versions, on) == row, on)


def _head(row: DocumentRow, place: Place, stands: Standing) -> str:
    version = f"版 {row.version}" if row.version else ""
    page = f"{place.page}ページ" if place.page else ""
    facts = "".join(
        f"<span>{html.escape(fact)}</span>" for fact in (version, term(row.meta), page, row.source, row.meta.publisher) if fact
    )
    return (
        f'<section class="tk-source"><h2>{html.escape(row.title)}<span class="tk-badge tk-{stands}">{stands}</span></h2>'
        f'<p class="tk-path">{html.escape(section_name(row.title, place.path))}</p><p class="tk-small tk-facts">{facts}</p></section>'
    )
