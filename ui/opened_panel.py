"""A source of a kept answer, opened beside it: the exact words, marked in the page or the text that they stand in."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from ingest.render import page_image
from rag.assistant import Assistant
from rag.errors import UnreadableFile
from rag.snapshot import Snapshot
from ui.labels import shortened
from ui.pageview import boxes, leaf, original
from ui.session import snapshot_named
from ui.shown import Shown, Source
from ui.source import source_page

_HEIGHT = 600
_TOP = "<script>document.querySelector('[data-testid=stMain]').scrollTop = 0</script>"


def opened_panel(assistant: Assistant, answer: Shown, number: int | None, key: str) -> None:
    """The panel; without a number it says how to open one. The number that is open is kept in the session under the key."""
    if number is None or not 0 <= number < len(answer.sources):
        st.html('<div class="tk-empty"><p>典拠の番号を押すと、根拠となる原文がここに開きます。</p></div>')
        return
    source = answer.sources[number]
    snapshot = _holding(assistant, answer, source)
    with st.container(key="source-head", horizontal=True, vertical_alignment="top"):
        st.html(_head(source))
        st.button("閉じる", key=f"{key}-close", on_click=st.session_state.pop, args=(key, None), type="tertiary")
    if snapshot is None:
        words = "当時の原文は索引に残っていないので、記録にある文言を示します。"
        st.html(
            f'<p class="tk-small" role="status">{words}</p><blockquote class="tk-quote">{html.escape(source.quote)}</blockquote>'
        )
        return
    same = [s for s in answer.sources if (s.doc_id, s.version) == (source.doc_id, source.version) and s != source]
    page = _original(snapshot, source, same) or _text(snapshot, source, same)
    st.iframe(page, height=_HEIGHT, tab_index=0, alt=f"原文 {shortened(source.title, 60)}")


def from_the_top(key: str) -> None:
    """Show what has just been opened from its beginning; who opens something sets the key in the session."""
    if st.session_state.pop(key, False):
        st.html(_TOP, unsafe_allow_javascript=True)


def _holding(assistant: Assistant, answer: Shown, source: Source) -> Snapshot | None:
    """A snapshot in which the words stand where they stood."""
    for snapshot in (snapshot_named(assistant, answer.snapshot), assistant.snapshot):
        if snapshot and snapshot.has(source.doc_id, source.version) and _stands(snapshot, source):
            return snapshot
    return None


def _stands(snapshot: Snapshot, source: Source) -> bool:
    return source.span.of(snapshot.document(source.doc_id, source.version).text) == source.quote


def _text(snapshot: Snapshot, source: Source, same: Sequence[Source]) -> str:
    document = snapshot.document(source.doc_id, source.version)
    sections = snapshot.sections(source.doc_id, source.version)
    return source_page(document, source.span, sections=sections, also=[s.span for s in same])


def _original(snapshot: Snapshot, source: Source, same: Sequence[Source]) -> str:
    """The page of the original with the words marked; empty where there is none to show."""
    file = original(snapshot, snapshot.row(source.doc_id, source.version))
    document = snapshot.document(source.doc_id, source.version)
    cited = boxes(document, [source.span]) if file else ()
    if file is None or not cited:
        return ""
    number = cited[0].page
    here = tuple(box for box in cited if box.page == number)
    also = [box for box in boxes(document, [s.span for s in same]) if box.page == number]
    title = f"{shortened(document.title, 60)} {number}ページ"
    try:
        return leaf(page_image(file, number, here), title, f"{title}の原本", here, also, 0)
    except UnreadableFile:
        return ""  # the text is shown instead


def _head(source: Source) -> str:
    facts = "".join(
        f"<span>{html.escape(f)}</span>" for f in (f"版 {source.version}" if source.version else "", source.page, source.doc) if f
    )
    return (
        f'<section class="tk-source"><h2>{html.escape(source.title)}</h2><p class="tk-path">{html.escape(source.place)}</p>'
        f'<p class="tk-small tk-facts">{facts}</p></section>'
    )
