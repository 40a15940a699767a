"""What a model said of the answers of a run: faithfulness and answer relevance after RAGAS (Es and others, EACL 2024), and how far the
model and our verifier agree.

Faithfulness is the share of an answer's statements that the model finds in the passages retrieved for it. Answer relevance is the mean
cosine between the question and the questions that the model makes of the answer, and 0 where the model calls the answer evasive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.figures import mean, null


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer: whether the model and whether the verifier finds it in the passages."""

    text: str
    model: bool
    verifier: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model says of one answer; `failure` is why it says nothing, and then the rest is empty."""

    id: str | int
    statements: tuple[Statement, ...] = ()
    relevance: float = math.nan
    failure: str = ""

    @property
    def faithfulness(self) -> float:
        """The share of the statements that the model finds in the passages."""
        return mean(s.model for s in self.statements)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The opinions of the answers that were given, in order; abstentions are not put to the model."""

    model: str
    opinions: tuple[Opinion, ...]
    calls: int
    tokens: int
    seconds: float

    @property
    def problems(self) -> list[str]:
        """One sentence for each answer that the model gave no opinion of."""
        return [f"質問「{o.id}」の回答をモデルで判定できませんでした: {o.failure}" for o in self.opinions if o.failure]

    def agreement(self) -> dict[str, float | int | None]:
        """How often model and verifier say the same of a statement, and Cohen's kappa; null where either always says the same."""
        pairs = [(s.model, s.verifier) for o in self.opinions for s in o.statements]
        counts = {name: pairs.count(pair) for name, pair in _CELLS.items()}
        return {**counts, "agreement": null(mean(m == v for m, v in pairs)), "kappa": null(kappa(pairs))}

    def as_json(self) -> dict[str, object]:
        """The figures, the agreement and every opinion."""
        judged = [o for o in self.opinions if not o.failure]
        return {
            "model": self.model,
            "answers": len(self.opinions),
            "failed": len(self.opinions) - len(judged),
            "statements": sum(len(o.statements) for o in judged),
            "faithfulness": null(mean(o.faithfulness for o in judged)),
            "answer_relevance": null(mean(o.relevance for o in judged)),
            "verifier": self.agreement(),
            "calls": self.calls,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 2),
            "opinions": [_opinion(o) for o in self.opinions],
        }

    def told(self) -> list[str]:
        """The figures as lines for a terminal, under a heading of their own."""
        every: Mapping[str, Any] = self.as_json()
        found: Mapping[str, Any] = every["verifier"]
        return [
            f"モデルによる判定（参考。上の指標には含まれない）: {self.model}、回答{every['answers']}件、うち判定できなかったもの{every['failed']}件",
            f"　忠実さ（RAGAS faithfulness）: {_shown(every['faithfulness'])}（{every['statements']}文）",
            f"　質問との関連（RAGAS answer relevance）: {_shown(every['answer_relevance'])}",
            f"　モデルと照合の一致: {_shown(found['agreement'])}、カッパ係数 {_shown(found['kappa'])}"
            f"（両方が支持{found['both']}、モデルだけ{found['model_only']}、照合だけ{found['verifier_only']}、どちらも支持せず{found['neither']}）",
        ]


_CELLS = {"both": (True, True), "model_only": (True, False), "verifier_only": (False, True), "neither": (False, False)}


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of two judges of the same things; NaN where chance alone would make them agree, or there is nothing."""
    if not pairs:
        return math.nan
    first, second = (mean(column) for column in zip(*pairs, strict=True))
    by_chance = first * second + (1 - first) * (1 - second)
    return (mean(a == b for a, b in pairs) - by_chance) / (1 - by_chance) if by_chance < 1 else math.nan


def _opinion(opinion: Opinion) -> dict[str, object]:
    statements = [{"text": s.text, "model": s.model, "verifier": s.verifier} for s in opinion.statements]
    return {
        "id": opinion.id,
        "faithfulness": null(opinion.faithfulness),
        "answer_relevance": null(opinion.relevance),
        "statements": statements,
        "failure": opinion.failure or None,
    }


def _shown(value: float | None) -> str:
    return "―" if value is None else f"{value:.3f}"
