"""The page of the questions that were not answered, for the owners of the rules."""

from __future__ import annotations

import io
from collections import Counter
from datetime import datetime, timedelta

import streamlit as st

from rag.encoder import load_encoder
from rag.errors import TenkyoError
from rag.scope import Scope
from rag.snapshot import Snapshot
from ui.audit import Audit
from ui.frame import escape
from ui.page import heading, look, problem
from ui.retention import masking
from ui.session import settings, shared_assistant, shared_audit, user
from ui.unanswered import Group, grouped, note, notes, state, unanswered, write_csv

_PERIODS = {"7日": 7, "30日": 30, "90日": 90, "すべて": None}
_STATES = ("未対応", "対応済み", "すべて")
_LISTED = 30
"""So many groups are shown at a time."""


def unanswered_page() -> None:
    """The whole page."""
    look()
    heading("未回答", "文書に記載が見つからなかった質問を、似たものごとにまとめています。規程に足りないことを見つけられます。")
    try:
        snapshot, audit = shared_assistant().snapshot, shared_audit()
        with st.container(key="unanswered-bar", horizontal=True, vertical_alignment="bottom"):
            days = st.segmented_control(
                "期間", list(_PERIODS), default="30日", required=True, key="unanswered-period", persist_state="session"
            )
            wanted = st.segmented_control(
                "状態", _STATES, default=_STATES[0], required=True, key="unanswered-state", persist_state="session"
            )
        with st.spinner("記録を調べています…"):
            found = _grouped(audit, snapshot, _PERIODS[days])
    except TenkyoError as error:
        problem(str(error), "unanswered")
        return
    _show(audit, found, wanted)


def _grouped(audit: Audit, snapshot: Snapshot, days: int | None) -> list[Group]:
    since = None if days is None else datetime.now().astimezone() - timedelta(days=days)
    name = since.date().isoformat() if since else ""
    return _found(audit.head().hash, snapshot.name, snapshot.scope, name, audit, snapshot, since)


@st.cache_data(max_entries=8, show_spinner=False)
def _found(
    head: str, name: str, scope: Scope, day: str, _audit: Audit, _snapshot: Snapshot, _since: datetime | None
) -> list[Group]:
    """The groups of a period, for what the scope admits, as the log stood at this head."""
    return grouped(unanswered(_audit, _snapshot, _since, masking(settings())), notes(_audit), load_encoder())


def _show(audit: Audit, found: list[Group], wanted: str) -> None:
    groups = [group for group in found if wanted == "すべて" or group.done == (wanted == "対応済み")]
    with st.container(key="unanswered-told", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="tk-small" role="status">{len(groups):,}組、{sum(len(g.asked) for g in groups):,}回の質問</p>')
        if groups:
            st.download_button("CSV", _csv(groups), "未回答.csv", "text/csv", key="unanswered-csv")
    if not groups:
        st.html(f'<div class="tk-none-yet"><p>{_nothing(found, wanted)}</p></div>')
    listed = int(st.session_state.get("unanswered-listed", _LISTED))
    with st.container(key="unanswered", gap=None):
        for group in groups[:listed]:
            _row(audit, group)
    if len(groups) > listed:
        more = min(_LISTED, len(groups) - listed)
        st.button(f"さらに{more}組を表示", key="unanswered-more", on_click=_more, args=(listed + _LISTED,))


def _nothing(found: list[Group], wanted: str) -> str:
    if not found:
        return "この期間に、答えられなかった質問はありません。"
    return "まだ対応済みにした質問はありません。" if wanted == "対応済み" else "この期間の質問は、すべて対応済みです。"


def _row(audit: Audit, group: Group) -> None:
    key = str(group.asked[-1].seq)
    with st.container(key=f"gap-{key}", gap="xsmall"):
        st.html(_words(group))
        with st.expander("内訳と対応", key=f"gap-more-{key}"):
            _wordings(group)
            _places(group)
            _notes(audit, group, key)


def _words(group: Group) -> str:
    last = group.head.at.astimezone()
    facts = (f"{len(group.asked):,}回", f"{group.users:,}人" if group.users else "", f"最後 {last:%Y年%-m月%-d日 %-H:%M}")
    spans = "".join(f"<span>{fact}</span>" for fact in facts if fact)
    near = f'<p class="tk-small">近い文書: {escape("、".join(group.near[:3]))}</p>' if group.near else ""
    css = "現行" if group.done else "未施行" if group.note and group.note.done else ""
    badge = f'<span class="tk-badge tk-{css}">{state(group)}</span>' if css else ""
    return f'<h2 class="tk-gap">{escape(group.head.question)}{badge}</h2><p class="tk-small tk-facts">{spans}</p>{near}'


def _wordings(group: Group) -> None:
    counts = Counter(one.question for one in group.asked)
    if len(counts) > 1:
        items = "".join(f"<li>{escape(words)}（{count:,}回）</li>" for words, count in counts.most_common())
        st.html(f'<p class="tk-small">聞き方</p><ul class="tk-lines">{items}</ul>')


def _places(group: Group) -> None:
    places = list(dict.fromkeys(source.name for one in group.asked for source in one.near))[:5]
    if places:
        items = "".join(f"<li>{escape(place)}</li>" for place in places)
        st.html(f'<p class="tk-small">近い箇所（答えではありません）</p><ul class="tk-lines">{items}</ul>')


def _notes(audit: Audit, group: Group, key: str) -> None:
    if group.note and group.note.done:
        told = f"{group.note.at.astimezone():%Y年%-m月%-d日}に対応済み"
        after = f"、そのあと{group.since:,}回" if group.since else ""
        st.html(f'<p class="tk-small">{escape(told)}{after}</p><p class="tk-as-written">{escape(group.note.comment)}</p>')
    if group.done:
        if st.button("未対応に戻す", key=f"gap-undo-{key}", type="tertiary"):
            _note(audit, group, "", done=False)
        return
    with st.form(f"gap-form-{key}", border=False, enter_to_submit=False):
        comment = st.text_area(
            "コメント", key=f"gap-comment-{key}", height=80, max_chars=1000, placeholder="例: 旅費規程に条を足した"
        )
        if st.form_submit_button("対応済みにする"):
            _note(audit, group, comment.strip(), done=True)


def _note(audit: Audit, group: Group, comment: str, *, done: bool) -> None:
    try:
        note(audit, group, user().id, comment, done=done)
    except TenkyoError as error:
        problem(str(error), "note")
        return
    st.rerun()


def _csv(groups: list[Group]) -> bytes:
    out = io.StringIO(newline="")
    write_csv(out, groups)
    return out.getvalue().encode("utf-8-sig", "replace")


def _more(count: int) -> None:
    st.session_state["unanswered-listed"] = count
