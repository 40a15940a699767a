"""Verdicts as lines, JSON, CSV and Markdown: nothing in them is run or taken for mark-up."""

from __future__ import annotations

import csv
import io
import json

from rag.checking import Checked
from rag.types import Citation, Reason, Span
from ui.verdicts import summary, to_json, verdict_lines, write_csv, write_markdown

NASTY = '=HYPERLINK("http://example.invalid")は3日です。'
CITED = Citation("r.txt", "r", "", "規程", Span(0, 9), "第1条\n期間は*2日*。", ("第1章", "第1条"), 3)
FOUND = (
    Checked(NASTY, Span(0, 9), "contradicted", (Reason("number", "「3日」は、典拠では「2日」です。", Span(36, 38)),), (CITED,)),
    Checked("期間は2日です。", Span(9, 17), "supported", (), (CITED,)),
)


def test_csv_runs_nothing_and_keeps_everything() -> None:
    out = io.StringIO(newline="")
    write_csv(out, FOUND)
    _, first, second = csv.reader(io.StringIO(out.getvalue()))
    assert first[1] == "'" + NASTY
    assert first[2:] == ["文書と違う", "「3日」は、典拠では「2日」です。", "規程 第1章 > 第1条 3ページ", CITED.quote]
    assert second[:3] == ["2", "期間は2日です。", "裏づけあり"]


def test_markdown_is_inert() -> None:
    out = io.StringIO()
    write_markdown(out, (Checked("![x](http://example.invalid/x.png)<b>", Span(0, 5), "not_found"), *FOUND))
    assert "3文: 裏づけあり1文、文書と違う1文、記載なし1文" in out.getvalue()
    assert r"\!\[x\]\(http\:\/\/example\.invalid\/x\.png\)\<b\>" in out.getvalue()
    assert r"\*2日\*" in out.getvalue()


def test_json_names_the_words() -> None:
    first, second = json.loads(json.dumps(to_json(FOUND)))["sentences"]
    assert first["reasons"] == [{"kind": "number", "text": "「3日」は、典拠では「2日」です。", "words": NASTY[36:38]}]
    assert (second["verdict"], second["reasons"], second["citations"][0]["quote"]) == ("supported", [], CITED.quote)


def test_lines() -> None:
    assert list(verdict_lines(FOUND[1:])) == [
        "【裏づけあり】期間は2日です。",
        "    典拠: 規程 第1章 > 第1条 3ページ「第1条 期間は*2日*。」",
    ]
    assert summary(FOUND) == "2文: 裏づけあり1文、文書と違う1文、記載なし0文"
