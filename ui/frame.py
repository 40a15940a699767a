"""A page of our own that the app shows in a frame: it loads nothing, and its one script scrolls to what is cited."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from pathlib import Path

_UNPRINTABLE = re.compile("[\0\ud800-\udfff]")

_SCRIPT = """
(() => {
  const mark = document.getElementById("cited"), zoom = document.getElementById("zoom");
  const show = () => {
    if (!mark) return;
    const table = mark.closest(".table"), cell = mark.closest("td, th");
    if (table && cell.offsetLeft + cell.offsetWidth > table.clientWidth) table.scrollLeft = cell.offsetLeft - 8;
    const at = mark.getBoundingClientRect();
    scrollTo(scrollX + at.left - innerWidth * 0.1, scrollY + at.top - innerHeight * 0.2);
  };
  show();
  addEventListener("load", show);
  if (zoom) zoom.onclick = () => {
    zoom.textContent = document.body.classList.toggle("large") ? "縮小" : "拡大";
    show();
  };
  // Where the source lies below the chat instead of staying beside it, bring the panel itself into view too.
  const panel = frameElement.closest(".st-key-source"), main = frameElement.closest("main");
  if (mark && panel && main && getComputedStyle(panel.parentElement).position !== "sticky")
    main.scrollTop += panel.getBoundingClientRect().top - parseFloat(getComputedStyle(panel).scrollMarginTop);
})();
"""


def framed(title: str, body: str, click: int) -> str:
    """The page with this body, as HTML that is already escaped. `click` makes the page of one click differ from that of the next, so
    that a second click on a citation scrolls to it again."""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(_SCRIPT)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return "".join(
        (
            f'<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">',
            f'<title>{escape(title)}</title><style>{_style()}</style></head><body data-click="{click}">',
            body,
            f"<script>{_SCRIPT}</script></body></html>",
        )
    )


def escape(words: str) -> str:
    """Words as HTML that gives back the same code points; what HTML cannot hold (NUL, lone surrogates) becomes U+FFFD."""
    return html.escape(_UNPRINTABLE.sub("\ufffd", words)).replace("\r", "&#13;")


@cache
def _style() -> str:
    return Path(__file__).with_name("source.css").read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
