"""Registering files and taking documents out, for admins, and how far that is."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from ingest.build import Summary
from ingest.inputs import without_suffix
from ingest.readers import suffixes
from rag.errors import TenkyoError
from rag.snapshot import DocumentRow
from ui.frame import escape
from ui.labels import shortened
from ui.page import problem
from ui.session import settings, shared_audit, user
from ui.uploads import Upload
from ui.works import Work, add, take_out

_NEW = "新しい文書"
_TOLD = 6
"""So many of the last lines of a work under way are shown."""
_SHOWN = 20
"""So many files that were skipped, or are to be looked at, are named."""


def work_panel() -> None:
    """How far the last change of the index is, or what came of it."""
    work = st.session_state.get("work")
    if isinstance(work, Work):
        with st.container(key="work", gap="xsmall"):
            if work.running:
                _under_way()
            else:
                _outcome(work)


@st.fragment(run_every=0.7)
def _under_way() -> None:
    work: Work = st.session_state["work"]
    if not work.running:
        st.rerun()
    lines = "".join(f"<li>{escape(line)}</li>" for line in work.lines[-_TOLD:])
    st.html(
        f'<p role="status" class="tk-busy">{work.name}を進めています。このページを離れても続きます。</p><ul class="tk-lines tk-told">{lines}</ul>'
    )


def _outcome(work: Work) -> None:
    if work.summary is not None:
        _done(work.name, work.summary)
    else:
        problem(work.error or f"{work.name}が途中で止まったので、サーバーの記録を確かめてもう一度実行してください。", "work")
    st.button("閉じる", key="work-close", type="tertiary", on_click=_forget)


def _done(name: str, summary: Summary) -> None:
    counts = (("追加", summary.added), ("更新", summary.changed), ("変更なし", summary.unchanged), ("除外", summary.removed))
    told = "、".join(f"{what}{count:,}件" for what, count in counts if count) or "変わったものはありません"
    whole = f"全体は{summary.documents:,}版、{summary.passages:,}箇所です。"
    st.html(f'<p class="tk-sound" role="status">{name}が終わりました（{told}）。{whole}</p>')
    for title, items in (("登録できなかったもの", summary.skipped), ("確かめること", summary.cautions)):
        if items:
            lines = "".join(f"<li>{escape(item.source)}: {escape(item.reason)}</li>" for item in items[:_SHOWN])
            more = f"<li>ほか{len(items) - _SHOWN:,}件</li>" if len(items) > _SHOWN else ""
            st.html(f'<h3 class="tk-side">{title}</h3><ul class="tk-lines">{lines}{more}</ul>')


def upload_panel(rows: Collection[DocumentRow]) -> None:
    """Choose files, say what they are, and register them."""
    batch = int(st.session_state.get("batch", 0))
    with st.expander("文書を登録する", expanded=not rows, key="upload", icon=":material/upload_file:"):
        st.html(f'<p class="tk-small">読める形式: {" ".join(suffixes())}</p>')
        files = st.file_uploader("ファイル（いくつでも）", accept_multiple_files=True, key=f"files-{batch}")
        uploads = [_described(f"{batch}-{number}", file.name, file.getvalue(), rows) for number, file in enumerate(files)]
        if st.button("登録する", key="upload-start", type="primary", disabled=not uploads):
            _start(uploads)


def _described(key: str, name: str, content: bytes, rows: Collection[DocumentRow]) -> Upload:
    """What the user says of a file: of a new version of a registered document, what that document's is stands there already."""
    latest = {row.id: row for row in rows}
    groups = sorted({group for row in rows for group in row.meta.groups})
    here = next((row.id for row in rows if row.source == name), "")
    with st.container(border=True, key=f"upload-{key}", gap="xsmall"):
        st.html(
            f'<p class="tk-file"><b>{escape(shortened(name, 80))}</b> <span class="tk-small">{len(content):,}バイト</span></p>'
        )
        first, second = st.columns(2)
        choices = ["", *sorted(latest, key=lambda i: latest[i].title)]
        with first:
            doc = st.selectbox(
                "どの文書の版か", choices, choices.index(here), key=f"doc-{key}",
                format_func=lambda i: f"{latest[i].title}（{i}）" if i else _NEW,
            )  # fmt: skip
        base, own = latest.get(doc), f"{key}-{doc}"
        with second:
            title = st.text_input(
                "題名",
                base.title if base else "",
                key=f"title-{own}",
                placeholder=f"本文から読み取る（なければ {shortened(without_suffix(name), 30)}）",
            )
        with first:
            version = st.text_input("版", key=f"version-{own}", placeholder="例: 2.0")
        with second:
            since = st.date_input("施行日", None, "1868-01-01", "2200-12-31", key=f"since-{own}")
        seen = st.multiselect(
            "閲覧できるグループ", groups, list(base.meta.groups) if base else [], key=f"groups-{own}",
            accept_new_options=True, placeholder="空なら全員",
        )  # fmt: skip
        if doc and any(row.id == doc and row.version == version for row in rows):
            st.html(
                '<p class="tk-small tk-warn" role="status">同じ文書の同じ版がもう登録されているので、このファイルで置き換わります。</p>'
            )
    return Upload(
        name,
        content,
        doc,
        title.strip(),
        version.strip(),
        since.isoformat() if since else "",
        tuple(g.strip() for g in seen if g.strip()),
    )


def _start(uploads: list[Upload]) -> None:
    try:
        st.session_state["work"] = add(uploads, settings(), shared_audit(), user())
    except TenkyoError as error:
        problem(str(error), "upload")
        return
    st.session_state["batch"] = int(st.session_state.get("batch", 0)) + 1
    st.rerun()


def removal_panel(doc_id: str, title: str, versions: int) -> None:
    """Take a document out, in two steps."""
    with st.container(key="removal", gap="xsmall"):
        if st.session_state.get("removing") != doc_id:
            st.button("この文書を外す", key="remove", type="tertiary", on_click=_ask, args=(doc_id,))
            return
        every = f"の{versions}つの版すべて" if versions > 1 else ""
        problem(f"「{shortened(title, 60)}」{every}を索引から外します。外すと、この文書からは答えられなくなります。", "removal")
        with st.container(horizontal=True):
            if st.button("外す", key="remove-really", type="primary"):
                _take_out(doc_id)
            st.button("やめる", key="remove-not", on_click=_ask, args=("",))


def _take_out(doc_id: str) -> None:
    try:
        st.session_state["work"] = take_out([doc_id], settings(), shared_audit(), user())
    except TenkyoError as error:
        problem(str(error), "remove")
        return
    _ask("")
    st.query_params.pop("doc", None)
    st.rerun()


def _ask(doc_id: str) -> None:
    st.session_state["removing"] = doc_id


def _forget() -> None:
    st.session_state.pop("work", None)
