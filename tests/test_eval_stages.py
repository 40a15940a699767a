"""The stage of a failure, by hand: each case loses the evidence at one point."""

from __future__ import annotations

import pytest

from eval.answers import Cited, Place, Reply
from eval.gold import Evidence, Gold
from eval.score import Sources, score
from eval.stages import Stage, stage

TEXT = "旅費は十日以内に精算する。日当は三千円とする。"
SOURCES = Sources({"a.txt": TEXT}.get)
SETTLE, DAILY = "十日以内に精算", "日当は三千円"


def place(words: str) -> Place:
    return Place("a.txt", TEXT.index(words), TEXT.index(words) + len(words))


def asked(*quotes: str, every: bool = False, answerable: bool = True) -> Gold:
    must = (("十日",),) if answerable else ()
    return Gold("q", "number", "？", answerable, must, tuple(Evidence("a.txt", q) for q in quotes), every)


def replied(text: str = "十日", cited: str = SETTLE, hits: tuple[str, ...] = (SETTLE,), abstained: bool = False) -> Reply:
    quotes = (Cited(place(cited), cited),) if cited else ()
    return Reply("q", text, abstained, quotes, tuple(map(place, hits)))


@pytest.mark.parametrize(
    ("gold", "reply", "expected"),
    [
        (asked(SETTLE), replied(), None),
        (asked("二十日以内"), replied(), "parsing"),
        (asked("二十日以内", SETTLE), replied(text="三日"), "reading"),
        (asked("二十日以内", SETTLE, every=True), replied(), "parsing"),
        (asked(SETTLE), replied(cited="", hits=()), "retrieval"),
        (asked(SETTLE), replied(cited="", hits=(DAILY,), abstained=True), "retrieval"),
        (asked(SETTLE, DAILY, every=True), replied(), "retrieval"),
        (asked(SETTLE, DAILY, every=True), replied(hits=(SETTLE, DAILY)), "reading"),
        (asked(SETTLE), replied(text="三日", hits=()), "reading"),
        (asked(SETTLE), replied(cited=DAILY), "reading"),
        (asked(SETTLE), replied(text="該当なし", cited="", abstained=True), "abstention"),
        (asked(every=True), replied(text="三日"), "reading"),
        (asked(every=True), replied(text="該当なし", abstained=True), "abstention"),
        (asked(answerable=False), replied(), "abstention"),
        (asked(answerable=False), replied(abstained=True), None),
    ],
)
def test_where_the_evidence_was_lost(gold: Gold, reply: Reply, expected: Stage | None) -> None:
    assert stage(score(gold, reply, SOURCES)) == expected
