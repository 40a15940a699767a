"""The page of the registered documents: the list, one document opened, and, for admins, registering and taking out."""

from __future__ import annotations

from datetime import date

import streamlit as st

from rag.errors import IndexMissing, TenkyoError
from rag.snapshot import Snapshot
from ui.book_panel import book_panel
from ui.frame import escape
from ui.labels import markdown, term
from ui.library import Book, books
from ui.page import heading, look, problem
from ui.session import shared_assistant, user
from ui.signin import may
from ui.upload_panel import upload_panel, work_panel

_PAGE = 50
"""So many documents are listed at a time."""
_TO_TOP = """<script>
setTimeout(() => { document.querySelector(".st-key-book")?.closest("main")?.scrollTo(0, 0); }, 100);
</script>"""
"""An opened document begins at its head, wherever in the list one was."""


def documents_page() -> None:
    """The whole page."""
    look()
    heading("文書", "登録されている文書とその版を確かめ、本文を読み、版の違いを比べられます。")
    work_panel()
    try:
        snapshot = shared_assistant().snapshot
    except TenkyoError as error:
        problem(str(error), "index")
        if isinstance(error, IndexMissing) and may(user(), "administer"):
            upload_panel(())
        return
    opened = st.query_params.get("doc")
    if opened is None:
        _list(snapshot)
    elif found := books([row for row in snapshot.documents() if row.id == opened], date.today()):
        _back()
        book_panel(snapshot, found[0])
        if st.session_state.pop("library-opened", False):
            st.html(_TO_TOP, unsafe_allow_javascript=True)
    else:
        _back()
        problem("この文書は登録されていないか、閲覧できるグループに入っていないので、一覧から選び直してください。", "doc")


def _list(snapshot: Snapshot) -> None:
    rows = snapshot.documents()
    if may(user(), "administer"):
        upload_panel(rows)
    words = st.text_input("文書を探す", placeholder="題名、版、ファイル名", key="library-words", persist_state="session")
    found = books(rows, date.today(), words)
    every = len({row.id for row in rows})
    told = f"{every:,}件の文書" if len(found) == every else f"{every:,}件のうち{len(found):,}件"
    st.html(f'<p class="tk-small" role="status">{told}</p>')
    if not rows:
        st.html('<div class="tk-none-yet"><p>文書がまだ登録されていません。</p></div>')
    elif not found:
        st.html('<div class="tk-none-yet"><p>該当する文書がないので、言葉を減らすか変えてください。</p></div>')
    listed = int(st.session_state.get("library-listed", _PAGE))
    with st.container(key="library", gap=None):
        for number, book in enumerate(found[:listed]):
            _row(number, book)
    if len(found) > listed:
        st.button(f"さらに{min(_PAGE, len(found) - listed)}件を表示", key="library-more", on_click=_more, args=(listed + _PAGE,))


def _row(number: int, book: Book) -> None:
    row, standing = book.head.row, book.head.standing
    facts = (
        f"版 {row.version}" if row.version else "", term(row.meta), f"{len(book.volumes)}版" if len(book.volumes) > 1 else "",
        row.meta.publisher, f"{row.characters:,}文字", "、".join(row.meta.groups), _notes(book),
    )  # fmt: skip
    with st.container(key=f"listed-{number}", horizontal=True, vertical_alignment="center", gap="small"):
        st.button(markdown(row.title), key=f"open-{number}", type="tertiary", on_click=_open, args=(row.id,))
        spans = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
        st.html(f'<p class="tk-small tk-facts"><b class="tk-badge tk-{standing}">{standing}</b>{spans}</p>')


def _notes(book: Book) -> str:
    if not may(user(), "administer"):
        return ""
    count = sum(len(v.row.notes) + len(v.row.origin.cautions) for v in book.volumes)
    return f"注意 {count}件" if count else ""


def _back() -> None:
    st.button("← 一覧へ", key="library-back", type="tertiary", on_click=_close)


def _open(doc_id: str) -> None:
    st.query_params["doc"] = doc_id
    st.session_state["library-opened"] = True


def _close() -> None:
    st.query_params.pop("doc", None)


def _more(count: int) -> None:
    st.session_state["library-listed"] = count
