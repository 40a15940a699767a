"""The Streamlit app: its pages, who may open which, and their common frame. Started by `tenkyo ui` (ui.server)."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from rag.errors import TenkyoError
from ui.about_page import about_page
from ui.ask_page import ask_page
from ui.audit_page import audit_page
from ui.documents_page import documents_page
from ui.evaluation_page import evaluation_page
from ui.page import look, problem
from ui.review_page import review_page
from ui.signin import Action, account, current_user, may, sign_in_page
from ui.unanswered_page import unanswered_page
from ui.verify_page import verify_page

PAGES: tuple[tuple[Callable[[], None], str, str | None, Action], ...] = (
    (ask_page, "質問する", None, "ask"),
    (verify_page, "文章を確かめる", "verify", "ask"),
    (documents_page, "文書", "documents", "ask"),
    (review_page, "出典を確認する", "review", "review"),
    (unanswered_page, "未回答", "unanswered", "review"),
    (evaluation_page, "評価", "evaluation", "administer"),
    (audit_page, "監査ログ", "audit", "review"),
    (about_page, "このシステムについて", "about", "ask"),
)
"""Page, title, path and what one must be allowed to do to open it; the first is where one arrives."""

st.set_page_config(page_title="典拠", layout="wide")
try:
    user = current_user()
except TenkyoError as error:
    look()
    problem(str(error), "settings")
    st.stop()
if user is None:
    # Every address leads to the sign-in page, so that none of them is told apart.
    pages = [st.Page(sign_in_page, title="サインイン", url_path=path, default=path is None) for _, _, path, _ in PAGES]
    st.navigation(pages, position="hidden").run()
else:
    pages = [
        st.Page(page, title=title, url_path=path, default=path is None) for page, title, path, need in PAGES if may(user, need)
    ]
    chosen = st.navigation(pages)
    account(user)
    chosen.run()
