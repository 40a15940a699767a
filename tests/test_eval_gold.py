"""The gold reader: what it accepts, and what it says of each malformed row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.gold import Evidence, Gold, read_gold
from rag.errors import InputError

DATASETS = Path(__file__).parents[1] / "eval" / "datasets"
ROW: dict[str, object] = {
    "id": "q1",
    "kind": "number",
    "question": "旅費の精算は何日以内ですか。",
    "must": [["10日", "十日"]],
    "evidence": [{"doc": "rules/travel.txt", "quote": "10日以内に精算する"}],
    "evidence_all": False,
    "answerable": True,
}
UNANSWERABLE = {"id": 2, "kind": "unanswerable", "question": "社長の年齢は？", "answerable": False}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8"
    )
    return path


def test_rows_are_read_in_order(tmp_path: Path) -> None:
    table = read_gold(write(tmp_path, ROW, "", UNANSWERABLE))
    assert table.problems == ()
    assert table.values == (
        Gold(
            id="q1",
            kind="number",
            question="旅費の精算は何日以内ですか。",
            answerable=True,
            must=(("10日", "十日"),),
            evidence=(Evidence("rules/travel.txt", "10日以内に精算する"),),
            evidence_all=False,
        ),
        Gold(2, "unanswerable", "社長の年齢は？", False, (), (), False),
    )


def test_a_byte_order_mark_and_line_separators_in_strings_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    row = ROW | {"question": "一行目\u2028二行目ですか。"}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(row, ensure_ascii=False).encode() + b"\r\n")
    assert [g.question for g in read_gold(path).values] == ["一行目\u2028二行目ですか。"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": None}, "キー「id」の値が空でない文字列か整数ではありません（いまの値: null）"),
        ({"id": True}, "キー「id」"),
        ({"question": " 　"}, "キー「question」の値が空でない文字列ではありません"),
        ({"question": "\ud800"}, "キー「question」の値が空でない文字列ではありません"),
        ({"kind": 3}, "キー「kind」の値が空でない文字列ではありません（いまの値: 3）"),
        ({"answerable": "yes"}, "キー「answerable」の値がtrue か falseではありません"),
        ({"must": "10日"}, "キー「must」の値が配列ではありません"),
        ({"must": ["10日"]}, "キー「must」の値が空でない文字列の配列の配列ではありません"),
        ({"must": [["＊"]]}, "キー「must」"),
        ({"must": [[]]}, "キー「must」"),
        ({"evidence": []}, "キー「evidence」の値が1件以上の根拠の配列ではありません"),
        ({"evidence": ["x"]}, "キー「evidence」の値がオブジェクトの配列ではありません"),
        ({"evidence": [{"doc": "a.txt"}]}, "キー「evidence[0].quote」がありません"),
        ({"evidence": [{"doc": "a.txt", "quote": "##"}]}, "キー「evidence[0].quote」"),
        ({"evidence_all": 1}, "キー「evidence_all」"),
        ({"previous": "旅費は？"}, "キー「previous」の値が空でない文字列の配列ではありません"),
        ({"previous": ["旅費は？", "　"]}, "キー「previous」の値が空でない文字列の配列ではありません"),
        ({"previous": [1]}, "キー「previous」の値が空でない文字列の配列ではありません（いまの値: [1]）"),
    ],
)
def test_a_malformed_row_is_named_and_the_others_go_on(tmp_path: Path, change: dict[str, object], told: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, (ROW | change, UNANSWERABLE))), encoding="utf-8")
    table = read_gold(path)
    assert [g.id for g in table.values] == [2]
    assert len(table.problems) == 1
    assert table.problems[0].startswith("gold.jsonl 1行目: ")
    assert told in table.problems[0]


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    table = read_gold(write(tmp_path, UNANSWERABLE, {k: v for k, v in ROW.items() if k != "must"}))
    assert table.problems == ("gold.jsonl 2行目: キー「must」がありません。配列を書いてください。",)


def test_lines_that_are_no_objects_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'{"id": \n[1]\n\x82\xa0\n' + b"[" * 100_000 + b"\n" + json.dumps(ROW).encode())
    table = read_gold(path)
    assert [g.id for g in table.values] == ["q1"]
    assert ["JSONとして" in p or "オブジェクト" in p or "UTF-8" in p for p in table.problems] == [True] * 4
    assert [p.split(":")[0] for p in table.problems] == [f"gold.jsonl {n}行目" for n in (1, 2, 3, 4)]


def test_a_follow_up_comes_with_the_earlier_questions(tmp_path: Path) -> None:
    first, second = read_gold(
        write(tmp_path, ROW, ROW | {"id": "q2", "question": "では海外は？", "previous": ["旅費の精算は？"]})
    ).values
    assert (first.previous, first.conversation) == ((), ROW["question"])
    assert (second.previous, second.conversation) == (("旅費の精算は？",), "旅費の精算は？ → では海外は？")


def test_the_follow_ups_of_the_unseen_documents_are_a_gold_set() -> None:
    table = read_gold(DATASETS / "unseen_followups.jsonl")
    assert table.problems == ()
    assert {g.kind for g in table.values} == {"followup"}
    assert all(g.previous and g.answerable and not g.evidence_all for g in table.values)
    texts = {p.name: p.read_text(encoding="utf-8") for p in (DATASETS / "unseen").iterdir()}
    assert [e for g in table.values for e in g.evidence if e.quote not in texts[e.doc]] == []


def test_an_id_may_stand_once(tmp_path: Path) -> None:
    table = read_gold(write(tmp_path, ROW, ROW | {"question": "別の質問"}))
    assert [g.question for g in table.values] == [ROW["question"]]
    assert "重ならない" in table.problems[0]


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="空です"):
        read_gold(write(tmp_path, ""))
    with pytest.raises(InputError, match="1行目"):
        read_gold(write(tmp_path, "oops"))
    with pytest.raises(InputError, match="見つかりません"):
        read_gold(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="フォルダ"):
        read_gold(tmp_path)
