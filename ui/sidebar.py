"""The sidebar: the day whose versions answer, and the registered documents."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st

from rag.snapshot import Snapshot
from ui.chat import Conversation
from ui.labels import term
from ui.session import conversation, keep
from ui.shelf import Volume, matching, volumes

_PUBLISHER = "発行: "
_CHOOSABLE = 500
"""Of more documents only publishers can be chosen: every option goes to the browser."""
_FILTER_FROM, _LISTED = 12, 100
"""From how many versions on they can be filtered, and how many are listed at most."""


def chosen_day() -> date:
    """Let the user choose the day; today where none is chosen."""
    with st.sidebar:
        on = st.date_input("基準日", "today", date(1868, 1, 1), date(2200, 12, 31), key="on", persist_state="session")
        st.html('<p class="tk-small">この日に施行されている版から答えます。</p>')
    return on or date.today()


def chosen_documents(snapshot: Snapshot) -> frozenset[str] | None:
    """Let the user put questions to some of the documents alone: those of a publisher, or single ones; None for all of them."""
    rows = snapshot.documents()
    titles = {row.id: row.title for row in rows}
    publishers = sorted({row.meta.publisher for row in rows if row.meta.publisher})
    with st.sidebar:
        chosen = st.multiselect(
            "探す文書", [*(_PUBLISHER + name for name in publishers), *(titles if len(titles) <= _CHOOSABLE else ())], format_func=lambda key: titles.get(key, key.removeprefix(_PUBLISHER)),
            placeholder="すべての文書", key="among", persist_state="session",
        )  # fmt: skip
    if not chosen:
        return None
    named = {key.removeprefix(_PUBLISHER) for key in chosen if key.startswith(_PUBLISHER)}
    return frozenset(row.id for row in rows if row.id in chosen or row.meta.publisher in named)


def documents(snapshot: Snapshot, on: date) -> None:
    """The registered documents, those not in force on the day marked, and a way to begin anew."""
    with st.sidebar:
        if conversation().turns:
            st.button("新しい会話を始める", key="anew", on_click=keep, args=(Conversation(),), width="stretch")
        found = volumes(snapshot.documents(), on)
        st.html(f'<h2 class="tk-side">登録文書 <span class="tk-small">{len({v.row.id for v in found}):,}件</span></h2>')
        if len(found) >= _FILTER_FROM:
            found = matching(found, st.text_input("文書を絞り込む", placeholder="文書名で絞り込む", label_visibility="collapsed"))
        st.html(
            f'<ul class="tk-shelf">{"".join(_volume(v) for v in found[:_LISTED]) or "<li>該当する文書はありません。</li>"}</ul>'
        )
        if len(found) > _LISTED:
            st.html(f'<p class="tk-small">ほか{len(found) - _LISTED:,}件</p>')


def _volume(volume: Volume) -> str:
    row = volume.row
    badge = "" if volume.standing == "現行" else f'<span class="tk-badge tk-{volume.standing}">{volume.standing}</span>'
    facts = " ・ ".join(filter(None, (f"版 {row.version}" if row.version else "", term(row.meta))))
    return f'<li class="tk-{volume.standing}"><b>{html.escape(row.title)}</b>{badge}<br><span>{html.escape(facts)}</span></li>'
