"""One document opened: its versions, how it was read, its passages by article, its text or pages, and what its versions changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from ingest.render import page_image
from rag.errors import UnreadableFile
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Passage, Span
from ui.frame import escape
from ui.labels import japanese_date, page_name, section_name, shortened
from ui.library import Article, Book, articles, compared
from ui.page import problem
from ui.pageview import leaf, original
from ui.report_panel import report_panel
from ui.session import user
from ui.shelf import Volume
from ui.signin import may
from ui.source import source_page
from ui.upload_panel import removal_panel

_LISTED = 40
"""So many articles, and so many changed parts, are shown at a time."""
_HEIGHT = 640
"""Of a text or page in pixels."""
T = TypeVar("T")
View = Callable[[Snapshot, Book, DocumentRow], None]


def book_panel(snapshot: Snapshot, book: Book) -> None:
    """The whole of it."""
    head = book.head.row
    with st.container(key="book", gap="small"):
        st.html(_head(book))
        row = _version(book)
        views = _views(book)
        chosen = st.segmented_control("見るもの", list(views), default=next(iter(views)), required=True, key=f"view-{head.id}")
        with st.container(key="book-view", gap="small"):
            views[chosen](snapshot, book, row)
        if may(user(), "administer"):
            removal_panel(head.id, head.title, len(book.volumes))


def _views(book: Book) -> dict[str, View]:
    """What can be looked at: changes where there are several versions, the report by those who register documents."""
    left_out: dict[View, bool] = {_changes: len(book.volumes) == 1, _read: not may(user(), "administer")}
    return {name: view for name, view in _VIEWS.items() if not left_out.get(view)}


def _head(book: Book) -> str:
    head = book.head.row
    facts = {
        "ID": head.id, "発行": head.meta.publisher, "閲覧できるグループ": "、".join(head.meta.groups) or "全員",
        "出典": head.meta.url, "利用条件": head.meta.licence,
    }  # fmt: skip
    spans = "".join(f"<span>{name}: {escape(value)}</span>" for name, value in facts.items() if value)
    body = "".join(map(_line, book.volumes))
    return (
        f'<section class="tk-source"><h2>{escape(head.title)}</h2><p class="tk-small tk-facts">{spans}</p></section>'
        '<div class="tk-scroll" tabindex="0" role="region" aria-label="版の一覧"><table class="tk-table"><thead><tr><th>版</th><th>状態</th>'
        "<th>施行</th><th>まで</th><th>公表</th><th>文字</th><th>箇所</th><th>ファイル</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _line(volume: Volume) -> str:
    row, meta = volume.row, volume.row.meta
    days = "".join(
        f"<td>{escape(japanese_date(day)) if day else '―'}</td>"
        for day in (meta.effective_from, meta.effective_to, meta.published)
    )
    return (
        f'<tr><th scope="row">{escape(row.version) or "―"}</th><td><span class="tk-badge tk-{volume.standing}">{volume.standing}</span></td>'
        f"{days}<td>{row.characters:,}</td><td>{row.passages:,}</td><td>{escape(row.source)}</td></tr>"
    )


def _version(book: Book) -> DocumentRow:
    """Let the user choose a version; the one that answers is first chosen."""
    if len(book.volumes) == 1:
        return book.head.row
    chosen = st.selectbox(
        "見る版", book.volumes, book.volumes.index(book.head), format_func=_name, key=f"version-{book.head.row.id}"
    )
    return chosen.row


def _name(volume: Volume) -> str:
    since = volume.row.meta.effective_from or volume.row.meta.published
    return f"版 {volume.row.version or '―'}（{volume.standing}{f'、{japanese_date(since)}' if since else ''}）"


def _read(snapshot: Snapshot, book: Book, row: DocumentRow) -> None:
    report_panel(snapshot, row)


def _articles(snapshot: Snapshot, book: Book, row: DocumentRow) -> None:
    """The passages under their addresses, with their offsets in the stored text."""
    words = st.text_input("条文を絞り込む", placeholder="条番号や言葉", key=f"articles-{row.id}")
    found = articles(row, snapshot.passages(row.id, row.version), words)
    st.html(
        f'<p class="tk-small" role="status">{sum(len(a.passages) for a in found):,}箇所（番号は本文の先頭から数えた文字の位置）</p>'
    )
    if not found:
        st.html('<div class="tk-none-yet"><p>該当する箇所がないので、言葉を減らすか変えてください。</p></div>')
    document = snapshot.document(row.id, row.version)
    shown = _some(found, f"articles-{row.id}-{row.version}")
    st.html("".join(_article(article, lambda p: page_name(document, p.span)) for article in shown))


def _article(article: Article, page: Callable[[Passage], str]) -> str:
    passages = "".join(
        f'<p class="tk-small tk-facts"><span>[{p.span.start:,}:{p.span.end:,}]</span><span>{escape(page(p))}</span></p>'
        f'<p class="tk-as-written">{escape(p.text)}</p>'
        for p in article.passages
    )
    return f'<article class="tk-article"><h3>{escape(article.place)}</h3>{passages}</article>'


def _some(found: tuple[T, ...], key: str) -> tuple[T, ...]:
    """Those of the page that the user has turned to."""
    last = -(-len(found) // _LISTED)
    if last <= 1:
        return found
    at = st.number_input(f"ページ（全{last:,}ページ）", 1, last, key=f"turn-{key}-{last}")
    return found[(at - 1) * _LISTED : at * _LISTED]


def _text(snapshot: Snapshot, book: Book, row: DocumentRow) -> None:
    """The whole text, and the page's image where the index keeps the file."""
    file = original(snapshot, row)
    if file is None or not _page(snapshot, row, file):
        _running_text(snapshot, row)


