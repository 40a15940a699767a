"""The sections of the report's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from eval.baseline import Change, Comparison
from eval.calibration import Calibration
from eval.charts import error_curve, latency_histogram, recall_curve, reliability_diagram, share_bars
from eval.evaluation import Evaluation
from eval.figures import mean
from eval.groups import SHOWN, Group
from eval.markup import figure, grid, listing, pairs, quoted
from eval.measures import MEASURES, Measured
from eval.names import COUNTS, KINDS, NAMES, between, chance, faults, shown
from eval.retrieval import CURVE
from eval.stages import STAGES

HEADLINES = ("verified", "facts", "cited", "groundedness", "recall@5", "abstain_recall", "false_abstain", "seconds_p50")
Conversations = Mapping[str | int, str]


def headlines(result: Evaluation) -> str:
    """The most telling figures as cards."""
    every = result.flat()
    cards = []
    for name in HEADLINES:
        found = result.summary.get(name)
        spread = f"<small>{between(found.low, found.high)}</small>" if found else ""
        cards.append(f'<div class="card"><span>{escape(NAMES[name])}</span><b>{shown(name, every[name])}</b>{spread}</div>')
    return f'<div class="cards">\n{"".join(cards)}\n</div>'


def charts(result: Evaluation) -> str:
    """By kind, retrieval and time, where there is something to draw."""
    kinds = [g for g in result.groups if g.dimension == "種類"]
    bars = [(KINDS.get(g.name, g.name), g.figures["verified"], g.questions) for g in kinds]
    drawn = [figure(share_bars(bars), "種類別の検証済みの割合と95%区間（右端は質問の数）。")]
    answerable = [m.retrieval for m in result.measured if m.retrieval]
    if answerable:
        curve = [(k, mean(found[f"recall@{k}"] for found in answerable)) for k in CURVE]
        drawn.append(figure(recall_curve(curve), "上位何件までに根拠があるか。文書に答えのある質問での割合です。"))
    if seconds := [m.score.reply.seconds for m in result.measured if m.score.reply.seconds]:
        drawn.append(figure(latency_histogram(seconds), "回答にかかった時間ごとの質問の数（横軸は対数）。"))
    return "\n".join(drawn)


def all_figures(result: Evaluation) -> str:
    """Every figure with its interval and the number of questions that count."""
    rows = []
    for name, value in result.flat().items():
        found = result.summary.get(name)
        rows.append(
            (
                NAMES[name],
                shown(name, value),
                between(found.low, found.high) if found else "",
                str(found.questions) if found else "",
            )
        )
    return grid(("指標", "値", "95%区間", "数えた質問"), rows)


def by_groups(groups: Sequence[Group]) -> str:
    """A table for each way to part the questions."""
    head = ("質問", "検証済みの95%区間", *(NAMES[name] for name in SHOWN))
    parts = []
    for dimension, found in groupby(groups, key=lambda g: g.dimension):
        rows = [
            (
                KINDS.get(g.name, g.name),
                str(g.questions),
                between(g.figures["verified"].low, g.figures["verified"].high),
                *(shown(name, g.figures[name].value) for name in SHOWN),
            )
            for g in found
        ]
        parts.append(f"<h3>{escape(dimension)}</h3>\n{grid((dimension, *head), rows)}")
    return "\n".join(parts)


def compared(comparison: Comparison, questions: Conversations) -> str:
    """What moved against the baseline and whether by chance."""
    tested = {t.name: t for t in comparison.tested}
    moved = []
    for name, before, after in comparison.moved:
        test = tested.get(name)
        spread = between(test.difference.low, test.difference.high) if test else ""
        p = (chance(test.p), chance(test.adjusted)) if test else ("", "")
        moved.append((NAMES.get(name, name), shown(name, before), shown(name, after), _apart(name, before, after), spread, *p))
    told = {change.id for change in comparison.changes}
    lists = (
        ("新たに検証済みになった質問", tuple(i for i in comparison.gained if i not in told)),
        ("検証済みでなくなった質問", tuple(i for i in comparison.lost if i not in told)),
        ("前回にはなかった質問", comparison.added),
        ("前回にだけあった質問", comparison.removed),
    )
    return "\n".join(
        (
            "<h2>前回との比較</h2>",
            f"<p>新たに検証済みになった質問は{len(comparison.gained)}問、検証済みでなくなった質問は{len(comparison.lost)}問です"
            f"（マクネマー検定 {chance(comparison.p)}）。差の区間は対にしたブートストラップ、pは並べ替え検定（両側）で、"
            "補正したpは指標の数だけ検定したことを見込んだもの（Holm法）です。</p>",
            grid(("指標", "前回", "今回", "差", "差の95%区間", "p", "補正したp"), moved),
            *(listing(title, [f"{i} {questions.get(i, '')}" for i in ids], "h3", "問") for title, ids in lists),
        )
    )


def changed(changes: Sequence[Change], questions: Conversations) -> str:
    """What is different for each question that flipped."""
    if not changes:
        return ""
    return "\n".join((f"<h2>前回から変わった質問（{len(changes)}問）</h2>", *(_change(change, questions) for change in changes)))


def calibrated(found: Calibration) -> str:
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
            figure(
                reliability_diagram(found.reliability),
                f"確からしさと、正しい割合（棒の中は回答の数）。点線に近いほど、確からしさが当てになります。隔たりの平均（ECE）は{ece}です。",
            ),
            figure(
                error_curve(found.curve),
                "確からしい順に答えたときの、答える割合と誤りの割合。低いほど、正しい答えから先に出ています。"
                f"曲線の下の面積（AURC）は{area}で、すべての質問に答えた評価どうしで比べられます。",
            ),
            grid(("確からしさ", "平均", "正しい割合", "回答の数", "答える割合", "誤りの割合"), tenths),
        )
    )


def failures(rows: Sequence[Measured]) -> str:
    """Every question that is not verified, by the stage at which it probably failed."""
    failed = [m for m in rows if m.stage]
    counts = [(said, str(n)) for stage, said in STAGES.items() if (n := sum(m.stage == stage for m in failed))]
    parts = [f"<h2>検証済みにならなかった質問（{len(failed)}問）</h2>"]
    parts += [grid(("失敗した見込みの段階", "質問の数"), counts)] if failed else ["<p>ありません。</p>"]
    for stage, said in STAGES.items():
        found = [_failure(m) for m in failed if m.stage == stage]
        parts += [f"<h3>{said}: {len(found)}問</h3>", *found] if found else []
    return "\n".join(parts)


def _failure(measured: Measured) -> str:
    row = measured.score
    gold, given = row.gold, row.reply
    facts = [f"{'○' if stated else '×'} {'／'.join(fact)}" for fact, stated in zip(gold.must, row.stated, strict=False)]
    cited = [quoted(c.quote, f"{c.place.doc} {c.path}".strip()) for c in given.citations]
    evidence = [quoted(e.quote, e.doc) for e in gold.evidence]
    needed = f"期待する根拠（{'すべて必要' if gold.evidence_all else 'どれか1つ'}）"
    body = pairs(
        (
            ("不合格の理由", f'<span class="why">{escape("、".join(faults(row)))}</span>'),
            ("質問", escape(gold.conversation)),
            ("回答", escape(f"{'（棄権）' if given.abstained else ''}{given.text}") or "（なし）"),
            ("引用した文言", "".join(cited) or "（なし）"),
            ("期待する事実", "<br>".join(map(escape, facts)) or "（なし）"),
            (needed, "".join(evidence) or "（文書に答えはありません）"),
            ("検索の順位", str(row.rank) if row.rank else "（なし）"),
        )
    )
    title = f"{gold.id}（{KINDS.get(gold.kind, gold.kind)}）"
    return f'<section class="q">\n<h4>{escape(title)}</h4>\n{body}\n</section>'


def _change(change: Change, questions: Conversations) -> str:
    title = f"{change.id} {'× → ○ 新たに検証済みになった質問' if change.gained else '○ → × 検証済みでなくなった質問'}"
    table = grid(("変わったもの", "前回", "今回"), change.moved(), "words")
    return f'<section class="q">\n<h4>{escape(title)}</h4>\n<p>{escape(questions.get(change.id, ""))}</p>\n{table}\n</section>'


def _apart(name: str, before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "―"
    said = f"{after - before:+.0f}" if name in COUNTS else f"{after - before:+.3f}"
    better = name in MEASURES and (after > before) is MEASURES[name].more
    return said if name not in MEASURES or after == before else f"{said} {'▲' if better else '▼'}"
