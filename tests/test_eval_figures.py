"""The figures: against values worked out by hand, and against the scorer that the project is measured by."""

from __future__ import annotations

import importlib.util
import json
import math
import random
from pathlib import Path
from types import ModuleType

import pytest

from eval.answers import Cited, Place, Reply, read_replies
from eval.figures import figures, mean, recall, reciprocal, scores
from eval.fold import Folded, fold
from eval.gold import Evidence, Gold, read_gold
from eval.score import Score, Sources, score, states
from rag.types import Span

SCORER = Path(__file__).parents[2] / "shared" / "eval" / "score.py"

TEXT = "第１条　旅費は、 **出張**の後\n10日以内に精算する。\n第2条 領収書を添える。\n"
SOURCES = Sources({"a.txt": TEXT, "b.md": "何も書いていない文書です。"}.get)


def gold(must: tuple[tuple[str, ...], ...] = (("10日",),), quote: str = "10日以内に精算", **change: object) -> Gold:
    values: dict[str, object] = {
        "id": "q",
        "kind": "number",
        "question": "何日以内？",
        "answerable": True,
        "must": must,
        "evidence": (Evidence("a.txt", quote),),
        "evidence_all": False,
    }
    return Gold(**(values | change))  # type: ignore[arg-type]


def cite(words: str, doc: str = "a.txt") -> Cited:
    start = TEXT.index(words)
    return Cited(Place(doc, start, start + len(words)), words)


def replied(text: str = "10日以内です。", *cited: Cited, hits: tuple[Place, ...] = (), abstained: bool = False) -> Reply:
    return Reply("q", text, abstained, cited or (cite("10日以内に精算する。"),), hits)


def test_folding_keeps_the_way_back() -> None:
    assert fold("ＡＩ の\t*Red* _Team_ ㈱#\\") == "aiのredteam(株)"
    folded = Folded.of(TEXT)
    assert folded.find("出張の後10日") == (Span(TEXT.index("出張"), TEXT.index("日以内") + 1),)
    assert Folded.of("ああああ").find("ああ") == (Span(0, 2), Span(1, 3), Span(2, 4))
    assert Folded.of("㍻の年").find("成の") == (Span(0, 2),)
    assert folded.find("。。") == folded.find("**") == ()


@pytest.mark.parametrize(
    ("text", "wordings", "stated"),
    [
        ("10日以内", ["10日"], True),
        ("110日以内", ["10日"], False),
        ("全部で10", ["10"], True),
        ("全部で105", ["10"], False),
        ("1.10日", ["10日"], True),
        ("AI法です", ["ＡＩ　法"], True),
        ("十日です", ["10日", "十日"], True),
        ("", ["10日"], False),
    ],
)
def test_a_number_is_not_cut_in_two(text: str, wordings: list[str], stated: bool) -> None:
    assert states(fold(text), wordings) is stated


def test_facts_count_early_only() -> None:
    late = "あ" * 198 + "10日"
    assert score(gold(), replied(late), SOURCES).stated == (False,)
    assert score(gold(kind="definition"), replied(late), SOURCES).stated == (True,)
    assert score(gold(), replied("あ 　" * 197 + "10日"), SOURCES).stated == (True,)
    assert score(gold(kind="list"), replied("あ" * 400 + "10日"), SOURCES).stated == (False,)


def test_evidence_is_cited_by_half_of_either() -> None:
    assert score(gold(), replied("10日", cite("10日以内に精算する。\n第2条 領収書を添える。")), SOURCES).cited
    assert score(gold(quote="旅費は、出張の後10日以内に精算する"), replied("10日", cite("以内に精算する。")), SOURCES).cited
    assert not score(gold(), replied("10日", cite("第2条 領収書を添える。")), SOURCES).cited
    assert not score(gold(), replied("10日", cite("10日以内に精算する。", doc="b.md")), SOURCES).cited


def test_slivers_whole_pages_and_more_than_eight_citations_do_not_count() -> None:
    assert not score(gold(), replied("10日", cite("10日以内")), SOURCES).cited
    assert score(gold(quote="10日以"), replied("10日", cite("10日以内")), SOURCES).cited
    other = cite("領収書を添える。")
    assert score(gold(), replied("10日", *[other] * 7, cite("10日以内に精算する。")), SOURCES).cited
    assert not score(gold(), replied("10日", *[other] * 8, cite("10日以内に精算する。")), SOURCES).cited
    long = Sources({"a.txt": "あ" * 2000 + "10日以内に精算する"}.get)

    def at(start: int, end: int) -> Cited:
        return Cited(Place("a.txt", start, end), "")

    assert score(gold(), replied("10日", at(1409, 2009)), long).cited
    assert not score(gold(), replied("10日", at(1408, 2009)), long).cited
    assert score(gold(), replied("10日", at(0, 600), at(600, 1200), at(1709, 2009)), long).cited
    assert not score(gold(), replied("10日", at(0, 600), at(600, 1200), at(1708, 2009)), long).cited


