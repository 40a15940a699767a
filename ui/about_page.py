"""The page about the system."""

from __future__ import annotations

import streamlit as st

from rag.errors import TenkyoError
from ui.about import FEATURES, FIGURES, LIMITS, MEASURED, PRINCIPLES, Principle, facts
from ui.frame import escape
from ui.page import heading, look, problem
from ui.session import settings, shared_assistant, user
from ui.signin import may

_MADE = (
    "答えは、人ではなく機械が、登録された文書の文言だけから作っています。正しさを決めるのは原文です。"
    "「確認済み」とある答えは、担当者が典拠を確かめたものです。"
)


def about_page() -> None:
    """The whole page."""
    look()
    heading("このシステムについて", "答えが何から作られ、何ができず、使う側が何をすべきかを示します。")
    with st.container(key="about", gap="small"):
        st.html(f'<p class="tk-made">{_MADE}</p>')
        _facts()
        st.html(
            f'<h2 class="tk-side">できないこと</h2><ul class="tk-lines">{"".join(f"<li>{words}</li>" for words in LIMITS)}</ul>'
        )
        _figures()
        st.html(
            '<h2 class="tk-side">AI事業者ガイドラインの共通の指針への対応</h2>'
            '<p class="tk-small">指針ごとに、このシステムがすることと、運用する人がすることを挙げます。</p>'
        )
        st.html("".join(map(_principle, PRINCIPLES)))


def _facts() -> None:
    try:
        found = list(facts(shared_assistant().snapshot, settings()))
    except TenkyoError as error:
        problem(str(error), "index")
        return
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in found)
    st.html(f'<h2 class="tk-side">答えのもと</h2><dl class="tk-report tk-origin">{items}</dl>')


def _figures() -> None:
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in FIGURES)
    st.html(
        '<h2 class="tk-side">測った正しさ</h2>'
        f'<table class="tk-table tk-figures"><tbody>{rows}</tbody></table>'
        f'<p class="tk-small">{MEASURED}で、言語モデルを使わずに測った値です。測り方は付属の説明（README）にあります。'
        "登録した文書と質問によって変わるので、自分の文書で測ってください。</p>"
    )


def _principle(principle: Principle) -> str:
    links = " ".join(filter(None, map(_link, principle.features)))
    return (
        f'<section class="tk-principle"><h3>{principle.name}</h3>'
        f"<dl><dt>システムがすること</dt><dd>{principle.does} {links}</dd>"
        f"<dt>運用する人がすること</dt><dd>{principle.operator}</dd></dl></section>"
    )


def _link(name: str) -> str:
    """A link to a page beside this one, where the user may open it; relative, so that it holds below any sub-path too."""
    title, path, need = FEATURES[name]
    return f'<a href="{path or "./"}">{title}</a>' if may(user(), need) else ""
