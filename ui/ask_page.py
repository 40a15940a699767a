"""The page on which one asks: the chat on the left, the opened source on the right, the documents in the sidebar."""

from __future__ import annotations

import html
import os
from datetime import date
from pathlib import Path

import streamlit as st

from rag.answers import NOT_FOUND, REASONS, address
from rag.assistant import Assistant
from rag.dates import current_version
from rag.errors import TenkyoError
from rag.settings import Settings
from rag.snapshot import SNAPSHOTS, DocumentRow, Snapshot, current_name
from rag.types import Answer
from ui.chat import Conversation, Place, Turn, take_turn
from ui.examples import examples
from ui.labels import japanese_date, markdown, place_name, shortened, standing, term
from ui.shelf import Volume, matching, volumes
from ui.source import source_page

FILTER_FROM, LISTED, NEAREST = 12, 100, 5
"""From how many documents on they can be filtered, how many are listed, how many passages an abstention names."""
_HERE = Path(__file__).parent
_LANGUAGE = "<script>document.documentElement.lang = 'ja'</script>"


def ask_page() -> None:
    """The whole page."""
    st.html(_HERE / "style.css")
    st.html(_LANGUAGE, unsafe_allow_javascript=True)
    try:
        assistant = _open(Settings.read(os.environ))
    except TenkyoError as error:
        _heading()
        st.warning(markdown(str(error)))
        st.button("もう一度確かめる")
        return
    on = _sidebar(assistant.snapshot)
    question = st.chat_input("知りたいことを文で入力してください", key="question") or st.session_state.pop("example", None)
    if question is not None:
        with st.spinner("文書を調べています…"):
            _keep(_conversation().added(take_turn(assistant, question, on)))
    chat, source = st.columns([11, 10], gap="large")
    with chat:
        _heading()
        if not _conversation().turns:
            _examples(assistant.snapshot, on)
        for number, turn in enumerate(_conversation().turns):
            _turn(number, turn, assistant)
    with source, st.container(key="source"):
        _source(assistant)


# State


def _conversation() -> Conversation:
    kept: Conversation = st.session_state.setdefault("conversation", Conversation())
    return kept


def _keep(conversation: Conversation) -> None:
    st.session_state["conversation"] = conversation


def _show(turn: int, number: int) -> None:
    _keep(_conversation().opening(turn, number))


def _close() -> None:
    _keep(_conversation().closed())


def _ask_example(question: str) -> None:
    st.session_state["example"] = question


def _open(settings: Settings) -> Assistant:
    """The assistant over the index as it is now: a new snapshot is opened once, then shared by all sessions."""
    return _opened(settings, current_name(settings.index))


@st.cache_resource(max_entries=2, show_spinner="索引を開いています…")
def _opened(_settings: Settings, name: str | None) -> Assistant:
    return Assistant.open(_settings.index, _settings)


def _snapshot(assistant: Assistant, name: str) -> Snapshot | None:
    """The snapshot that a turn was answered from; None when it is gone."""
    if name == assistant.snapshot.name:
        return assistant.snapshot
    try:
        return Snapshot(assistant.settings.index / SNAPSHOTS / name)
    except FileNotFoundError:
        return None


# Chat


def _heading() -> None:
    st.html(
        '<header class="tk-head"><h1>典拠</h1><p>登録された文書だけから答え、根拠となる原文をその場で示します。</p></header>',
    )


def _examples(snapshot: Snapshot, on: date) -> None:
    with st.container(key="examples"):
        st.html('<p class="tk-small">質問の例</p>')
        for number, question in enumerate(examples(snapshot, on)):
            st.button(markdown(question), key=f"example-{number}", on_click=_ask_example, args=(question,), width="stretch")


def _turn(number: int, turn: Turn, assistant: Assistant) -> None:
    with st.chat_message("user"):
        st.html(f'<p class="tk-question">{html.escape(shortened(turn.question, 400))}</p>')
    with st.chat_message("assistant"):
        if turn.answer is None:
            with st.container(key=f"problem-{number}"):
                st.html(f'<p role="alert">{html.escape(turn.error)}</p>')
        elif turn.answer.abstained:
            _abstention(number, turn, turn.answer, assistant)
        else:
            _answer(number, turn, turn.answer)


def _answer(number: int, turn: Turn, answer: Answer) -> None:
    for order, sentence in enumerate(answer.sentences):
        with st.container(key=f"sentence-{number}-{order}", horizontal=True, gap="xxsmall"):
            st.html(f"<span>{html.escape(sentence.text)}</span>", width="content")
            for cited in sentence.citations:
                _chip(number, cited, f"[{cited + 1}]", f"chip-{number}-{order}-{cited}")
    with st.container(key=f"references-{number}", gap="xxsmall"):
        st.html('<p class="tk-small">典拠</p>')
        for order, citation in enumerate(answer.citations):
            _chip(number, order, f"[{order + 1}] {place_name(citation.title, citation.path)}", f"reference-{number}-{order}")
    _measure(turn, answer)


