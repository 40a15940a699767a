"""Retrieval measured through ir_measures: whether the hits hold the evidence, and how early.

Relevant are the hits that hold evidence still needed, graded by how many pieces each is the first to hold; what no hit holds stays a
relevant passage that was not found. Where any piece is enough, one is needed: then R@k and Success@k are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.figures import DEPTHS
from eval.score import Score

CURVE = tuple(range(1, 11))
"""The depths of the recall curve."""


def retrieved(rows: Sequence[Score]) -> list[dict[str, float]]:
    """For each question the values by public name: recall@k (Success@k: any evidence), evidence_recall@k (R@k), ndcg@10 and mrr.

    Empty for a question for which no evidence is asked, as for one that the documents do not answer.
    """
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    asked = [(str(n), row) for n, row in enumerate(rows) if row.needs]
    names = {RR: "mrr", nDCG @ 10: "ndcg@10"}
    names |= {Success @ k: f"recall@{k}" for k in CURVE} | {R @ k: f"evidence_recall@{k}" for k in DEPTHS}
    found: list[dict[str, float]] = [dict.fromkeys(names.values(), 0.0) if row.needs else {} for row in rows]
    if asked:
        qrels = {n: relevant(row) for n, row in asked}
        run = {n: {str(rank): float(-rank) for rank, _ in enumerate(row.gains, 1)} for n, row in asked}
        for metric in ir_measures.iter_calc(list(names), qrels, run):
            found[int(metric.query_id)][names[metric.measure]] = metric.value
    return found


def relevant(row: Score) -> dict[str, int]:
    """The relevant passages by name with their grades: hits by rank, and one for each piece of evidence that no hit holds."""
    lacking = row.needs - sum(row.gains)
    return {str(rank): gain for rank, gain in enumerate(row.gains, 1) if gain} | {f"lacking {n}": 1 for n in range(lacking)}