def test_every_quote_has_to_be_exact() -> None:
    good, wrong = cite("10日以内に精算する。"), Cited(Place("a.txt", 0, 3), "第1条")
    assert score(gold(), replied("10日", good), SOURCES).verified
    assert not score(gold(), replied("10日", good, wrong), SOURCES).verified
    assert not score(gold(), replied("10日", good, Cited(Place("none.txt", 0, 3), "第１条")), SOURCES).exact


def test_all_of_the_evidence_where_all_is_needed() -> None:
    both = gold(evidence=(Evidence("a.txt", "10日以内に精算"), Evidence("a.txt", "領収書を添える")), evidence_all=True)
    assert not score(both, replied(), SOURCES).cited
    assert score(both, replied("10日", cite("10日以内に精算する。"), cite("領収書を添える。")), SOURCES).cited


def test_the_rank_is_that_of_the_first_hit_that_holds_evidence() -> None:
    start = TEXT.index("10日")
    far, near, page = Place("a.txt", 0, 3), Place("a.txt", start, start + 4), Place("a.txt", 0, 1201)
    assert score(gold(), replied(hits=(far, near)), SOURCES).rank == 2
    assert score(gold(), replied(hits=(page, Place("b.md", start, start + 9))), SOURCES).rank == 0
    assert score(gold(), replied(hits=(page, Place("a.txt", 0, 1200))), SOURCES).rank == 2


def test_evidence_that_no_document_holds_is_named_and_never_cited() -> None:
    lost = score(gold(evidence=(Evidence("a.txt", "20日以内"), Evidence("none.txt", "x"))), replied(), SOURCES)
    assert lost.missing == ("a.txt「20日以内」", "none.txt「x」")
    assert (lost.cited, lost.rank, lost.verified) == (False, 0, False)
    assert score(gold(evidence=(Evidence("a.txt", "20日以内"), Evidence("a.txt", "10日以内に"))), replied(), SOURCES).cited


def test_figures_by_hand() -> None:
    start = TEXT.index("10日")
    near, far = Place("a.txt", start, start + 9), Place("b.md", 0, 5)
    rows = scores(
        [
            gold(id="right"),
            gold(id="half", must=(("10日",), ("領収書",)), kind="list"),
            gold(id="silent"),
            gold(id="unasked"),
            gold(id="no", answerable=False, kind="unanswerable", must=(), evidence=()),
            gold(id="made up", answerable=False, kind="unanswerable", must=(), evidence=()),
        ],
        [
            Reply("right", "10日以内です。", False, (cite("10日以内に精算する。"),), (near,)),
            Reply("half", "10 日", False, (Cited(Place("a.txt", start, start + 11), "十日以内に精算する。"),), (far, far, near)),
            Reply("silent", "", True, (), (far,) * 5 + (near,)),
            Reply("no", "", True),
            Reply("made up", "はい", False, (cite("領収書を添える。"),)),
        ],
        SOURCES,
    )
    found = figures(rows)
    assert [r.verified for r in rows] == [True, False, False, False, True, False]
    assert found.questions == 6
    assert found.verified == pytest.approx(2 / 6)
    assert found.verified_answerable == pytest.approx(1 / 4)
    assert found.facts == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert found.cited == pytest.approx(2 / 4)
    assert found.exact_quotes == pytest.approx(2 / 3)
    assert (found.abstain_recall, found.false_abstain) == (0.5, 0.25)
    assert found.mean_length == pytest.approx((8 + 3 + 0) / 3)
    assert found.recall == {1: 0.25, 3: 0.5, 5: 0.5, 10: 0.75}
    assert found.mrr == pytest.approx((1 + 1 / 3 + 1 / 6) / 4)
    assert found.by_kind == {"list": (0.0, 1), "number": (pytest.approx(1 / 3), 3), "unanswerable": (0.5, 2)}
    assert found.as_json()["by_kind"] == {"list": [0.0, 1], "number": [0.333, 3], "unanswerable": [0.5, 2]}


def test_a_figure_without_a_question_is_null() -> None:
    found = figures(scores([gold()], [replied()], SOURCES))
    assert math.isnan(found.abstain_recall)
    assert found.as_json()["abstain_recall"] is None
    assert math.isnan(mean([]))
    assert recall([], 1) != recall([], 1)
    assert reciprocal([2, 0]) == 0.25


