"""The page on which one asks: the chat on the left, the opened source on the right, the documents in the sidebar."""

from __future__ import annotations

import html
from contextlib import closing
from datetime import date

import streamlit as st

from rag.errors import TenkyoError
from rag.snapshot import Snapshot
from ui.chat import Turn
from ui.desk import Desk, Given
from ui.examples import examples
from ui.labels import markdown, shortened
from ui.page import heading, look, problem
from ui.session import conversation, keep, shared_assistant, shared_desk
from ui.sidebar import chosen_day, chosen_documents, documents
from ui.source_panel import source_panel
from ui.turn import turn_shown

_PURPOSE = "登録された文書だけから答え、根拠となる原文をその場で示します。"
_RECENT = 5
"""How many turns are shown; earlier ones when asked for, since a page takes the longer to draw the more there is on it."""
_STOPPED = "回答を中止しました。もう一度聞くには、質問を入力してください。"
_TO_LATEST = """<script>
setTimeout(() => {
  const turn = document.querySelector(".st-key-turn-NUMBER"), main = turn?.closest("main");
  if (main) main.scrollTop += turn.getBoundingClientRect().top - parseFloat(getComputedStyle(turn).scrollMarginTop);
}, 250);
</script>"""


def ask_page() -> None:
    """The whole page."""
    look()
    try:
        assistant = shared_assistant()
        desk = shared_desk(assistant, chosen_documents(assistant.snapshot))
    except TenkyoError as error:
        heading("典拠", _PURPOSE)
        problem(str(error), "index")
        st.button("もう一度確かめる")
        return
    on = chosen_day()
    question = st.chat_input("知りたいことを文で入力してください", key="question") or st.session_state.pop("example", None)
    chat, source = st.columns([11, 10], gap="large")
    with chat:
        heading("典拠", _PURPOSE)
        _chat(desk, on, question)
    documents(assistant.snapshot, on)
    with source, st.container(key="source"):
        source_panel(assistant)


def _chat(desk: Desk, on: date, question: str | None) -> None:
    turns = conversation().turns
    if not turns and question is None:
        _examples(desk.assistant.snapshot, on)
    earlier = 0 if st.session_state.get("earlier") else max(0, len(turns) - _RECENT)
    if earlier:
        st.button(f"前のやりとりを表示（{earlier}件）", key="show-earlier", on_click=_show_earlier, type="tertiary")
    for number, turn in enumerate(turns[earlier:], start=earlier):
        with st.container(key=f"turn-{number}"):
            turn_shown(number, turn)
    if question is not None:
        with st.container(key=f"turn-{len(turns)}"):
            turn = _asked(desk, question, on)
            keep(conversation().added(turn))
            turn_shown(len(turns), turn)
        turns = conversation().turns
    if turns:
        st.html(_TO_LATEST.replace("NUMBER", str(len(turns) - 1)), unsafe_allow_javascript=True)


def _show_earlier() -> None:
    st.session_state["earlier"] = True


def _asked(desk: Desk, question: str, on: date) -> Turn:
    """Answer, showing the sentences as they come; what the user can put right becomes the turn's message."""
    talk = conversation()
    place = st.empty()
    given: Given | None = None
    try:
        with place.container(), closing(desk.answer(question, on, talk.questions)) as growing:
            st.html(f'<p class="tk-question">{html.escape(shortened(question, 200))}</p>')
            words, stop = st.empty(), st.empty()
            stop.button("中止", key="stop", on_click=_stopped, args=(question,), type="tertiary")
            with st.spinner("文書を調べています…"):
                for given in growing:
                    words.html(f'<p role="status">{html.escape(given.answer.text if given.answer.sentences else "")}</p>')
    except TenkyoError as error:
        return Turn(question, error=str(error))
    finally:
        place.empty()
    return Turn(question, given.answer, entry=given.entry) if given else Turn(question, error=_STOPPED)


def _stopped(question: str) -> None:
    """The user has stopped an answer; the run that made it ends by this very click."""
    keep(conversation().added(Turn(question, error=_STOPPED)))


def _examples(snapshot: Snapshot, on: date) -> None:
    with st.container(key="examples", gap="xsmall"):
        st.html('<p class="tk-small">質問の例</p>')
        for number, question in enumerate(examples(snapshot, on)):
            st.button(markdown(question), key=f"example-{number}", on_click=_ask_example, args=(question,), width="stretch")


def _ask_example(question: str) -> None:
    st.session_state["example"] = question
