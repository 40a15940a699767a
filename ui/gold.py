"""Approved answers as gold questions, by the contract of `eval.gold`, so that `tenkyo eval` measures what people have confirmed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from eval.fold import fold
from rag.fold import fold_with_offsets
from rag.measures import measures
from rag.moments import moments
from rag.terms import noun_runs
from ui.cases import Case, same
from ui.shown import Shown

_QUOTED = re.compile(r"[「『]([^「」『』]{1,40})[」』]")
_MOST = 4
"""So many facts of a sentence have to be in an answer."""


def gold_jsonl(cases: Iterable[Case]) -> bytes:
    """The approved ones of the cases, the latest of each question, a line each."""
    latest: dict[tuple[str, tuple[str, ...]], Case] = {}
    for case in cases:
        key = (same(case.answer.question), _previous(case))
        if case.approved and (key not in latest or latest[key].entry.seq < case.entry.seq):
            latest[key] = case
    lines = (gold(latest[key]) for key in sorted(latest, key=lambda key: latest[key].entry.seq))
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines if line).encode("utf-8", "replace")


def gold(case: Case) -> dict[str, Any] | None:
    """One gold question; None of an answer of which nothing can be asked for: without question, or with no words as evidence."""
    answer = case.current
    if not fold(case.answer.question):
        return None
    common = {"id": f"review-{case.entry.seq}", "kind": "reviewed", "question": case.answer.question}
    previous = {"previous": list(_previous(case))} if _previous(case) else {}
    if answer.abstained:
        return {**common, **previous, "answerable": False, "must": [], "evidence": []}
    evidence = [{"doc": s.doc, "quote": s.quote} for s in dict.fromkeys(answer.sources) if fold(s.quote) and s.doc]
    if not evidence:
        return None
    must = [list(fact) for fact in dict.fromkeys(_facts(answer))]
    return {**common, **previous, "answerable": True, "must": must, "evidence": evidence, "evidence_all": False}


def _previous(case: Case) -> tuple[str, ...]:
    """The earlier questions, where the question only makes sense after them."""
    asked = case.entry.fields.get("previous")
    return tuple(map(str, asked)) if case.answer.searched and isinstance(asked, list) else ()


def _facts(answer: Shown) -> Iterator[tuple[str, ...]]:
    """What the approved sentences state that another answer has to state too: their numbers, dates and quoted names, each with its
    wording in the source where that is another; without any, their longest name."""
    said = "\n".join(source.quote for source in answer.sources)
    for sentence in answer.sentences:
        if sentence.verdict == "supported":
            yield from (_wordings(fact, said) for fact in _stated(sentence.text))


def _stated(text: str) -> list[str]:
    folded = fold_with_offsets(text)
    spans = {(m.start, m.end) for m in moments(folded.text)} | {(m.start, m.end) for m in measures(folded.text)}
    spans = {s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans)}
    words = [text[folded.starts[start] : folded.ends[end - 1]].strip() for start, end in sorted(spans) if start < end]
    words += _QUOTED.findall(text)
    if not words:
        names = (text[start:end] for start, end, _ in noun_runs(text))
        words = sorted(names, key=len, reverse=True)[:1]
    return [word for word in dict.fromkeys(words) if fold(word)][:_MOST]


def _wordings(fact: str, said: str) -> tuple[str, ...]:
    """The fact, and how the source writes it where that folds to the same and the scorer would tell them apart."""
    wanted, source = fold_with_offsets(fact).text, fold_with_offsets(said)
    at = source.text.find(wanted) if wanted else -1
    there = said[source.starts[at] : source.ends[at + len(wanted) - 1]] if at >= 0 else fact
    return (fact,) if fold(there) == fold(fact) or not fold(there) else (fact, there)
