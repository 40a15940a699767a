"""What can be done with an answer: copy it with its sources, take it along as Markdown or Word, say whether it helped."""

from __future__ import annotations

import streamlit as st

from ui.chat import Turn
from ui.document import DOCX, as_markdown, as_text, as_word
from ui.reviews import Reviews
from ui.session import shared_audit, user

_REASONS = ("答えが違う", "典拠が違う", "聞いたことに答えていない", "古い", "そのほか")


def actions(number: int, turn: Turn) -> None:
    """The row of actions below an answer."""
    answer = turn.answer
    if answer is None:
        return
    with st.container(key=f"actions-{number}", horizontal=True, gap="xsmall", vertical_alignment="center"):
        with st.popover("写す・保存"):
            st.code(as_text(answer), language=None, wrap_lines=True)
            st.download_button("Markdown", as_markdown(answer).encode(), "回答.md", "text/markdown", key=f"md-{number}")
            st.download_button("Word", lambda: as_word(answer), "回答.docx", DOCX, key=f"docx-{number}")
        thumb = st.feedback("thumbs", key=f"thumb-{number}", on_change=_thumbed, args=(number, turn.entry))
    if thumb == 0:
        _reason(number, turn.entry)


def _thumbed(number: int, entry: int) -> None:
    value = st.session_state.get(f"thumb-{number}")
    if value is not None:
        Reviews(shared_audit()).thumb(entry, user().id, up=bool(value))


def _reason(number: int, entry: int) -> None:
    """Ask what was wrong."""
    if st.session_state.get(f"told-{number}"):
        st.html('<p class="tk-small" role="status">理由を受け取りました。</p>')
        return
    with st.form(f"why-{number}", border=False):
        kind = st.pills("どこが良くありませんでしたか", _REASONS, key=f"kind-{number}")
        words = st.text_input("くわしく（任意）", max_chars=500, key=f"words-{number}")
        if st.form_submit_button("送る") and (kind or words):
            Reviews(shared_audit()).thumb(entry, user().id, up=False, reason=" ".join(filter(None, (kind, words))))
            st.session_state[f"told-{number}"] = True
            st.rerun()
