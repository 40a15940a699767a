"""出典を確認する: the queue of answers to look at, each sentence beside its source, what a revision overtakes, and what is approved."""

from __future__ import annotations

import html
from collections import Counter
from datetime import date
from itertools import islice

import streamlit as st

from rag.errors import TenkyoError
from rag.snapshot import Snapshot
from ui.cases import STATES, Case, same
from ui.gold import gold_jsonl
from ui.impact import Affected, InForce, affected, impact_csv
from ui.labels import shortened
from ui.logbook import moment
from ui.page import heading, look, problem
from ui.review_case import DONE, OPEN, ReviewDesk, case_shown, changes_html, open_case, question_of
from ui.reviews import CAUSES, Reviews, queue
from ui.session import shared_assistant, shared_audit

_PURPOSE = "回答の一文ずつを原文と見比べて、承認・修正・却下を決めます。"
_VIEWS = ("確認待ち", "改定の影響", "承認済み")
_LISTED = 50


def review_page() -> None:
    """The whole page."""
    look()
    heading("出典を確認する", _PURPOSE)
    try:
        assistant, audit = shared_assistant(), shared_audit()
        desk = ReviewDesk(assistant, audit, Reviews(audit), _basis(assistant.snapshot, date.today()))
        seq = st.session_state.get(OPEN)
        case = desk.reviews.case(seq, desk.snapshot) if seq is not None else None
        if case:
            case_shown(desk, case)
        else:
            _lists(desk)
    except TenkyoError as error:
        problem(str(error), "review")


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Snapshot: id})
def _basis(snapshot: Snapshot, day: date) -> InForce:
    return InForce(snapshot, day)


def _lists(desk: ReviewDesk) -> None:
    if done := st.session_state.pop(DONE, ""):
        st.html(f'<p class="tk-sound" role="status">{html.escape(done)}</p>')
    view = st.segmented_control(
        "一覧", _VIEWS, default=_VIEWS[0], required=True, key="review-view", label_visibility="collapsed", persist_state="session"
    )
    {_VIEWS[0]: _queue, _VIEWS[1]: _impact, _VIEWS[2]: _approved}[view or _VIEWS[0]](desk)


def _queue(desk: ReviewDesk) -> None:
    with st.spinner("回答を調べています…"):
        found = queue(desk.reviews.cases(desk.snapshot), desk.basis)
    counts = Counter(cause for cause, _ in found)
    with st.container(key="review-filters", horizontal=True, vertical_alignment="bottom"):
        causes = st.pills(
            "理由",
            list(CAUSES),
            selection_mode="multi",
            wrap=True,
            format_func=lambda c: f"{CAUSES[c]} {counts[c]}",
            key="review-causes",
            persist_state="session",
        )
        words = st.text_input(
            "言葉で絞り込む", placeholder="質問・回答・文書名の言葉", key="review-words", persist_state="session"
        )
    chosen = [(c, case) for c, case in found if (not causes or c in causes) and _has(case, words or "")]
    st.html(f'<p class="tk-small" role="status">{len(chosen):,}件</p>')
    if not chosen:
        _nothing("確認を待つ回答はありません。" if not found else "条件に合う回答はありません。条件をゆるめてください。")
    for cause, case in chosen[:_LISTED]:
        _row(case, f'<span class="tk-cause tk-{cause}">{CAUSES[cause]}</span>', "確認する")
    _more(len(chosen))


def _has(case: Case, words: str) -> bool:
    answer = case.current
    said = same("\n".join((answer.question, answer.text, *(source.name for source in answer.sources))))
    return all(same(word) in said for word in words.split())


def _row(case: Case, badge: str, label: str) -> None:
    answer = case.current
    sure = "" if answer.abstained else f"<span>確からしさ {int(answer.confidence * 100)}%</span>"
    with st.container(key=f"line-{case.entry.seq}", horizontal=True, gap="small", vertical_alignment="top"):
        st.button(
            label,
            key=f"review-{case.entry.seq}",
            on_click=open_case,
            args=(case.entry.seq, case.review.entry.seq if case.review else 0),
        )
        st.html(
            f'<div class="tk-line"><p class="tk-small tk-facts">{badge}<span>{case.entry.seq}番</span><span>{moment(case.entry.at)}</span>{sure}</p>'
            f"<p><b>{html.escape(shortened(question_of(case), 140))}</b></p><p>{html.escape(shortened(answer.text, 160))}</p></div>"
        )


def _impact(desk: ReviewDesk) -> None:
    st.html(
        '<p class="tk-small">今日施行されている版で、典拠の文言やその前後が変わった、またはなくなった回答です。承認した回答が先に並びます。</p>'
    )
    with st.spinner("すべての回答を今の版と照らし合わせています…"):
        groups = desk.snapshot.scope.groups
        scope = None if groups is None else tuple(sorted(groups))
        found = _affected(desk.snapshot.name, scope, desk.basis.day, desk.audit.head().seq, desk)
    with st.container(key="review-bar", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="tk-small" role="status">{len(found):,}件</p>')
        st.download_button("CSV", lambda: impact_csv(found), "改定の影響.csv", "text/csv", key="impact-csv", on_click="ignore")
    if not found:
        _nothing("改定の影響を受けた回答はありません。")
    for one in found[:_LISTED]:
        badge = f'<span class="tk-cause">{STATES[one.case.state]}</span>' + (
            f"<span>{one.times}回</span>" if one.times > 1 else ""
        )
        _row(one.case, badge, "確認する")
        st.html(changes_html(one.changes))
    _more(len(found))


@st.cache_resource(max_entries=8, show_spinner=False)
def _affected(name: str, scope: tuple[str, ...] | None, day: date, head: int, _desk: ReviewDesk) -> list[Affected]:
    return affected(_desk.reviews.every(_desk.snapshot), _desk.basis)


def _approved(desk: ReviewDesk) -> None:
    shown = list(islice(desk.reviews.approved(desk.snapshot), _LISTED + 1))
    with st.container(key="review-bar", horizontal=True, vertical_alignment="center"):
        st.html(
            '<p class="tk-small">承認した回答は、同じ質問にもう一度使われ、「確認済み」と示されます。評価用の質問としても書き出せます。</p>'
        )
        data = lambda: gold_jsonl(desk.reviews.approved(desk.snapshot))  # noqa: E731 - made when it is asked for
        st.download_button(
            "評価用の質問（JSONL）", data, "gold.jsonl", "application/jsonl", key="gold", on_click="ignore", disabled=not shown
        )
    if not shown:
        _nothing("承認した回答はまだありません。")
    for case in shown[:_LISTED]:
        _row(case, f'<span class="tk-cause tk-approved">{STATES[case.state]}</span>', "開く")
    if len(shown) > _LISTED:
        st.html(f'<p class="tk-small">新しい{_LISTED}件を示しています。ほかは監査ログで「確認の状態」を選んで探せます。</p>')


def _nothing(words: str) -> None:
    st.html(f'<div class="tk-none-yet"><p>{words}</p></div>')


def _more(count: int) -> None:
    if count > _LISTED:
        st.html(f'<p class="tk-small">ほか{count - _LISTED:,}件。言葉や理由で絞り込めます。</p>')
