"""What a reader calls the figures, the kinds of question and the reasons of a failure."""

from __future__ import annotations

import math

from eval.measures import MEASURES
from eval.score import Score

OTHERS = {
    "ece": "確からしさと正しい割合の隔たり（ECE）",
    "area": "誤りの曲線の下の面積（AURC）",
    "seconds_p50": "回答時間の中央値（秒）",
    "seconds_p95": "回答時間の95パーセント点（秒）",
    "peak_memory_mib": "メモリーの最大使用量（MiB）",
}
"""The figures that are no ratios over questions."""
NAMES = {"questions": "質問の数", **{n: m.name for n, m in MEASURES.items()}, "mean_length": "回答の平均文字数", **OTHERS}
COUNTS = frozenset(("questions", "mean_length", "peak_memory_mib"))
KINDS = {
    "number": "数値", "date": "日付", "entity": "名称", "definition": "定義", "list": "列挙", "table": "表",
    "reason": "理由", "footnote": "脚注", "yesno": "可否", "typed": "打ち込み", "paraphrase": "言い換え",
    "multi": "複数の根拠", "cross": "複数の文書", "followup": "続きの質問", "unanswerable": "文書に答えなし",
}  # fmt: skip


def shown(name: str, value: float | None) -> str:
    """A figure as a reader sees it."""
    if value is None or math.isnan(value):
        return "―"
    return f"{value:.0f}" if name in COUNTS else f"{value:.3f}"


def between(low: float, high: float) -> str:
    """An interval as a reader sees it; empty where there is none."""
    return "" if math.isnan(low) else f"{low:.3f}～{high:.3f}"


def chance(p: float) -> str:
    """A p-value as a reader sees it."""
    return "―" if math.isnan(p) else "p<0.001" if p < 0.001 else f"p={p:.3f}"


def faults(row: Score) -> list[str]:
    """Why the answer is not verified; empty where it is."""
    if row.verified:
        return []
    if not row.gold.answerable:
        return ["文書に答えのない質問に回答した"]
    told = [
        (row.reply.abstained, "文書に答えのある質問で棄権した"),
        (not all(row.stated), "述べていない事実がある"),
        (not row.cited, "根拠を引用していない"),
        (not row.exact, "引用が原文と一致しない"),
    ]
    return [why for failed, why in told if failed]
