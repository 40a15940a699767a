"""How often an encoder alone finds the paragraph that a question was written about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.pairs import read_rows
from rag.encoder import Encoder
from rag.errors import InputError

DEPTHS = (1, 5, 20)
_AT_ONCE = 1_000


def evaluate_retrieval(
    encoder: Encoder, squad_jsonl_path: Path, keep: Callable[[str], bool] = lambda title: True
) -> dict[str, float]:
    """Recall at 1, 5 and 20 and the mean reciprocal rank, with every kept paragraph as the corpus and cosine as the score.

    The file has a paragraph a line (title, context, qas), plain or xz-compressed; `keep` chooses articles by their titles.
    A paragraph that scores the same as the right one counts as ranked before it.
    """
    paragraphs = [row for row in read_rows(squad_jsonl_path) if keep(row["title"])]
    asked = [(qa["question"], n) for n, row in enumerate(paragraphs) for qa in row["qas"]]
    if not asked:
        raise InputError(f"「{squad_jsonl_path}」に測れる質問がありません。title、context、qasのあるファイルを指定してください。")
    passages = encoder.encode_passages([row["context"] for row in paragraphs])
    ranks = np.concatenate([_ranks(encoder, passages, asked[n : n + _AT_ONCE]) for n in range(0, len(asked), _AT_ONCE)])
    return {
        "paragraphs": len(paragraphs),
        "questions": len(asked),
        **{f"recall@{k}": round(float(np.mean(ranks <= k)), 4) for k in DEPTHS},
        "mrr": round(float(np.mean(1 / ranks)), 4),
    }


def _ranks(encoder: Encoder, passages: NDArray[np.float32], asked: Sequence[tuple[str, int]]) -> NDArray[np.int64]:
    """The rank of each question's paragraph, from 1, shape (len(asked),)."""
    scores = encoder.encode_queries([question for question, _ in asked]) @ passages.T
    right = scores[np.arange(len(asked)), [n for _, n in asked]]
    ranks: NDArray[np.int64] = (scores >= right[:, None]).sum(axis=1)
    return ranks
