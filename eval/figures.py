"""The figures over a gold set: the answers verified, the evidence found, and where the system abstained."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.answers import Reply
from eval.gold import Gold
from eval.score import Score, Sources, score

DEPTHS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the questions, NaN where a figure has no question to count; `by_kind` holds the share verified and the count.

    `facts` and `false_abstain` are over answerable questions, `cited`, `recall` and `mrr` over those of them for which evidence is asked,
    `abstain_recall` over the others, `exact_quotes` over answers with citations, `mean_length` over answerable questions that were answered.
    """

    questions: int
    verified: float
    verified_answerable: float
    facts: float
    cited: float
    exact_quotes: float
    abstain_recall: float
    false_abstain: float
    mean_length: float
    recall: dict[int, float]
    mrr: float
    by_kind: dict[str, tuple[float, int]]

    def as_json(self) -> dict[str, object]:
        """The figures under their public names, in order; a figure without a question is null, as JSON has no NaN."""
        return {name: null(value) for name, value in self.flat().items()} | {
            "by_kind": {kind: [round(share, 3), count] for kind, (share, count) in self.by_kind.items()}
        }

    def flat(self) -> dict[str, float]:
        """The figures but those by kind, under their public names."""
        return {
            "questions": self.questions,
            "verified": self.verified,
            "verified_answerable": self.verified_answerable,
            "facts": self.facts,
            "cited": self.cited,
            "exact_quotes": self.exact_quotes,
            "abstain_recall": self.abstain_recall,
            "false_abstain": self.false_abstain,
            "mean_length": self.mean_length,
            **{f"recall@{k}": value for k, value in self.recall.items()},
            "mrr": self.mrr,
        }


def scores(gold: Sequence[Gold], replies: Iterable[Reply], sources: Sources) -> tuple[Score, ...]:
    """Score every gold question, in order. One that nobody answered counts as an empty answer, which states nothing."""
    given = {r.id: r for r in replies}
    return tuple(score(g, given.get(g.id, Reply(g.id, "", abstained=False)), sources) for g in gold)


def figures(rows: Sequence[Score]) -> Figures:
    """The figures over the scored questions."""
    yes = [r for r in rows if r.gold.answerable]
    backed = [r for r in yes if r.needs]
    no = [r for r in rows if not r.gold.answerable]
    return Figures(
        questions=len(rows),
        verified=mean(r.verified for r in rows),
        verified_answerable=mean(r.verified for r in yes),
        facts=mean(r.facts for r in yes),
        cited=mean(r.cited for r in backed),
        exact_quotes=mean(r.exact for r in rows if r.reply.citations),
        abstain_recall=mean(r.reply.abstained for r in no),
        false_abstain=mean(r.reply.abstained for r in yes),
        mean_length=mean(r.length for r in yes if not r.reply.abstained),
        recall={k: recall([r.rank for r in backed], k) for k in DEPTHS},
        mrr=reciprocal([r.rank for r in backed]),
        by_kind={kind: _share(rows, kind) for kind in sorted({r.gold.kind for r in rows})},
    )


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean; NaN of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else math.nan


def recall(ranks: Sequence[int], k: int) -> float:
    """The share of the questions whose first right hit is among the first k; a rank of 0 says that there is none."""
    return mean(0 < rank <= k for rank in ranks)


def reciprocal(ranks: Sequence[int]) -> float:
    """The mean reciprocal rank (Voorhees, TREC-8 1999); a question without a right hit counts as 0."""
    return mean(1 / rank if rank else 0.0 for rank in ranks)


def _share(rows: Sequence[Score], kind: str) -> tuple[float, int]:
    verified = [r.verified for r in rows if r.gold.kind == kind]
    return mean(verified), len(verified)


def null(value: float) -> float | None:
    """The value as JSON has it, which knows no NaN."""
    return None if math.isnan(value) else value
