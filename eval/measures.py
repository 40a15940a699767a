"""What is measured of each question, and the figures: ratios of sums over the questions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.alce import Attribution
from eval.answers import Reply
from eval.bootstrap import Counted, Counts, intervals
from eval.figures import DEPTHS, scores
from eval.gold import Gold
from eval.overlap import Overlap, overlap, references
from eval.retrieval import retrieved
from eval.score import Score, Sources
from eval.stages import Stage, stage

Value = Callable[["Measured"], Counted | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One question with all that is measured of it. `retrieval` is empty where no evidence is asked, `overlap` None
    where no fact is expected, `attribution` None where no answer was given, `stage` None where the answer is verified."""

    score: Score
    retrieval: Mapping[str, float]
    overlap: Overlap | None
    attribution: Attribution | None
    stage: Stage | None

    def counted(self) -> dict[str, Counted]:
        """What the question adds to each figure that it counts for."""
        found = {name: measure.value(self) for name, measure in MEASURES.items()}
        return {name: counted for name, counted in found.items() if counted is not None}


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: what a reader calls it, what each question adds to it, and whether more of it is better."""

    name: str
    value: Value
    more: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its bootstrap interval and the number of questions that count for it; NaN where none does."""

    value: float
    low: float
    high: float
    questions: int


def measure(
    gold: Sequence[Gold],
    replies: Sequence[Reply],
    sources: Sources,
    attribute: Callable[[Sequence[Reply]], Iterable[Attribution]],
) -> tuple[Measured, ...]:
    """Measure every gold question, in order; one that nobody answered counts as an empty answer. `attribute` checks the answers that
    were given against what they cite, in order."""
    rows = scores(gold, replies, sources)
    checked = iter(attribute([row.reply for row in rows if not row.reply.abstained]))
    return tuple(
        _measured(row, found, None if row.reply.abstained else next(checked))
        for row, found in zip(rows, retrieved(rows), strict=True)
    )


def summarised(rows: Sequence[Mapping[str, Counted]]) -> dict[str, Figure]:
    """The figures over the questions with their intervals, from what each question adds to them."""
    counts = Counts.of(rows, tuple(MEASURES))
    asked = (counts.denominators != 0).sum(0)
    return {
        name: Figure(float(value), low, high, int(number))
        for name, value, (low, high), number in zip(MEASURES, counts.values(), intervals(counts), asked, strict=True)
    }


def times(rows: Sequence[Score]) -> dict[str, float]:
    """The median and the 95th percentile of the seconds that an answer took, and the peak memory of this process in MiB; 0 if unknown."""
    seconds = [row.reply.seconds for row in rows if row.reply.seconds]
    p50, p95 = np.quantile(seconds, [0.5, 0.95]) if seconds else (0.0, 0.0)
    return {"seconds_p50": float(p50), "seconds_p95": float(p95), "peak_memory_mib": peak_memory()}


def peak_memory() -> float:
    """The most memory in MiB that this process or one that it started and that has ended held at once; 0 where it is not told."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _measured(row: Score, found: Mapping[str, float], attributed: Attribution | None) -> Measured:
    said = "" if row.reply.abstained else row.reply.text
    return Measured(row, found, overlap(said, references(row.gold)) if row.gold.answerable else None, attributed, stage(row))


def _answerable(value: Callable[[Score], float]) -> Value:
    return lambda m: (float(value(m.score)), 1.0) if m.score.gold.answerable else None


def _retrieval(name: str) -> Value:
    return lambda m: (m.retrieval[name], 1.0) if m.retrieval else None


def _overlap(value: Callable[[Overlap], float]) -> Value:
    return lambda m: (value(m.overlap), 1.0) if m.overlap else None


def _given(value: Callable[[Attribution], Counted]) -> Value:
    return lambda m: value(m.attribution) if m.attribution else None


MEASURES: dict[str, Measure] = {
    "verified": Measure("検証済みの回答", lambda m: (m.score.verified, 1.0)),
    "verified_answerable": Measure("検証済みの回答（文書に答えのある質問）", _answerable(lambda s: s.verified)),
    "facts": Measure("事実の記載", _answerable(lambda s: s.facts)),
    "exact_match": Measure("正解との完全一致（EM）", _overlap(lambda o: o.exact)),
    "f1": Measure("正解との文字の重なり（F1）", _overlap(lambda o: o.f1)),
    "rouge_l": Measure("正解との語の重なり（ROUGE-L）", _overlap(lambda o: o.rouge)),
    "cited": Measure("根拠の引用", lambda m: (m.score.cited, 1.0) if m.score.needs else None),
    "citation_recall": Measure("引用の再現率（ALCE）", _given(lambda a: (a.recall, 1.0))),
    "citation_precision": Measure("引用の適合率（ALCE）", _given(lambda a: (a.precision, 1.0))),
    "groundedness": Measure("典拠に支えられた文", _given(lambda a: (a.supported, a.sentences))),
    "misattribution": Measure("典拠を取り違えた文", _given(lambda a: (a.misattributed, a.cited)), more=False),
    "exact_quotes": Measure("引用の完全一致", lambda m: (m.score.exact, 1.0) if m.score.reply.citations else None),
    "abstain_precision": Measure(
        "棄権の適合率（棄権のうち、文書に答えのない質問）",
        lambda m: (not m.score.gold.answerable, 1.0) if m.score.reply.abstained else None,
    ),
    "abstain_recall": Measure(
        "棄権の再現率（文書に答えのない質問のうち、棄権）",
        lambda m: None if m.score.gold.answerable else (m.score.reply.abstained, 1.0),
    ),
    "false_abstain": Measure("誤った棄権（文書に答えのある質問）", _answerable(lambda s: s.reply.abstained), more=False),
    **{f"recall@{k}": Measure(f"検索の再現率（上位{k}件）", _retrieval(f"recall@{k}")) for k in DEPTHS},
    "mrr": Measure("検索の平均逆順位（MRR）", _retrieval("mrr")),
    "ndcg@10": Measure("検索のnDCG（上位10件）", _retrieval("ndcg@10")),
    **{
        f"evidence_recall@{k}": Measure(f"要る根拠のうち検索されたもの（上位{k}件）", _retrieval(f"evidence_recall@{k}"))
        for k in DEPTHS
    },
}
"""The figures by public name, in the order of the report. Those of `eval.figures` have the same values here."""
