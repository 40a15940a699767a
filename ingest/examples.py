"""Training examples for ranking and abstaining: questions with the spans that answer them, asked of an index over their texts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.build import ingest
from ingest.pairs import EVERYDAY, EVERYDAY_HOLDOUT, held_out, read_rows, regulation
from rag.assistant import Assistant
from rag.candidates import Candidate
from rag.retrieval import LEGS, Ranking
from rag.types import Hit, Span

LAW_QUESTIONS = Path(__file__).with_name("data") / "law_questions.jsonl"
PRACTICE = Path(__file__).with_name("data") / "practice"
OTHER_LAWS = 0.02
"""The share of the other laws that is added to the index of the questioned ones, so that there is something to confuse."""
OTHER_LAW_LENGTH = 60_000
FRONTS, FRONT_TITLE = 60, 24
FRONT_QUESTIONS = (
    "{}の番号は何ですか。", "{}はいつ出されましたか。", "{}が公布されたのはいつ？", "{}の日付", "{}を定めたのはいつですか。", "{}っていつできたの",
    "{}の正式な番号を教えてください。", "{}はいつの決まりですか。",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A training question: the document with its answer, the spans that answer it (none: it has no answer), the answer's words.

    `near` is a question that the document does not answer though it speaks of what is asked.
    """

    question: str
    doc_id: str
    spans: tuple[Span, ...]
    phrase: str
    near: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """Files to index, their texts by name, and the questions asked of them; `whole` when a unit must hold the whole answer."""

    name: str
    files: dict[str, str]
    asked: tuple[Asked, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Example:
    """What was seen on the way to an answer.

    `features` are those of the candidates, shape (n, features); `labels` 1 for a candidate that answers, 0 for one that does not,
    -1 where it may. `pool` are the legs' scores of the fused passages, shape (3, m), `gold` which of those hold an answer.
    `known` is the share of the question's terms that the index knows. `group` is the document; `near` says that the question was
    written to ask for what stands next to a stated detail but is not stated.
    """

    group: str
    features: NDArray[np.float32]
    labels: NDArray[np.int8]
    pool: NDArray[np.float32]
    gold: NDArray[np.bool_]
    known: float
    near: bool = False


def jaquad(data: Path, holdout: float, limit: int, seed: int) -> Collection:
    """The articles of JaQuAD's training part that were kept from the encoder, with at most `limit` of their questions."""
    lines, asked = [], []
    for n, row in enumerate(read_rows(data / "jaquad_train.jsonl.xz")):
        if held_out(row["title"], holdout):
            lines.append({"id": f"jaquad-{n}", "title": row["title"], "text": row["context"]})
            for q in row["qas"]:
                span = Span(q["answer_start"], q["answer_start"] + len(q["answer"]))
                asked.append(Asked(q["question"], f"jaquad-{n}", (span,), q["answer"]))
    chosen = random.Random(seed).sample(asked, min(limit, len(asked)))
    return Collection("jaquad", _lines(lines), tuple(chosen), whole=True)


def laws(data: Path, seed: int) -> Collection:
    """The laws that the project's own questions are about, some others beside them, and the questions."""
    rows = [json.loads(line) for line in LAW_QUESTIONS.read_text(encoding="utf-8").splitlines()]
    wanted = {(row["law"], row["number"]) for row in rows}
    chance = random.Random(seed)
    lines, ids = [], {}
    for n, law in enumerate(read_rows(data / "laws_2013.jsonl.xz")):
        key = (law["title"], law["number"])
        if key in wanted or (chance.random() < OTHER_LAWS and len(law["text"]) < OTHER_LAW_LENGTH):
            ids[key] = f"law-{n}"
            lines.append({"id": f"law-{n}", "title": law["title"], "text": law["text"]})
    asked = tuple(
        Asked(
            r["question"],
            ids[r["law"], r["number"]],
            tuple(Span(a["start"], a["end"]) for a in r["answers"]),
            r["phrase"],
            not r["answers"],
        )
        for r in rows
    )
    return Collection("laws", _lines(lines), (*asked, *_fronts(lines, random.Random(seed))), whole=False)


def _fronts(laws: Sequence[dict[str, str]], chance: random.Random) -> Iterator[Asked]:
    """Questions on the documents themselves, when and by whom they were issued, which the lines under their titles answer."""
    titled = [law for law in laws if len(law["title"]) <= FRONT_TITLE and law["text"].startswith(law["title"] + "\n（")]
    for law in chance.sample(titled, min(FRONTS, len(titled))):
        start = len(law["title"]) + 1
        end = law["text"].index("\n", start)
        yield Asked(chance.choice(FRONT_QUESTIONS).format(law["title"]), law["id"], (Span(start, end),), "")


def everyday() -> Collection:
    """The project's own everyday questions that were kept from the encoder, asked of regulations made of their sentences."""
    rows = [json.loads(line) for line in EVERYDAY.read_text(encoding="utf-8").splitlines()]
    lines, asked = [], []
    for n, title in enumerate(sorted({regulation(row) for row in rows if held_out(regulation(row), EVERYDAY_HOLDOUT)})):
        text, spans = _regulation_text([row for row in rows if regulation(row) == title])
        lines.append({"id": f"everyday-{n}", "title": title, "text": text})
        asked += [Asked(q, f"everyday-{n}", (span,), span.of(text)) for q, span in spans]
    return Collection("everyday", _lines(lines), tuple(asked), whole=False)


def practice() -> Collection:
    """The project's own questions on its practice documents: policies, rules and reports with tables, lists, notes and OCR slips, and
    near misses, which ask for what stands next to a stated detail but is not stated."""
    texts = {
        file.name: file.read_bytes().decode("utf-8") for file in sorted(PRACTICE.iterdir()) if file.suffix in (".md", ".txt")
    }
    rows = [json.loads(line) for line in (PRACTICE / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = []
    for row in rows:
        docs = dict.fromkeys(e["doc"] for e in row["evidence"])
        spans = [(e["doc"], start) for e in row["evidence"] for start in [texts[e["doc"]].index(e["quote"])]]
        first = next(iter(docs), row.get("near", ""))
        found = tuple(
            Span(start, start + len(e["quote"])) for e, (doc, start) in zip(row["evidence"], spans, strict=True) if doc == first
        )
        asked.append(Asked(row["question"], Path(first).stem or "none", found, "", not docs and bool(first)))
    return Collection("practice", texts, tuple(asked), whole=False)


def _lines(rows: Iterable[dict[str, str]]) -> dict[str, str]:
    return {"documents.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)}


def _regulation_text(rows: Sequence[dict[str, str]]) -> tuple[str, list[tuple[str, Span]]]:
    """A regulation with an article a heading, each sentence once, and where the answer of each question stands in it."""
    articles: dict[str, dict[str, None]] = {}
    for row in rows:
        sentences = articles.setdefault(row["title"].split(" > ")[-1], {})
        sentences.update({row["sentence"]: None, row["near"]: None})
    text = ""
    places: dict[str, Span] = {}
    for n, (heading, sentences) in enumerate(articles.items(), start=1):
        text += f"（{heading}）\n第{n}条\n"
        for sentence in sentences:
            places.setdefault(sentence, Span(len(text), len(text) + len(sentence)))
            text += sentence + "\n"
    return text, [(row["question"], places[row["sentence"]]) for row in rows]


def with_strangers(collections: Sequence[Collection], count: int, seed: int) -> tuple[Collection, ...]:
    """Each collection with questions of the others added, which its documents do not speak of at all."""
    chance = random.Random(seed)
    out = []
    for collection in collections:
        others = [asked.question for other in collections if other is not collection for asked in other.asked]
        strange = tuple(Asked(q, f"stranger-{n}", (), "") for n, q in enumerate(chance.sample(others, min(count, len(others)))))
        out.append(replace(collection, asked=(*collection.asked, *strange)))
    return tuple(out)


def collect(collection: Collection, folder: Path, hidden: float, seed: int) -> Iterator[Example]:
    """Index the collection in the folder and ask its questions; for a share of them the answer's document is hidden from the reader,
    which makes a question near to the documents that they do not answer."""
    (folder / "docs").mkdir(parents=True)
    for name, text in collection.files.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    ingest([folder / "docs"], folder / "index", progress=lambda line: None)
    chance = random.Random(seed)
    assistant = Assistant.open(folder / "index")
    with assistant.snapshot:
        for asked in collection.asked:
            yield _example(assistant, asked, collection.whole, hide=chance.random() < hidden)


def _example(assistant: Assistant, asked: Asked, whole: bool, hide: bool) -> Example:
    question = assistant.understand(asked.question)
    numbers, legs = assistant.retriever.pool(question, date.today())
    passages = assistant.snapshot.at(numbers.tolist())
    gold = np.array([_holds(p.span, asked.spans) and p.doc_id == asked.doc_id for p in passages], bool)
    ranking = assistant.retrieve(question)
    if hide:
        ranking = _without(ranking, asked.doc_id)
    reading = assistant.reading(question, ranking)
    labels = np.array([_label(c, reading.ranking, asked, whole) for c in reading.ranked], np.int8)
    pool = np.stack([legs[leg] for leg in LEGS])
    return Example(asked.doc_id, reading.features, labels, pool, gold, reading.known, asked.near)


def _without(ranking: Ranking, doc_id: str) -> Ranking:
    kept = [(n, h) for n, h in zip(ranking.numbers, ranking.hits, strict=True) if h.passage.doc_id != doc_id]
    hits: tuple[Hit, ...] = tuple(h for _, h in kept)
    return replace(ranking, numbers=tuple(n for n, _ in kept), hits=hits)


def _holds(span: Span, answers: Iterable[Span]) -> bool:
    return any(2 * span.overlap(answer) >= len(answer) for answer in answers)


def _label(candidate: Candidate, ranking: Ranking, asked: Asked, whole: bool) -> int:
    """1 for a candidate that answers; -1 for one elsewhere that has the answer's words, so that nobody can say; else 0."""
    span = candidate.unit.span
    if ranking.hits[candidate.passage].passage.doc_id == asked.doc_id and _answers(span, asked.spans, whole):
        return 1
    return -1 if asked.phrase and asked.phrase in candidate.text else 0


def _answers(span: Span, answers: Sequence[Span], whole: bool) -> bool:
    if whole:
        return any(span.covers(answer) for answer in answers)
    return any(2 * span.overlap(answer) >= min(len(span), len(answer)) for answer in answers)
