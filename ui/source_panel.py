"""The opened source beside the chat: which document, version and section, and its text with the cited words marked."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

from ingest.render import page_image
from rag.assistant import Assistant
from rag.errors import UnreadableFile
from rag.layout import Box
from rag.snapshot import DocumentRow
from rag.standing import Standing
from rag.types import Document
from ui.chat import Place
from ui.labels import page_name, pages_of, section_name, shortened, stands, term
from ui.pageview import boxes, leaf, original
from ui.session import close, conversation, snapshot_named, turn_to
from ui.source import source_page

_HEIGHT = 600
"""Of the text or page in pixels, where the style sheet does not fit it to the window."""
_VIEWS = ("原本のページ", "本文")


def source_panel(assistant: Assistant) -> None:
    """The panel; without an opened place it says how to open one."""
    talk = conversation()
    place = talk.open_place
    if place is None or talk.opened is None:
        _empty("回答の番号を押すと、根拠となる原文がここに開きます。")
        return
    answer = talk.turns[talk.opened[0]].answer
    snapshot = snapshot_named(assistant, answer.snapshot) if answer else None
    if answer is None or snapshot is None or not snapshot.has(place.doc_id, place.version):
        _empty("この回答のあとに文書が登録し直され、当時の原文は残っていないので、もう一度質問してください。")
        return
    row = snapshot.row(place.doc_id, place.version)
    document = snapshot.document(place.doc_id, place.version)
    with st.container(key="source-head", horizontal=True, vertical_alignment="top"):
        st.html(_head(row, place, page_name(document, place.span), stands(snapshot, row, answer.day)))
        st.button("閉じる", key="close", on_click=close, type="tertiary")
    file = original(snapshot, row)
    if file and _original(document, file, place):
        return
    page = source_page(
        document, place.span,
        sections=snapshot.sections(place.doc_id, place.version), also=place.also, click=talk.clicks,
    )  # fmt: skip
    st.iframe(page, height=_HEIGHT, tab_index=0, alt=f"原文 {shortened(row.title, 60)}")


def _original(document: Document, file: Path, place: Place) -> bool:
    """Let the user choose between page and text; whether the page was chosen and is shown."""
    with st.container(key="source-bar", horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "表示", _VIEWS, default=_VIEWS[0], required=True, key="view", label_visibility="collapsed", persist_state="session"
        )
        if chosen != _VIEWS[0]:
            return False
        cited = boxes(document, [place.span])
        number = conversation().leaf or next((b.page for b in cited), None) or (*pages_of(document, place.span), 1)[0]
        _turning(number, document.pages[-1].number)
    cited = tuple(box for box in cited if box.page == number)
    try:
        image = _image(file.name, number, cited, file)
    except UnreadableFile as error:
        st.html(f'<p class="tk-small" role="status">原本のページを示せず、本文を示しています: {html.escape(str(error))}</p>')
        return False
    also = [box for box in boxes(document, place.also) if box.page == number]
    title = f"{shortened(document.title, 60)} {number}ページ"
    marked = f"しるしの文言: {shortened(place.span.of(document.text), 120)}" if cited else "しるしはありません"
    st.iframe(
        leaf(image, title, f"{title}の原本（{marked}）", cited, also, conversation().clicks),
        height=_HEIGHT, tab_index=0, alt=f"原本 {title}",
    )  # fmt: skip
    return True


def _turning(number: int, last: int) -> None:
    """The page's number and the buttons that turn to the pages beside it."""
    st.button("前へ", key="leaf-before", disabled=number <= 1, on_click=turn_to, args=(number - 1,), type="tertiary")
    st.html(f'<p class="tk-small tk-leaf">{number} / {last}ページ</p>', width="content")
    st.button("次へ", key="leaf-after", disabled=number >= last, on_click=turn_to, args=(number + 1,), type="tertiary")


@st.cache_data(max_entries=64, show_spinner=False)
def _image(name: str, number: int, marked: tuple[Box, ...], _file: Path) -> bytes:
    """The page with its marks, by the name of the index's copy, which tells its content."""
    return page_image(_file, number, marked)


def _empty(words: str) -> None:
    st.html(f'<div class="tk-empty"><p>{words}</p></div>')


def _head(row: DocumentRow, place: Place, page: str, stands: Standing) -> str:
    version = f"版 {row.version}" if row.version else ""
    facts = "".join(
        f"<span>{html.escape(fact)}</span>" for fact in (version, term(row.meta), page, row.source, row.meta.publisher) if fact
    )
    return (
        f'<section class="tk-source"><h2>{html.escape(row.title)}<span class="tk-badge tk-{stands}">{stands}</span></h2>'
        f'<p class="tk-path">{html.escape(section_name(row.title, place.path))}</p><p class="tk-small tk-facts">{facts}</p></section>'
    )
