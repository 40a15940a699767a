"""What every page of the app begins with, and how it says what is wrong."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).with_name("style.css")
_JAPANESE = "<script>document.documentElement.lang = 'ja'</script>"


def look() -> None:
    """The look of the app: to be called first on every page."""
    st.html(_STYLE)
    st.html(_JAPANESE, unsafe_allow_javascript=True)


def heading(title: str, purpose: str) -> None:
    """The head of a page: its title and what it is for."""
    st.html(f'<header class="tk-head"><h1>{html.escape(title)}</h1><p>{html.escape(purpose)}</p></header>')


def problem(message: str, name: str) -> None:
    """What is wrong, in one sentence; `name` tells the problems of a page apart."""
    with st.container(key=f"problem-{name}"):
        st.html(f'<p role="alert">{html.escape(message)}</p>')
