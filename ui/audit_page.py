"""監査ログ: who asked what and was answered what, from which documents; searched, replayed, exported, and its chain checked."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

import streamlit as st

from rag.assistant import Assistant
from rag.errors import TenkyoError
from rag.snapshot import Snapshot
from ui.audit import Audit
from ui.cases import STATES, kept
from ui.impact import KINDS as CHANGES
from ui.impact import InForce
from ui.labels import shortened
from ui.logbook import PURGED, Line, Logbook, Wanted, as_csv, as_jsonl, documents, moment, rest
from ui.opened_panel import from_the_top, opened_panel
from ui.page import heading, look, problem
from ui.records import KINDS
from ui.retention import masking
from ui.session import conversation, keep, settings, shared_assistant, shared_audit
from ui.shown import Shown
from ui.turn import answer_shown

_Key = TypeVar("_Key", bound=str)
_PURPOSE = "だれが何を聞き、どの文書から何と答えたかを、記録のまま確かめられます。"
_OPEN, _SOURCE, _BEFORE, _CHECKED, _NEW = "audit-open", "audit-source", "audit-before", "audit-checked", "audit-new"
_REPLAY = 1_000_000
"""The number under which a replayed answer is shown; no conversation has so many turns."""
_TOLD = ("user", "question", "answer", "comment", "documents", "access")
_FIELDS = {
    "groups": "所属グループ", "previous": "前の質問", "as_of": "基準日", "index": "索引", "encoder": "符号化モデル", "model": "モデル",
    "decision": "判断", "up": "役に立った", "reason": "理由", "names": "項目", "entries": "記録", "searched": "続きの質問の読み方", "serves": "質問の照合値", "around": "典拠の前後の照合値",
}  # fmt: skip
"""What a reader calls the other fields."""


def audit_page() -> None:
    """The whole page."""
    look()
    heading("監査ログ", _PURPOSE)
    try:
        assistant, audit = shared_assistant(), shared_audit()
        book = Logbook(audit, assistant.snapshot, masking(settings()))
        opened = st.session_state.get(_OPEN)
        line = book.line(opened) if opened is not None else None
        if line:
            _entry(assistant, book, line)
        else:
            _list(book, assistant.snapshot, audit)
    except TenkyoError as error:
        problem(str(error), "audit")


def _list(book: Logbook, snapshot: Snapshot, audit: Audit) -> None:
    wanted = _wanted(snapshot)
    trail: list[int] = st.session_state.setdefault(_BEFORE, [])
    if st.session_state.get("audit-wanted") != wanted:
        st.session_state["audit-wanted"] = wanted
        trail.clear()
    lines, more = book.page(wanted, trail[-1] if trail else None)
    with st.container(key="audit-bar", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="tk-small" role="status">{len(trail) + 1}ページ目（新しい順）</p>')
        st.download_button(
            "CSV", lambda: as_csv(book.lines(wanted)), "監査ログ.csv", "text/csv", key="audit-csv", on_click="ignore"
        )
        st.download_button(
            "JSONL",
            lambda: as_jsonl(book.lines(wanted)),
            "監査ログ.jsonl",
            "application/jsonl",
            key="audit-jsonl",
            on_click="ignore",
        )
    if not lines:
        st.html('<div class="tk-none-yet"><p>条件に合う記録はありません。条件をゆるめてください。</p></div>')
    with st.container(key="ledger", gap=None):
        for line in lines:
            with st.container(key=f"line-{line.entry.seq}", horizontal=True, gap="small", vertical_alignment="top"):
                st.button(
                    f"{line.entry.seq}番", key=f"audit-{line.entry.seq}", on_click=_open, args=(line.entry.seq,), type="tertiary"
                )
                st.html(_summary(line))
    with st.container(key="audit-pages", horizontal=True):
        st.button("新しい方へ", key="audit-newer", disabled=not trail, on_click=_back)
        last = lines[-1].entry.seq if lines else 0
        st.button("古い方へ", key="audit-older", disabled=not more, on_click=trail.append, args=(last,))
    _chain(audit)


def _back() -> None:
    st.session_state[_BEFORE] = st.session_state[_BEFORE][:-1]


def _one(label: str, names: Mapping[_Key, str], key: str) -> _Key | None:
    """Let the user choose one of those with names, or none."""
    return st.selectbox(
        label, list(names), index=None, format_func=lambda k: names[k], placeholder="すべて", key=key, persist_state="session"
    )


def _wanted(snapshot: Snapshot) -> Wanted:
    """Let the user say which entries."""
    titles = {row.id: row.title for row in snapshot.documents()}
    with st.container(key="audit-filters", horizontal=True, vertical_alignment="bottom"):
        words = st.text_input("言葉", placeholder="質問・回答・コメントの言葉", key="audit-words", persist_state="session")
        kind = _one("種類", KINDS, "audit-kind")
        state = _one("確認の状態", STATES, "audit-state")
        document = _one("文書", titles, "audit-document")
        user = st.text_input("利用者", key="audit-user", placeholder="利用者のID", persist_state="session")
        since = st.date_input(
            "この日から", None, date(2000, 1, 1), date(2200, 12, 31), key="audit-since", persist_state="session"
        )
        until = st.date_input(
            "この日まで", None, date(2000, 1, 1), date(2200, 12, 31), key="audit-until", persist_state="session"
        )
    return Wanted(words or "", kind, (user or "").strip(), since, until, document, state)


def _summary(line: Line) -> str:
    entry = line.entry
    facts = (
        moment(entry.at),
        KINDS.get(entry.kind, entry.kind),
        line.text("user"),
        line.state,
        STATES.get(entry.fields.get("decision", ""), ""),
        f"{entry.subject}番について" if entry.subject else "",
    )
    told = "".join(f"<span>{html.escape(fact)}</span>" for fact in facts if fact)
    said = line.text("question") or line.text("comment")
    answer = line.text("answer")
    return (
        f'<div class="tk-line"><p class="tk-small tk-facts">{told}</p><p><b>{html.escape(shortened(said, 140))}</b></p>'
        f"<p>{html.escape(shortened(answer, 160))}</p></div>"
    )


def _open(seq: int | None) -> None:
    st.session_state[_OPEN], st.session_state[_NEW] = seq, seq is not None
    st.session_state.pop(_SOURCE, None)


def _entry(assistant: Assistant, book: Logbook, line: Line) -> None:
    """One entry with all it holds; an answer exactly as it was given."""
    entry = line.entry
    from_the_top(_NEW)
    st.button("一覧に戻る", key="audit-back", on_click=_open, args=(None,), type="tertiary")
    st.html(f'<h2 class="tk-side">{entry.seq}番の記録（{html.escape(KINDS.get(entry.kind, entry.kind))}）</h2>')
    answer = kept(entry) if entry.kind == "answer" else None
    if answer:
        _replay(assistant, line, answer)
    elif "answer" in entry.purged:
        st.html(f'<p class="tk-none" role="status">回答は{PURGED}です。</p>')
    st.html(_facts(line))
    for each in book.about(entry.seq):
        st.html(_summary(each))
    if entry.subject:
        st.button(f"{entry.subject}番の記録を開く", key="audit-subject", on_click=_open, args=(entry.subject,), type="tertiary")


def _replay(assistant: Assistant, line: Line, answer: Shown) -> None:
    number = _REPLAY + line.entry.seq
    if (opened := conversation().opened) and opened[0] == number:
        keep(conversation().closed())
        st.session_state[_SOURCE] = opened[1]
    left, right = st.columns([11, 10], gap="large")
    with left, st.container(key="replay", gap="xsmall"):
        given = f"{moment(line.entry.at)} に示した回答を、記録からそのまま再現しています。"
        st.html(f'<p class="tk-small tk-replay" role="status">{given}{_standing(assistant.snapshot, answer)}</p>')
        st.html(f'<p class="tk-question">{html.escape(shortened(line.text("question"), 2_000))}</p>')
        if answer.searched:
            st.html(f'<p class="tk-small tk-searched">{html.escape(shortened(answer.searched, 400))}</p>')
        answer_shown(number, answer)
    with right, st.container(key="source"):
        opened_panel(assistant, answer, st.session_state.get(_SOURCE), _SOURCE)


def _standing(snapshot: Snapshot, answer: Shown) -> str:
    """Whether what it rests on is still so today."""
    if answer.abstained:
        return ""
    changes = InForce(snapshot, date.today()).changes(answer)
    if not changes:
        return "典拠の文言は、今日施行されている版にもそのままあります。"
    told = "、".join(dict.fromkeys(f"{c.source.name}（{CHANGES[c.kind]}）" for c in changes))
    return html.escape(f"今日施行されている版では変わっているものがあります: {told}。")


def _facts(line: Line) -> str:
    entry = line.entry
    based = [" ".join(pair).strip() for pair in documents(entry)]
    facts: Mapping[str, str] = {
        "日時": moment(entry.at),
        "利用者": line.text("user"),
        "質問": line.text("question"),
        "コメント": line.text("comment"),
        "文書と版": "、".join(based),
        **{_FIELDS.get(name, name): _told(value) for name, value in rest(entry, _TOLD).items()},
        "確認の状態": line.state,
        "消去した項目": "、".join(_FIELDS.get(name, name) for name in sorted(entry.purged)),
        "ハッシュ": entry.hash,
    }
    rows = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts.items() if value
    )
    return f'<dl class="tk-record">{rows}</dl>'


def _told(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "、".join(value)
    return "" if value in (None, [], {}) else json.dumps(value, ensure_ascii=False)


def _chain(audit: Audit) -> None:
    """Let the user check that nothing was tampered with."""
    with st.expander("改ざんがないか確かめる", key="audit-chain"):
        st.html(
            '<p class="tk-small">記録は前の記録のハッシュでつながっています。前に控えた末尾のハッシュを入れると、それが今もあるかも確かめます。</p>'
        )
        noted = st.text_input("控えてあるハッシュ（任意）", key="audit-noted", max_chars=64)
        if st.button("確かめる", key="audit-verify"):
            with st.spinner("確かめています…"):
                st.session_state[_CHECKED] = audit.verify((noted or "").strip().lower() or None)
        check = st.session_state.get(_CHECKED)
        if check and check.whole:
            words = f"{check.entries:,}件の記録はすべて、書いたときのままです。次の末尾のハッシュを、このコンピューターの外に控えてください。"
            st.html(f'<p class="tk-sound" role="status">{words}</p>')
            st.code(check.hash, language=None)
        elif check:
            problem(check.reason, "chain")
