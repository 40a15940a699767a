"""An answer as one JSON object: the line of ANSWERS.jsonl, `tenkyo ask --json` and the audit record."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rag.snapshot import Snapshot
from rag.types import AbstainReason, Answer, Citation, Hit, Passage, Sentence, Trace

_INNER = re.compile(r"第\d+[項号](?:の\d+)*|[ァ-ヺ]|（\d+）|行 .+")
NOT_FOUND = "登録文書に該当する記載が見つかりません"
"""What the system says when it abstains."""
REASONS: dict[AbstainReason, str] = {
    "no_hits": "質問の言葉に近い箇所がありません。別の言い方で試すか、文書が登録されているか確かめてください。",
    "thin_evidence": "質問に答えるだけの記載がありません。",
    "near_miss": "関連する記載はありますが、お尋ねの点は書かれていません。",
}
"""Why it abstains, in words."""


def answer_text(answer: Answer) -> str:
    """What is shown as the answer: its sentences, or that the documents do not say."""
    return NOT_FOUND if answer.abstained else answer.text


def to_json(answer: Answer, snapshot: Snapshot) -> dict[str, Any]:
    """The answer by the contract of ANSWERS.jsonl, without an id; `trace` is there where a model was asked."""
    asked = {} if answer.trace is None else {"trace": _trace(answer.trace)}
    return {
        "question": answer.question,
        "searched": answer.searched or answer.question,
        "answer": answer_text(answer),
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "seconds": round(answer.seconds, 4),
        "sentences": [_sentence(s) for s in answer.sentences],
        "citations": [citation_json(c) for c in answer.citations],
        "rewrites": [{"said": r.said, "official": list(r.official)} for r in answer.rewrites],
        "hits": [hit_json(h, snapshot) for h in answer.hits],
    } | asked


def _sentence(sentence: Sentence) -> dict[str, Any]:
    reasons = {"reasons": [r.text for r in sentence.reasons]} if sentence.reasons else {}
    return {"text": sentence.text, "citations": list(sentence.citations), "verdict": sentence.verdict} | reasons


def _trace(trace: Trace) -> dict[str, Any]:
    return asdict(trace) | {"removed": [_sentence(s) for s in trace.removed], "notices": list(trace.notices)}


def rewrites_text(answer: Answer) -> str:
    """The everyday words for which official ones were searched as well: «転勤 → 配置転換・異動»; empty when there are none."""
    return "、".join(f"{r.said} → {'・'.join(r.official)}" for r in answer.rewrites)


def searched_text(answer: Answer) -> str:
    """What a follow-up was searched as: «「部長の日当はいくらですか」として検索しました»; empty where the question stands alone."""
    return f"「{answer.searched}」として検索しました" if answer.searched else ""


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation with its exact words and their place."""
    return {
        "doc": citation.doc,
        "doc_id": citation.doc_id,
        "version": citation.version,
        "title": citation.title,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "page": citation.page,
        "path": address(citation.path),
    }


def hit_json(hit: Hit, snapshot: Snapshot) -> dict[str, Any]:
    """A hit with its place."""
    passage: Passage = hit.passage
    row = snapshot.row(passage.doc_id, passage.version)
    place = {
        "doc": row.source,
        "doc_id": passage.doc_id,
        "version": passage.version,
        "start": passage.span.start,
        "end": passage.span.end,
    }
    return place | {"score": round(hit.score, 6), "path": address(passage.path)}


def address(path: tuple[str, ...]) -> str:
    """A section path as a reader writes it: «第2章 服務 > 第11条（兼業） 第2項»."""
    out = ""
    for label in path:
        out += (" " if _INNER.fullmatch(label) else " > ") + label if out else label
    return out
