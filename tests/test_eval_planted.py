"""Planted harm over the sample corpus: worse runs are told from the good one, and failures are put down to the stage they were planted in.

A part of the questions in every run; all of them, several times, by `make soak`.
"""

from __future__ import annotations

import copy
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.baseline import Comparison, compare
from eval.batch import Question, answers
from eval.evaluation import Evaluation
from eval.fold import Folded
from eval.gold import Gold, read_gold
from eval.outputs import run
from eval.report import judged
from eval.stages import Stage
from ingest.build import ingest
from rag.answers import to_json
from rag.assistant import Assistant
from rag.retrieval import Ranking

ROOT = Path(__file__).parents[1]
ON = date(2026, 11, 1)
WORDS_ALONE = frozenset(("vector", "grams", "glossary", "readings", "reorder"))
"""What is left out so that BM25 over words is all that finds passages."""
SUFFIXES = (".txt", ".md")
"""The files of the corpus whose text can be changed as it is stored."""
Line = dict[str, Any]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    index = tmp_path_factory.mktemp("corpus") / "index"
    ingest([ROOT / "corpus"], index, progress=lambda line: None)
    return Assistant.open(index)


@pytest.fixture(scope="module")
def lines(good: Assistant) -> dict[str | int, Line]:
    """The good answers to all questions."""
    return {line["id"]: line for line in answered(good, every_question())}


def every_question() -> tuple[Gold, ...]:
    return read_gold(ROOT / "eval" / "datasets" / "company.jsonl").values


def answered(assistant: Assistant, gold: Sequence[Gold]) -> list[Line]:
    asked = [Question(g.id, g.question, str(g.id), g.previous) for g in gold]
    return list(answers(assistant, asked, pytest.fail, lambda line: None, ON))


def difference(before: Evaluation, after: Evaluation) -> dict[str, tuple[float, float]]:
    """For each figure how far it moved, and the p-value as adjusted for all figures."""
    found: Comparison = compare(run(before), run(after))
    return {t.name: (t.difference.value, t.adjusted) for t in found.tested}


def shuffled(lines: Sequence[Line], draw: random.Random, share: float = 0.05) -> list[Line]:
    """The answers with that share of all citations exchanged for one another."""
    out = copy.deepcopy(list(lines))
    places = [(line, n) for line in out for n in range(len(line["citations"]))]
    chosen = draw.sample(places, max(2, round(share * len(places))))
    moved = [line["citations"][n] for line, n in chosen]
    for (line, n), citation in zip(chosen, [*moved[1:], moved[0]], strict=True):
        line["citations"][n] = citation
    return out


