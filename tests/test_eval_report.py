"""The report: its four files, everything escaped, and the comparison with an earlier run."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.answers import read_replies
from eval.baseline import read_run
from eval.calibration import Point, calibration
from eval.figures import figures, scores
from eval.gold import read_gold
from eval.outputs import COLUMNS
from eval.report import evaluate, told
from eval.score import Sources
from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import InputError
from rag.settings import Settings

RULES = """# 旅費規程

第1条 旅費は、出張が終わった日から10日以内に精算しなければならない。
第2条 宿泊費の上限は、1泊につき12,000円とする。<script>alert("x")</script>
第3条 日当は、1日につき2,000円とする。
"""
HOSTILE = '=cmd()<img src=x onerror="alert(1)">&'


def row(
    number: str, question: str, *facts: str, quote: str = "", doc: str = "travel.md", kind: str = "number"
) -> dict[str, object]:
    return {
        "id": number,
        "kind": kind,
        "question": question,
        "must": [[fact] for fact in facts],
        "evidence": [{"doc": doc, "quote": quote}] if quote else [],
        "answerable": bool(quote),
    }


GOLD = [
    row("days", "旅費は出張が終わった日から何日以内に精算しますか。", "10日", quote="10日以内に精算"),
    row("wrong", f"宿泊費の上限は1泊いくらですか。{HOSTILE}", "99,999円", HOSTILE, quote="1泊につき12,000円"),
    row("no", "社長の好きな食べ物は何ですか。", kind="unanswerable"),
    row("gone", "日当は1日いくらですか。", "2,000円", quote="日当は1日3,000円", kind=HOSTILE),
    row("long", "あ" * 3000, "10日", quote="10日以内に精算"),
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("report")
    (folder / "docs").mkdir()
    (folder / "docs" / "travel.md").write_text(RULES, encoding="utf-8")
    ingest([folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    opened = Assistant.open(folder / "index")
    with opened.snapshot:
        yield opened


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join([*(json.dumps(g, ensure_ascii=False) for g in GOLD), "oops"]), encoding="utf-8")
    return path


def silent(line: str) -> None:
    pass


class Page(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_agrees_with_its_answers(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    result = evaluate(assistant, gold, tmp_path / "out" / "report", None, silent)
    folder = tmp_path / "out" / "report"
    assert sorted(p.name for p in folder.iterdir()) == [
        "answers.jsonl", "figures.csv", "figures.json", "groups.csv", "questions.csv", "report.html",
    ]  # fmt: skip
    replies = read_replies(folder / "answers.jsonl")
    assert [r.id for r in replies.values] == ["days", "wrong", "no", "gone"]
    rows = scores(read_gold(gold).values, replies.values, Sources.of(assistant.snapshot))
    written = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert {name: written[name] for name in figures(rows).as_json()} == json.loads(json.dumps(figures(rows).as_json()))
    assert [r["verified"] for r in written["rows"]] == [r.verified for r in rows] == [r.verified for r in result.scores]
    assert [r["confidence"] for r in written["rows"]] == [*(r.confidence for r in replies.values), None]
    assert written["calibration"] == calibration(rows).as_json()
    assert written["questions"] == 5
    assert not rows[1].verified
    assert not rows[4].verified


def test_what_could_not_be_used_is_listed(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    problems = evaluate(assistant, gold, tmp_path / "report", None, silent).problems
    assert len(problems) == 3
    assert problems[0].startswith("gold.jsonl 6行目")
    assert problems[1].startswith("質問「long」: 質問が長すぎる")
    assert problems[2] == "質問「gone」の根拠が、登録された文書にありません: travel.md「日当は1日3,000円」"


def test_the_table_opens_in_a_spreadsheet(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    evaluate(assistant, gold, tmp_path / "report", None, silent)
    data = (tmp_path / "report" / "questions.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    head, *rows = csv.reader(data.decode("utf-8-sig").splitlines(keepends=True))
    assert tuple(head) == COLUMNS
    assert [r[0] for r in rows] == [g["id"] for g in GOLD]
    assert all(len(r) == len(COLUMNS) for r in rows)
    assert not [cell for r in rows for cell in r if cell.startswith(("=", "+", "-", "@"))]
    assert rows[3][1] == "'" + HOSTILE


def test_the_page_escapes_everything_and_loads_nothing(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    evaluate(assistant, gold, tmp_path / "report", None, silent)
    source = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    page = Page(source)
    assert {"script", "img", "link", "a", "iframe"}.isdisjoint(page.tags)
    assert {"src", "href", "onerror"}.isdisjoint(page.attributes)
    assert re.search(r"url\(|@import|https?:", source) is None
    assert page.text.count(HOSTILE) >= 2
    assert page.tags.count("svg") == page.tags.count("figcaption") == 5
    for words in ("検証済みの回答", "wrong", "述べていない事実がある", "99,999円", "1泊につき12,000円", "使えなかった行・根拠"):
        assert words in page.text


def test_the_curve_tells_what_another_threshold_gives(assistant: Assistant, gold: Path) -> None:
    def points(threshold: float) -> tuple[Point, ...]:
        chosen = Assistant(assistant.snapshot, assistant.encoder, Settings(threshold=threshold))
        return evaluate(chosen, gold, None, None, silent).calibration.curve.points

    whole = points(0)
    assert whole[-1].coverage == 4 / 5
    assert len(whole) > 2
    for number, point in enumerate(whole, 1):
        assert points(point.confidence - 1e-4) == whole[:number]
    assert points(1) == ()


def test_a_baseline_gives_what_moved(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    first = evaluate(assistant, gold, before, None, silent)
    assert first.comparison is None
    again = evaluate(assistant, gold, after, before, silent)
    assert again.comparison is not None
    assert (again.comparison.gained, again.comparison.lost, again.comparison.worse) == ((), (), False)

    changed = json.loads((before / "figures.json").read_text(encoding="utf-8"))
    for r in changed["rows"]:
        r["verified"] = not r["verified"]
    (before / "figures.json").write_text(json.dumps(changed), encoding="utf-8")
    turned = evaluate(assistant, gold, after, before, silent)
    assert turned.comparison is not None
    assert turned.comparison.gained == tuple(r.gold.id for r in first.scores if r.verified)
    assert turned.comparison.lost == tuple(r.gold.id for r in first.scores if not r.verified)
    assert [c.gained for c in turned.comparison.changes] == [False] * len(turned.comparison.lost) + [True] * len(
        turned.comparison.gained
    )
    assert (after / "changes.csv").is_file()
    page = Page((after / "report.html").read_text(encoding="utf-8"))
    assert "前回との比較" in page.text
    assert "検証済みでなくなった質問" in page.text
    assert any(line.startswith("検証済みでなくなった質問: ") and "wrong" in line for line in told(turned))
    assert any(line.startswith("検証済みの回答: ") and "前回" in line for line in told(turned))


def test_every_figure_stands_in_the_table_and_in_the_json(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    result = evaluate(assistant, gold, tmp_path / "report", None, silent)
    written = json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8"))
    lines = (tmp_path / "report" / "figures.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = {row["指標"]: row for row in csv.DictReader(lines)}
    assert list(rows) == list(result.flat())
    for name, value in result.flat().items():
        assert written[name] == (None if math.isnan(value) else value)
        assert rows[name]["値"] == ("" if math.isnan(value) else str(round(value, 6)))
    assert written["intervals"]["verified"] == [result.summary["verified"].low, result.summary["verified"].high]
    assert written["stages"] == {"parsing": 1, "retrieval": 1, "reading": 1, "abstention": 0}
    assert written["seconds_p50"] <= written["seconds_p95"]
    assert written["peak_memory_mib"] > 50


def test_a_broken_gate_is_told_and_shown(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    gates = tmp_path / "gates.yaml"
    gates.write_text("gates:\n  - {figure: verified, min: 1.0}\n  - {figure: exact_quotes, min: 1.0}\n", encoding="utf-8")
    result = evaluate(assistant, gold, tmp_path / "report", None, silent, gates)
    assert result.broken == ("ゲート「検証済みの回答」は1以上が必要ですが、0.4でした。",)
    assert result.broken[0] in Page((tmp_path / "report" / "report.html").read_text(encoding="utf-8")).text


def test_folders_that_cannot_be_used_are_refused(assistant: Assistant, gold: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="見つかりません"):
        evaluate(assistant, gold, tmp_path / "report", tmp_path / "none", silent)
    with pytest.raises(InputError, match="フォルダを指定"):
        evaluate(assistant, gold, gold, None, silent)
    (tmp_path / "figures.json").write_text('{"rows": [1]}', encoding="utf-8")
    with pytest.raises(InputError, match="読めません"):
        read_run(tmp_path)
    assert not (tmp_path / "report").exists()
