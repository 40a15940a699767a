"""The page on which a memo, a mail or another system's answer is checked, sentence by sentence, against the documents."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.checking import LONGEST, Checked, check
from rag.errors import TenkyoError
from rag.types import Span
from ui.frame import escape
from ui.page import heading, look, problem
from ui.session import shared_assistant
from ui.sidebar import chosen_day
from ui.verdicts import VERDICTS, place, summary, write_csv, write_markdown

_RESULT = "checked"


def verify_page() -> None:
    """The whole page."""
    look()
    heading("文章を確かめる", "メモやメール、ほかのシステムの回答を貼ると、一文ずつ文書と照らし合わせます。")
    try:
        assistant = shared_assistant()
    except TenkyoError as error:
        problem(str(error), "index")
        return
    on = chosen_day()
    with st.form("verify", border=False):
        text = st.text_area("確かめる文章", height=220, max_chars=LONGEST, key="verify-text")
        asked = st.form_submit_button("照らし合わせる", type="primary")
    if asked:
        st.session_state[_RESULT] = _checked(assistant, text, on)
    found = st.session_state.get(_RESULT)
    if isinstance(found, str):
        problem(found, "verify")
    elif found:
        _show(found)


def _checked(assistant: Assistant, text: str, on: date) -> tuple[Checked, ...] | str:
    """The verdicts, or the message that says why there are none."""
    done: list[Checked] = []
    with st.spinner("照らし合わせています…"):
        try:
            done.extend(check(assistant, assistant.verifier.verify, text, on))
        except TenkyoError as error:
            return str(error)
    return tuple(done)


def _show(checked: Sequence[Checked]) -> None:
    with st.container(key="verified", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", key="verified-bar"):
            st.html(f'<p class="tk-small" role="status">{summary(checked)}</p>')
            st.download_button("CSV", _written(write_csv, checked, "utf-8-sig"), "照合結果.csv", "text/csv", key="verify-csv")
            st.download_button("Markdown", _written(write_markdown, checked), "照合結果.md", "text/markdown", key="verify-md")
        for item in checked:
            st.html(_row(item))


def _written(
    write: Callable[[io.StringIO, Sequence[Checked]], None], checked: Sequence[Checked], encoding: str = "utf-8"
) -> bytes:
    out = io.StringIO(newline="")
    write(out, checked)
    return out.getvalue().encode(encoding, "replace")


def _row(item: Checked) -> str:
    reasons = "".join(f"<li>{escape(r.text)}</li>" for r in item.reasons)
    sources = "".join(f"<li><b>{escape(place(c))}</b><q>{escape(' '.join(c.quote.split()))}</q></li>" for c in item.citations)
    return (
        f'<article class="tk-checked tk-{item.verdict}"><p><span class="tk-verdict">{VERDICTS[item.verdict]}</span>{_marked(item)}</p>'
        f"{f'<ul>{reasons}</ul>' if reasons else ''}{f'<ol>{sources}</ol>' if sources else ''}</article>"
    )


def _marked(item: Checked) -> str:
    """The sentence with the words marked that are wrong."""
    spans = sorted({r.claim for r in item.reasons if r.claim and len(r.claim)})
    out, at = "", 0
    for span in (Span(max(s.start, at), s.end) if s.end > at else Span(at, at) for s in spans):
        out += html.escape(item.text[at : span.start]) + (f"<mark>{html.escape(span.of(item.text))}</mark>" if len(span) else "")
        at = max(at, span.end)
    return out + html.escape(item.text[at:])
