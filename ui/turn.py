"""A turn of the conversation as the page shows it, live or from the audit log: the question, the answer's sentences with the numbers of
what they rest on, and what goes with it."""

from __future__ import annotations

import html

import streamlit as st

from rag.answers import NOT_FOUND
from ui.actions import actions
from ui.chat import Turn
from ui.labels import japanese_date, markdown, shortened
from ui.page import problem
from ui.session import conversation, show
from ui.shown import Said, Shown
from ui.verdicts import VERDICTS


def turn_shown(number: int, turn: Turn) -> None:
    """The whole turn; its sources can be opened."""
    with st.chat_message("user"):
        st.html(f'<p class="tk-question">{html.escape(shortened(turn.question, 200))}</p>')
        if turn.answer and turn.answer.searched:
            st.html(f'<p class="tk-small tk-searched">{html.escape(shortened(turn.answer.searched, 200))}</p>')
    with st.chat_message("assistant"), st.container(gap="xsmall"):
        if turn.answer is None:
            problem(turn.error, str(number))
            return
        answer_shown(number, turn.answer)
        if turn.entry:
            actions(number, turn)


def answer_shown(number: int, answer: Shown) -> None:
    """The answer with everything that stands beside it."""
    if answer.confirmed:
        st.html('<p class="tk-confirmed" role="status">確認済み: 担当者がこの回答と典拠を確かめています。</p>')
    (_abstention if answer.abstained else _answer)(number, answer)
    for note in answer.notes:
        st.html(f'<p class="tk-small tk-note" role="status">{html.escape(note)}</p>')
    if answer.removed:
        with st.expander(f"除いた文 {len(answer.removed)}件"):
            st.html("".join(f'<p class="tk-small">{_struck(said)}</p>' for said in answer.removed))
    if answer.rewrites:
        st.html(f'<p class="tk-small">あわせて探した言葉: {html.escape(answer.rewrites)}</p>')
    st.html(f'<p class="tk-small tk-measure">{"".join(f"<span>{html.escape(fact)}</span>" for fact in _facts(answer))}</p>')


def _facts(answer: Shown) -> list[str]:
    made = [f"モデル {answer.model}", f"{answer.tokens:,}トークン"] if answer.model else []
    return [
        f"確からしさ {int(answer.confidence * 100)}%",
        f"{answer.seconds:.2f}秒",
        f"基準日 {japanese_date(answer.day)}",
        *made,
    ]


def _struck(said: Said) -> str:
    return f"<s>{html.escape(said.text)}</s> {html.escape(' '.join(said.reasons))}"


def _answer(number: int, answer: Shown) -> None:
    """The sentences with the numbers of what they rest on, then the list of these places and of the versions they are in."""
    for order, said in enumerate(answer.sentences):
        with st.container(key=f"sentence-{number}-{order}", horizontal=True, gap="xxsmall"):
            st.html(f"<span>{html.escape(said.text)}{_doubt(said)}</span>", width="content")
            for cited in said.sources:
                _chip(number, cited, f"[{cited + 1}]", f"chip-{number}-{order}-{cited}")
    with st.container(key=f"references-{number}", gap=None):
        st.html('<p class="tk-small">典拠</p>')
        for order, source in enumerate(answer.sources):
            _chip(number, order, f"[{order + 1}] {source.name}", f"reference-{number}-{order}")
        for version in answer.versions:
            st.html(f'<p class="tk-small tk-by">{html.escape(version)}</p>')


def _doubt(said: Said) -> str:
    """The mark of a sentence that the documents do not support."""
    if said.verdict == "supported":
        return ""
    return f' <small class="tk-doubt">（{VERDICTS[said.verdict]}: {html.escape(" ".join(said.reasons))}）</small>'


def _abstention(number: int, answer: Shown) -> None:
    """That the documents do not say, why, and the nearest passages to look at."""
    with st.container(key=f"abstained-{number}", gap="xsmall"):
        st.html(f'<p class="tk-none" role="status">{NOT_FOUND}</p><p>{html.escape(answer.why)}</p>')
        if answer.sources:
            st.html('<p class="tk-small">近い箇所（答えではありません）</p>')
            with st.container(key=f"nearest-{number}", gap=None):
                for order, source in enumerate(answer.sources):
                    _chip(number, order, source.name, f"near-{number}-{order}")


def _chip(turn: int, number: int, label: str, key: str) -> None:
    """A button that opens a place; the one that is open stands out."""
    opened = conversation().opened == (turn, number)
    st.button(markdown(label), key=key, type="primary" if opened else "secondary", on_click=show, args=(turn, number))
