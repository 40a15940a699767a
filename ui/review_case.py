"""One answer under review: each sentence beside its source and verdict, what has changed since, and the decision on it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from rag.assistant import Assistant
from rag.errors import TenkyoError
from rag.snapshot import Snapshot
from ui.audit import Audit
from ui.cases import STATES, Case, Decision
from ui.correction import corrected, unsupported
from ui.impact import KINDS, Change, InForce
from ui.labels import markdown, shortened
from ui.logbook import PURGED, moment
from ui.opened_panel import from_the_top, opened_panel
from ui.page import problem
from ui.retention import masking
from ui.reviews import AlreadyDecided, Reviews
from ui.session import settings, user
from ui.shown import Said, Shown
from ui.verdicts import VERDICTS

OPEN, DONE = "review-open", "review-done"
"""Where the session keeps the answer that is open, and what has been done."""
_KEPT = 60
"""Characters kept at each end of a long run of words that stayed."""
_SEEN, _SOURCE, _NEW = "review-seen", "review-source", "review-new"
_ACTIONS: dict[Decision, str] = {"approve": "承認する", "correct": "修正して承認する", "reject": "却下する"}


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """What the page works with."""

    assistant: Assistant
    audit: Audit
    reviews: Reviews
    basis: InForce

    @property
    def snapshot(self) -> Snapshot:
        return self.assistant.snapshot


def open_case(seq: int | None, seen: int = 0) -> None:
    """Open an answer of which the review with the number `seen` has been seen, 0 for none; None goes back to the list."""
    st.session_state[OPEN], st.session_state[_SEEN], st.session_state[_NEW] = seq, seen, seq is not None
    st.session_state.pop(_SOURCE, None)


def question_of(case: Case) -> str:
    """The question as it may be shown."""
    fields = masking(settings())(case.entry.fields)
    return PURGED if "question" in case.entry.purged else str(fields.get("question") or case.answer.question)


def case_shown(desk: ReviewDesk, case: Case) -> None:
    """One answer with its sources, and the decision on it."""
    from_the_top(_NEW)
    st.button("一覧に戻る", key="review-back", on_click=open_case, args=(None,), type="tertiary")
    left, right = st.columns([11, 10], gap="large")
    with left, st.container(key="reviewing", gap="small"):
        _told(case)
        changes = desk.basis.changed(case)
        if changes:
            st.html(changes_html(changes))
        _sentences(desk.assistant, case.current)
        _sources(case.current)
        _decide(desk, case, gone=any(change.kind != "around" for change in changes))
    with right, st.container(key="source"):
        opened_panel(desk.assistant, case.current, st.session_state.get(_SOURCE), _SOURCE)


def _told(case: Case) -> None:
    """The question, who asked, and what has been said of the answer."""
    fields = masking(settings())(case.entry.fields)
    by = PURGED if "user" in case.entry.purged else str(fields.get("user") or "")
    facts = "".join(
        f"<span>{html.escape(fact)}</span>"
        for fact in (f"{case.entry.seq}番", moment(case.entry.at), by, STATES[case.state])
        if fact
    )
    st.html(f'<p class="tk-small tk-facts">{facts}</p><h2 class="tk-ask">{html.escape(shortened(question_of(case), 2_000))}</h2>')
    if case.answer.searched:
        st.html(f'<p class="tk-small">{html.escape(case.answer.searched)}</p>')
    for thumb in case.thumbs:
        words = f"{'良い' if thumb.up else '低い'}評価{f': {thumb.reason}' if thumb.reason else ''}"
        st.html(f'<p class="tk-small tk-thumb">{html.escape(words)}</p>')
    if case.review:
        by = str(masking(settings())(case.review.entry.fields).get("user") or PURGED)
        said = f"{STATES[case.state]}（{by}、{moment(case.review.entry.at)}）{case.review.comment}"
        st.html(f'<p class="tk-small tk-reviewed">{html.escape(said)}</p>')


def _sentences(assistant: Assistant, answer: Shown) -> None:
    """Each sentence beside the words that it rests on, with its verdict then and now."""
    if answer.abstained:
        st.html(f'<p class="tk-none">{html.escape(answer.text)}</p><p class="tk-small">{html.escape(answer.why)}</p>')
    for said in answer.sentences:
        quotes = [source.quote for source in sorted((answer.sources[n] for n in said.sources), key=lambda s: (s.doc_id, s.span))]
        now = assistant.verifier.verify(said.text, quotes)
        basis = "".join(
            f"<li><b>[{n + 1}] {html.escape(answer.sources[n].name)}</b><q>{html.escape(' '.join(answer.sources[n].quote.split()))}</q></li>"
            for n in said.sources
        )
        again = "" if now.verdict == said.verdict else f'<span class="tk-again">今の判定: {VERDICTS[now.verdict]}</span>'
        reasons = "".join(f"<li>{html.escape(r)}</li>" for r in dict.fromkeys((*said.reasons, *(r.text for r in now.reasons))))
        st.html(
            f'<article class="tk-checked tk-{said.verdict} tk-pair"><div><p><span class="tk-verdict">{VERDICTS[said.verdict]}</span>{again}'
            f"{html.escape(said.text)}</p>{f'<ul>{reasons}</ul>' if reasons else ''}</div>"
            f"<ul>{basis or '<li>典拠はありません。</li>'}</ul></article>"
        )


def _sources(answer: Shown) -> None:
    st.html(f'<p class="tk-small">{"近い箇所（答えではありません）" if answer.abstained else "原文を開く"}</p>')
    with st.container(key="references-review", gap=None):
        for n, source in enumerate(answer.sources):
            opened = st.session_state.get(_SOURCE) == n
            st.button(
                markdown(f"[{n + 1}] {source.name}"),
                key=f"reference-review-{n}",
                type="primary" if opened else "secondary",
                on_click=_show,
                args=(n,),
            )


def _show(number: int) -> None:
    st.session_state[_SOURCE] = number


def _decide(desk: ReviewDesk, case: Case, gone: bool) -> None:
    """Let the reviewer decide."""
    seq = case.entry.seq
    with st.container(key="deciding", gap="small"):
        decision = st.segmented_control("判断", list(_ACTIONS), format_func=lambda d: _ACTIONS[d], key=f"decide-{seq}")
        new, ready = None, decision is not None
        if decision == "approve" and gone:
            problem("典拠の文言が今の版にないので、回答を修正するか、却下してください。", "gone")
            ready = False
        if decision == "correct":
            new, ready = _correction(desk, case)
        comment = st.text_area("コメント（任意）", max_chars=2_000, height=80, key=f"comment-{seq}")
        if st.button("決定する", key=f"decided-{seq}", type="primary", disabled=not ready) and decision:
            _keep(desk, case, decision, comment or "", new)


def _correction(desk: ReviewDesk, case: Case) -> tuple[Shown | None, bool]:
    """The corrected answer, and whether it may be approved: what the documents do not support only where the reviewer says so."""
    seq, answer = case.entry.seq, case.current
    text = st.text_area(
        "正しい回答（一行に一文）",
        "\n".join(said.text for said in answer.sentences),
        height=140,
        max_chars=4_000,
        key=f"correct-{seq}",
    )
    try:
        with st.spinner("文書と照らし合わせています…"):
            new = corrected(desk.assistant, answer, text or "", desk.basis.of(case))
    except TenkyoError as error:
        problem(str(error), "correction")
        return None, False
    st.html("".join(_verdict(said, new) for said in new.sentences))
    doubtful = unsupported(new)
    if not doubtful:
        return new, True
    label = f"文書で裏づけられない{len(doubtful)}文を、承知のうえで承認する"
    return new, bool(st.checkbox(label, key=f"knowing-{seq}-{hash(new.text)}"))


def _verdict(said: Said, answer: Shown) -> str:
    basis = (answer.sources[n].name for n in said.sources)
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in said.reasons)
    return (
        f'<article class="tk-checked tk-{said.verdict}"><p><span class="tk-verdict">{VERDICTS[said.verdict]}</span>{html.escape(said.text)}</p>'
        f'{f"<ul>{reasons}</ul>" if reasons else ""}<p class="tk-small">{html.escape("、".join(basis))}</p></article>'
    )


def _keep(desk: ReviewDesk, case: Case, decision: Decision, comment: str, new: Shown | None) -> None:
    try:
        desk.reviews.decide(
            case, user().id, decision, desk.snapshot, comment=comment, corrected=new, seen=st.session_state.get(_SEEN, 0)
        )
    except AlreadyDecided as error:
        st.session_state[_SEEN] = case.review.entry.seq if case.review else 0
        problem(str(error), "decided")
        return
    except TenkyoError as error:
        problem(str(error), "decision")
        return
    open_case(None)
    st.session_state[DONE] = f"{case.entry.seq}番の回答を「{STATES[decision]}」にしました。"
    st.rerun()


def changes_html(changes: Sequence[Change]) -> str:
    """What was, and what is now, with the difference marked; sources with one change below them together."""
    together: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        together.setdefault((change.source.doc_id, change.old, change.now), []).append(change)
    return "".join(map(_change, together.values()))


def _change(changes: Sequence[Change]) -> str:
    first = min(changes, key=lambda change: list(KINDS).index(change.kind))
    before, after = first.source.version, first.version
    names = "、".join(dict.fromkeys(change.source.name for change in changes))
    version = f"版 {before or '（なし）'} → {after or '（なし）'}" if before != after and first.kind != "gone" else ""
    facts = "".join(f"<span>{html.escape(fact)}</span>" for fact in (names, version) if fact)
    words = _marked(first) if first.now else f"<del>{html.escape(first.old)}</del>"
    none = "" if first.now else '<p class="tk-small">今の版に対応する文言は見つかりません。</p>'
    return (
        f'<article class="tk-diff tk-changed"><p class="tk-small tk-facts"><span class="tk-kind">{KINDS[first.kind]}</span>{facts}</p>'
        f"<p>{words}</p>{none}</article>"
    )


def _marked(change: Change) -> str:
    tags = {"equal": "{}", "delete": "<del>{}</del>", "insert": "<ins>{}</ins>"}
    words = ((p.change, p.old.of(change.old) if p.change == "delete" else p.new.of(change.now)) for p in change.pieces())
    return "".join(tags[kind].format(html.escape(_clipped(text) if kind == "equal" else text)) for kind, text in words)


def _clipped(words: str) -> str:
    """Words that stayed, by their beginning and end where they are many."""
    return words if len(words) <= 2 * _KEPT else f"{words[:_KEPT]}…{words[-_KEPT:]}"
