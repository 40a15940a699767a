"""The report as one HTML page: no script, nothing loaded from elsewhere, everything that was read escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from eval import sections
from eval.evaluation import Evaluation
from eval.markup import listing

STYLE = Path(__file__).with_name("report.css")


def page(result: Evaluation) -> str:
    """The whole page."""
    rows = result.measured
    verified = sum(m.score.verified for m in rows)
    questions = {m.score.gold.id: m.score.gold.conversation for m in rows}
    parts = [
        "<h1>回答の評価</h1>",
        f"<p>{len(rows)}問のうち{verified}問が検証済みです。言語モデルによる採点は使っていません。</p>",
        listing("満たさないゲート", result.broken),
        sections.headlines(result),
        "<h2>図</h2>",
        sections.charts(result),
        sections.calibrated(result.calibration) if result.calibration.curve.points else "",
        sections.compared(result.comparison, questions) if result.comparison else "",
        "<h2>すべての指標</h2>",
        "<p>区間は、質問を選び直すブートストラップ（パーセンタイル法、2,000回、乱数の種は固定）によります。</p>",
        sections.all_figures(result),
        "<h2>種類・文書・長さ別</h2>",
        sections.by_groups(result.groups),
        listing("使えなかった行・根拠", result.problems),
        sections.changed(result.comparison.changes, questions) if result.comparison else "",
        sections.failures(rows),
    ]
    return document("回答の評価", parts)


def document(title: str, parts: Iterable[str]) -> str:
    """A page of its own of these parts, HTML already, with the report's look."""
    return (
        '<!DOCTYPE html>\n<html lang="ja">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + "\n</body>\n</html>\n"
    )