def _abstention(number: int, turn: Turn, answer: Answer, assistant: Assistant) -> None:
    with st.container(key=f"abstained-{number}"):
        reason = REASONS[answer.reason] if answer.reason else ""
        st.html(f'<p class="tk-none" role="status">{NOT_FOUND}</p><p>{reason}</p>')
        snapshot = _snapshot(assistant, turn.snapshot)
        if answer.hits and snapshot:
            st.html('<p class="tk-small">近い箇所（答えではありません）</p>')
            for order, hit in enumerate(answer.hits[:NEAREST]):
                row = snapshot.row(hit.passage.doc_id, hit.passage.version)
                _chip(number, order, place_name(row.title, hit.passage.path), f"near-{number}-{order}")
    _measure(turn, answer)


def _chip(turn: int, number: int, label: str, key: str) -> None:
    """A button that opens a place; the one that is open stands out."""
    opened = _conversation().opened == (turn, number)
    st.button(markdown(label), key=key, type="primary" if opened else "secondary", on_click=_show, args=(turn, number))


def _measure(turn: Turn, answer: Answer) -> None:
    parts = (f"確からしさ {answer.confidence:.0%}", f"{answer.seconds:.2f}秒", f"基準日 {japanese_date(turn.as_of)}")
    st.html(f'<p class="tk-small tk-measure">{"<span>・</span>".join(parts)}</p>')


# Source


def _source(assistant: Assistant) -> None:
    conversation = _conversation()
    place = conversation.open_place
    if place is None or conversation.opened is None:
        st.html('<div class="tk-empty"><p>回答の番号を押すと、根拠となる原文がここに開きます。</p></div>')
        return
    turn = conversation.turns[conversation.opened[0]]
    snapshot = _snapshot(assistant, turn.snapshot)
    if snapshot is None:
        st.html('<div class="tk-empty"><p>この回答のあとに文書が登録し直され、当時の原文は残っていないので、もう一度質問してください。</p></div>')
        return
    row = snapshot.row(place.doc_id, place.version)
    document = snapshot.document(place.doc_id, place.version)
    with st.container(key="source-head", horizontal=True, vertical_alignment="top"):
        st.html(_source_head(row, place, _standing(snapshot, row, turn.as_of)))
        st.button("閉じる", key="close", on_click=_close, type="tertiary")
    sections = snapshot.sections(place.doc_id, place.version)
    page = source_page(document, place.span, sections=sections, also=place.also, click=conversation.clicks)
    st.iframe(page, height=600, tab_index=0, alt=f"原文 {shortened(row.title, 60)}")


def _standing(snapshot: Snapshot, row: DocumentRow, on: date) -> str:
    versions = [other for other in snapshot.documents() if other.id == row.id]
    return standing(row.meta, current_version(versions, on) == row, on)


def _source_head(row: DocumentRow, place: Place, stands: str) -> str:
    version = f"版 {row.version}" if row.version else ""
    page = f"{place.page}ページ" if place.page else ""
    facts = " ・ ".join(html.escape(fact) for fact in (version, term(row.meta), row.meta.publisher, page, row.source) if fact)
    return (
        f'<section class="tk-source"><h2>{html.escape(row.title)}<span class="tk-badge tk-{stands}">{stands}</span></h2>'
        f'<p class="tk-path">{html.escape(address(place.path))}</p><p class="tk-small">{facts}</p></section>'
    )


# Sidebar


def _sidebar(snapshot: Snapshot) -> date:
    with st.sidebar:
        on = st.date_input("基準日", value="today", min_value=date(1868, 1, 1), max_value=date(2200, 12, 31)) or date.today()
        st.html('<p class="tk-small">この日に施行されている版から答えます。</p>')
        found = volumes(snapshot.documents(), on)
        st.html(f'<h2 class="tk-side">登録文書 <span class="tk-small">{len({v.row.id for v in found})}件</span></h2>')
        if len(found) >= FILTER_FROM:
            found = matching(found, st.text_input("文書を絞り込む", placeholder="文書名で絞り込む", label_visibility="collapsed"))
        st.html("".join(('<ul class="tk-shelf">', *map(_volume, found[:LISTED]), "</ul>")))
        if len(found) > LISTED:
            st.caption(f"ほか{len(found) - LISTED:,}件")
        if _conversation().turns:
            st.button("新しい会話を始める", on_click=_keep, args=(Conversation(),), width="stretch")
    return on


def _volume(volume: Volume) -> str:
    row = volume.row
    badge = "" if volume.standing == "現行" else f'<span class="tk-badge tk-{volume.standing}">{volume.standing}</span>'
    facts = " ・ ".join(filter(None, (f"版 {row.version}" if row.version else "", term(row.meta))))
    return f'<li class="tk-{volume.standing}"><b>{html.escape(row.title)}</b>{badge}<br><span>{html.escape(facts)}</span></li>'
