"""Whether a period begins where the evidence has it begin: 「契約を結んだ日から10年」 is not 「契約終了の日から10年」."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.findings import Finding
from rag.matching import Matching
from rag.statements import Statement, Term
from rag.wording import Premise, answering

_FROM = re.compile(r"日(?:を起算日|の翌日)?(?:から|より)(?!も)(?:起算して|数えて)?")
_DAYS = frozenset(["か月", "日", "営業日", "労働日"])
_NEAR = 8
"""So many characters at most lie between 「から」 and the period."""
_PHRASE = 24
"""So many characters before 「日から」 may name the event."""


def check(matching: Matching) -> Iterator[Finding]:
    """The event from which the claim counts a period, where the evidence counts it from another."""
    claim = matching.claim
    for event, at, end in _events(claim):
        if any(t.name for t in event):
            continue
        there = [(p, other) for p in matching.homes(at) for other in _there(p)]
        if not there or any(_one(event, other) for _, other in there):
            continue
        premise, other = there[0]
        begin, stop = other[0].start, other[-1].end
        text = f"「{claim.folded[event[0].start : end]}」とありますが、典拠では「{premise.statement.folded[begin:stop]}」の日からです。"
        yield Finding("date", text, event[0].start, end, premise, (begin, stop))
        return


def _events(statement: Statement) -> Iterator[tuple[list[Term], int, int]]:
    """The words of each event from whose day a period is counted, with the places of the first and of the end of 「…日から」."""
    for match in _FROM.finditer(statement.folded):
        if not any(0 <= m.start - match.end() <= _NEAR and m.base in _DAYS for m in statement.measures):
            continue
        start = max(statement.folded.rfind(c, 0, match.start()) for c in "、。は;(") + 1
        words = _words(statement, max(start, match.start() - _PHRASE), match.start())
        if words:
            yield words, match.start(), match.end()


def _there(premise: Premise) -> list[list[Term]]:
    """The events of a premise from which a period is counted; in a row of a table the cells that name a day."""
    if not premise.unit.row:
        return [words for words, _, _ in _events(premise.statement)]
    out = []
    for match in re.finditer(r"[^\t|]+", premise.statement.folded):
        cell = match[0].strip()
        if cell.endswith("日") and not any(c.isdigit() for c in cell):
            words = _words(premise.statement, match.start(), match.start() + len(match[0].rstrip()) - 1)
            out += [words] if words else []
    return out


def _words(statement: Statement, start: int, end: int) -> list[Term]:
    return [t for t in statement.terms if start <= t.start < end and t.weight > 0.2]


def _one(event: Sequence[Term], other: Sequence[Term]) -> bool:
    """Whether an event ends with a word that the other says, by the tables too, or that shares a Chinese character with its last one."""
    last = event[-1]
    senses = answering(last.senses)
    said = any(t.lemma == last.lemma or not senses.isdisjoint(t.senses) for t in other)
    return said or not _kanji(last).isdisjoint(_kanji(other[-1]))


def _kanji(term: Term) -> set[str]:
    return {c for c in term.surface if c > "一"}