def _page(snapshot: Snapshot, row: DocumentRow, file: Path) -> bool:
    """A page of the file; whether it was chosen and can be shown."""
    chosen = st.segmented_control("表示", ("原本のページ", "本文"), default="原本のページ", required=True, key=f"as-{row.id}")
    if chosen != "原本のページ":
        return False
    last = max(1, *(page.number for page in snapshot.document(row.id, row.version).pages))
    number = st.number_input(f"ページ（全{last:,}ページ）", 1, last, key=f"page-{row.id}-{row.version}")
    try:
        image = _image(file.name, number, file)
    except UnreadableFile as error:
        problem(f"原本のページを示せないので、本文を示しています: {error}", "page")
        return False
    title = f"{shortened(row.title, 60)} {number}ページ"
    st.iframe(leaf(image, title, f"{title}の原本", (), (), 0), height=_HEIGHT, tab_index=0, alt=f"原本 {title}")
    return True


@st.cache_data(max_entries=32, show_spinner=False)
def _image(name: str, number: int, _file: Path) -> bytes:
    """The page, by the name of the index's copy, which tells its content."""
    return page_image(_file, number, ())


def _running_text(snapshot: Snapshot, row: DocumentRow) -> None:
    """The stored text, scrolled to the chosen article; a long one is cut around it."""
    sections = snapshot.sections(row.id, row.version)
    at = st.selectbox(
        "移る条項", range(len(sections)), index=None, placeholder="先頭から読む", key=f"to-{row.id}-{row.version}",
        format_func=lambda n: shortened(section_name(row.title, sections[n].path) or row.title, 80),
    )  # fmt: skip
    cited = sections[at].heading if at is not None else Span(0, 0)
    page = source_page(snapshot.document(row.id, row.version), cited, sections=sections)
    st.iframe(page, height=_HEIGHT, tab_index=0, alt=f"本文 {shortened(row.title, 60)}")


def _changes(snapshot: Snapshot, book: Book, row: DocumentRow) -> None:
    """What two versions have changed, article by article."""
    latest = list(book.volumes)
    here = next(n for n, volume in enumerate(latest) if volume.row == row)
    before, after = st.columns(2)
    key = f"{row.id}-{row.version}"
    start = min(here + 1, len(latest) - 1)
    with before:
        old = st.selectbox("古い版", latest, start, format_func=_name, key=f"old-{key}")
    with after:
        new = st.selectbox("新しい版", latest, here if here != start else start - 1, format_func=_name, key=f"new-{key}")
    if old == new:
        st.html('<p class="tk-small" role="status">同じ版が選ばれているので、比べる版を変えてください。</p>')
        return
    with st.spinner("比べています…"):
        parts = _compared(snapshot.name, (old.row.id, old.row.version), (new.row.id, new.row.version), snapshot)
    if not parts:
        st.html('<p class="tk-sound" role="status">違いはありません。</p>')
        return
    st.html(
        f'<p class="tk-small" role="status">違うところ {len(parts):,}件　<del class="tk-gone">消えた文言</del>　<ins class="tk-come">加わった文言</ins></p>'
    )
    st.html(f'<div class="tk-diffs">{"".join(_some(parts, f"diff-{key}"))}</div>')


@st.cache_data(max_entries=32, show_spinner=False)
def _compared(name: str, old: tuple[str, str], new: tuple[str, str], _snapshot: Snapshot) -> tuple[str, ...]:
    return compared(_snapshot, _snapshot.row(*old), _snapshot.row(*new))


_VIEWS: dict[str, View] = {
    "条文": _articles,
    "本文": _text,
    "版の違い": _changes,
    "登録の報告": _read,
}