class Maker:
    """Makes up documents, gold questions and answers with many near misses."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.docs = {name: self.words(60, 2600) for name in ("a.txt", "b.md", "sub/c.txt", "rules.pdf")}

    def words(self, least: int, most: int) -> str:
        return "".join(self.random.choices("12３あいうＡa *_#\n　㍻、。", k=self.random.randint(least, most)))

    def place(self, least: int = 0, most: int = 700) -> dict[str, object]:
        doc = self.random.choice(sorted(self.docs))
        start = self.random.randrange(len(self.docs[doc]))
        return {"doc": doc, "start": start, "end": min(len(self.docs[doc]), start + self.random.randint(least, most))}

    def near(self, row: dict[str, object]) -> dict[str, object]:
        """A place around one piece of the row's evidence, or anywhere."""
        evidence = row["evidence"]
        assert isinstance(evidence, list)
        if not evidence or self.random.random() < 0.3:
            return self.place(most=self.random.choice((10, 100, 700, 1400)))
        one = self.random.choice(evidence)
        start = max(0, self.docs[one["doc"]].index(one["quote"]) + self.random.randint(-20, 20))
        return {"doc": one["doc"], "start": start, "end": max(start, start + len(one["quote"]) + self.random.randint(-15, 40))}

    def evidence(self) -> dict[str, object]:
        while True:
            at = self.place(1, self.random.choice((4, 12, 60)))
            quote = self.docs[str(at["doc"])][at["start"] : at["end"]]  # type: ignore[misc]
            if fold(quote):
                return {"doc": at["doc"], "quote": quote}

    def gold(self, number: int) -> dict[str, object]:
        answerable = self.random.random() < 0.8
        facts = [
            [w for w in (self.words(1, 3) for _ in range(self.random.randint(1, 3))) if fold(w)]
            for _ in range(self.random.randint(0, 3))
        ]
        return {
            "id": f"q{number}",
            "kind": self.random.choice(("number", "typed", "list", "reason")) if answerable else "unanswerable",
            "question": "？",
            "answerable": answerable,
            "must": [f for f in facts if f] if answerable else [],
            "evidence": [self.evidence() for _ in range(self.random.randint(1, 3))] if answerable else [],
            "evidence_all": self.random.random() < 0.3,
        }

    def cited(self, row: dict[str, object]) -> dict[str, object]:
        at = self.near(row)
        quote = self.docs[str(at["doc"])][at["start"] : at["end"]]  # type: ignore[misc]
        return at | {"quote": quote if self.random.random() < 0.97 else quote + "x"}

    def answer(self, row: dict[str, object]) -> dict[str, object]:
        must = row["must"]
        assert isinstance(must, list)
        told = "".join(self.random.choice(fact) for fact in must if self.random.random() < 0.9)
        return {
            "id": row["id"],
            "answer": self.words(0, self.random.choice((4, 400))) + told,
            "abstained": self.random.random() < (0.1 if row["answerable"] else 0.6),
            "citations": [self.cited(row) for _ in range(self.random.choice((0, 1, 2, 4, 10)))],
            "hits": [self.near(row) for _ in range(self.random.choice((0, 3, 12)))],
            "seconds": 0.1,
        }


def shared_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(ours: object, theirs: object) -> bool:
    return ours == theirs or (ours is None and isinstance(theirs, float) and math.isnan(theirs))


@pytest.mark.skipif(not SCORER.is_file(), reason="the shared scorer is not beside this checkout")
@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_shared_scorer(seed: int, tmp_path: Path) -> None:
    maker, theirs = Maker(seed), shared_scorer()
    for name, text in maker.docs.items():
        path = tmp_path / "docs" / (f"{name}.txt" if name.endswith(".pdf") else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    asked = [maker.gold(n) for n in range(25)]
    given = [maker.answer(row) for row in asked]
    for name, lines in (("gold.jsonl", asked), ("answers.jsonl", given)):
        (tmp_path / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    table, replies = read_gold(tmp_path / "gold.jsonl"), read_replies(tmp_path / "answers.jsonl")
    assert table.problems == replies.problems == ()

    rows = scores(table.values, replies.values, Sources(maker.docs.get))
    shared = theirs.Sources(tmp_path / "docs")
    expected = [theirs.score_one(row, answer, shared) for row, answer in zip(asked, given, strict=True)]
    assert [comparable(row) for row in rows] == [
        (e["verified"], e["exact"], e["length"], e["facts"], e["cited"], e["rank"]) for e in expected
    ]
    summary = theirs.summary(expected)
    assert list(figures(rows).as_json()) == list(summary)
    assert {
        name: (value, summary[name]) for name, value in figures(rows).as_json().items() if not same(value, summary[name])
    } == {}


def comparable(row: Score) -> tuple[object, ...]:
    scored = (row.facts, row.cited, row.rank) if row.gold.answerable else (None, None, None)
    return (row.verified, row.exact, row.length, *scored)
