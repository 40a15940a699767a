"""The page on which one asks: the chat on the left, the opened source on the right, the documents in the sidebar."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date

import streamlit as st

from rag.answers import NOT_FOUND, REASONS, rewrites_text, searched_text
from rag.assistant import Assistant
from rag.errors import TenkyoError
from rag.snapshot import Snapshot
from rag.types import Answer
from ui.chat import Turn, take_turn
from ui.examples import examples
from ui.labels import bases, japanese_date, mark, markdown, section_name, shortened
from ui.page import heading, look, problem
from ui.session import conversation, keep, shared_assistant, show, snapshot_named
from ui.sidebar import chosen_day, documents
from ui.source_panel import source_panel

_PURPOSE = "登録された文書だけから答え、根拠となる原文をその場で示します。"
_NEAREST = 5
"""How many passages an abstention names."""
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
    except TenkyoError as error:
        heading("典拠", _PURPOSE)
        problem(str(error), "index")
        st.button("もう一度確かめる")
        return
    on = chosen_day()
    question = st.chat_input("知りたいことを文で入力してください", key="question") or st.session_state.pop("example", None)
    if question is not None:
        with st.spinner("文書を調べています…"):
            talk = conversation()
            keep(talk.added(take_turn(assistant, question, on, talk.questions)))
    documents(assistant.snapshot, on)
    chat, source = st.columns([11, 10], gap="large")
    with chat:
        heading("典拠", _PURPOSE)
        _chat(assistant, on)
    with source, st.container(key="source"):
        source_panel(assistant)


def _chat(assistant: Assistant, on: date) -> None:
    turns = conversation().turns
    if not turns:
        _examples(assistant.snapshot, on)
    for number, turn in enumerate(turns):
        with st.container(key=f"turn-{number}"):
            _turn(number, turn, assistant)
    if turns:
        st.html(_TO_LATEST.replace("NUMBER", str(len(turns) - 1)), unsafe_allow_javascript=True)


def _examples(snapshot: Snapshot, on: date) -> None:
    with st.container(key="examples", gap="xsmall"):
        st.html('<p class="tk-small">質問の例</p>')
        for number, question in enumerate(examples(snapshot, on)):
            st.button(markdown(question), key=f"example-{number}", on_click=_ask_example, args=(question,), width="stretch")


def _ask_example(question: str) -> None:
    st.session_state["example"] = question


def _turn(number: int, turn: Turn, assistant: Assistant) -> None:
    with st.chat_message("user"):
        st.html(f'<p class="tk-question">{html.escape(shortened(turn.question, 200))}</p>')
        if turn.answer and turn.answer.searched:
            st.html(f'<p class="tk-small tk-searched">{html.escape(shortened(searched_text(turn.answer), 200))}</p>')
    with st.chat_message("assistant"), st.container(gap="xsmall"):
        if turn.answer is None:
            problem(turn.error, str(number))
            return
        snapshot = snapshot_named(assistant, turn.snapshot)
        if turn.answer.abstained:
            _abstention(number, turn.answer, snapshot)
        else:
            _answer(number, turn.answer, bases(turn.answer, snapshot, turn.as_of) if snapshot else ())
        facts = (
            f"確からしさ {int(turn.answer.confidence * 100)}%",
            f"{turn.answer.seconds:.2f}秒",
            f"基準日 {japanese_date(turn.as_of)}",
        )
        if turn.answer.rewrites:
            st.html(f'<p class="tk-small">あわせて探した言葉: {html.escape(rewrites_text(turn.answer))}</p>')
        st.html(f'<p class="tk-small tk-measure">{"".join(f"<span>{fact}</span>" for fact in facts)}</p>')


def _answer(number: int, answer: Answer, versions: Sequence[str]) -> None:
    """The sentences with the numbers of what they rest on, then the list of these places and of the versions they are in."""
    for order, sentence in enumerate(answer.sentences):
        with st.container(key=f"sentence-{number}-{order}", horizontal=True, gap="xxsmall"):
            st.html(f"<span>{html.escape(sentence.text)}</span>", width="content")
            for cited in sentence.citations:
                _chip(number, cited, f"[{cited + 1}]", f"chip-{number}-{order}-{cited}")
    with st.container(key=f"references-{number}", gap=None):
        st.html('<p class="tk-small">典拠</p>')
        for order, citation in enumerate(answer.citations):
            _chip(
                number,
                order,
                f"[{order + 1}] {citation.title} {section_name(citation.title, citation.path)}",
                f"reference-{number}-{order}",
            )
        for version in versions:
            st.html(f'<p class="tk-small tk-by">{html.escape(version)}</p>')


def _abstention(number: int, answer: Answer, snapshot: Snapshot | None) -> None:
    """That the documents do not say, why, and the nearest passages to look at."""
    with st.container(key=f"abstained-{number}", gap="xsmall"):
        reason = REASONS[answer.reason] if answer.reason else ""
        st.html(f'<p class="tk-none" role="status">{NOT_FOUND}</p><p>{reason}</p>')
        if answer.hits and snapshot:
            st.html('<p class="tk-small">近い箇所（答えではありません）</p>')
            with st.container(key=f"nearest-{number}", gap=None):
                for order, hit in enumerate(answer.hits[:_NEAREST]):
                    row = snapshot.row(hit.passage.doc_id, hit.passage.version)
                    where = f"{row.title}{mark(row.meta, date.today())} {section_name(row.title, hit.passage.path)}"
                    _chip(number, order, where, f"near-{number}-{order}")


def _chip(turn: int, number: int, label: str, key: str) -> None:
    """A button that opens a place; the one that is open stands out."""
    opened = conversation().opened == (turn, number)
    st.button(markdown(label), key=key, type="primary" if opened else "secondary", on_click=show, args=(turn, number))
