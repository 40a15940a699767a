"""At which stage a question most probably failed: what the answer needed is followed from the stored text to the answer."""

from __future__ import annotations

from typing import Literal

from eval.score import Score

Stage = Literal["parsing", "retrieval", "reading", "abstention"]
STAGES: dict[Stage, str] = {
    "parsing": "読み取り（根拠が、登録された本文にない）",
    "retrieval": "検索（根拠が、検索された箇所にない）",
    "reading": "読解（根拠は検索されたが、引用していないか、事実を述べていない）",
    "abstention": "棄権の判断（答えられる質問で棄権したか、答えのない質問に答えた）",
}
"""The stages in the order of the work, with what a reader calls them."""


def stage(row: Score) -> Stage | None:
    """The first stage at which the evidence was lost; None where the answer is verified."""
    if row.verified:
        return None
    if not row.gold.answerable:
        return "abstention"
    if row.missing and (row.gold.evidence_all or len(row.missing) == len(row.gold.evidence)):
        return "parsing"
    if not row.cited and sum(row.gains) < row.needs:
        return "retrieval"
    return "abstention" if row.reply.abstained else "reading"
