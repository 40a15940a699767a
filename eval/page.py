"""The report as one HTML page: no script, nothing loaded from elsewhere, everything that was read escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from eval.baseline import Comparison
from eval.calibration import Calibration
from eval.charts import error_curve, reliability_diagram
from eval.figures import DEPTHS, Figures
from eval.score import Score

NAMES = {
    "questions": "質問の数",
    "verified": "検証済みの回答",
    "verified_answerable": "検証済みの回答（文書に答えのある質問）",
    "facts": "事実の記載",
    "cited": "根拠の引用",
    "exact_quotes": "引用の完全一致",
    "abstain_recall": "棄権（文書に答えのない質問）",
    "false_abstain": "誤った棄権（文書に答えのある質問）",
    "mean_length": "回答の平均文字数",
    **{f"recall@{k}": f"検索の再現率（上位{k}件）" for k in DEPTHS},
    "mrr": "検索の平均逆順位（MRR）",
    "ece": "確からしさと正しい割合の隔たり（ECE）",
    "area": "誤りの曲線の下の面積",
}
COUNTS = frozenset(("questions", "mean_length"))
KINDS = {
    "number": "数値", "date": "日付", "entity": "名称", "definition": "定義", "list": "列挙", "table": "表",
    "reason": "理由", "footnote": "脚注", "yesno": "可否", "typed": "打ち込み", "paraphrase": "言い換え",
    "multi": "複数の根拠", "cross": "複数の文書", "followup": "続きの質問", "unanswerable": "文書に答えなし",
}  # fmt: skip
STYLE = """
body {
  font-family: system-ui, "Hiragino Sans", "Noto Sans JP", "Yu Gothic UI", sans-serif; line-height: 1.7; color: #1f2937;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere;
}
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #cbd5e1; }
h3 { font-size: 1rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #cbd5e1; padding: .25rem .7rem; text-align: left; vertical-align: top; }
thead th { background: #f1f5f9; }
tbody th { font-weight: normal; }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
section.q { border: 1px solid #cbd5e1; border-radius: .4rem; padding: .2rem 1rem 1rem; margin: 1rem 0; }
dt { font-weight: bold; margin-top: .6rem; }
dd { margin: 0; }
blockquote { margin: .2rem 0; padding-left: .8rem; border-left: .2rem solid #94a3b8; white-space: pre-wrap; }
.why { color: #b91c1c; }
figure { display: inline-block; width: 20rem; margin: 1rem 2rem 1rem 0; vertical-align: top; }
figcaption { font-size: .9em; }
svg { width: 100%; font-size: 12px; fill: #475569; }
.frame, .ideal { fill: none; stroke: #94a3b8; }
.ideal { stroke: #1f2937; stroke-dasharray: 4 4; }
.shape { fill: #bfdbfe; stroke: #1d4ed8; }
.where { color: #475569; font-size: .9em; }
""".strip()


def page(
    rows: Sequence[Score], figures: Figures, calibration: Calibration, problems: Sequence[str], comparison: Comparison | None
) -> str:
    """The whole page."""
    failed = [r for r in rows if not r.verified]
    parts = [
        "<h1>回答の評価</h1>",
        f"<p>{len(rows)}問のうち{len(rows) - len(failed)}問が検証済みです。</p>",
        _listing("使えなかった行・根拠", problems),
        "<h2>全体</h2>",
        _grid(("指標", "値"), [(NAMES[name], shown(name, value)) for name, value in figures.flat().items()]),
        _compared(comparison, {r.gold.id: r.gold.conversation for r in rows}) if comparison else "",
        "<h2>種類別</h2>",
        _grid(
            ("種類", "検証済み", "質問の数"),
            [(KINDS.get(kind, kind), f"{share:.3f}", str(n)) for kind, (share, n) in figures.by_kind.items()],
        ),
        _calibrated(calibration) if calibration.curve.points else "",
        f"<h2>検証済みにならなかった質問（{len(failed)}問）</h2>",
        *([_failure(r) for r in failed] or ["<p>ありません。</p>"]),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="ja">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>回答の評価</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + "\n</body>\n</html>\n"
    )


def shown(name: str, value: float | None) -> str:
    """A figure as a reader sees it."""
    if value is None or math.isnan(value):
        return "―"
    return f"{value:.0f}" if name in COUNTS else f"{value:.3f}"


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


def _compared(comparison: Comparison, questions: Mapping[str | int, str]) -> str:
    moved = [
        (NAMES.get(name, name), shown(name, before), shown(name, after), _difference(name, before, after))
        for name, before, after in comparison.moved
    ]
    lists = (
        ("新たに検証済みになった質問", comparison.gained),
        ("検証済みでなくなった質問", comparison.lost),
        ("前回にはなかった質問", comparison.added),
        ("前回にだけあった質問", comparison.removed),
    )
    return "\n".join(
        (
            "<h2>前回との比較</h2>",
            _grid(("指標", "前回", "今回", "差"), moved),
            *(_listing(title, [f"{i} {questions.get(i, '')}" for i in ids], "h3", "問") for title, ids in lists),
        )
    )


def _difference(name: str, before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "―"
    return f"{after - before:+.0f}" if name in COUNTS else f"{after - before:+.3f}"


def _calibrated(found: Calibration) -> str:
    """What the confidence is worth, where any answer was given: two charts and a table."""
    ece, area = (shown(name, value) for name, value in found.flat().items())
    tenths = [
        (f"{t.low:.1f}～", f"{t.confidence:.3f}", f"{t.right:.3f}", str(t.count), f"{p.coverage:.3f}", f"{p.error:.3f}")
        for t, p in found.by_tenth()
    ]
    return "\n".join(
        (
            "<h2>確からしさ</h2>",
            "<p>棄権しなかった回答について調べます。「正しい」は検証済みのことです。"
            "環境変数 TENKYO_THRESHOLD を0にすると、すべての質問に答えて調べます。"
            "表の右の2列は、その確からしさから上だけに答えるときの割合です。</p>",
            f"<figure>{reliability_diagram(found.reliability)}<figcaption>確からしさと、正しい割合（棒の中は回答の数）。"
            f"点線に近いほど、確からしさが当てになります。隔たりの平均（ECE）は{ece}です。</figcaption></figure>",
            f"<figure>{error_curve(found.curve)}<figcaption>確からしい順に答えたときの、答える割合と誤りの割合。"
            f"低いほど、正しい答えから先に出ています。曲線の下の面積は{area}で、すべての質問に答えた評価どうしで比べられます。</figcaption></figure>",
            _grid(("確からしさ", "平均", "正しい割合", "回答の数", "答える割合", "誤りの割合"), tenths),
        )
    )


def _failure(row: Score) -> str:
    gold, given = row.gold, row.reply
    facts = [f"{'○' if stated else '×'} {'／'.join(fact)}" for fact, stated in zip(gold.must, row.stated, strict=False)]
    cited = [_quote(c.quote, f"{c.place.doc} {c.path}".strip()) for c in given.citations]
    evidence = [_quote(e.quote, e.doc) for e in gold.evidence]
    answer = "（棄権）" if given.abstained else ""
    pairs = (
        ("不合格の理由", f'<span class="why">{escape("、".join(faults(row)))}</span>'),
        ("質問", escape(gold.conversation)),
        ("回答", escape(f"{answer}{given.text}") or "（なし）"),
        ("引用した文言", "".join(cited) or "（なし）"),
        ("期待する事実", "<br>".join(map(escape, facts)) or "（なし）"),
        (
            f"期待する根拠（{'すべて必要' if gold.evidence_all else 'どれか1つ'}）",
            "".join(evidence) or "（文書に答えはありません）",
        ),
        ("検索の順位", str(row.rank) if row.rank else "（なし）"),
    )
    body = "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs)
    title = f"{gold.id}（{KINDS.get(gold.kind, gold.kind)}）"
    return f'<section class="q">\n<h3>{escape(title)}</h3>\n<dl>\n{body}\n</dl>\n</section>'


def _quote(words: str, where: str) -> str:
    return f'<blockquote>{escape(words)}</blockquote><div class="where">{escape(where)}</div>'


def _grid(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    body = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells) + "</tr>"
        for first, *cells in rows
    )
    return f"<table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _listing(title: str, items: Sequence[str], level: str = "h2", counter: str = "件") -> str:
    if not items:
        return ""
    listed = "\n".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<{level}>{title}（{len(items)}{counter}）</{level}>\n<ul>\n{listed}\n</ul>"
