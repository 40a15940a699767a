"""All configuration, read once from a mapping (the environment) into one frozen value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError

DEFAULT_INDEX = Path("var/index")
PARTS = {
    "terms": "形態素の検索",
    "grams": "文字n-gramの検索",
    "vector": "ベクトルの検索",
    "glossary": "用語集による言い換え",
    "readings": "読みによる言い換え",
    "parts": "質問の分割",
    "ranker": "学習した文の順位",
    "reorder": "箇所の並べ替え",
    "references": "参照先の読み足し",
    "confidence": "確からしさによる棄権",
}
"""The parts of the system that can be left out, each with what a reader calls it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set. `encoder` is empty for the bundled model, else a hub name or a folder; `dimension` is 0 for its own.

    `threshold` is the confidence from which on an answer is given; None for the fitted one, 0 to answer every question. `without`
    names the PARTS that are left out, to see what each adds. `egov` is the address of the law API, empty for the public one.
    """

    index: Path = DEFAULT_INDEX
    encoder: str = ""
    dimension: int = 0
    answer_length: int = 400
    passages: int = 12
    question_length: int = 2000
    threshold: float | None = None
    without: frozenset[str] = frozenset()
    egov: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that the `TENKYO_…` variables give; InputError names the variable that makes no sense."""
        return cls(
            index=Path(environment.get("TENKYO_INDEX") or DEFAULT_INDEX),
            encoder=environment.get("TENKYO_ENCODER", ""),
            dimension=_number(environment, "TENKYO_ENCODER_DIM", 0, 0, 4096),
            answer_length=_number(environment, "TENKYO_ANSWER_LENGTH", 400, 50, 4000),
            passages=_number(environment, "TENKYO_PASSAGES", 12, 10, 100),
            question_length=_number(environment, "TENKYO_QUESTION_LENGTH", 2000, 10, 10_000),
            threshold=_probability(environment, "TENKYO_THRESHOLD"),
            without=_parts(environment, "TENKYO_WITHOUT"),
            egov=environment.get("TENKYO_EGOV", ""),
        )


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environment.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or not low <= int(value) <= high:
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、{low}から{high}までの整数にしてください。")
    return int(value)


def _probability(environment: Mapping[str, str], name: str) -> float | None:
    value = environment.get(name, "")
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise InputError(f"環境変数{name}の値「{value}」は使えないので、0から1までの数にしてください。")
    return number


def _parts(environment: Mapping[str, str], name: str) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in environment.get(name, "").split(",")) - {""}
    if unknown := sorted(chosen - PARTS.keys()):
        raise InputError(
            f"環境変数{name}の「{'、'.join(unknown)}」という部分はないので、{'、'.join(PARTS)}から選び、「,」で区切ってください。"
        )
    return chosen