@pytest.mark.parametrize("seeds", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_five_percent_of_the_citations_shuffled_are_told(good: Assistant, lines: dict[str | int, Line], seeds: int) -> None:
    gold = every_question()
    before = judged(good, gold, list(lines.values()))
    for seed in range(seeds):
        moved = difference(before, judged(good, gold, shuffled(list(lines.values()), random.Random(seed))))
        for name in ("citation_recall", "citation_precision", "groundedness"):
            assert moved[name][0] < 0
            assert moved[name][1] < 0.01


@pytest.mark.parametrize("limit", [100, pytest.param(None, marks=pytest.mark.soak)])
def test_words_alone_are_told(good: Assistant, lines: dict[str | int, Line], limit: int | None) -> None:
    gold = every_question()[:limit]
    worse = Assistant(good.snapshot, good.encoder, replace(good.settings, without=WORDS_ALONE))
    before = judged(good, gold, [lines[g.id] for g in gold])
    moved = difference(before, judged(good, gold, answered(worse, gold)))
    for name in ("verified", "facts", "recall@1", "recall@5", "mrr", "ndcg@10"):
        assert moved[name][0] < 0
        assert moved[name][1] < 0.01


def test_the_same_run_again_is_not_told_apart(good: Assistant, lines: dict[str | int, Line]) -> None:
    gold = every_question()[:40]
    again = [judged(good, gold, [lines[g.id] for g in gold]) for _ in range(2)]
    assert set(difference(*again).values()) == {(0.0, 1.0)}


def unread(good: Assistant, gold: Sequence[Gold], lines: Sequence[Line], folder: Path) -> Evaluation:
    """The evidence is not in the stored text: the corpus without its words is ingested and asked anew."""
    shutil.copytree(ROOT / "corpus", folder / "docs")
    for doc in {e.doc for g in gold for e in g.evidence}:
        path = folder / "docs" / doc
        text = path.read_bytes().decode("utf-8")
        for quote in sorted({e.quote for g in gold for e in g.evidence if e.doc == doc}, key=len, reverse=True):
            for span in reversed(Folded.of(text).find(quote)):
                text = text[: span.start] + text[span.end :]
        path.write_bytes(text.encode("utf-8"))
    ingest([folder / "docs"], folder / "index", progress=lambda line: None)
    worse = Assistant.open(folder / "index")
    return judged(worse, gold, answered(worse, gold))


def unfound(good: Assistant, gold: Sequence[Gold], lines: Sequence[Line], folder: Path) -> Evaluation:
    """Retrieval brings nothing for every other question, and for the rest all but what holds the evidence."""
    out = []
    for number, (g, line) in enumerate(zip(gold, lines, strict=True)):
        understood = good.understand(g.question, g.previous)
        found = good.retrieve(understood, ON)
        quotes = [Folded.of(e.quote).text for e in g.evidence]
        kept = [
            i for i, h in enumerate(found.hits) if number % 2 and not any(q in Folded.of(h.passage.text).text for q in quotes)
        ]
        left = replace(found, numbers=tuple(found.numbers[i] for i in kept), hits=tuple(found.hits[i] for i in kept))
        answer = good.read(understood, left if kept else Ranking((), ()))
        out.append({"id": line["id"], **to_json(answer, good.snapshot)})
    return judged(good, gold, out)


def misread(good: Assistant, gold: Sequence[Gold], lines: Sequence[Line], folder: Path) -> Evaluation:
    """The hits stay, and the reader says what answers the next question."""
    said = ("answer", "sentences", "citations", "confidence")
    following = [*lines[1:], lines[0]]
    return judged(good, gold, [line | {k: other[k] for k in said} for line, other in zip(lines, following, strict=True)])


def withheld(good: Assistant, gold: Sequence[Gold], lines: Sequence[Line], folder: Path) -> Evaluation:
    """No confidence is enough to answer."""
    silent = Assistant(good.snapshot, good.encoder, replace(good.settings, threshold=1.0))
    return judged(silent, gold, answered(silent, gold))


PLANTED: dict[Stage, Callable[[Assistant, Sequence[Gold], Sequence[Line], Path], Evaluation]] = {
    "parsing": unread,
    "retrieval": unfound,
    "reading": misread,
    "abstention": withheld,
}


def named(good: Assistant, lines: dict[str | int, Line], stage: Stage, limit: int | None, folder: Path) -> tuple[int, int]:
    """Of the questions that were right and failed once the harm was planted, how many are put down to its stage; and how many failed."""
    asked = [g for g in every_question() if g.answerable and all(e.doc.endswith(SUFFIXES) for e in g.evidence)][:limit]
    right = {m.score.gold.id for m in judged(good, asked, [lines[g.id] for g in asked]).measured if m.score.verified}
    gold = [g for g in asked if g.id in right]
    stages = [m.stage for m in PLANTED[stage](good, gold, [lines[g.id] for g in gold], folder).measured if m.stage]
    return stages.count(stage), len(stages)


@pytest.mark.parametrize("stage", PLANTED)
@pytest.mark.parametrize("limit", [25, pytest.param(None, marks=pytest.mark.soak)])
def test_the_stage_of_a_planted_failure_is_named(
    good: Assistant, lines: dict[str | int, Line], stage: Stage, limit: int | None, tmp_path: Path
) -> None:
    right, failed = named(good, lines, stage, limit, tmp_path)
    assert failed >= (15 if limit else 100)
    assert right >= 0.9 * failed


def test_an_answer_that_no_document_holds_is_put_down_to_abstention(good: Assistant) -> None:
    gold = [g for g in every_question() if not g.answerable][:15]
    bold = Assistant(good.snapshot, good.encoder, replace(good.settings, threshold=0.0))
    stages = [m.stage for m in judged(bold, gold, answered(bold, gold)).measured]
    assert stages.count("abstention") >= 0.9 * len(gold)
