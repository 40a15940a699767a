"""The Streamlit app: its pages and their common frame. Started by `tenkyo ui` (ui.server)."""

from __future__ import annotations

import streamlit as st

from ui.ask_page import ask_page
from ui.report_page import report_page
from ui.verify_page import verify_page

st.set_page_config(page_title="典拠", layout="wide")
st.navigation(
    [
        st.Page(ask_page, title="質問する", default=True),
        st.Page(verify_page, title="文章を確かめる", url_path="verify"),
        st.Page(report_page, title="登録の報告", url_path="report"),
    ]
).run()
