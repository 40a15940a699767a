"""Citation recall and precision: by hand, against ALCE's own way of counting on 500 random answers, and with the real verifier."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from eval.alce import Attribution, attribution, sentences
from eval.answers import Cited, Place, Reply, Said
from eval.score import Sources
from rag.assistant import Assistant
from rag.types import Verification

NOWHERE = Sources(lambda source: None)


def holds(claim: str, evidence: Sequence[str]) -> Verification:
    """A verifier of letters: a claim is supported where the evidence together has each of its letters."""
    return Verification("supported" if set(claim) <= set("".join(evidence)) else "not_found")


def replied(*said: Said, cited: Sequence[str], hits: tuple[Place, ...] = ()) -> Reply:
    quotes = tuple(Cited(Place("a.txt", n * 10, n * 10 + len(q)), q) for n, q in enumerate(cited))
    return Reply("q", "".join(s.text for s in said), False, quotes, hits, sentences=said)


def test_by_hand() -> None:
    """a and b support ab together; x is idle beside a; c is not supported; d cites nothing."""
    said = Said("ab", (0, 1)), Said("a", (0, 2)), Said("c", (1,)), Said("d")
    found = attribution(replied(*said, cited=["a", "b", "x"]), holds, NOWHERE)
    assert found == Attribution(sentences=4, cited=3, supported=2, citations=5, needed=3, misattributed=0)
    assert (found.recall, found.precision) == (0.5, 0.6)


def test_each_of_two_that_support_alone_is_needed() -> None:
    assert attribution(replied(Said("a", (0, 1)), cited=["ab", "ac"]), holds, NOWHERE).needed == 2


def test_what_another_citation_or_hit_supports_is_misattributed() -> None:
    texts = Sources({"b.txt": "xxc"}.get)
    said = Said("b", (0,)), Said("c", (0,)), Said("z", (0,)), Said("b")
    found = attribution(replied(*said, cited=["a", "b"], hits=(Place("b.txt", 1, 3),)), holds, texts)
    assert (found.supported, found.cited, found.misattributed) == (0, 3, 2)


def test_numbers_of_no_citation_count_as_none() -> None:
    assert attribution(replied(Said("a", (5, -1)), cited=["a"]), holds, NOWHERE) == Attribution(1, 0, 0, 0, 0, 0)


def test_an_answer_without_sentences_is_split() -> None:
    one = Reply("q", "一日とする。二日とする。", False, (Cited(Place("a.txt", 0, 1), "一"), Cited(Place("a.txt", 1, 2), "二")))
    assert sentences(one) == (Said("一日とする。", (0, 1)), Said("二日とする。", (0, 1)))
    empty = attribution(Reply("q", "", False), holds, NOWHERE)
    assert (empty, empty.recall, empty.precision) == (Attribution(0, 0, 0, 0, 0, 0), 0, 0)


def published(reply: Reply) -> tuple[float, float]:
    """Recall and precision of one answer as the paper's section 4 counts them, each citation judged by itself."""
    supported = relevant = citations = 0
    for said in reply.sentences:
        quotes = [reply.citations[n].quote for n in said.citations]
        citations += len(quotes)
        full = bool(quotes) and holds(said.text, quotes).verdict == "supported"
        supported += full
        for n, quote in enumerate(quotes):
            alone = holds(said.text, [quote]).verdict == "supported"
            without = holds(said.text, quotes[:n] + quotes[n + 1 :]).verdict == "supported"
            relevant += full and not (not alone and without)
    return supported / len(reply.sentences), relevant / citations if citations else 0.0


def test_equal_to_the_published_definition() -> None:
    draw = random.Random(6)
    for _ in range(500):
        cited = ["".join(draw.sample("abcd", draw.randint(1, 3))) for _ in range(draw.randint(1, 5))]
        said = [
            Said(
                "".join(draw.sample("abcd", draw.randint(1, 3))),
                tuple(draw.sample(range(len(cited)), draw.randint(0, len(cited)))),
            )
            for _ in range(draw.randint(1, 5))
        ]
        reply = replied(*said, cited=cited)
        found = attribution(reply, holds, NOWHERE)
        assert (found.recall, found.precision) == pytest.approx(published(reply))


def test_with_the_real_verifier(assistant: Assistant) -> None:
    cited = ["日帰りの出張には、その半額を支給する。", "海外への出張は、出発日の２０日前までに社長の承認を受けなければならない。"]
    said = (
        Said("海外への出張は、出発日の20日前までに社長の承認を受けなければならない。", (1,)),
        Said("海外への出張は、出発日の30日前までに社長の承認を受けなければならない。", (1,)),
        Said("日帰りの出張には、その半額を支給する。", (1,)),
    )
    found = attribution(replied(*said, cited=cited), assistant.verifier.verify, NOWHERE)
    assert found == Attribution(sentences=3, cited=3, supported=1, citations=3, needed=1, misattributed=1)
